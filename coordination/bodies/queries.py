"""Bodies with who sits in them, their matrix, and what was found wrong with the structure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q

from coordination.base.dates import day_starts_at
from coordination.processes.models import Process

from .gaps import Gap, find
from .models import Acceptance, Assignment, Body, Responsibility, Seat
from .structure import ACCOUNTABLE, RESPONSIBLE, Structure, load

CHAIRS = (Seat.Role.CHAIR, Seat.Role.CO_CHAIR)

#: What a cell of the matrix can say.
LETTERS = ("", "A", "R", "AR", "C", "I")


def bodies_with_seats(bodies: Any, process: Process, day: date | None = None) -> Any:
    """The bodies of a process, each with its seats of the day and who holds them."""
    day = day or process.today()
    seats = Seat.objects.on(day).with_holders(day).order_by("number")
    return bodies.filter(process=process).prefetch_related(Prefetch("seats", seats), "former_names")


def cell_of(holder: Seat | Body) -> str:
    """The name of a holder's cell in a row of the matrix: "seat-12" or "body-3"."""
    return f"{holder._meta.model_name}-{holder.pk}"


def letters_today(responsibility: Responsibility) -> dict[str, str]:
    """What each cell of a row says today, by its name; empty cells are left out."""
    cells: dict[str, str] = defaultdict(str)
    today = responsibility.process.today()
    rows = responsibility.assignments.on(today).values_list("seat", "body", "letter")
    for seat, body, letter in rows.order_by("letter"):
        cells[f"seat-{seat}" if seat else f"body-{body}"] += letter
    return dict(cells)


@dataclass(frozen=True)
class Found:
    """A gap or overlap, and who accepted it: for these facts, or for others that it had then."""

    gap: Gap
    acceptance: Acceptance | None = None
    outdated: Acceptance | None = None

    @property
    def is_open(self) -> bool:
        return self.acceptance is None


def found(
    process: Process, day: date | None = None, structure: Structure | None = None
) -> list[Found]:
    """All gaps and overlaps of a process on a day, with the acceptances of that day."""
    structure = structure or load(process, day)
    rows = process.acceptances.filter(withdrawn_at=None)
    if structure.day < process.today():
        then = day_starts_at(structure.day + timedelta(days=1), process.zone)
        not_yet = Q(withdrawn_at=None) | Q(withdrawn_at__gte=then)
        rows = process.acceptances.filter(not_yet, accepted_at__lt=then)
    accepted = {one.subject: one for one in rows.select_related("accepted_by").order_by("pk")}
    results = []
    for gap in find(structure):
        one = accepted.get(gap.subject)
        if one and one.facts == gap.facts:
            results.append(Found(gap, acceptance=one))
        else:
            results.append(Found(gap, outdated=one))
    return results


class Line:
    """A body in the list: how many of its seats are filled, to whom it reports, what is open."""

    def __init__(self, body: Body, structure: Structure, open_gaps: int) -> None:
        self.body = body
        self.name = body.name_on(structure.day)
        self.seats = list(body.seats.all())
        self.filled = len([seat for seat in self.seats if seat.current_terms])
        self.chairs = [seat for seat in self.seats if seat.role in CHAIRS]
        self.open = open_gaps
        line = structure.superior_of(body.pk)
        self.superior = structure.bodies[line.to_body_id] if line and line.to_body_id else None


@dataclass(frozen=True)
class Part:
    """Who has a part in a responsibility, as one reads it: “JCC seat 2” and who sits there."""

    letter: str
    label: str
    code: str
    holder: str = ""


@dataclass(frozen=True)
class Holders:
    """A responsibility in the list of all: who claims it, who has which part, what is found."""

    id: int
    name: str
    claimed_by: list[str]
    accountable: list[Part]
    responsible: list[Part]
    found: list[Found]


def holders(structure: Structure, found: list[Found], rows: list[int]) -> list[Holders]:
    by_row: dict[int | None, list[Found]] = defaultdict(list)
    for one in found:
        by_row[one.gap.responsibility_id].append(one)
    return [
        Holders(
            id=pk,
            name=structure.responsibilities[pk],
            claimed_by=sorted(structure.bodies[body].code for body, _ in structure.claims_of[pk]),
            accountable=parts(structure, pk, ACCOUNTABLE),
            responsible=parts(structure, pk, RESPONSIBLE),
            found=by_row[pk],
        )
        for pk in rows
    ]


def parts(structure: Structure, responsibility_id: int, letter: str) -> list[Part]:
    """The seats and bodies that have a letter in a responsibility."""
    given = []
    for one in structure.assignments_of[responsibility_id]:
        if one.letter != letter:
            continue
        seat = structure.seats.get(one.seat_id or 0)
        body = structure.bodies.get(seat.body_id if seat else one.body_id or 0)
        if body is None:
            continue
        label = f"{body.code} {seat.number}" if seat else body.code
        given.append(Part(letter, label, body.code, seat.holder if seat else body.name))
    return given


def parts_over_time(responsibility: Responsibility) -> list[tuple[Assignment, date | None]]:
    """Everybody who ever had a part, with the day on which it ended: with the seat or body at the
    latest.
    """
    rows = responsibility.assignments.select_related("seat__body", "seat__party", "body")
    found = []
    for one in rows.order_by("started_on", "pk"):
        body = one.seat.body if one.seat else one.body
        assert body is not None
        ends = (one.ended_on, one.seat.ended_on if one.seat else None, body.ended_on)
        found.append((one, min((day for day in ends if day), default=None)))
    return sorted(found, key=lambda pair: "ARCI".index(pair[0].letter))


def touched(gap: Gap, structure: Structure) -> dict[str, Any]:
    """The bodies, seats and parties that a gap concerns."""
    return {
        "bodies": [structure.bodies[pk] for pk in gap.body_ids],
        "seats": [structure.seats[pk] for pk in gap.seat_ids if pk in structure.seats],
        "parties": [structure.parties[pk] for pk in gap.party_ids if pk in structure.parties],
        "people": sorted(
            {seat.holder for seat in structure.seats.values() if seat.holder_id in gap.person_ids}
        ),
    }
