"""Implementation reports: their figures, their words, and the files that are made of both."""
