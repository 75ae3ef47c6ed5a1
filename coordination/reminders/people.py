"""Who is told: those who run a body, head a delegation or coordinate, if they are members."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from django.db.models import Q

from accounts.models import User
from coordination.bodies.models import Body, DisputeStep, Seat, Term
from coordination.processes.models import Membership, Party, Process

CHAIRS = (Seat.Role.CHAIR, Seat.Role.CO_CHAIR)


def coordinators(process: Process) -> list[User]:
    return _members(process, Q(memberships__role=Membership.Role.COORDINATOR))


def heads_of(party: Party) -> list[User]:
    """Who heads the delegation of a party; all of its delegates where nobody is named."""
    of_party = Q(memberships__party=party)
    heads = _members(party.process, of_party & Q(memberships__heads_delegation=True))
    delegates = of_party & Q(memberships__role=Membership.Role.DELEGATE)
    return heads or _members(party.process, delegates)


def who_runs(body: Body, day: date, roles: Iterable[str] = Seat.RUNNING) -> list[User]:
    """Who holds a running seat of a body on a day: chair, co-chair, secretary."""
    return _seated(body, day, Q(seat__role__in=list(roles)))


def chairs_of(body: Body, day: date) -> list[User]:
    return who_runs(body, day, CHAIRS)


def holders_of(seat: Seat, day: date) -> list[User]:
    return _seated(seat.body, day, Q(seat=seat))


def who_sits_in(body: Body, day: date) -> list[User]:
    return _seated(body, day, Q())


def _seated(body: Body, day: date, condition: Q) -> list[User]:
    terms = Term.objects.running(day).filter(condition, seat__body=body)
    return _members(body.process, Q(pk__in=terms.values("holder")))


def _members(process: Process, condition: Q) -> list[User]:
    current = Membership.objects.current().filter(process=process)
    rows = User.objects.filter(condition, is_active=True, memberships__in=current)
    return list(rows.distinct().order_by("name", "pk"))


def dispute_steps_of(body: Body) -> Iterable[DisputeStep]:
    """The steps that its protocol names for disputes, in their order."""
    return DisputeStep.objects.filter(protocol__body=body).select_related(
        "seat__body__process", "to_body__process", "to_party__process"
    )


class People(Protocol):
    """Whom the ladder asks for; `Asked` or, for many days at once, `everybody.Everybody`."""

    def heads_of(self, party: Party) -> list[User]: ...

    def chairs_of(self, body: Body, day: date) -> list[User]: ...

    def holders_of(self, seat: Seat, day: date) -> list[User]: ...

    def dispute_steps_of(self, body: Body) -> Iterable[DisputeStep]: ...


class Asked:
    """Reads each answer when it is asked for."""

    heads_of = staticmethod(heads_of)
    chairs_of = staticmethod(chairs_of)
    holders_of = staticmethod(holders_of)
    dispute_steps_of = staticmethod(dispute_steps_of)


ASKED = Asked()
