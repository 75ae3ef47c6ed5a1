"""Named places at which a worker can be made to die, to show that none of them loses a mail.

Only the tests' mode takes ENTENTE_FAILPOINT, as in "after-fence:3": the third time that the place
is reached the process is gone, as after a power cut.
"""

import os
import signal
from collections import Counter

from django.conf import settings

#: In the order in which a message comes by them.
PLACES = (
    "after-queue",  # committed, and no worker was told yet
    "after-claim",
    "after-write",  # the mail is written out
    "after-connect",
    "after-announcement",  # the server waits for the text; nothing has left
    "in-fence",  # before the commit
    "after-fence",
    "after-dot",  # the text has left, the answer is not read
    "after-answer",
    "in-record",  # before the commit
    "after-record",
    "after-recovery",  # of what another worker left behind
)

_reached: Counter[str] = Counter()


def reach(place: str) -> None:
    """Die here if that is what was asked for."""
    if not settings.FAILPOINT:
        return
    name, _colon, time = settings.FAILPOINT.partition(":")
    if name == place:
        _reached[place] += 1
        if _reached[place] == int(time or 1):
            os.kill(os.getpid(), signal.SIGKILL)
