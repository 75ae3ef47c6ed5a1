"""One factory a model. Left to themselves they keep everything in one process.

`ObligationFactory()` makes a process, a commitment and a party of that process; pass `process=` to
the ones that take it to put several things in the same one. Numbers that actions hand out begin
with 1 there and with 1001 here.
"""

from .accounts import *  # noqa: F403
from .bodies import *  # noqa: F403
from .commitments import *  # noqa: F403
from .processes import *  # noqa: F403
from .reviews import *  # noqa: F403
from .running import *  # noqa: F403
