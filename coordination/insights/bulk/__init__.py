"""One thing done to many commitments at once: chosen, looked at, done, and undone."""
