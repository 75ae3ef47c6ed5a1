"""What waits on what: chains of commitments, computed over plain facts.

An edge leads from a commitment to one that depends on it. Everything here runs in time that grows
with the number of commitments and edges, and without recursion.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Why one commitment depends on another."""

    COUNTS = "counts", _("counts from")
    WAITS = "waits", _("waits on")
    FOLLOWS = "follows", _("follows")

    def after(self, code: str) -> str:
        """What is said of the one that depends on another."""
        return _AFTER[self] % {"code": code}

    def before(self, code: str) -> str:
        """What is said of the one that another depends on."""
        return _BEFORE[self] % {"code": code}


_AFTER = {
    Kind.COUNTS: _("its date counts from %(code)s"),
    Kind.WAITS: _("waits on %(code)s"),
    Kind.FOLLOWS: _("triggered by each fulfilment of %(code)s"),
}
_BEFORE = {
    Kind.COUNTS: _("the date of %(code)s counts from it"),
    Kind.WAITS: _("%(code)s waits on it"),
    Kind.FOLLOWS: _("each fulfilment of it triggers %(code)s"),
}


@dataclass(frozen=True)
class Fact:
    """What a chain needs to know of a commitment; it is done when all who owe it are."""

    id: int
    code: str
    title: str = ""
    due_on: date | None = None
    is_done: bool = False
    completed_on: date | None = None
    #: When its owners last said that it will be done.
    expected_on: date | None = None
    #: The moment on its due day, for what counts hours from it.
    due_at: datetime | None = None

    @property
    def ends_on(self) -> date | None:
        """When it was done, or else is expected, or else is due."""
        return (self.completed_on if self.is_done else self.expected_on) or self.due_on


@dataclass(frozen=True)
class Edge:
    """`after` depends on `before`.

    It `keeps` the one from going ahead unless its date merely counts backwards from the other's, or
    is one of several that begin to run.
    """

    before: int
    after: int
    kind: Kind = Kind.WAITS
    keeps: bool = True


@dataclass
class Graph:
    """The commitments of a process, and the edges between them from both of their ends."""

    facts: dict[int, Fact]
    into: dict[int, list[Edge]] = field(default_factory=dict)
    out: dict[int, list[Edge]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Iterable[Fact], edges: Iterable[Edge]) -> "Graph":
        """Edges to what is not among the facts, as to what was withdrawn, are left out."""
        graph = cls({fact.id: fact for fact in facts})
        for edge in edges:
            ends = {edge.before, edge.after}
            if len(ends) == 2 and ends <= graph.facts.keys():
                graph.out.setdefault(edge.before, []).append(edge)
                graph.into.setdefault(edge.after, []).append(edge)
        return graph

    def unmet(self, key: int) -> list[Edge]:
        """The edges from what keeps a commitment from going ahead now."""
        edges = self.into.get(key, ())
        return [edge for edge in edges if edge.keeps and not self.facts[edge.before].is_done]


def makes_circle(edges: Iterable[Edge], new: Edge) -> list[int]:
    """The circle that a new edge would close, each waiting on the next, or nothing.

    It begins and ends with the one that the new edge leads to.
    """
    if new.before == new.after:
        return [new.after, new.before]
    into: dict[int, list[int]] = {}
    for edge in edges:
        into.setdefault(edge.after, []).append(edge.before)
    came_from: dict[int, int] = {new.before: new.after}
    waiting = deque([new.before])
    while waiting:
        key = waiting.popleft()
        for before in into.get(key, ()):
            if before == new.after:
                path = [new.after, key]
                while path[-1] != new.before:
                    path.append(came_from[path[-1]])
                return [new.after, *reversed(path)]
            if before not in came_from:
                came_from[before] = key
                waiting.append(before)
    return []


@dataclass(frozen=True)
class Node:
    """A commitment on the way from another one; it stands under the first that leads to it."""

    fact: Fact
    kind: Kind
    distance: int
    parent: int


def upstream(graph: Graph, key: int) -> dict[int, Node]:
    """Everything that a commitment depends on, the nearest first, with how many steps away."""
    return _closure(graph, key, lambda at: [(e, e.before) for e in graph.into.get(at, ())])


def downstream(graph: Graph, key: int) -> dict[int, Node]:
    """Everything that depends on a commitment, the nearest first."""
    return _closure(graph, key, lambda at: [(e, e.after) for e in graph.out.get(at, ())])


def _closure(
    graph: Graph, key: int, steps: Callable[[int], list[tuple[Edge, int]]]
) -> dict[int, Node]:
    found: dict[int, Node] = {}
    waiting = deque([(key, 0)])
    while waiting:
        at, distance = waiting.popleft()
        for edge, there in steps(at):
            if there != key and there not in found:
                found[there] = Node(graph.facts[there], edge.kind, distance + 1, at)
                waiting.append((there, distance + 1))
    return found


def in_order(graph: Graph, keys: Iterable[int]) -> list[int]:
    """Some commitments such that each comes after those of them that it depends on."""
    among = set(keys)
    missing = {
        key: sum(1 for edge in graph.into.get(key, ()) if edge.before in among) for key in among
    }
    ready = deque(sorted(key for key, n in missing.items() if not n))
    order: list[int] = []
    while ready:
        key = ready.popleft()
        order.append(key)
        for edge in graph.out.get(key, ()):
            if edge.after in among:
                missing[edge.after] -= 1
                if not missing[edge.after]:
                    ready.append(edge.after)
    return order


def blocked(graph: Graph) -> dict[int, list[Edge]]:
    """Each open commitment that cannot go ahead, with the edges from what keeps it directly."""
    kept = {key: graph.unmet(key) for key, fact in graph.facts.items() if not fact.is_done}
    return {key: edges for key, edges in kept.items() if edges}


def root_causes(graph: Graph) -> dict[int, int]:
    """The unmet commitments at which chains of waiting begin, with how many each keeps, directly
    or through others; those that keep most come first."""
    kept = blocked(graph)
    keeps: dict[int, list[int]] = {}
    for key, edges in kept.items():
        for edge in edges:
            keeps.setdefault(edge.before, []).append(key)
    place = {key: n for n, key in enumerate(kept)}
    # Which ones each keeps is a set of bits: sets would take a square of memory on a long chain.
    held: dict[int, int] = {}
    for key in reversed(in_order(graph, {*kept, *keeps})):
        bits = 0
        for there in keeps.get(key, ()):
            bits |= held.get(there, 0) | 1 << place[there]
        held[key] = bits
    roots = {key: held.get(key, 0).bit_count() for key in keeps if key not in kept}
    return dict(sorted(roots.items(), key=lambda pair: (-pair[1], pair[0])))


def kept_by(graph: Graph, root: int) -> dict[int, Node]:
    """Every open commitment that waits on an unmet one, directly or through others."""

    def steps(at: int) -> list[tuple[Edge, int]]:
        edges = (edge for edge in graph.out.get(at, ()) if edge.keeps)
        return [(e, e.after) for e in edges if not graph.facts[e.after].is_done]

    return _closure(graph, root, steps)


@dataclass(frozen=True)
class Step:
    """One commitment of a critical path, and what lies between it and the next."""

    fact: Fact
    #: When it can be met at the earliest: its own day, or that of something it waits on.
    ends_on: date | None
    kind: Kind | None = None
    #: Days from then until the day of the next; less than none where it comes too late.
    slack: int | None = None

    @property
    def late(self) -> int:
        """By how many days it comes too late for the next."""
        return max(-(self.slack or 0), 0)


def critical_path(graph: Graph, target: int) -> list[Step]:
    """The chain that decides when a commitment can be met at the earliest, its beginning first.

    Each step goes back to the unmet one that ends last, counting what that one itself waits on. One
    without any day decides only where no other has one.
    """
    ends = _ends(graph, target)
    path = [Step(graph.facts[target], ends[target])]
    at, seen = target, {target}
    while edges := [edge for edge in graph.unmet(at) if edge.before not in seen]:
        edge = min(edges, key=lambda one: (_later_first(ends[one.before]), one.before))
        before, fact = ends[edge.before], graph.facts[at]
        slack = (fact.ends_on - before).days if fact.ends_on and before else None
        at = edge.before
        seen.add(at)
        path.append(Step(graph.facts[at], before, edge.kind, slack))
    return path[::-1]


def _later_first(day: date | None) -> int:
    return -day.toordinal() if day else 0


def _ends(graph: Graph, target: int) -> dict[int, date | None]:
    """When a commitment, and each unmet one before it, can be met at the earliest."""
    found = _closure(graph, target, lambda at: [(e, e.before) for e in graph.unmet(at)])
    ends: dict[int, date | None] = {}
    for key in in_order(graph, {target, *found}):
        days = [graph.facts[key].ends_on, *(ends.get(e.before) for e in graph.unmet(key))]
        ends[key] = max((day for day in days if day), default=None)
    return dict.fromkeys((target, *found)) | ends


@dataclass(frozen=True)
class Slip:
    """A date that moves because something before it is late."""

    fact: Fact
    before: date | None
    after: date | None
    kind: Kind
    #: The one right before it whose lateness moves it.
    because: Fact

    @property
    def days(self) -> int | None:
        return (self.after - self.before).days if self.after and self.before else None

    @property
    def words(self) -> str:
        return self.kind.after(self.because.code)


#: What the date of a commitment comes to when others end on given days instead of their own.
Counted = Callable[[int, Mapping[int, date]], date | None]


def slips(graph: Graph, start: int, days: int, counted: Counted) -> list[Slip]:
    """What moves when a commitment is met some days after the day on which it is due.

    A date that counts from what moves is computed again (`counted`). What waits on something
    without counting from it is pushed only when that passes its own day. What is done stays.
    """
    due_on = graph.facts[start].due_on
    if graph.facts[start].is_done or due_on is None:
        return []
    ends = {start: due_on + timedelta(days=days)}
    found: list[Slip] = []
    for key in in_order(graph, {start, *downstream(graph, start)}):
        fact = graph.facts[key]
        moved = [edge for edge in graph.into.get(key, ()) if edge.before in ends]
        if key == start or fact.is_done or not moved:
            continue
        slip = _slip(graph, fact, moved, ends, counted)
        if slip is not None:
            found.append(slip)
            if slip.after:
                ends[key] = slip.after
    return found


def _slip(
    graph: Graph, fact: Fact, moved: list[Edge], ends: Mapping[int, date], counted: Counted
) -> Slip | None:
    after, cause = fact.due_on, None
    if counting := [edge for edge in moved if edge.kind == Kind.COUNTS]:
        after = counted(fact.id, ends)
        if after != fact.due_on:
            cause = max(counting, key=lambda edge: (ends[edge.before], -edge.before))
    for edge in moved:
        if edge.kind == Kind.WAITS and after and ends[edge.before] > after:
            after, cause = ends[edge.before], edge
    if cause is None:
        return None
    return Slip(fact, fact.due_on, after, cause.kind, graph.facts[cause.before])
