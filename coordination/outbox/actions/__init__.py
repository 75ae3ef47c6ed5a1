"""What can be done with mails, message by message and to all that is due."""

from ..addresses import problems_of
from ..recording import BACK_OFF, LEASE
from .by_hand import ENDED, hold, release, send_again, settle, try_now
from .clearing import clear_problem, confirm_clock
from .delivery import BATCH, beat, deliver, recover_expired
from .queueing import (
    DELIVER_TASK,
    compose,
    message_key,
    nudge,
    queue,
    queue_account_mail,
    store,
    supersede,
)

__all__ = [
    "BACK_OFF",
    "BATCH",
    "DELIVER_TASK",
    "ENDED",
    "LEASE",
    "beat",
    "clear_problem",
    "compose",
    "confirm_clock",
    "deliver",
    "hold",
    "message_key",
    "nudge",
    "problems_of",
    "queue",
    "queue_account_mail",
    "recover_expired",
    "release",
    "send_again",
    "settle",
    "store",
    "supersede",
    "try_now",
]
