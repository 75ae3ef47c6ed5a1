"""What the terms of a deadline come to today: as the agreement says, as it is read, as extended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coordination.base.dates import Point, offset
from coordination.base.errors import Refused

from .models import Deadline, DeadlineTerm, Extension

Purpose = DeadlineTerm.Purpose


@dataclass(frozen=True)
class Base:
    """What a term counts from: its day or moment, and whether it has really happened."""

    point: Point | None
    has_happened: bool


NOTHING = Base(None, False)
#: No bound, and none to come.
UNBOUNDED = Base(None, True)


@dataclass(frozen=True)
class Outcome:
    """Points of a deadline: as the agreement has it (`original`), in force (`due`), and from when
    to when what is kept up holds; whether what is in force is a projection; each reading's own."""

    original: Point | None = None
    due: Point | None = None
    latest_on: date | None = None
    starts: Point | None = None
    ends_on: date | None = None
    is_projected: bool = False
    readings: Mapping[int, Point | None] | None = None


@dataclass(frozen=True)
class Resolver:
    """Resolves terms against what they count from: completions (or due points) of commitments by
    id, and for what is triggered the point at which it was opened."""

    bases: Mapping[int, Base]
    zone: ZoneInfo
    opening: Base = NOTHING

    def end(self, base: Base) -> datetime:
        assert base.point is not None
        return base.point.ends_at(self.zone)

    def combined(self, terms: Iterable[DeadlineTerm], rule: str) -> Base:
        """The earlier or the later of several terms.

        With the earlier, one that has no date yet is left aside: what is known is the latest that
        it can become. With the later, nothing is known until all are. No terms leave nothing open.
        """
        resolved = [self.resolve(term) for term in terms]
        known = [base for base in resolved if base.point]
        complete = len(known) == len(resolved)
        if not known or not (complete or rule == Deadline.Rule.EARLIER):
            return Base(None, complete)
        choose = min if rule == Deadline.Rule.EARLIER else max
        point = choose(known, key=self.end).point
        return Base(point, complete and all(base.has_happened for base in known))

    def bounded(self, due: Base, not_before: Base, latest: Base) -> Base:
        """Not before the one and not after the other; the latest alone where nothing else says.

        A bound that may still move, or is not known yet, can yet move the day.
        """
        point = due.point
        if point and not_before.point and self.end(not_before) > self.end(due):
            point = not_before.point
        if latest.point and (point is None or self.end(latest) < point.ends_at(self.zone)):
            point = latest.point
        settled = due.has_happened and not_before.has_happened and latest.has_happened
        return Base(point, settled)

    def extended(self, due: Base, extensions: Iterable[Extension]) -> Base:
        """After each extension in turn; what it counts from may have moved past a fixed day, and
        an extension makes nothing due earlier."""
        for one in extensions:
            if one.on:
                new = Base(Point.of(one.at, self.zone) if one.at else Point(one.on), True)
                due = due if due.point and self.end(due) > self.end(new) else new
            elif due.point and one.amount:
                point = self.moved(due.point, one.amount, one.unit, one)
                due = Base(point, due.has_happened)
        return due

    def resolve(self, term: DeadlineTerm) -> Base:
        if term.on:
            return self.checked(Point.of(term.at, self.zone) if term.at else Point(term.on), term)
        if term.anchor:
            base = Base(term.anchor.point, term.anchor.has_happened)
        elif term.from_opening:
            base = self.opening
        else:
            base = self.bases.get(term.after_commitment_id or 0, NOTHING)
        if base.point is None or not term.amount:
            return base
        sign = -1 if term.direction == DeadlineTerm.Direction.BEFORE else 1
        return Base(self.moved(base.point, sign * term.amount, term.unit, term), base.has_happened)

    def moved(self, point: Point, amount: int, unit: str, what: object) -> Point:
        try:
            there = offset(point, amount, unit, self.zone)
        except (OverflowError, ValueError):
            there = None
        # A day so far off is a slip of the pen, and the calendar itself ends with the year 9999.
        if there is None or not 1000 <= there.on.year <= 9000:
            raise Refused(_("“%(term)s” leads outside the calendar.") % {"term": what}, "terms")
        return there

    def checked(self, point: Point, term: DeadlineTerm) -> Base:
        if not 1000 <= point.on.year <= 9000:
            raise Refused(_("“%(term)s” leads outside the calendar.") % {"term": term}, "terms")
        return Base(point, True)


def compute(
    deadline: Deadline,
    bases: Mapping[int, Base],
    zone: ZoneInfo,
    *,
    opening: Base = NOTHING,
    expected: int | None = None,
) -> Outcome:
    """Resolve a deadline.

    For one of several times that something is expected, `opening` is the point at which it was
    triggered and `expected` its id: extensions are of that time then.
    """
    resolver = Resolver(bases, zone, opening)
    own: dict[str, list[DeadlineTerm]] = {purpose: [] for purpose in Purpose.values}
    read: dict[int, list[DeadlineTerm]] = {}
    for term in deadline.terms.all():
        if term.reading_id:
            read.setdefault(term.reading_id, []).append(term)
        else:
            own[term.purpose].append(term)
    not_before = resolver.combined(own[Purpose.NOT_BEFORE], Deadline.Rule.LATER)
    latest = resolver.combined(own[Purpose.LATEST], Deadline.Rule.EARLIER)
    original = resolver.bounded(
        resolver.combined(own[Purpose.DUE], deadline.rule), not_before, latest
    )
    readings = {
        reading.pk: resolver.bounded(
            resolver.combined(read.get(reading.pk, ()), reading.rule), not_before, latest
        )
        for reading in deadline.readings.all()
    }
    in_force = next((readings[row.pk] for row in deadline.readings.all() if row.in_force), original)
    due = resolver.extended(
        in_force, [row for row in deadline.extensions.all() if row.expected_id == expected]
    )
    due = resolver.bounded(due, UNBOUNDED, latest)  # nor is it extended beyond that
    starts = resolver.combined(own[Purpose.START], Deadline.Rule.LATER)
    ends = resolver.combined(own[Purpose.END], Deadline.Rule.EARLIER)
    decisive = starts if own[Purpose.START] and due.point is None else due
    return Outcome(
        original=original.point,
        due=due.point,
        latest_on=latest.point.on if latest.point else None,
        starts=starts.point,
        ends_on=ends.point.on if ends.point else None,
        is_projected=not decisive.has_happened,
        readings={pk: base.point for pk, base in readings.items()},
    )
