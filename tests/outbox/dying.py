"""Workers that die where they are told, each a fork of one process that has Django ready.

Reads lines like "after-fence:2 4" (the place, and over how many connections), and answers each with
the signal that ended the worker, 0 where none did.
"""

import os
import sys

import django
from django.conf import settings
from django.db import connections

django.setup()

from coordination.outbox.actions import deliver, nudge  # noqa: E402


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        place, lines = line.split()
        child = os.fork()
        if child == 0:
            settings.FAILPOINT, settings.MAIL_CONNECTIONS = place, int(lines)
            nudge()
            deliver()
            connections.close_all()
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
