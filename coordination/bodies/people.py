"""Who is told: those who run a body, sit in it, head a delegation or coordinate, if members."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User
from coordination.processes.models import Membership, Party, Process

from .models import Body, Seat, Term

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


def holders_and_alternates(body: Body, day: date, roles: Iterable[str] | None = None) -> list[User]:
    """Who sits in a body on a day, for whom another is there too; in certain roles alone."""
    terms = Term.objects.running(day).filter(seat__body=body)
    if roles is not None:
        terms = terms.filter(seat__role__in=list(roles))
    sits = Q(pk__in=terms.values("holder")) | Q(pk__in=terms.values("alternate"))
    return _members(body.process, sits)


def who_votes_in(body: Body, day: date) -> list[User]:
    """Who holds a voting seat of a body on a day, and their alternates."""
    seats = Seat.objects.on(day).filter(body=body).exclude(vote=Seat.Vote.ADVISING)
    return _with_alternates(body, day, seats)


def everybody_in(body: Body, day: date) -> list[User]:
    """Who holds a seat of a body on a day, and their alternates."""
    return _with_alternates(body, day, Seat.objects.on(day).filter(body=body))


def _with_alternates(body: Body, day: date, seats: QuerySet[Seat]) -> list[User]:
    terms = Term.objects.running(day).filter(seat__in=seats)
    people = Q(pk__in=terms.values("holder")) | Q(pk__in=terms.values("alternate"))
    return _members(body.process, people)


def _seated(body: Body, day: date, condition: Q) -> list[User]:
    terms = Term.objects.running(day).filter(condition, seat__body=body)
    return _members(body.process, Q(pk__in=terms.values("holder")))


def _members(process: Process, condition: Q) -> list[User]:
    current = Membership.objects.current().filter(process=process)
    rows = User.objects.filter(condition, is_active=True, memberships__in=current)
    return list(rows.distinct().order_by("name", "pk"))
