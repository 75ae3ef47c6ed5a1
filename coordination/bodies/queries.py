"""Bodies with who sits in them, and their place in the structure."""

from typing import Any

from django.db.models import Prefetch

from coordination.processes.models import Process

from .models import Seat


def bodies_with_seats(bodies: Any, process: Process) -> Any:
    """The bodies of a process, each seat with who holds it today."""
    seats = Seat.objects.with_holders(process.today()).order_by("number")
    return bodies.filter(process=process).prefetch_related(Prefetch("seats", seats))
