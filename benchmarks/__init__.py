"""What the benchmarks share: Django, set up on an empty database of their own."""

import os
import tempfile
from pathlib import Path

import django

FOLDER = tempfile.TemporaryDirectory(prefix="entente-bench-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(FOLDER.name) / 'bench.sqlite3'}")
os.environ |= {"ENTENTE_MODE": "test", "ENTENTE_VAR": FOLDER.name, "REDIS_URL": ""}
os.environ |= {"ALLOWED_HOSTS": "testserver", "DJANGO_SETTINGS_MODULE": "config.settings"}
django.setup()
