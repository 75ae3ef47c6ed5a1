"""Who holds a seat on a day, since when nobody does, and what is done about it: reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from accounts.models import User
from coordination.base.lasting import holds
from coordination.processes.edit_forms import digest
from coordination.processes.models import Affiliation, Process

from .models import Nomination, Seat, SuccessionRequest, Term

#: How long before its end a term is marked, and how long before it a successor is asked for.
MARKED = timedelta(days=30)
AHEAD = timedelta(days=60)
ONE_DAY = timedelta(days=1)


@dataclass
class Holding:
    """A seat on a day: the term that runs, the one before and the one after it.

    `until` is the last day of the terms that follow one another without a gap, the day before where
    none runs, empty where the last has no end; `later` is the term that ends the gap after it.
    `requests` are those since the seat was last taken, oldest first; `nomination` is the one that
    waits for an answer.
    """

    seat: Seat
    day: date
    term: Term | None = None
    last: Term | None = None
    following: Term | None = None
    until: date | None = None
    later: Term | None = None
    requests: list[SuccessionRequest] = field(default_factory=list)
    nomination: Nomination | None = None

    @property
    def exists(self) -> bool:
        return self.seat.holds_on(self.day) and self.seat.body.exists_on(self.day)

    @property
    def ended_on(self) -> date | None:
        """The first day without the seat, be it that its body is wound up."""
        return min((d for d in (self.seat.ended_on, self.seat.body.ended_on) if d), default=None)

    @property
    def is_over(self) -> bool:
        return self.ended_on is not None and self.ended_on <= self.day

    @property
    def is_vacant(self) -> bool:
        return self.exists and self.term is None

    @property
    def vacant_since(self) -> date | None:
        """The first day without a holder; nothing where nobody ever held it since it is there."""
        if self.term is not None:
            return None
        return self.last.ends_on + ONE_DAY if self.last and self.last.ends_on else None

    @property
    def falls_vacant_on(self) -> date | None:
        """The first day after those terms on which nobody holds the seat, where it is there yet."""
        if self.term is None or self.until is None:
            return None
        after = self.until + ONE_DAY
        return after if self.ended_on is None or after < self.ended_on else None

    @property
    def falls_vacant(self) -> bool:
        """Whether that day is so near that a successor is asked for."""
        return self.falls_vacant_on is not None and self.falls_vacant_on <= (
            self.day + AHEAD + ONE_DAY
        )

    @property
    def days_left(self) -> int | None:
        ends_on = self.term.ends_on if self.term else None
        return (ends_on - self.day).days if ends_on else None

    @property
    def ends_soon(self) -> bool:
        """Whether the term that runs is marked: it ends soon, and nobody follows at once."""
        return (
            self.term is not None
            and self.falls_vacant_on is not None
            and self.term.ends_on == self.until
            and self.falls_vacant_on <= self.day + MARKED + ONE_DAY
        )

    @property
    def wants_successor(self) -> bool:
        """Vacant or about to be, and nobody is to take it."""
        return (self.is_vacant or self.falls_vacant) and self.later is None

    @property
    def asked_on(self) -> list[date]:
        """The days, in the process's calendar, on which the party was asked."""
        return [_local_day(self.seat, one.asked_at) for one in self.requests]


def holdings(seats: Iterable[Seat], day: date | None = None) -> dict[int, Holding]:
    """How each seat stands on a day, by its id; in three queries, however many seats.

    Without a day, today in the calendar of each seat's process. The seats come with their body and
    its process.
    """
    found = {seat.pk: Holding(seat, day or seat.body.process.today()) for seat in seats}
    running: dict[int, list[Term]] = defaultdict(list)
    terms = Term.objects.filter(seat__in=list(found)).select_related("holder", "alternate")
    for term in terms.order_by("starts_on"):
        held = found[term.seat_id]
        if term.ends_on and term.ends_on < held.day:
            held.last = term
        else:
            running[term.seat_id].append(term)
    for pk, held in found.items():
        mine = running[pk]
        held.term = next((one for one in mine if one.starts_on <= held.day), None)
        held.following = next((one for one in mine if one.starts_on > held.day), None)
        held.until = _held_until(held.day, [(one.starts_on, one.ends_on) for one in mine])
        if held.until:
            held.later = next((one for one in mine if one.starts_on > held.until), None)
    asked = SuccessionRequest.objects.filter(seat__in=list(found)).select_related("asked_by")
    for request in asked.order_by("asked_at", "pk"):
        held = found[request.seat_id]
        taken = held.term or held.last
        on = _local_day(held.seat, request.asked_at)
        if (taken is None or taken.starts_on <= on) and on <= held.day:
            held.requests.append(request)
    for nomination in Nomination.objects.filter(seat__in=list(found)):
        held = found[nomination.seat_id]
        if state_on(nomination, held.seat, held.day) == Nomination.State.PROPOSED:
            held.nomination = nomination
    return found


def holding(seat: Seat, day: date | None = None) -> Holding:
    return holdings([seat], day)[seat.pk]


def shown(held: Holding) -> str:
    """What a form shows of the terms of a seat, in brief: told from what it is when it is sent."""
    return digest(
        [
            [term.pk, term.ends_on, term.alternate_id, term.handover]
            for term in (held.term, held.following)
            if term
        ]
    )


def state_on(nomination: Nomination, seat: Seat, day: date) -> str | None:
    """What had come of a nomination by the end of a day; nothing before it was made."""
    if _local_day(seat, nomination.proposed_at) > day:
        return None
    if nomination.settled_at and _local_day(seat, nomination.settled_at) > day:
        return Nomination.State.PROPOSED
    return nomination.state


def _local_day(seat: Seat, moment: Any) -> date:
    return seat.body.process.today(moment)


@dataclass
class Unfilled:
    """The ids of the seats that are vacant on a day, and of those that fall vacant soon after."""

    seats: int = 0
    vacant: list[int] = field(default_factory=list)
    falling: list[int] = field(default_factory=list)


def unfilled(process: Process, day: date) -> Unfilled:
    """By body and number, out of how many seats there are on the day.

    Two queries for the whole process: which of thousands are vacant is told from bare days.
    """
    terms: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = Term.objects.filter(seat__body__process=process).filter(
        Q(ends_on=None) | Q(ends_on__gte=day)
    )
    for seat, starts_on, ends_on in rows.order_by("starts_on").values_list(
        "seat", "starts_on", "ends_on"
    ):
        terms[seat].append((starts_on, ends_on))
    found = Unfilled()
    seats = Seat.objects.on(day).filter(body__process=process).order_by("body__name", "number")
    for pk, ended_on, established_on, wound_up_on in seats.values_list(
        "pk", "ended_on", "body__established_on", "body__ended_on"
    ):
        if not holds(day, established_on, wound_up_on):
            continue
        found.seats += 1
        until = _held_until(day, terms[pk])
        last_day = min((d for d in (ended_on, wound_up_on) if d), default=date.max)
        if until is not None and until < day:
            found.vacant.append(pk)
        elif until is not None and until <= day + AHEAD and until + ONE_DAY < last_day:
            found.falling.append(pk)
    return found


def _held_until(day: date, terms: list[tuple[date, date | None]]) -> date | None:
    """The last day of unbroken terms, in order, that end on a day or later; see `Holding`."""
    until = day - ONE_DAY
    for starts_on, ends_on in terms:
        if starts_on > until + ONE_DAY:
            break
        if ends_on is None:
            return None
        until = ends_on
    return until


def people_to_ask(seat: Seat, day: date) -> list[User]:
    """The members who act for the seat's party, or for a party that acts for it."""
    return _members(seat, _of_its_party(seat, day)) if seat.party_id else []


def people_who_may_sit(seat: Seat, day: date) -> list[User]:
    """The members who may take the seat from a day on: nobody who acts for another party."""
    return _members(seat, _may_sit(seat, day))


def people_who_may_have_sat(seat: Seat, day: date | None = None) -> list[User]:
    """Those, and whoever left since: they may have held a term that is over; on any day or one."""
    memberships = seat.body.process.memberships.filter(_may_sit(seat, day))
    people = memberships.select_related("user").order_by("user__name", "user")
    return list(dict.fromkeys(one.user for one in people))


def _may_sit(seat: Seat, day: date | None) -> Q:
    return _of_its_party(seat, day) | Q(party=None) if seat.party_id else Q()


def _of_its_party(seat: Seat, day: date | None) -> Q:
    acting = Affiliation.objects.filter(other=seat.party_id, kind=Affiliation.Kind.ACTS_FOR)
    if day is not None:
        acting = acting.on(day)
    return Q(party=seat.party_id) | Q(party__in=acting.values("party"))


def _members(seat: Seat, condition: Q) -> list[User]:
    members = seat.body.process.memberships.current().filter(condition, user__is_active=True)
    return [member.user for member in members.select_related("user").order_by("user__name")]
