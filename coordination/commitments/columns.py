"""What the columns of an obligation that repeat its events have to say.

`manage.py verify_levels` compares the stored columns with this.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from . import expected
from .models import (
    Bound,
    Breach,
    CheckIn,
    Commitment,
    ExpectedOccurrence,
    Flag,
    Level,
    Measurement,
    Obligation,
    Verification,
)

_CHECK_INS = CheckIn.objects.order_by("pk")
_COUNTING = Verification.objects.counting().order_by("recorded_at", "pk")
_RAISED = Flag.objects.filter(lifted_at=None)


def with_events(obligations: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """With everything that `columns_of` reads, in a constant number of queries."""
    bounds = Bound.objects.order_by("pk").prefetch_related(
        Prefetch("measurements", Measurement.objects.order_by("on", "pk"))
    )
    commitments = (
        Commitment.every.select_related("process", "deadline")
        .order_by()
        .prefetch_related(
            Prefetch("flags", _RAISED.filter(obligation=None)), Prefetch("bounds", bounds)
        )
    )
    return obligations.select_related("party", "body").prefetch_related(
        Prefetch("commitment", commitments),
        Prefetch("check_ins", _CHECK_INS),
        Prefetch("verifications", _COUNTING),
        Prefetch("flags", _RAISED),
        "breaches",
        Prefetch("expected", ExpectedOccurrence.objects.order_by("number")),
    )


def columns_of(obligation: Obligation) -> dict[str, Any]:
    """The columns of an obligation that was fetched `with_events`; those of its expected times
    are in `expected_columns`, and have to be written before."""
    commitment = obligation.commitment
    several = commitment.kind in Commitment.EXPECTED
    # What was said of a time that used to be expected says nothing of what is done once.
    reports = [one for one in obligation.check_ins.all() if several or not one.expected_id]
    findings = [one for one in obligation.verifications.all() if several or not one.expected_id]
    last, found = last_that_counts(reports), findings[-1] if findings else None
    # Nothing completes what is kept up.
    ends = commitment.kind not in Commitment.KEPT_UP
    raised = {flag.kind for flag in (*obligation.flags.all(), *commitment.flags.all())}
    return due_of(obligation) | {
        "reported_level": last.level if last else None,
        "reported_at": last.submitted_at if last else None,
        "next_expected_on": last.next_expected_on if last else None,
        "verified_level": found.level if found else None,
        "verified_at": found.recorded_at if found else None,
        "completed_on": (
            found.occurred_on if ends and found and found.level == Level.FULL else None
        ),
        "is_disputed": Flag.Kind.DISPUTED in raised,
        "is_suspended": Flag.Kind.SUSPENDED in raised,
        "is_at_risk": Flag.Kind.AT_RISK in raised,
        "in_breach": any(one.state in Breach.STANDS for one in obligation.breaches.all()),
        "out_of_bounds": any(is_broken(bound, commitment) for bound in bounds_of(obligation)),
    }


def due_of(obligation: Obligation) -> dict[str, Any]:
    """When it is due: as its commitment is, or the expected time that is owed next."""
    commitment = obligation.commitment
    if commitment.kind not in Commitment.EXPECTED:
        deadline = commitment.deadline
        return {"due_on": deadline.due_on, "due_at": deadline.due_at, "missed": 0}
    rows = list(obligation.expected.all())
    recurs = commitment.kind == Commitment.Kind.RECURRING
    owed = expected.owed_next(rows, recurs=recurs)
    return {
        "due_on": owed.due_on if owed else None,
        "due_at": owed.due_at if owed else None,
        "missed": expected.missed(rows) if recurs else expected.further_open(rows, owed),
    }


def last_that_counts(check_ins: Iterable[CheckIn]) -> CheckIn | None:
    """The check-in that says where its owner stands; `check_ins` in the order of their entry.

    One entered for an earlier period than one that was answered before it changes nothing, nor
    does one from before what was reported last.
    """
    last: CheckIn | None = None
    periods: list[Any] = []
    for one in check_ins:
        answered_later = one.period_on and any(day > one.period_on for day in periods)
        if (last is None or one.submitted_at >= last.submitted_at) and not answered_later:
            last = one
        if one.period_on:
            periods.append(one.period_on)
    return last


def bounds_of(obligation: Obligation) -> list[Bound]:
    """The bounds that bind an obligation: its own, and those of all who owe it together."""
    bounds = obligation.commitment.bounds.all()
    return [bound for bound in bounds if bound.obligation_id in (None, obligation.pk)]


def last_measured(bound: Bound, *, by_verifier: bool) -> Measurement | None:
    """The last number that was measured on one of the two sides."""
    rows = [one for one in bound.measurements.all() if (one.body_id is not None) == by_verifier]
    return max(rows, key=lambda row: (row.on, row.pk), default=None)


def is_broken(bound: Bound, commitment: Commitment) -> bool:
    """Whether the last number of either side is beyond what is agreed.

    A number that has to be reached is not broken while it is not reached yet, it is late by its
    date; only a limit from below has to be kept from the first day. What a number was measured
    for before it became of another kind says nothing any more.
    """
    if commitment.kind not in Commitment.MEASURED:
        return False
    limits = commitment.kind == Commitment.Kind.LIMIT
    if bound.comparison != Bound.Comparison.AT_MOST and not limits:
        return False
    sides = (last_measured(bound, by_verifier=side) for side in (False, True))
    return any(one is not None and not bound.allows(one.value) for one in sides)


def reports_on(row: ExpectedOccurrence, check_ins: Iterable[CheckIn]) -> list[CheckIn]:
    """The check-ins that name an expected time, without those that were revised to name another,
    and without what those had revised."""
    known = {one.pk: one for one in check_ins}
    moved: set[int] = set()
    for one in known.values():
        before = known.get(one.revises_id or 0) if one.expected_id != row.pk else None
        while before is not None and before.pk not in moved:
            moved.add(before.pk)
            before = known.get(before.revises_id or 0)
    return [one for one in known.values() if one.expected_id == row.pk and one.pk not in moved]


def expected_columns(obligation: Obligation) -> Iterator[tuple[ExpectedOccurrence, dict[str, Any]]]:
    """Each expected time of an obligation that was fetched `with_events`, with its columns."""
    zone = obligation.commitment.process.zone
    check_ins, found = obligation.check_ins.all(), obligation.verifications.all()
    for row in obligation.expected.all():
        findings = [one for one in found if one.expected_id == row.pk]
        yield row, columns_of_expected(row, reports_on(row, check_ins), findings, zone)


def columns_of_expected(
    row: ExpectedOccurrence,
    check_ins: Iterable[CheckIn],
    verifications: Iterable[Verification],
    zone: Any,
) -> dict[str, Any]:
    """The columns of one expected time, of the check-ins and counting verifications that name it.

    `reported_at` is when it was first reported as full without being taken back since.
    """
    level: int | None = None
    first_full: datetime | None = None
    done_on = None
    for one in sorted(check_ins, key=lambda check_in: check_in.pk):
        level = one.level
        if level != Level.FULL:
            first_full = done_on = None
            continue
        if first_full is None:
            first_full, done_on = one.submitted_at, one.submitted_at.astimezone(zone).date()
        done_on = one.done_on or done_on
    found = max(verifications, key=lambda v: (v.recorded_at, v.pk), default=None)
    return {
        "reported_level": level,
        "reported_at": first_full,
        "done_on": done_on,
        "verified_level": found.level if found else None,
        "verified_on": found.occurred_on if found and found.level == Level.FULL else None,
    }
