"""Who may run a review."""

from typing import Any

from coordination.bodies.models import Seat, Term
from coordination.processes.access import is_coordinator, membership

from .models import Review

_RUNS = (Seat.Role.CHAIR, Seat.Role.CO_CHAIR, Seat.Role.SECRETARY)


def may_run(user: Any, review: Review) -> bool:
    """The body's chair, co-chair or secretary of today, an alternate, or a coordinator.

    A seat counts only for somebody who is a member of the process still.
    """
    process = review.body.process
    if is_coordinator(user, process):
        return True
    holds = Term.objects.of(user, process.today()).filter(
        seat__body=review.body_id, seat__role__in=_RUNS
    )
    return membership(user, process) is not None and holds.exists()
