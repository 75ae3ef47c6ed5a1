"""What the terms of a deadline come to today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coordination.base.dates import Point, offset
from coordination.base.errors import Refused

from .models import Deadline, DeadlineTerm


@dataclass(frozen=True)
class Base:
    """What a term counts from: its day or moment, and whether it has really happened."""

    point: Point | None
    has_happened: bool


@dataclass(frozen=True)
class Outcome:
    """The due point in force, the latest permitted day, and whether the point is a projection."""

    due: Point | None = None
    latest_on: date | None = None
    is_projected: bool = False


def compute(deadline: Deadline, bases: Mapping[int, Base], zone: ZoneInfo) -> Outcome:
    """Resolve a deadline; `bases` gives the completion (or due point) of commitments by id.

    With the earlier of several terms, one that has no date yet is left aside: what is known is the
    latest that it can become, and is marked as projected. With the later of several, nothing is
    known until all are.
    """
    terms = list(deadline.terms.all())
    due = [_resolve(t, bases, zone) for t in terms if t.purpose == DeadlineTerm.Purpose.DUE]
    known = [base for base in due if base.point]
    complete = len(known) == len(due)
    in_force = None
    if known and (complete or deadline.rule == Deadline.Rule.EARLIER):
        choose = min if deadline.rule == Deadline.Rule.EARLIER else max
        in_force = choose(known, key=lambda base: _end(base, zone))
    not_before = _last(terms, DeadlineTerm.Purpose.NOT_BEFORE, bases, zone)
    if in_force and not_before and _end(not_before, zone) > _end(in_force, zone):
        in_force = not_before
    latest = _last(terms, DeadlineTerm.Purpose.LATEST, bases, zone)
    in_force = in_force or latest
    certain = complete and all(base.has_happened for base in known)
    return Outcome(
        due=in_force.point if in_force else None,
        latest_on=latest.point.on if latest and latest.point else None,
        is_projected=not certain or bool(in_force and not in_force.has_happened),
    )


def _end(base: Base, zone: ZoneInfo) -> datetime:
    assert base.point is not None
    return base.point.ends_at(zone)


def _last(
    terms: Iterable[DeadlineTerm], purpose: str, bases: Mapping[int, Base], zone: ZoneInfo
) -> Base | None:
    found = [_resolve(term, bases, zone) for term in terms if term.purpose == purpose]
    known = [base for base in found if base.point]
    return max(known, key=lambda base: _end(base, zone), default=None)


def _resolve(term: DeadlineTerm, bases: Mapping[int, Base], zone: ZoneInfo) -> Base:
    if term.on:
        base = Base(Point.of(term.at, zone) if term.at else Point(term.on), True)
    elif term.anchor:
        base = Base(term.anchor.point, term.anchor.has_happened)
    else:
        base = bases.get(term.after_commitment_id or 0, Base(None, False))
    if base.point is None:
        return base
    point: Point | None = base.point
    if term.amount and not term.on:
        sign = -1 if term.direction == DeadlineTerm.Direction.BEFORE else 1
        try:
            point = offset(base.point, sign * term.amount, term.unit, zone)
        except (OverflowError, ValueError):
            point = None
    # A day so far off is a slip of the pen, and the calendar itself ends with the year 9999.
    if point is None or not 1000 <= point.on.year <= 9000:
        raise Refused(_("“%(term)s” leads outside the calendar.") % {"term": term}, "terms")
    return Base(point, base.has_happened)
