"""When a reminder may be written: in its reader's morning, on a working day, once a day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from coordination.base.dates import local_moment
from coordination.commitments.check_in_plan import check_in_moment
from coordination.processes.models import Process
from coordination.processes.working_days import WorkingDays, working_days, working_days_of


def writing_moment(
    recipient: Any,
    process: Process,
    now: datetime,
    *,
    urgent: bool,
    days: WorkingDays | None = None,
) -> datetime:
    """From when on a reminder that was planned now may be written.

    What is urgent may be written at any hour; the reader's quiet hours hold for every mail. `days`
    are the process's working days where they were read already.
    """
    if urgent or settings.MAIL_AT_ANY_TIME:
        return now
    local = now.astimezone(recipient.zone)
    day = local.date() + timedelta(days=local.time() >= settings.DIGEST_UNTIL)
    days = days or working_days(process, day)
    return max(now, morning(recipient, days.from_day(day)))


def days_to_write_on(processes: Iterable[Process], now: datetime) -> dict[int, WorkingDays]:
    """The working days of processes by their keys, from today on wherever a reader is."""
    return working_days_of(processes, now.date() - timedelta(days=1))


def days_begun(process: Process, since: datetime, now: datetime) -> list[date]:
    """The days of a process whose hour of questions came between two moments, the first first."""
    today = process.today(now)
    span = (today - process.today(since)).days
    days = [today - timedelta(days=n) for n in range(span, -1, -1)]
    return [day for day in days if since < check_in_moment(day, process.zone) <= now]


def next_day(
    recipient: Any, process: Process, now: datetime, *, days: WorkingDays | None = None
) -> datetime:
    """The morning of the working day after today."""
    tomorrow = now.astimezone(recipient.zone).date() + timedelta(days=1)
    days = days or working_days(process, tomorrow)
    return morning(recipient, days.from_day(tomorrow))


def morning(recipient: Any, day: date) -> datetime:
    return local_moment(day, settings.DIGEST_FROM, recipient.zone)
