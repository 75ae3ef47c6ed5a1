"""A scheduler and worker in a process whose clock is told: `python -m tests.e2e.year.clockwork`.

It reads moments, one a line, and does at each what `manage.py tick` does: sweeps, ticks, delivers.
"""

import sys
from datetime import datetime

import time_machine
from django.core.management import call_command
from django.utils import timezone

from coordination.outbox import clock


def machine() -> clock.Reading:
    """A machine whose seconds go with its clock, as in a year that really passes."""
    now = timezone.now()
    return clock.Reading(now, "the machine of the year", now.timestamp())


def main() -> None:
    clock.read = machine
    print("ready", flush=True)
    for line in sys.stdin:
        with time_machine.travel(datetime.fromisoformat(line.strip())):
            call_command("tick", stdout=sys.stderr)
        print("done", flush=True)


if __name__ == "__main__":
    main()
