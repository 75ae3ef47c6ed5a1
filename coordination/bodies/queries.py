"""Bodies with who sits in them, and their place in the structure."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from coordination.processes.models import Process

from .models import Body, Seat


def bodies_with_seats(bodies: Any, process: Process) -> Any:
    """The bodies of a process, each seat with who holds it today."""
    seats = Seat.objects.with_holders(process.today()).order_by("number")
    return (
        bodies.filter(process=process)
        .select_related("parent")
        .prefetch_related(Prefetch("seats", seats))
    )


@dataclass
class Node:
    """A body in the tree of who reports to whom."""

    body: Body
    is_here: bool
    children: list["Node"] = field(default_factory=list)


def structure(process: Process, here: Body) -> Node:
    """The line from the top down to a body, and what reports to it."""
    bodies = {body.pk: body for body in process.bodies.order_by("name")}
    node = Node(bodies[here.pk], True)
    node.children = [Node(b, False) for b in bodies.values() if b.parent_id == here.pk]
    seen = {here.pk}
    parent_id = here.parent_id
    while parent_id and parent_id not in seen:
        seen.add(parent_id)
        node = Node(bodies[parent_id], False, [node])
        parent_id = bodies[parent_id].parent_id
    return node
