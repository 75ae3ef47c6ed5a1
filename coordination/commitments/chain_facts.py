"""The facts that chains are computed over, read in a constant number of queries."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from coordination.base.dates import Point
from coordination.processes.models import Process

from . import chains, deadlines
from .chains import Edge, Fact, Graph, Kind, Slip
from .deadlines import Base
from .models import (
    Commitment,
    Deadline,
    DeadlineTerm,
    Dependency,
    Extension,
    Level,
    Obligation,
    Reading,
)
from .report_queries import next_expected
from .standing import Standing, of_commitment

_Purpose = DeadlineTerm.Purpose

#: Terms without which it does not begin; the others only limit it.
_BEGINS = (_Purpose.DUE, _Purpose.NOT_BEFORE, _Purpose.START)


def load(process: Process, user: Any) -> Graph:
    """Every commitment of a process, and what each depends on.

    When its owners expect one to be done counts for who may read the report that says so.
    """
    rows = Commitment.objects.filter(process=process).order_by("number")
    owed = Obligation.objects.filter(commitment__process=process)
    return Graph.of(_facts(rows, owed.annotate(told_on=next_expected(user))), edges(process))


#: What is kept up is never completed; what waits on it goes ahead while it is found to be kept.
_KEPT = (Commitment.Kind.STANDING, Commitment.Kind.LIMIT)


def _facts(commitments: Any, obligations: QuerySet[Obligation]) -> list[Fact]:
    owed: dict[int, list[tuple[date | None, date | None]]] = {}
    for key, kind, completed_on, expected_on, found, found_at in obligations.order_by().values_list(
        *("commitment", "commitment__kind", "completed_on", "told_on"),
        *("verified_level", "verified_at"),
    ):
        if kind in _KEPT and found == Level.FULL:
            completed_on = found_at.date()
        owed.setdefault(key, []).append((completed_on, expected_on))
    facts = []
    for key, number, title, due_on, due_at in commitments.values_list(
        "pk", "number", "title", "deadline__due_on", "deadline__due_at"
    ):
        completed = [one for one, _expected in owed.get(key, ())]
        days = [day for day in completed if day]
        is_done = bool(days) and len(days) == len(completed)
        expected = [one for done, one in owed.get(key, ()) if one and not done]
        facts.append(
            Fact(
                id=key,
                code=f"C-{number}",
                title=title,
                due_on=due_on,
                is_done=is_done,
                completed_on=max(days) if is_done else None,
                expected_on=max(expected, default=None),
                due_at=due_at,
            )
        )
    return facts


def edges(process: Process, touching: int | None = None) -> list[Edge]:
    """What depends on what: as somebody entered it, as deadlines count, and as one follows another;
    of the whole process, or those of one commitment. What was withdrawn keeps nothing."""
    entered = Dependency.objects.filter(
        commitment__process=process, commitment__withdrawn_at=None, on__withdrawn_at=None
    )
    follow: Any = Commitment.objects.filter(
        process=process, follows__isnull=False, follows__withdrawn_at=None
    )
    counting = DeadlineTerm.objects.filter(
        Q(reading=None) | Q(reading__withdrawn_at=None),
        deadline__commitment__process=process,
        deadline__commitment__withdrawn_at=None,
        after_commitment__isnull=False,
        after_commitment__withdrawn_at=None,
    )
    if touching is not None:
        entered = entered.filter(Q(commitment=touching) | Q(on=touching))
        follow = follow.filter(Q(pk=touching) | Q(follows=touching))
        counting = counting.filter(Q(deadline__commitment=touching) | Q(after_commitment=touching))
    found = [Edge(on, key) for on, key in entered.order_by().values_list("on", "commitment")]
    found += _counted(counting, touching)
    # Each fulfilment of what recurs triggers it: it does not wait until all of them are through.
    found += [
        Edge(before, key, Kind.FOLLOWS, kind not in Commitment.EXPECTED)
        for before, key, kind in follow.order_by().values_list("follows", "pk", "follows__kind")
    ]
    return found


def _counted(counting: QuerySet[DeadlineTerm], touching: int | None) -> Iterable[Edge]:
    """The edges of terms; those of the deadlines' other terms decide which of them keep.

    Read as plain values: there are thousands.
    """
    rows: Any = DeadlineTerm.objects.filter(
        Q(reading=None) | Q(reading__withdrawn_at=None), deadline__in=counting.values("deadline")
    )
    terms = list(
        rows.order_by("pk").values_list(
            *("deadline_id", "deadline__commitment_id", "deadline__rule", "after_commitment_id"),
            *("purpose", "amount", "direction"),
            *("reading_id", "reading__in_force", "reading__rule"),
            named=True,
        )
    )
    decisive = {term.deadline_id: term.reading_id for term in terms if term.reading__in_force}
    due = Counter((t.deadline_id, t.reading_id) for t in terms if t.purpose == _Purpose.DUE)
    found: dict[tuple[int, int], Edge] = {}
    for term in terms:
        pair = (term.after_commitment_id, term.deadline__commitment_id)
        if pair[0] is None or (touching is not None and touching not in pair):
            continue
        keeps = _keeps(term, decisive, due[term.deadline_id, term.reading_id])
        keeps = keeps or (pair in found and found[pair].keeps)
        found[pair] = Edge(*pair, Kind.COUNTS, keeps)
    return found.values()


def _keeps(term: Any, decisive: Mapping[int, int], alternatives: int) -> bool:
    """Whether it cannot go ahead before what its date counts from is done.

    It can where the date counts backwards, or is only one of several of which the earlier decides.
    """
    backwards = term.amount and term.direction == DeadlineTerm.Direction.BEFORE
    if backwards or term.purpose not in _BEGINS:
        return False
    if term.purpose != _Purpose.DUE:
        return True
    rule = term.reading__rule or term.deadline__rule
    in_force = term.reading_id == decisive.get(term.deadline_id)
    return in_force and (alternatives == 1 or rule == Deadline.Rule.LATER)


def what_slips(graph: Graph, process: Process, commitment: Commitment, days: int) -> list[Slip]:
    """What moves when a commitment is met so many days after it is due; nothing is written."""
    counting = {
        key
        for key in chains.downstream(graph, commitment.pk)
        if any(edge.kind == Kind.COUNTS for edge in graph.into[key])
    }
    recount = _Recount(graph, process, counting)
    return chains.slips(graph, commitment.pk, days, recount.due)


@dataclass
class _Rows:
    """Rows as a related manager would give them, which would cost a queryset for each deadline."""

    rows: list[Any] = field(default_factory=list)

    def all(self) -> list[Any]:
        return self.rows


@dataclass
class _Deadline:
    """What `deadlines.compute` reads of a deadline."""

    rule: str
    kind: str
    terms: _Rows = field(default_factory=_Rows)
    readings: _Rows = field(default_factory=_Rows)
    extensions: _Rows = field(default_factory=_Rows)


class _Recount:
    """Works out what deadlines come to when what they count from ends on other days."""

    def __init__(self, graph: Graph, process: Process, keys: Iterable[int]) -> None:
        self.graph, self.zone = graph, process.zone
        rows = Deadline.objects.filter(commitment__in=keys)
        self.deadlines: dict[int, _Deadline] = {}
        by_pk: dict[int, _Deadline] = {}
        for pk, key, rule, kind in rows.values_list("pk", "commitment", "rule", "commitment__kind"):
            self.deadlines[key] = by_pk[pk] = _Deadline(rule, kind)
        for term in DeadlineTerm.objects.filter(deadline__in=by_pk).select_related("anchor"):
            by_pk[term.deadline_id].terms.rows.append(term)
        for reading in Reading.objects.filter(deadline__in=by_pk):
            by_pk[reading.deadline_id].readings.rows.append(reading)
        for extension in Extension.objects.filter(deadline__in=by_pk):
            by_pk[extension.deadline_id].extensions.rows.append(extension)
        self.points: dict[int, Point] = {}

    def due(self, key: int, ends: Mapping[int, date]) -> date | None:
        row: Any = self.deadlines[key]
        if row.kind in Commitment.EXPECTED:
            return self.graph.facts[key].due_on  # each time is dated when it is opened
        counted_from = {term.after_commitment_id for term in row.terms.all()} - {None}
        bases = {base: self._base(base, ends) for base in counted_from}
        point = deadlines.compute(row, bases, self.zone).due
        if point is not None:
            self.points[key] = point
        return point.on if point else None

    def _base(self, key: int, ends: Mapping[int, date]) -> Base:
        fact = self.graph.facts.get(key)
        if fact is None:
            return deadlines.NOTHING
        if fact.completed_on:
            return Base(Point(fact.completed_on), True)
        if key in ends:
            counted = self.points.get(key)
            exact = counted is not None and counted.on == ends[key]
            return Base(counted if exact else Point(ends[key]), False)
        if fact.due_on is None:
            return deadlines.NOTHING
        ends_with_day = fact.due_at == Point(fact.due_on).ends_at(self.zone)
        return Base(Point(fact.due_on, None if ends_with_day else fact.due_at), False)


@dataclass
class Neighbour:
    """A commitment right before or after another, and why it stands there."""

    commitment: Commitment
    standing: Standing
    words: list[str]
    is_unmet: bool
    #: Where somebody entered it.
    dependency: Dependency | None = None


@dataclass
class Neighbours:
    before: list[Neighbour]
    after: list[Neighbour]
    #: Whether the commitment itself is unmet, so that those after it wait.
    is_unmet: bool
    #: How many more there are on each side than are shown.
    more_before: int = 0
    more_after: int = 0


#: As many as a section of the commitment's page shows on each side; its chain has all of them.
SHOWN = 8


def neighbours(commitment: Commitment) -> Neighbours:
    """What a commitment depends on and what depends on it, one step away."""
    found = edges(commitment.process, commitment.pk)
    entered = {
        (row.on_id, row.commitment_id): row
        for row in Dependency.objects.filter(Q(commitment=commitment) | Q(on=commitment))
    }
    before: dict[int, list[Kind]] = {}
    after: dict[int, list[Kind]] = {}
    for edge in found:
        if edge.before == edge.after:
            continue
        if edge.after == commitment.pk:
            before.setdefault(edge.before, []).append(edge.kind)
        else:
            after.setdefault(edge.after, []).append(edge.kind)
    shown = {*list(before)[:SHOWN], *list(after)[:SHOWN]}
    fetched: Any = Commitment.objects.filter(pk__in=shown)
    rows: dict[int, Commitment] = {one.pk: one for one in fetched.for_list()}
    for one in rows.values():
        one.process = commitment.process

    def side(keys: Mapping[int, list[Kind]], forwards: bool) -> list[Neighbour]:
        own = commitment.pk
        return sorted(
            (
                Neighbour(
                    rows[key],
                    of_commitment(rows[key]),
                    [
                        kind.after(commitment.code) if forwards else kind.before(commitment.code)
                        for kind in sorted(set(kinds))
                    ],
                    not is_met(rows[key].obligations.all()),
                    entered.get((own, key) if forwards else (key, own)),
                )
                for key, kinds in keys.items()
                if key in rows
            ),
            key=lambda one: one.commitment.number,
        )

    return Neighbours(
        side(before, False),
        side(after, True),
        not is_met(Obligation.objects.filter(commitment=commitment)),
        max(len(before) - SHOWN, 0),
        max(len(after) - SHOWN, 0),
    )


def is_met(owed: Iterable[Obligation]) -> bool:
    """Whether all who owe a commitment were found to have done it."""
    rows = list(owed)
    return bool(rows) and all(one.completed_on for one in rows)
