"""Where one expected time stands: expected, met, late, missing; computed and never typed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Point

from .models import ExpectedOccurrence, Level


class State(models.TextChoices):
    EXPECTED = "expected", _("expected")
    MET = "met", _("met")
    LATE = "late", _("late")
    MISSING = "missing", _("missing")
    CONTRADICTED = "contradicted", _("contradicted")
    CALLED_OFF = "called_off", _("called off")


def is_done(row: ExpectedOccurrence) -> bool:
    """Found full, or reported full and not found otherwise."""
    if row.verified_level is not None:
        return row.verified_level == Level.FULL
    return row.reported_level == Level.FULL


def is_open(row: ExpectedOccurrence) -> bool:
    """Whether somebody still owes it."""
    return row.called_off_at is None and not is_done(row)


def was_in_time(row: ExpectedOccurrence) -> bool:
    """Of what is done, whether it was in time.

    A report is in time when it was made in time: one that is entered after the day counts as late,
    whatever day it names, until the verifying body finds that it was done in time. A finding names
    a day: where it was due at a moment of that day, what was reported after the moment stays late.
    """
    if row.due_on is None or row.due_at is None:
        return True
    if _extended_too_late(row):
        assert row.original_on is not None
        done_on = _done_on(row)
        return done_on is not None and done_on <= row.original_on
    if row.verified_level == Level.FULL:
        if row.verified_on == row.due_on and row.reported_at and row.reported_at > row.due_at:
            return row.due_at == Point(row.due_on).ends_at(_zone(row))
        return row.verified_on is not None and row.verified_on <= row.due_on
    in_time = row.reported_at is not None and row.reported_at <= row.due_at
    return in_time and (row.done_on is None or row.done_on <= row.due_on)


def _done_on(row: ExpectedOccurrence) -> date | None:
    """The day that decides: as it was found, or else the day of the report that came too late to
    be taken at its word."""
    if row.verified_level == Level.FULL or row.reported_at is None:
        return row.verified_on
    reported_on = row.reported_at.astimezone(_zone(row)).date()
    return max(reported_on, row.done_on or reported_on)


def _extended_too_late(row: ExpectedOccurrence) -> bool:
    """Whether every extension was agreed only after it was done, so that the day before them
    decides: what was late stays late."""
    if row.original_on is None or row.due_on == row.original_on:
        return False
    agreed = [one.agreed_on for one in row.extensions.all()]
    done_on = _done_on(row)
    return bool(agreed) and done_on is not None and min(agreed) > done_on


def _zone(row: ExpectedOccurrence) -> ZoneInfo:
    return row.obligation.commitment.process.zone


def state_of(row: ExpectedOccurrence, now: datetime | None = None) -> State:
    """The state at a moment (default: now)."""
    if row.called_off_at is not None:
        return State.CALLED_OFF
    if is_done(row):
        return State.MET if was_in_time(row) else State.LATE
    if row.verified_level is not None and row.reported_level == Level.FULL:
        return State.CONTRADICTED
    if row.due_at is not None and row.due_at <= (now or timezone.now()):
        return State.MISSING
    return State.EXPECTED


def owed_next(rows: list[ExpectedOccurrence], *, recurs: bool) -> ExpectedOccurrence | None:
    """The time that an obligation is asked for: of what is triggered the open one that is due
    first, and of what recurs the last one that is over where it is open, else the running one.

    An older period that was missed stays missed; it is counted, and no longer asked for. One that
    was extended is asked for until its new day.
    """
    if recurs:
        ends = sorted({row.period_to for row in rows if row.period_to})[-2:]
        missing = {row.pk for row in _before_the_last(rows)}
        rows = [row for row in rows if row.period_to in ends or row.pk not in missing]
    standing = [row for row in rows if is_open(row)]
    dated = [row for row in standing if row.due_at is not None]
    return min(dated, key=lambda row: (row.due_at, row.number), default=None)


def further_open(rows: list[ExpectedOccurrence], owed: ExpectedOccurrence | None) -> int:
    """How many times that were triggered are open besides the one that is owed next."""
    return sum(1 for row in rows if is_open(row) and row is not owed)


def missed(rows: list[ExpectedOccurrence]) -> int:
    """How many times before the last period of a rhythm stay open."""
    return sum(1 for row in _before_the_last(rows) if is_open(row))


def _before_the_last(rows: list[ExpectedOccurrence]) -> list[ExpectedOccurrence]:
    """Those that were due before the last period began."""
    begins = max((row.period_from for row in rows if row.period_from), default=None)
    return [row for row in rows if begins and row.due_on and row.due_on < begins]
