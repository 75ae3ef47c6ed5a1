"""Who may keep what is recorded of a body, and who may name people for its seats."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import User
from coordination.processes.access import acts_for, is_coordinator, membership
from coordination.processes.models import Affiliation, Membership, Process

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


def keepers(body: Body) -> list[User]:
    """Everybody of whom `may_keep` is true, with an account that is open."""
    running = Term.objects.running(body.process.today()).filter(
        seat__body=body, seat__role__in=Seat.RUNNING
    )
    runs = Q(user__in=running.values("holder")) | Q(user__in=running.values("alternate"))
    coordinates = Q(role=Membership.Role.COORDINATOR)
    members = body.process.memberships.current().filter(runs | coordinates, user__is_active=True)
    return [member.user for member in members.select_related("user").order_by("user__name")]


def may_assign(user: Any, holders: Iterable[Seat | Body]) -> bool:
    """Whether the person keeps the body of each, so that they say what it does; true of none.

    Asks the database as often for many of one process as for one.
    """
    ids = {holder.body_id if isinstance(holder, Seat) else holder.pk for holder in holders}
    by_process: dict[Process, set[int]] = {}
    for body in Body.objects.filter(pk__in=ids).select_related("process"):
        by_process.setdefault(body.process, set()).add(body.pk)
    for process, bodies in by_process.items():
        own = rights(user, process)
        if not own.coordinates and not bodies <= own.bodies:
            return False
    return True


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


@dataclass(frozen=True)
class Rights:
    """What `may_keep` and `may_nominate` come to for every seat of a process at once."""

    coordinates: bool
    bodies: frozenset[int]
    parties: frozenset[int]

    def may_keep(self, seat: Seat) -> bool:
        return self.coordinates or seat.body_id in self.bodies

    def may_nominate(self, seat: Seat) -> bool:
        return seat.party_id in self.parties or self.may_keep(seat)


def rights(user: Any, process: Process) -> Rights:
    """The person's rights over the seats of a process today."""
    member = membership(user, process)
    if member is None:
        return Rights(False, frozenset(), frozenset())
    today = process.today()
    running = Term.objects.of(user, today).filter(
        seat__body__process=process, seat__role__in=Seat.RUNNING
    )
    acting = Affiliation.objects.on(today).filter(
        party=member.party_id, kind=Affiliation.Kind.ACTS_FOR
    )
    return Rights(
        member.is_coordinator,
        frozenset(running.values_list("seat__body", flat=True)),
        frozenset([member.party_id, *acting.values_list("other", flat=True)])
        if member.party_id
        else frozenset(),
    )
