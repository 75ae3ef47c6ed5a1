"""What a source finds that somebody is to be reminded of, and its row."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.functional import Promise, lazy

from accounts.models import User
from coordination.base.spoken import short_day
from coordination.outbox.actions import message_key
from coordination.processes.models import Process

from .models import Occurrence, Reminder
from .when import writing_moment

#: Part of every key: a change of what a reminder means makes a new one possible.
SCHEDULE_VERSION = 2


@dataclass(frozen=True)
class Planned:
    """One thing that one person is to be reminded of.

    `day` is a day in the process's time zone and part of the key, with `kind`, `about`, the
    recipient and `again`; a moment never is, so that no change of clocks makes a second one.
    `because` says to the reader why the mail came, in whole sentences; a lazy text is written in
    the reader's language.
    """

    kind: str
    process: Process
    recipient: User
    about: models.Model
    day: date
    title: str
    because: str | Promise
    path: str = ""
    reference: str = ""
    due_on: date | None = None
    occurrence: Occurrence | None = None
    urgent: bool = False
    again: Any = ""

    @property
    def key(self) -> str:
        return message_key(
            *(self.kind, self.about._meta.model_name, self.about.pk, self.day),
            *(self.recipient.pk, SCHEDULE_VERSION, self.again),
        )


#: A day as prose has it, in the language of whoever reads the text that it is part of.
spoken = lazy(short_day, str)


def remind(planned: Planned, now: datetime) -> bool:
    """Write the reminder down unless it is there; returns whether it was new."""
    with translation.override(planned.recipient.language):
        because = str(planned.because)
    fields: dict[str, Any] = {
        "process": planned.process,
        "kind": planned.kind,
        "recipient": planned.recipient,
        "about_type": str(planned.about._meta.model_name),
        "about_id": planned.about.pk,
        "occurrence": planned.occurrence,
        "local_date": planned.day,
        "reference": planned.reference[:60],
        "title": planned.title[:240],
        "due_on": planned.due_on,
        "path": planned.path,
        "because": because[:600],
        "urgent": planned.urgent,
        # Asked only of what is new: most of what a source yields is there already.
        "write_at": partial(
            writing_moment, planned.recipient, planned.process, now, urgent=planned.urgent
        ),
    }
    _row, created = Reminder.objects.get_or_create(key=planned.key, defaults=fields)
    return created
