"""On which days an obligation's owner is asked to report."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import prefetch_related_objects

from coordination.base.dates import Unit, local_moment
from coordination.processes.models import Process

from .models import Commitment, Level, Obligation, ReminderPolicy

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


def policy_of(commitment: Commitment) -> ReminderPolicy:
    """The reminder policy of the body that leads it, or else of its process, or the defaults.

    One query for all commitments that share the instance of their process.
    """
    process = commitment.process
    if "reminder_policies" not in getattr(process, "_prefetched_objects_cache", ()):
        prefetch_related_objects([process], "reminder_policies")
    by_body = {policy.body_id: policy for policy in process.reminder_policies.all()}
    own = by_body.get(commitment.lead_body_id) if commitment.lead_body_id else None
    return own or by_body.get(None) or ReminderPolicy(process=process)


def try_policy(process: Process, policy: ReminderPolicy) -> None:
    """Let this instance of a process, and what is planned of it, follow a policy that is not
    stored."""
    prefetch_related_objects([process], "reminder_policies")
    others = [one for one in process.reminder_policies.all() if one.body_id != policy.body_id]
    process._prefetched_objects_cache["reminder_policies"] = [*others, policy]  # type: ignore[attr-defined]


def last_asked_on(obligation: Obligation) -> date | None:
    """The last day on which the owner was asked or reported."""
    reported_on = None
    if obligation.reported_at:
        reported_on = obligation.reported_at.astimezone(obligation.commitment.process.zone).date()
    return max((day for day in (obligation.asked_on, reported_on) if day), default=None)


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
    if obligation.withdrawn_at or obligation.is_suspended or is_answered(obligation):
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


def is_answered(obligation: Obligation) -> bool:
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
    policy = policy_of(commitment)
    before = [n for n in policy.before_due if n == 0 or not frequent]
    if (period := _days_in_period(commitment)) is not None:
        before = [n for n in before if n < period / 2]
    days = [due_on - timedelta(days=n) for n in before]
    if after > due_on:  # overdue is never asked about daily, not even after an outage
        after += timedelta(days=QUIET_DAYS)
    if commitment.kind not in Commitment.NEVER_LATE:
        days += [due_on + timedelta(days=n) for n in policy.after_due]
        last = due_on + timedelta(days=max(policy.after_due, default=0))
        times = max((after - last).days // policy.then_every_days + 1, 1)
        days.append(last + timedelta(days=times * policy.then_every_days))
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
