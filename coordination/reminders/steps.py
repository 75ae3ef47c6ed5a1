"""The steps of a message in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.outbox.models import Message

State = Message.State

_WORDS: dict[str, str | Promise] = {
    State.PENDING: _("Waits"),
    State.SENT: _("Delivered"),
    State.HELD: _("Held back"),
    State.KEPT: _("Kept here"),
    State.FAILED: _("Refused, and not tried again"),
    State.UNCERTAIN: _("Handed over, and no answer came"),
    State.SUPERSEDED: _("Taken back: something newer says it"),
    State.CANCELLED: _("Taken back"),
}


@dataclass(frozen=True)
class Step:
    at: datetime
    words: str
    note: str


def steps_of(message: Message) -> list[Step]:
    """What happened to it, the first first. That it was written is in the reader's words, and its
    note says why, which the page says already."""
    found = []
    for number, event in enumerate(message.events.all()):
        if number == 0 and event.state == State.PENDING:
            found.append(Step(event.at, str(_("Written")), ""))
        else:
            words = str(_WORDS.get(event.state, event.get_state_display()))
            found.append(Step(event.at, words, event.note))
    return found
