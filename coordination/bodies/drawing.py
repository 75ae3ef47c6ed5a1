"""The structure of a process as a drawing: where each body stands, and the lines between them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .models import ReportingLine
from .queries import Found
from .structure import BodyFacts, Structure

WIDTH, HEIGHT = 208, 44
STEP_X, STEP_Y = 248, 56
HEADING = 34
NAME_LENGTH = 29
#: As many bodies as are drawn on one page.
DRAWN = 60


@dataclass
class Node:
    """A body in the tree of who reports to whom, and where it is drawn, in pixels."""

    body: BodyFacts
    seats: int
    vacant: int
    found: int
    children: list["Node"] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    folded: int = 0
    x: int = 0
    y: int = 0

    @property
    def name(self) -> str:
        name = self.body.name
        return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"

    @property
    def empty(self) -> bool:
        """Whether nobody sits in it."""
        return self.vacant == self.seats

    @property
    def middle(self) -> int:
        return self.y + HEIGHT // 2

    @property
    def right(self) -> int:
        return self.x + WIDTH


@dataclass(frozen=True)
class Edge:
    kind: str
    path: str


@dataclass
class Drawing:
    """A forest of bodies, the tracks of its roots as headings, and its size in pixels."""

    roots: list[Node]
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    headings: list[tuple[str, int]] = field(default_factory=list)
    width: int = 0
    height: int = 0
    left_out: int = 0


def draw(
    structure: Structure,
    found: Iterable[Found],
    track: str = "",
    tracks: Iterable[str] = (),
    top: int | None = None,
) -> Drawing:
    """The bodies of the day; of one track, those of it and what they report to.

    `top` draws a body and what stands below it. With more bodies than fit, the lower levels are
    folded into the bodies above them.
    """
    roots = tree(structure, found, track)
    if top is not None:
        roots = [node for step, node in as_list(roots) if step == "open" and node.body.id == top]
    places = {name: place for place, name in enumerate(tracks)}
    roots.sort(key=lambda node: (places.get(node.body.track, 99), -len(node.children)))
    drawing = Drawing(roots[:DRAWN], left_out=len(roots[DRAWN:]))
    roots = drawing.roots
    _fold(roots)
    y, heading = 0, None
    for root in roots:
        if root.body.track != heading:
            heading = root.body.track
            drawing.headings.append((heading, y + 20))
            y += HEADING
        y = _place(root, 0, y, drawing)
    drawing.height = y
    drawing.width = max((node.right for node in drawing.nodes), default=WIDTH) + 24
    drawing.edges = list(_edges(structure, drawing))
    return drawing


def _fold(roots: list[Node]) -> None:
    """Fold the levels below the last one with which all bodies still fit."""
    level, room = roots, DRAWN - len(roots)
    while level:
        following = [child for node in level for child in node.children]
        if len(following) > room:
            for node in level:
                node.folded = len([one for one in as_list([node]) if one[0] == "open"]) - 1
                node.children = []
            return
        level, room = following, room - len(following)


def tree(structure: Structure, found: Iterable[Found], track: str = "") -> list[Node]:
    """The bodies of the day, each below the first body that it reports to."""
    open_gaps = Counter(pk for one in found if one.is_open for pk in set(one.gap.body_ids))
    nodes: dict[int, Node] = {}
    for body in structure.existing:
        seats = structure.seats_of[body.id]
        vacant = len([seat for seat in seats if not seat.holder_id])
        nodes[body.id] = Node(body, len(seats), vacant, open_gaps[body.id])
    parents = _parents(structure, nodes)
    if track:
        nodes = {pk: nodes[pk] for pk in nodes if pk in _with_above(nodes, parents, track)}
    for line in structure.lines:
        if line.body_id in nodes and parents.get(line.body_id) != line.to_body_id:
            target = structure.bodies.get(line.to_body_id or 0)
            code = target.code if target else structure.parties.get(line.to_party_id or 0)
            label = ReportingLine.Kind(line.kind).label
            nodes[line.body_id].beside.append(f"{label} {code or line.to_name}")
    for pk, node in nodes.items():
        if (parent := parents.get(pk)) in nodes:
            nodes[parent].children.append(node)
    return [node for pk, node in nodes.items() if parents.get(pk) not in nodes]


def as_list(roots: list[Node]) -> Iterator[tuple[str, Node]]:
    """The forest as a nested list is written: "open" and "close" around what stands below."""
    waiting = [("open", node) for node in reversed(roots)]
    while waiting:
        step, node = waiting.pop()
        yield step, node
        if step == "open":
            waiting.append(("close", node))
            waiting += [("open", child) for child in reversed(node.children)]


def _parents(structure: Structure, nodes: dict[int, Node]) -> dict[int, int]:
    """What each body stands below; a line that would close a circle is left out."""
    parents: dict[int, int] = {}
    for pk in nodes:
        line = structure.superior_of(pk)
        above = line.to_body_id if line else None
        if above is None or above not in nodes:
            continue
        one: int | None = above
        while one is not None and one != pk:
            one = parents.get(one)
        if one is None:
            parents[pk] = above
    return parents


def _with_above(nodes: dict[int, Node], parents: dict[int, int], track: str) -> set[int]:
    kept: set[int] = set()
    for pk, node in nodes.items():
        one: int | None = pk if node.body.track == track else None
        while one is not None and one not in kept:
            kept.add(one)
            one = parents.get(one)
    return kept


def _place(node: Node, depth: int, y: int, drawing: Drawing) -> int:
    """Put a body beside the middle of what reports to it; returns where the next one may stand."""
    node.x = depth * STEP_X
    drawing.nodes.append(node)
    below = y
    for child in node.children:
        below = _place(child, depth + 1, below, drawing)
    if node.children:
        node.y = (node.children[0].y + node.children[-1].y) // 2
        return max(below, node.y + STEP_Y)
    node.y = y
    return y + STEP_Y


def _edges(structure: Structure, drawing: Drawing) -> Iterable[Edge]:
    """The tree's own lines at right angles, the others as curves beside them."""
    places = {node.body.id: node for node in drawing.nodes}
    for node in drawing.nodes:
        for child in node.children:
            bend = node.right + (STEP_X - WIDTH) // 2
            path = f"M{node.right} {node.middle}H{bend}V{child.middle}H{child.x}"
            yield Edge("reports_to", path)
    drawn = {(child.body.id, node.body.id) for node in drawing.nodes for child in node.children}
    for line in structure.lines:
        start, end = places.get(line.body_id), places.get(line.to_body_id or 0)
        if start and end and (start.body.id, end.body.id) not in drawn:
            yield Edge(line.kind, _beside(start, end))


def _beside(start: Node, end: Node) -> str:
    """A curve past the right of both; below them where they stand in one row."""
    if start.y == end.y:
        low, depth = start.y + HEIGHT, start.y + HEIGHT + 18
        one, other = start.x + WIDTH // 2, end.x + WIDTH // 2
        return f"M{one} {low}C{one} {depth} {other} {depth} {other} {low}"
    out = max(start.right, end.right) + 36
    one, other = start.middle + 8, end.middle + 8
    return f"M{start.right} {one}C{out} {one} {out} {other} {end.right} {other}"
