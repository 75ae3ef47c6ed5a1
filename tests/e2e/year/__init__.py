"""A year of the R-ARCSS example in processes of their own: `python -m tests.e2e.year 12`."""

import django

django.setup()
