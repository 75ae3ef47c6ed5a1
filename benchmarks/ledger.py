"""How many entries a ledger takes in a second (`make bench`): from one process, and from eight.

All append to the chain of one process, each entry in a transaction of its own, which is the worst
case: they queue behind one row. On the database that DATABASE_URL names; without one on a SQLite
database made for it, and then on an embedded PostgreSQL too. The aim is 200 a second.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import FOLDER
from runtime.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = 1600
PREPARE = """
import django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from coordination.processes.models import Process
Process.objects.get_or_create(slug="bench-ledger", defaults={"name": "B", "short_name": "B"})
"""


def measure(name: str, url: str, var: str) -> None:
    """Print how fast one process appends, and how fast eight do."""
    env = {**os.environ, "DATABASE_URL": url, "ENTENTE_MODE": "test", "ENTENTE_VAR": var}
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    subprocess.run([sys.executable, "-c", PREPARE], env=env, cwd=ROOT, check=True)
    for processes in (1, 8):
        command = [sys.executable, "-m", "tests.ledger.appending", "bench-ledger"]
        children = [
            subprocess.Popen(
                [*command, str(ENTRIES // processes)],
                env=env,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]
        for child in children:
            assert child.stdout and child.stdout.readline() == "ready\n"
        began = time.monotonic()
        for child in children:
            assert child.stdin
            child.stdin.write("\n")
            child.stdin.flush()
        assert [child.wait() for child in children] == [0] * processes
        took = time.monotonic() - began
        print(f"{name}, {processes} at once: {ENTRIES / took:.0f} entries a second")
    check = [sys.executable, "manage.py", "verify_ledger", "bench-ledger"]
    subprocess.run(check, env=env, cwd=ROOT, check=True)


def main() -> None:
    url = os.environ["DATABASE_URL"]
    with tempfile.TemporaryDirectory() as var:
        measure(url.partition(":")[0], url, var)
        if FOLDER.name not in url:
            return  # somebody named the database to measure
        with EmbeddedPostgres() as postgres:
            measure("postgresql", postgres.url, var)


if __name__ == "__main__":
    main()
