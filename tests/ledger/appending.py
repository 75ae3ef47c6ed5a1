"""Appends to a ledger in a process of its own: `python -m tests.ledger.appending SLUG COUNT`.

Says on one line that it is ready, begins when it is told to, and says how long it took.
"""

import sys
import time

import django

if __name__ == "__main__":
    django.setup()

    from coordination.ledger.actions import append
    from coordination.processes.models import Process

    process = Process.objects.get(slug=sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    for n in range(int(sys.argv[2])):
        append(
            process=process,
            actor=None,
            verb="process.noted",
            thing=process,
            summary=f"Noted {n}",
            origin="system",
            before={"name": "Before", "n": 0},
            after={"name": "After", "n": n},
        )
    print(time.monotonic() - began, flush=True)
