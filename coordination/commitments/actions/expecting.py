"""The times at which something that recurs is expected: the ledger of its periods."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import Point
from coordination.base.errors import Refused

from ..models import Commitment, ExpectedOccurrence, Extension, Obligation, Verification
from ..rhythm import Period, periods

#: More periods than this at once are a slip of the pen: a week's rhythm for forty years.
MOST_PERIODS = 2_100

#: Why a period that is over is not expected after all; it is again when that changes.
NOT_STARTED, ENDED = "It had not started by then.", "It had ended by then."
RECOUNTED = "It is counted from another start."


def plan_periods(
    commitment: Commitment,
    starts_on: date | None,
    ends_on: date | None,
    *,
    start_moved: bool = False,
    start_was: date | None = None,
) -> bool:
    """Let every period of a rhythm until now be expected, and the one that comes next; none where
    it is not known yet when it starts. Returns whether any row was written.

    `commitment` has its obligations with their `expected` rows prefetched. What was reported,
    found or extended stays as it is, and so does what is over; a period that is over and of which
    nobody said anything is called off where the start was put off, or the end brought forward. Of
    the untouched future what the rhythm no longer has goes. An owner that was added later owes
    from the running period on.
    """
    rows = {
        one.pk: [row for row in one.expected.all() if row.period_from]
        for one in commitment.obligations.all()
    }
    kept = [row for of_one in rows.values() for row in of_one if not _is_untouched(row)]
    # As long as nobody said anything of any period, all of them move with the start.
    from_start = start_was is not None and commitment.recurs_from == start_was
    recounts = start_moved and from_start and not any(_was_said(row) for row in kept)
    first_time = recounts or (not kept and commitment.recurs_from is None)
    began = starts_on if first_time else commitment.recurs_from
    if began is None:
        began = max((row.period_to for row in kept if row.period_to), default=starts_on)
    if starts_on is not None and began is not None and began < starts_on:
        # A period of which something was said goes on, and the rhythm with it.
        goes_on = any(_was_said(row) for row in kept if row.period_to and row.period_to > starts_on)
        began = began if goes_on else starts_on
    plan = _until_next(commitment, began, ends_on) if began and starts_on else []
    today = commitment.process.today()
    wrote = False
    for obligation in commitment.obligations.all():
        own = rows[obligation.pk]
        days = [row.period_from for row in own if row.period_from]
        current = [day for day in days if began and day >= began]
        since = None if first_time else min(current, default=today)
        wanted = [one for one in plan if since is None or one.due_on >= since]
        outside = partial(_outside, starts_on=starts_on, ends_on=ends_on, recounts=recounts)
        wrote |= _write_rows(obligation, own, wanted, began, outside)
    last = plan[-1] if plan else None
    ended = last is None or (ends_on is not None and last.due_on >= ends_on)
    zone = commitment.process.zone
    next_at = None if ended or last is None else Point(last.due_on).ends_at(zone)
    if (commitment.recurs_from, commitment.expects_next_at) != (began, next_at):
        commitment.recurs_from, commitment.expects_next_at = began, next_at
        commitment.save(update_fields=["recurs_from", "expects_next_at"])
    return wrote


def forget_periods(commitment: Commitment) -> bool:
    """Nothing recurs any more: the untouched future goes, and what was expected stays.

    Returns whether anything went.
    """
    gone = [
        row
        for obligation in commitment.obligations.all()
        for row in obligation.expected.all()
        if row.period_from is not None and _is_untouched(row)
    ]
    for row in gone:
        row.delete()
    if commitment.recurs_from is not None or commitment.expects_next_at is not None:
        commitment.recurs_from = commitment.expects_next_at = None
        commitment.save(update_fields=["recurs_from", "expects_next_at"])
    return bool(gone)


def restart_rhythm(commitment: Commitment) -> None:
    """Before a new rhythm is planned: its periods follow on what is over or touched, and the first
    of them that is expected is the running one. Nothing is missed of what was not agreed yet."""
    if commitment.kind != Commitment.Kind.RECURRING or commitment.every_amount is None:
        return
    rows = ExpectedOccurrence.objects.filter(
        obligation__commitment=commitment, period_to__isnull=False
    ).prefetch_related(*touched_by())
    kept = [row.period_to for row in rows if row.period_to and not _is_untouched(row)]
    added_on = commitment.process.today(commitment.created_at)
    base = max(kept, default=commitment.deadline.starts_on or added_on)
    plan = _until_next(commitment, base, None)
    today = commitment.process.today()
    running = next((one for one in plan if one.due_on >= today), None)
    commitment.recurs_from = running.starts_on if running else base
    commitment.save(update_fields=["recurs_from"])


def call_off_while_away(obligation: Obligation, since: date) -> None:
    """Somebody owes it again: what was expected in the meantime, and is over, was not theirs."""
    today = obligation.commitment.process.today()
    rows = obligation.expected.filter(
        period_to__gt=since, due_on__lt=today, reported_level=None, verified_level=None
    )
    rows.filter(called_off_at=None).update(
        called_off_at=timezone.now(), called_off_because="It was not owed then."
    )


def _until_next(commitment: Commitment, began: date, ends_on: date | None) -> list[Period]:
    """The periods of the rhythm that have begun by now, and one that is not over."""
    assert commitment.every_amount is not None
    today = commitment.process.today()
    plan: list[Period] = []
    for period in periods(
        began, commitment.every_amount, commitment.every_unit, commitment.times, ends_on=ends_on
    ):
        if plan and period.starts_on > plan[-1].starts_on and plan[-1].due_on >= today:
            break
        plan.append(period)
    return plan


def _write_rows(
    obligation: Obligation,
    rows: list[ExpectedOccurrence],
    plan: Iterable[Period],
    began: date | None,
    outside: Callable[[ExpectedOccurrence, Period | None], str],
) -> bool:
    process = obligation.commitment.process
    wanted = {(one.starts_on, one.time): one for one in plan}
    there, wrote = set(), False
    times: dict[date, int] = {}
    for row in sorted(rows, key=lambda row: row.number):
        assert row.period_from is not None
        time = times[row.period_from] = times.get(row.period_from, 0) + 1
        period = wanted.get((row.period_from, time))
        if period is not None and row.period_to != period.ends_before:
            period = None
        why = outside(row, period)
        if period is not None and not why:
            there.add((row.period_from, time))
            wrote |= _expect_again(row)
        elif _is_untouched(row) and (why or not began or _ends(row) > began):
            row.delete()
            wrote = True
        else:  # over or touched: it stays, and its period with it
            if not why or _was_said(row):
                there.add((row.period_from, time))
            wrote |= _call_off(row, why)
    new = [period for key, period in wanted.items() if key not in there]
    if len(new) > MOST_PERIODS:
        raise Refused(
            _("It would have been expected more than %(n)s times by now: let it start later.")
            % {"n": MOST_PERIODS},
            "every_amount",
        )
    number = max((row.number for row in obligation.expected.all()), default=0)
    ExpectedOccurrence.objects.bulk_create(
        ExpectedOccurrence(
            obligation=obligation,
            number=number + place,
            period_from=period.starts_on,
            period_to=period.ends_before,
            original_on=period.due_on,
            due_on=period.due_on,
            due_at=Point(period.due_on).ends_at(process.zone),
        )
        for place, period in enumerate(new, start=1)
    )
    return wrote or bool(new)


def _ends(row: ExpectedOccurrence) -> date:
    assert row.period_to is not None
    return row.period_to


def _outside(
    row: ExpectedOccurrence,
    period: Period | None,
    *,
    starts_on: date | None,
    ends_on: date | None,
    recounts: bool,
) -> str:
    """Why a row is not of the rhythm any more; nothing where it is. `period` is the one of the
    rhythm that it stands for."""
    assert row.period_from is not None
    if starts_on is not None and row.period_from < starts_on:
        return NOT_STARTED
    if ends_on is not None and row.period_from > ends_on:
        return ENDED
    return RECOUNTED if recounts and period is None else ""


def _call_off(row: ExpectedOccurrence, because: str) -> bool:
    """Call off a period that is over, where nobody said anything of it."""
    if not because or row.called_off_at or _was_said(row):
        return False
    row.called_off_at, row.called_off_because = timezone.now(), because
    row.save(update_fields=["called_off_at", "called_off_because"])
    return True


def _expect_again(row: ExpectedOccurrence) -> bool:
    if row.called_off_because not in (NOT_STARTED, ENDED, RECOUNTED) or row.called_off_by_id:
        return False
    row.called_off_at, row.called_off_because = None, ""
    row.save(update_fields=["called_off_at", "called_off_because"])
    return True


def touched_by() -> tuple[Any, ...]:
    """What `_is_untouched` reads; what was withdrawn since was said all the same."""
    found, longer = Verification.every.all(), Extension.every.all()
    return "check_ins", Prefetch("verifications", found), Prefetch("extensions", longer)


def _is_untouched(row: ExpectedOccurrence) -> bool:
    """Nothing was said of it yet, and it is not over."""
    over = row.due_at is not None and row.due_at <= timezone.now()
    return not over and not row.called_off_at and not _was_said(row)


def _was_said(row: ExpectedOccurrence) -> bool:
    return bool(row.check_ins.all() or row.verifications.all() or row.extensions.all())
