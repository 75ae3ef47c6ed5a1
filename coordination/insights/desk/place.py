"""Where somebody sits and for whom they act today, in all their processes at once.

The same rules as `bodies/people.py` and `bodies/access.py` have for one body, from the other side.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from coordination.base.lasting import holds
from coordination.bodies.capacities import Capacities, known
from coordination.bodies.models import Protocol, Seat, Term
from coordination.bodies.people import CHAIRS
from coordination.processes.access import memberships
from coordination.processes.models import Membership, Process
from coordination.reminders.sources.verifications import JUDGING

_AGENDA_HOURS: int = Protocol._meta.get_field("agenda_closes_hours").get_default()


@dataclass
class Place:
    """Keys of bodies, seats and parties. A seat counts only for a member of its process.

    Who holds a seat `sits` in its body; an alternate `serves` there too. `runs`, `chairs` and
    `judges` are those of holders, `keeps` and `votes` also those of alternates.
    """

    user: Any
    now: datetime
    members: dict[int, Membership] = field(default_factory=dict)
    seats: set[int] = field(default_factory=set)
    sits: set[int] = field(default_factory=set)
    serves: set[int] = field(default_factory=set)
    runs: set[int] = field(default_factory=set)
    chairs: set[int] = field(default_factory=set)
    judges: set[int] = field(default_factory=set)
    keeps: set[int] = field(default_factory=set)
    votes: set[int] = field(default_factory=set)
    seat_parties: set[int] = field(default_factory=set)
    #: The roles in which they serve, by body.
    roles: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: How long before a meeting the agendas of the bodies in which they sit close.
    agenda_hours: dict[int, int] = field(default_factory=dict)

    @property
    def processes(self) -> dict[int, Process]:
        return {key: member.process for key, member in self.members.items()}

    @property
    def coordinated(self) -> set[int]:
        return {key for key, member in self.members.items() if member.is_coordinator}

    @property
    def capacities(self) -> Capacities:
        """The same, as rules of access ask for it."""
        delegations = {one.party_id for one in self.members.values() if one.party_id}
        return Capacities(
            user=self.user.pk,
            processes=set(self.members),
            coordinated=self.coordinated,
            delegations=delegations,
            parties=delegations | self.seat_parties,
            bodies=self.serves,
        )

    def heads(self, party: str) -> Q:
        """Whether a party, named by a path, is one whose delegation they head: all its delegates
        do where nobody is named. As `bodies.people.heads_of`."""
        mine = [one for one in self.members.values() if one.party_id]
        headed = [one.party_id for one in mine if one.heads_delegation]
        sent = [one.party_id for one in mine if one.role == Membership.Role.DELEGATE]
        others = Membership.objects.at(self.now).filter(
            party=OuterRef(party), heads_delegation=True, user__is_active=True
        )
        return Q(**{f"{party}__in": headed}) | Q(~Exists(others), **{f"{party}__in": sent})

    def seated(self, **where: Any) -> QuerySet[Term]:
        """The terms of members that run today in their process's own calendar, for `Exists`."""
        by_day: dict[date, list[int]] = defaultdict(list)
        for key, process in self.processes.items():
            by_day[process.today(self.now)].append(key)
        running = Q(pk__in=[])
        for day, processes in by_day.items():
            until = Q(ends_on=None) | Q(ends_on__gte=day)
            running |= until & Q(starts_on__lte=day, seat__body__process__in=processes)
        members = Membership.objects.at(self.now).filter(
            user=OuterRef("holder"), process=OuterRef("seat__body__process")
        )
        rows = Term.objects.filter(running, Exists(members), holder__is_active=True, **where)
        return rows.order_by()


def place_of(user: Any, now: datetime | None = None) -> Place:
    """In one query, besides that for the memberships."""
    now = now or timezone.now()
    place = Place(user, now, {one.process_id: one for one in memberships(user)})
    margin = timedelta(days=1)  # which terms run is decided by each process's own calendar
    terms = Term.objects.filter(
        Q(holder=user) | Q(alternate=user),
        Q(ends_on=None) | Q(ends_on__gte=now.date() - margin),
        seat__body__process__in=place.members,
        starts_on__lte=now.date() + margin,
    ).select_related("seat__body__protocol")
    for term in terms if place.members else ():
        seat = term.seat
        today = place.processes[seat.body.process_id].today(now)
        if term.runs_on(today):
            _take(place, term, today)
    known(place.capacities)
    return place


def _take(place: Place, term: Term, today: date) -> None:
    seat, body = term.seat, term.seat.body_id
    place.serves.add(body)
    place.roles[body].add(seat.role)
    if seat.party_id:
        place.seat_parties.add(seat.party_id)
    if seat.role in Seat.RUNNING:
        place.keeps.add(body)
    if seat.vote != Seat.Vote.ADVISING and holds(today, seat.started_on, seat.ended_on):
        place.votes.add(body)
    if term.holder_id != place.user.pk:
        return
    place.seats.add(seat.pk)
    place.sits.add(body)
    protocol = getattr(seat.body, "protocol", None)
    place.agenda_hours[body] = protocol.agenda_closes_hours if protocol else _AGENDA_HOURS
    for roles, bodies in (
        (Seat.RUNNING, place.runs),
        (CHAIRS, place.chairs),
        (JUDGING, place.judges),
    ):
        if seat.role in roles:
            bodies.add(body)
