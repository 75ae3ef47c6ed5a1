"""Who does what in a process on one day, as plain facts: read in a constant number of queries.

Pages, the drawing and `gaps` all look at the same facts. Nothing here is a model, so that a whole
process is cheap to read and a structure can be made up in a test.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q

from coordination.base.lasting import holds
from coordination.processes.models import Process

from .belonging import Since, delegates, parties_above
from .models import (
    Assignment,
    Claim,
    DisputeStep,
    FormerName,
    Protocol,
    ReportingLine,
    Responsibility,
    Seat,
    Term,
)

ACCOUNTABLE = str(Assignment.Letter.ACCOUNTABLE)
RESPONSIBLE = str(Assignment.Letter.RESPONSIBLE)


@dataclass(frozen=True, slots=True)
class BodyFacts:
    id: int
    code: str
    name: str
    track: str = ""
    established_on: date | None = None
    ended_on: date | None = None

    def exists_on(self, day: date) -> bool:
        return holds(day, self.established_on, self.ended_on)


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """A seat of the day; `vacant_since` is empty where nobody ever held it."""

    id: int
    body_id: int
    number: int
    name: str
    role: str = "member"
    party_id: int | None = None
    started_on: date | None = None
    holder_id: int | None = None
    holder: str = ""
    alternate_id: int | None = None
    alternate: str = ""
    held_since: date | None = None
    vacant_since: date | None = None
    last_term_id: int | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    id: int
    body_id: int
    kind: str = str(ReportingLine.Kind.REPORTS_TO)
    to_body_id: int | None = None
    to_party_id: int | None = None
    to_name: str = ""
    started_on: date | None = None


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    responsibility_id: int
    letter: str
    seat_id: int | None = None
    body_id: int | None = None
    started_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepFacts:
    id: int
    body_id: int
    order: int
    who: str
    seat_id: int | None = None
    to_body_id: int | None = None
    to_party_id: int | None = None


@dataclass
class Structure:
    """The facts of one day. Bodies are all that ever were; the rest is what held on the day.

    `last_accountable` and `last_responsible` are for a responsibility the day from which nothing
    of what had been was it any longer; `last_answered` and `last_asked` are for a body the days on
    which a line from it or to it ended last, liaison left out. `absent_parties` are given with the
    first day without them, or with none where they have yet to join. `reporting` are the bodies
    that have to report in some rhythm. `led` and `verified` count by body the commitments that are
    still owed; `judged` those that a body verifies and a party still owes, `judged_own` those that
    it verifies and owes itself. Commitments are those of now: their bodies and parties have no
    history.
    """

    day: date
    bodies: dict[int, BodyFacts] = field(default_factory=dict)
    seats: dict[int, SeatFacts] = field(default_factory=dict)
    lines: list[LineFacts] = field(default_factory=list)
    responsibilities: dict[int, str] = field(default_factory=dict)
    responsible_since: dict[int, date | None] = field(default_factory=dict)
    claims: list[tuple[int, int, date | None]] = field(default_factory=list)
    assignments: list[AssignmentFacts] = field(default_factory=list)
    last_accountable: dict[int, date] = field(default_factory=dict)
    last_responsible: dict[int, date] = field(default_factory=dict)
    last_answered: dict[int, date] = field(default_factory=dict)
    last_asked: dict[int, date] = field(default_factory=dict)
    led: dict[int, int] = field(default_factory=dict)
    verified: dict[int, int] = field(default_factory=dict)
    judged: dict[tuple[int, int], int] = field(default_factory=dict)
    judged_own: dict[int, int] = field(default_factory=dict)
    parties: dict[int, str] = field(default_factory=dict)
    absent_parties: Since = field(default_factory=dict)
    belongs_to: dict[int, Since] = field(default_factory=dict)
    acts_for: dict[int, tuple[int, date | None]] = field(default_factory=dict)
    steps: list[StepFacts] = field(default_factory=list)
    reporting: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._existing = {pk for pk, body in self.bodies.items() if body.exists_on(self.day)}
        self.seats_of: dict[int, list[SeatFacts]] = defaultdict(list)
        for seat in self.seats.values():
            self.seats_of[seat.body_id].append(seat)
        self.assignments_of: dict[int, list[AssignmentFacts]] = defaultdict(list)
        for one in self.assignments:
            self.assignments_of[one.responsibility_id].append(one)
        self.claims_of: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
        for responsibility_id, body_id, since in self.claims:
            self.claims_of[responsibility_id].append((body_id, since))

    @property
    def existing(self) -> list[BodyFacts]:
        return [body for body in self.bodies.values() if body.id in self._existing]

    def exists(self, body_id: int | None) -> bool:
        return body_id in self._existing

    def filled(self, seat_id: int | None) -> bool:
        """Whether somebody holds the seat on the day, in a body that exists."""
        seat = self.seats.get(seat_id) if seat_id else None
        return seat is not None and seat.holder_id is not None and self.exists(seat.body_id)

    def peopled(self, body_id: int | None) -> bool:
        """Whether the body exists on the day and somebody sits in it."""
        return (
            body_id is not None
            and self.exists(body_id)
            and any(seat.holder_id for seat in self.seats_of[body_id])
        )

    def empty_since(self, body_id: int) -> date | None:
        """The day from which nobody sat in a body, or it was no more; where nobody ever did, that
        on which it was established.
        """
        body = self.bodies[body_id]
        if not body.exists_on(self.day):
            return body.ended_on if body.ended_on and body.ended_on <= self.day else None
        held = [seat.vacant_since for seat in self.seats_of[body_id] if seat.last_term_id]
        return latest([*held, body.established_on])

    def superior_of(self, body_id: int) -> LineFacts | None:
        """The line by which a body stands below another in the drawing: the first to a body that
        is there, or else to one that is not.
        """
        lines = [
            line
            for line in self.lines
            if line.body_id == body_id
            and line.kind == ReportingLine.Kind.REPORTS_TO
            and line.to_body_id
        ]
        there = (line for line in lines if self.exists(line.to_body_id))
        return next(there, lines[0] if lines else None)

    def belongs_since(self, seat: SeatFacts, person_id: int | None, party_id: int) -> date | None:
        """Since when a seat's party, or a person in it, belongs to a party or is that party itself;
        the first day of all where that was always so, None where it is not so.
        """
        days = []
        for own, begun in ((seat.party_id, None), self.acts_for.get(person_id or 0, (None, None))):
            if own == party_id:
                days.append(begun or date.min)
            elif own and party_id in (above := self.belongs_to.get(own, {})):
                days.append(max(begun or date.min, above[party_id] or date.min))
        return min(days, default=None)


def latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day), default=None)


def load(process: Process, day: date | None = None) -> Structure:
    """The facts of a process on a day of its calendar, today without one."""
    day = day or process.today()
    # Commitments belong to a slice above this one, which says itself what is still owed.
    owed = process.commitments.still_owed()
    rows = Responsibility.objects.on(day).filter(process=process)
    responsibilities = list(rows.values_list("pk", "name", "started_on"))
    last = _last_given(process, day)
    answered, asked = _last_lines(process, day)
    parties = list(process.parties.values_list("pk", "code", "joined_on", "left_on"))
    judged, judged_own = _judged(owed)
    return Structure(
        day=day,
        bodies=_bodies(process, day),
        seats=_seats(process, day),
        lines=[
            LineFacts(*row)
            for row in ReportingLine.objects.on(day)
            .filter(body__process=process)
            .values_list(
                *("pk", "body", "kind", "to_body", "to_party", "to_name", "started_on"),
            )
        ],
        responsibilities={pk: name for pk, name, _since in responsibilities},
        responsible_since={pk: since for pk, _name, since in responsibilities},
        claims=list(
            Claim.objects.on(day)
            .filter(responsibility__process=process)
            .values_list("responsibility", "body", "started_on")
        ),
        assignments=[
            AssignmentFacts(*row)
            for row in Assignment.objects.on(day)
            .filter(responsibility__process=process)
            .values_list("responsibility", "letter", "seat", "body", "started_on")
        ],
        last_accountable=last[ACCOUNTABLE],
        last_responsible=last[RESPONSIBLE],
        last_answered=answered,
        last_asked=asked,
        led=_count(owed, "lead_body"),
        verified=_count(owed, "verifying_body"),
        judged=judged,
        judged_own=judged_own,
        parties={pk: code for pk, code, _joined_on, _left_on in parties},
        absent_parties={
            pk: left_on + timedelta(days=1) if left_on and left_on < day else None
            for pk, _code, joined_on, left_on in parties
            if (left_on and left_on < day) or (joined_on and joined_on > day)
        },
        belongs_to=parties_above(process, day),
        acts_for=delegates(process, day),
        reporting=set(
            Protocol.objects.filter(body__process=process)
            .exclude(reports_per="")
            .values_list("body", flat=True)
        ),
        steps=[
            StepFacts(*row)
            for row in DisputeStep.objects.filter(protocol__body__process=process).values_list(
                "pk", "protocol__body", "order", "who", "seat", "to_body", "to_party"
            )
        ],
    )


def _last_given(process: Process, day: date) -> dict[str, dict[int, date]]:
    """By letter and responsibility, when the last of what is no more ended: the assignment itself,
    the seat, or the body.
    """
    last: dict[str, dict[int, date]] = {ACCOUNTABLE: {}, RESPONSIBLE: {}}
    ends = ("ended_on", "seat__ended_on", "seat__body__ended_on", "body__ended_on")
    ended = reduce(or_, (Q(**{f"{end}__lte": day}) for end in ends))
    rows = Assignment.objects.filter(ended, responsibility__process=process, letter__in=last)
    for responsibility, letter, started_on, *days in rows.values_list(
        *("responsibility", "letter", "started_on", *ends)
    ):
        end = min(one for one in days if one)
        if started_on is None or started_on < end:  # the others never held
            last[letter][responsibility] = max(last[letter].get(responsibility, end), end)
    return last


def _last_lines(process: Process, day: date) -> tuple[dict[int, date], dict[int, date]]:
    """By body when the last line from it, and the last to it, ended: the line, or who reported."""
    answered: dict[int, date] = {}
    asked: dict[int, date] = {}
    ended = Q(ended_on__lte=day) | Q(body__ended_on__lte=day)
    rows = ReportingLine.objects.filter(ended, body__process=process)
    for body, to_body, started_on, *days in rows.exclude(
        kind=ReportingLine.Kind.LIAISON
    ).values_list("body", "to_body", "started_on", "ended_on", "body__ended_on"):
        end = min(one for one in days if one)
        if started_on is None or started_on < end:  # the others never held
            answered[body] = max(answered.get(body, end), end)
            if to_body:
                asked[to_body] = max(asked.get(to_body, end), end)
    return answered, asked


def _bodies(process: Process, day: date) -> dict[int, BodyFacts]:
    """All bodies, each with the name that it bore on the day."""
    former = dict(
        FormerName.objects.filter(body__process=process, until__gt=day)
        .order_by("-until")
        .values_list("body", "name")
    )
    rows = process.bodies.order_by("name").values_list(
        "pk", "code", "name", "track", "established_on", "ended_on"
    )
    return {
        pk: BodyFacts(pk, code, former.get(pk, name), track, established_on, ended_on)
        for pk, code, name, track, established_on, ended_on in rows
    }


def _seats(process: Process, day: date) -> dict[int, SeatFacts]:
    """The seats of the day with their holders, and since when they are vacant."""
    holders: dict[int, tuple[Any, ...]] = {}
    last: dict[int, tuple[date, int]] = {}
    terms = Term.objects.filter(seat__body__process=process, starts_on__lte=day)
    people = ("holder", "holder__name", "alternate", "alternate__name")
    for pk, seat, starts_on, ends_on, *sitting in terms.order_by("starts_on").values_list(
        *("pk", "seat", "starts_on", "ends_on", *people),
    ):
        if ends_on is None or ends_on >= day:
            holders[seat] = (*sitting, starts_on)
        if ends_on is not None and ends_on < day:
            last[seat] = max(last.get(seat, (date.min, 0)), (ends_on, pk))
    found = {}
    roles = {role.value: str(role.label).capitalize() for role in Seat.Role}
    rows = (
        Seat.objects.on(day)
        .filter(body__process=process)
        .values_list(
            *("pk", "body", "number", "title", "role", "party", "started_on"),
        )
    )
    for pk, body, number, title, role, party, started_on in rows:
        held = holders.get(pk, (None, "", None, "", None))
        ended, last_term = last.get(pk, (None, None))
        found[pk] = SeatFacts(
            id=pk,
            body_id=body,
            number=number,
            name=title or roles[role],
            role=role,
            party_id=party,
            started_on=started_on,
            holder_id=held[0],
            holder=held[1],
            alternate_id=held[2],
            alternate=held[3] or "",
            held_since=held[4],
            vacant_since=None if held[0] else (ended + timedelta(days=1) if ended else started_on),
            last_term_id=None if held[0] else last_term,
        )
    return found


def _count(owed: Any, body: str) -> dict[int, int]:
    rows = owed.exclude(**{body: None}).order_by().values_list(body)
    return dict(rows.annotate(Count("pk", distinct=True)))


def _judged(owed: Any) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """How many commitments each body verifies of each party that owes its part still, and how many
    of those that the body itself owes.
    """
    part = Q(obligations__completed_on=None) | Q(kind__in=owed.model.KEPT_UP)
    ower = Q(obligations__party__isnull=False) | Q(obligations__body=F("verifying_body"))
    rows = owed.filter(part, ower, verifying_body__isnull=False, obligations__withdrawn_at=None)
    groups = rows.order_by().values_list("verifying_body", "obligations__party")
    counted = list(groups.annotate(Count("pk", distinct=True)))
    return (
        {(body, party): n for body, party, n in counted if party},
        {body: n for body, party, n in counted if not party},
    )
