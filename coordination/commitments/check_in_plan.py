"""On which days an obligation's owner is asked to report."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings

from coordination.base.dates import Unit, local_moment

from .models import Commitment, Level, Obligation

#: Days before the due day on which a dated obligation is asked for, the due day among them.
BEFORE_DUE = (30, 7, 1, 0)
#: Days after it: the first day, a week, and then every week.
AFTER_DUE = (1, 7)
#: Days without a question between two that ask about what is overdue.
QUIET_DAYS = 2

_STEPS = {
    Commitment.Rhythm.WEEKLY: relativedelta(weeks=1),
    Commitment.Rhythm.FORTNIGHTLY: relativedelta(weeks=2),
    Commitment.Rhythm.MONTHLY: relativedelta(months=1),
    Commitment.Rhythm.QUARTERLY: relativedelta(months=3),
    Commitment.Rhythm.HALF_YEARLY: relativedelta(months=6),
    Commitment.Rhythm.YEARLY: relativedelta(years=1),
}
_DAYS_IN = {Unit.HOURS: 1 / 24, Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 30, Unit.YEARS: 365}
_ONGOING = {Commitment.Kind.STANDING, Commitment.Kind.LIMIT, Commitment.Kind.UNDATED}


def check_in_moment(day: date, zone: ZoneInfo) -> datetime:
    """The UTC moment from which the check-in of a day is asked for."""
    return local_moment(day, settings.CHECK_IN_CLOCK, zone)


def rhythm_of(commitment: Commitment) -> str:
    """How often its owners are asked, besides the days around the due day; "" for never.

    What has no end is asked about monthly unless the commitment says otherwise.
    """
    if commitment.check_in_rhythm:
        return commitment.check_in_rhythm
    return Commitment.Rhythm.MONTHLY if commitment.kind in _ONGOING else ""


def next_check_in(
    obligation: Obligation, *, today: date, last_on: date | None, starts_on: date
) -> date | None:
    """The next day to ask, today at the earliest; None while there is nothing to ask.

    `last_on` is the last day on which the owner was asked or reported; days missed since then are
    asked for once, today. `starts_on` is the day that a rhythm counts from.
    """
    commitment = obligation.commitment
    if obligation.withdrawn_at or obligation.is_suspended or _is_answered(obligation):
        return None
    after = last_on or today - timedelta(days=1)
    overdue = (
        obligation.due_on is not None
        and obligation.due_on < today
        and commitment.kind not in Commitment.NEVER_LATE
    )
    if last_on is None and overdue:
        return today
    planned = [
        _next_around_due(obligation.due_on, after, commitment) if obligation.due_on else None,
        _next_of_rhythm(rhythm_of(commitment), starts_on, after),
    ]
    following = min((day for day in planned if day), default=None)
    return max(following, today) if following else None


def _is_answered(obligation: Obligation) -> bool:
    """Whether the owner has said that it is done and nobody has found otherwise since."""
    if obligation.commitment.kind in Commitment.KEPT_UP:
        return False
    if obligation.verified_level == Level.FULL:
        return True
    if obligation.reported_level != Level.FULL:
        return False
    found_since = (
        obligation.verified_at is not None
        and obligation.reported_at is not None
        and obligation.verified_at >= obligation.reported_at
    )
    return not found_since


def _next_around_due(due_on: date, after: date, commitment: Commitment) -> date | None:
    # A weekly or fortnightly rhythm already covers the days before the due day.
    frequent = rhythm_of(commitment) in (Commitment.Rhythm.WEEKLY, Commitment.Rhythm.FORTNIGHTLY)
    before: tuple[int, ...] = (0,) if frequent else BEFORE_DUE
    if (period := _days_in_period(commitment)) is not None:
        before = tuple(n for n in before if n < period / 2)
    days = [due_on - timedelta(days=n) for n in before]
    if after > due_on:  # overdue is never asked about daily, not even after an outage
        after += timedelta(days=QUIET_DAYS)
    if commitment.kind not in Commitment.NEVER_LATE:
        days += [due_on + timedelta(days=n) for n in AFTER_DUE]
        weeks = max((after - due_on).days // 7 + 1, 2)
        days.append(due_on + timedelta(weeks=weeks))
    return min((day for day in days if day > after), default=None)


def _days_in_period(commitment: Commitment) -> float | None:
    """How long a period of what recurs is, roughly: what is due monthly is not asked for a month
    before."""
    if commitment.kind != Commitment.Kind.RECURRING or commitment.every_amount is None:
        return None
    return commitment.every_amount * _DAYS_IN[Unit(commitment.every_unit)]


def _next_of_rhythm(rhythm: str, starts_on: date, after: date) -> date | None:
    if not rhythm:
        return None
    step = _STEPS[Commitment.Rhythm(rhythm)]
    # Counted from the start each time, so that the 31st does not become the 28th for good.
    count = 1
    if after > starts_on:
        longest = 7 if step.days else 31 * (step.months + 12 * step.years)
        count = max((after - starts_on).days // max(longest, step.days), 1)
    while starts_on + step * count <= after:
        count += 1
    return starts_on + step * count
