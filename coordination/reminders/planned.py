"""What a source finds that somebody is to be reminded of, and its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone, translation
from django.utils.functional import Promise, cached_property, lazy

from accounts.models import User
from coordination.base.keyed import keys_there, store_new
from coordination.base.spoken import at_time, short_day
from coordination.outbox.actions import message_key
from coordination.processes.models import Process
from coordination.processes.working_days import WorkingDays

from .models import Occurrence, Reminder
from .when import days_to_write_on, writing_moment

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

    @cached_property
    def key(self) -> str:
        return message_key(
            *(self.kind, self.about._meta.model_name, self.about.pk, self.day),
            *(self.recipient.pk, SCHEDULE_VERSION, self.again),
        )


#: A day as prose has it, in the language of whoever reads the text that it is part of.
spoken = lazy(short_day, str)


def _at(moment: datetime, zone: ZoneInfo) -> str:
    with timezone.override(zone):
        return at_time(moment)


#: A moment in a time zone, in the same way.
spoken_moment = lazy(_at, str)


def remind(planned: Planned, now: datetime) -> bool:
    """Write the reminder down unless it is there; returns whether it was new."""
    return bool(remind_all([planned], now))


def remind_all(all_planned: Sequence[Planned], now: datetime) -> int:
    """Write down those that are not there, in a constant number of queries; returns how many."""
    # Most of what a source yields is there already.
    there = keys_there(Reminder, [planned.key for planned in all_planned])
    new = [planned for planned in all_planned if planned.key not in there]
    days = days_to_write_on((planned.process for planned in new), now) if new else {}
    return len(store_new([_row(one, now, days[one.process.pk]) for one in new]))


def _row(planned: Planned, now: datetime, days: WorkingDays) -> Reminder:
    recipient, process = planned.recipient, planned.process
    with translation.override(recipient.language):
        because = str(planned.because)
    return Reminder(
        key=planned.key,
        process=process,
        kind=planned.kind,
        recipient=recipient,
        about_type=str(planned.about._meta.model_name),
        about_id=planned.about.pk,
        occurrence=planned.occurrence,
        local_date=planned.day,
        reference=planned.reference[:60],
        title=planned.title[:240],
        due_on=planned.due_on,
        path=planned.path,
        because=because[:600],
        urgent=planned.urgent,
        write_at=writing_moment(recipient, process, now, urgent=planned.urgent, days=days),
    )
