"""Chains of commitments, against oracles that try every path."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.commitments.chains import (
    Edge,
    Fact,
    Graph,
    Kind,
    blocked,
    critical_path,
    downstream,
    in_order,
    kept_by,
    makes_circle,
    root_causes,
    slips,
    upstream,
)

DAY = dt.date(1996, 1, 1)
MOST = 6

days = st.none() | st.integers(0, 60).map(lambda n: DAY + dt.timedelta(days=n))
pairs = st.tuples(st.integers(0, MOST - 1), st.integers(0, MOST - 1))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to six commitments without a circle, the names of which say nothing of their order."""
    ids = draw(st.permutations(range(MOST)))
    facts = []
    for key in ids:
        due_on, is_done = draw(days), draw(st.integers(0, 3)) == 0
        done_on = draw(days) if is_done else None
        expected_on = None if is_done else draw(st.none() | days)
        facts.append(Fact(key, f"C-{key}", "", due_on, is_done, done_on, expected_on))
    edges = [
        Edge(ids[min(a, b)], ids[max(a, b)], draw(st.sampled_from(Kind)), draw(st.booleans()))
        for a, b in draw(st.sets(pairs, max_size=9))
        if a != b
    ]
    return Graph.of(facts, edges)


def edges_of(graph: Graph) -> list[Edge]:
    return [edge for edges in graph.into.values() for edge in edges]


def paths_to(graph: Graph, key: int) -> Iterator[list[int]]:
    """Every chain of waiting that ends with a commitment, from where it begins."""
    before = [edge.before for edge in graph.unmet(key)]
    if not before:
        yield [key]
    for one in before:
        for path in paths_to(graph, one):
            yield [*path, key]


def leads_to(edges: list[Edge], start: int, end: int) -> bool:
    """Tried out over all chains without a repetition."""

    def walk(at: int, seen: frozenset[int]) -> bool:
        return at == end or any(
            walk(edge.after, seen | {at}) for edge in edges if edge.before == at not in seen
        )

    return walk(start, frozenset())


@settings(max_examples=60)
@given(st.lists(pairs, max_size=9), pairs)
def test_a_circle_is_found_where_there_is_one_and_its_path_is_real(
    rows: list[tuple[int, int]], pair: tuple[int, int]
) -> None:
    edges, new = [Edge(*row) for row in rows if row[0] != row[1]], Edge(*pair)
    path = makes_circle(edges, new)
    assert bool(path) == leads_to(edges, new.after, new.before)
    if path:
        known = {(edge.before, edge.after) for edge in (*edges, new)}
        steps = list(zip(path[1:], path, strict=False))
        assert path[0] == path[-1] == new.after
        assert steps[0] == (new.before, new.after)
        assert set(steps) <= known


@settings(max_examples=60)
@given(graphs())
def test_closures_have_all_that_leads_there_at_its_shortest_distance(graph: Graph) -> None:
    edges = edges_of(graph)
    for key in graph.facts:
        before, after = upstream(graph, key), downstream(graph, key)
        assert before.keys() == {k for k in graph.facts if k != key and leads_to(edges, k, key)}
        assert after.keys() == {k for k in graph.facts if k != key and leads_to(edges, key, k)}
        for there, node in before.items():
            nearer = [before[e.after].distance if e.after != key else 0 for e in graph.out[there]
                      if e.after == key or e.after in before]  # fmt: skip
            assert node.distance == min(nearer) + 1


@settings(max_examples=60)
@given(graphs())
def test_what_is_kept_from_going_ahead_is_as_every_path_says(graph: Graph) -> None:
    kept = blocked(graph)
    counts: dict[int, set[int]] = {}
    for key, fact in graph.facts.items():
        paths = [] if fact.is_done else [path for path in paths_to(graph, key) if len(path) > 1]
        assert {path[-2] for path in paths} == {edge.before for edge in kept.get(key, ())}
        roots = {path[0] for path in paths}
        for root in roots:
            counts.setdefault(root, set()).add(key)
    assert root_causes(graph) == {root: len(keys) for root, keys in counts.items()}
    for root, keys in counts.items():
        assert kept_by(graph, root).keys() == keys


@settings(max_examples=60)
@given(graphs())
def test_the_critical_path_is_the_last_to_end_of_all_paths(graph: Graph) -> None:
    def ends(key: int) -> dt.date | None:
        known = (graph.facts[one].ends_on for path in paths_to(graph, key) for one in path)
        return max((day for day in known if day), default=None)

    def rank(path: list[int]) -> list[tuple[int, int]]:
        return [(-(ends(k) or dt.date.min).toordinal(), k) for k in reversed(path)]

    for key in graph.facts:
        steps = critical_path(graph, key)
        assert [step.fact.id for step in steps] == min(paths_to(graph, key), key=rank)
        assert [step.ends_on for step in steps] == [ends(step.fact.id) for step in steps]
        for step, following in pairwise(steps):
            due = following.fact.ends_on
            days_between = (due - step.ends_on).days if due and step.ends_on else None
            assert step.slack == days_between


@settings(max_examples=60)
@given(graphs(), st.integers(0, MOST - 1), st.integers(1, 40))
def test_what_slips_is_what_computing_all_of_it_again_gives(
    graph: Graph, start: int, late: int
) -> None:
    def counted(key: int, ends: Mapping[int, dt.date]) -> dt.date | None:
        """The latest of what it counts from, or its own date where that is later."""
        own = graph.facts[key].due_on
        bases = [edge.before for edge in graph.into[key] if edge.kind == Kind.COUNTS]
        moved = [ends[base] for base in bases if base in ends]
        return max([own, *moved]) if own else None

    found = {slip.fact.id: slip for slip in slips(graph, start, late, counted)}
    first = graph.facts[start]
    if first.is_done or first.due_on is None:
        assert found == {}
        return
    # Every pass moves what moved ones reach, until nothing moves: no order is needed.
    ends = {start: first.due_on + dt.timedelta(days=late)}
    due: dict[int, dt.date] = {}
    for _ in graph.facts:
        for key, fact in graph.facts.items():
            before = [edge for edge in graph.into.get(key, ()) if edge.before in ends]
            if key == start or fact.is_done or fact.due_on is None:
                continue
            pushed = [ends[e.before] for e in before if e.kind != Kind.FOLLOWS]
            if pushed and max(pushed) > fact.due_on:
                due[key] = ends[key] = max(pushed)
    assert {key: slip.after for key, slip in found.items()} == due
    for slip in found.values():
        assert slip.days == (due[slip.fact.id] - slip.before).days  # type: ignore[operator]


def test_what_is_done_holds_up_nothing() -> None:
    facts = [Fact(1, "C-1", due_on=DAY, is_done=True, completed_on=DAY), Fact(2, "C-2")]
    graph = Graph.of(facts, [Edge(1, 2)])
    assert blocked(graph) == {}
    assert slips(graph, 1, 30, lambda *_: None) == []


def test_a_chain_of_5000_is_answered_at_once_and_without_recursion() -> None:
    facts = [Fact(n, f"C-{n}", due_on=DAY) for n in range(5000)]
    edges = [Edge(n, n + 1) for n in range(4999)]
    graph = Graph.of(facts, edges)
    assert makes_circle(edges, Edge(4999, 0))[:3] == [0, 4999, 4998]
    assert upstream(graph, 4999)[0].distance == 4999
    assert root_causes(graph) == {0: 4999}
    assert [step.fact.id for step in critical_path(graph, 4999)] == list(range(5000))
    assert len(slips(graph, 0, 30, lambda *_: None)) == 4999
    assert in_order(graph, graph.facts) == list(range(5000))
