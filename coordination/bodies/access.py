"""Who may keep what is recorded of a body, and who may name people for its seats."""

from typing import Any

from coordination.processes.access import acts_for, is_coordinator, membership
from coordination.processes.models import Affiliation

from .models import Body, Seat, Term


def may_keep(user: Any, body: Body) -> bool:
    """The body's chair, co-chair or secretary of today, an alternate, or a coordinator.

    A seat counts only for somebody who is a member of the process still.
    """
    process = body.process
    if is_coordinator(user, process):
        return True
    if membership(user, process) is None:
        return False
    running = Term.objects.of(user, process.today())
    return running.filter(seat__body=body, seat__role__in=Seat.RUNNING).exists()


def may_nominate(user: Any, seat: Seat) -> bool:
    """Who acts for the seat's party, or for one that acts for it; and who keeps the body."""
    own = acts_for(user, seat.body.process)
    if own is not None and seat.party_id is not None:
        acting = Affiliation.objects.on(seat.body.process.today()).filter(
            party=own, other=seat.party_id, kind=Affiliation.Kind.ACTS_FOR
        )
        if own == seat.party_id or acting.exists():
            return True
    return may_keep(user, seat.body)
