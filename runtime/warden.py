"""Stops the processes of a program that died without stopping them itself.

`runtime.processes` starts this script and holds the other end of its standard input. Each line
names a process group to watch ("+PID SIGNAL") or to forget ("-PID"). However that program ends,
the kernel then closes the pipe, and the groups still watched are stopped: first by their signal,
after a few seconds by SIGKILL.

A pipe, rather than PR_SET_PDEATHSIG, because it reaches whole groups (a worker's children too),
does not depend on the thread that started the child, and works outside Linux.
"""

import os
import signal
import sys
import time

GRACE = 5.0  # seconds between a group's own signal and SIGKILL


def signalled(group: int, number: int) -> bool:
    """Send the signal; False when nobody is left in the group."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # only the end of the pipe ends the watch
    groups: dict[int, int] = {}
    for line in sys.stdin:
        group, *number = line[1:].split()
        if line.startswith("+"):
            groups[int(group)] = int(number[0])
        else:
            groups.pop(int(group), None)
    left = [group for group, number in groups.items() if signalled(group, number)]
    deadline = time.monotonic() + GRACE
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [group for group in left if signalled(group, 0)]
    for group in left:
        signalled(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
