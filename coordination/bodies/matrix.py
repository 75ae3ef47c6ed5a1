"""The matrix of responsibilities as a page shows it: rows, columns, and what is wrong in a row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .gaps import Kind
from .models import Seat
from .queries import Found
from .structure import SeatFacts, Structure

#: With more seats than these, only those that have a part stand in the table.
SEATS_SHOWN = 14


@dataclass(frozen=True)
class Column:
    """A holder of letters: a seat of the body, the body as a whole, or somebody elsewhere."""

    name: str
    label: str
    title: str
    signatory: bool = False
    vacant: bool = False
    elsewhere: str = ""
    numbered: bool = False


@dataclass
class CellView:
    name: str
    letters: str = ""
    flag: str = ""
    vacant: bool = False
    holder: str = ""
    typed: str | None = None
    error: str = ""

    @property
    def chosen(self) -> str:
        """What the field says: what was typed, where that was refused."""
        return self.letters if self.typed is None else self.typed


@dataclass
class Row:
    id: int
    name: str
    cells: list[CellView] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    claimed_by: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def open(self) -> list[Found]:
        return [one for one in self.found if one.is_open]

    @property
    def accepted(self) -> list[Found]:
        return [one for one in self.found if not one.is_open]


@dataclass
class Matrix:
    columns: list[Column]
    rows: list[Row]
    hidden_seats: list[SeatFacts] = field(default_factory=list)

    @property
    def numbered(self) -> list[Column]:
        """The columns that a number stands for; the page says below the table what it means."""
        return [column for column in self.columns if column.numbered]

    @property
    def open(self) -> int:
        """In how many rows something is wrong."""
        return len([row for row in self.rows if row.open])


def of_body(
    structure: Structure,
    found: Iterable[Found],
    body_id: int,
    signatories: Sequence[int] = (),
    every_seat: bool = False,
) -> Matrix:
    """What the body claims, and what it or any of its seats has a part in."""
    seats = sorted(structure.seats_of[body_id], key=lambda seat: seat.number)
    own = {seat.id for seat in seats}
    rows = [
        pk
        for pk in structure.responsibilities
        if any(body == body_id for body, _since in structure.claims_of[pk])
        or any(one.seat_id in own or one.body_id == body_id for one in structure.assignments_of[pk])
    ]
    return build(structure, found, rows, seats, [body_id], signatories, every_seat)


def build(
    structure: Structure,
    found: Iterable[Found],
    rows: Sequence[int],
    seats: Sequence[SeatFacts],
    bodies: Sequence[int],
    signatories: Sequence[int] = (),
    every_seat: bool = False,
) -> Matrix:
    """The rows, with a column for each seat and body that is asked for or has a part in one."""
    letters = _letters(structure, rows)
    used = {name for cells in letters.values() for name in cells}
    asked = {seat.id for seat in seats}
    shown = [
        seat
        for seat in seats
        if every_seat or len(seats) <= SEATS_SHOWN or f"seat-{seat.id}" in used
    ]
    elsewhere = [
        seat for pk, seat in structure.seats.items() if f"seat-{pk}" in used and pk not in asked
    ]
    whole = [pk for pk in structure.bodies if f"body-{pk}" in used or (every_seat and pk in bodies)]
    columns = [
        *(_seat_column(structure, seat, signatories) for seat in shown),
        *(_body_column(structure, pk, pk in bodies) for pk in whole),
        *(_seat_column(structure, seat, signatories, True) for seat in elsewhere),
    ]
    by_row: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        if one.gap.responsibility_id:
            by_row[one.gap.responsibility_id].append(one)
    chairs = {f"seat-{seat.id}" for seat in shown if seat.role == Seat.Role.CHAIR}
    return Matrix(
        columns,
        [
            Row(
                id=pk,
                name=structure.responsibilities[pk],
                cells=[
                    CellView(
                        column.name,
                        letters[pk].get(column.name, ""),
                        _flag(by_row[pk], column, letters[pk].get(column.name, ""), chairs),
                        column.vacant,
                        column.title,
                    )
                    for column in columns
                ],
                found=by_row[pk],
                claimed_by=sorted(
                    structure.bodies[body].code for body, _since in structure.claims_of[pk]
                ),
            )
            for pk in rows
        ],
        [seat for seat in seats if seat not in shown],
    )


def _letters(structure: Structure, rows: Iterable[int]) -> dict[int, dict[str, str]]:
    """For each row what each cell says, "A" before "R"."""
    found: dict[int, dict[str, str]] = {}
    for pk in rows:
        cells: dict[str, str] = defaultdict(str)
        for one in sorted(structure.assignments_of[pk], key=lambda one: one.letter):
            cells[f"seat-{one.seat_id}" if one.seat_id else f"body-{one.body_id}"] += one.letter
        found[pk] = dict(cells)
    return found


def _seat_column(
    structure: Structure, seat: SeatFacts, signatories: Sequence[int], elsewhere: bool = False
) -> Column:
    party = structure.parties.get(seat.party_id or 0, "")
    body = structure.bodies[seat.body_id].code
    words = {"n": seat.number, "name": seat.name, "party": party, "body": body}
    return Column(
        name=f"seat-{seat.id}",
        label=party or str(seat.number),
        title=(_("Seat %(n)s, %(name)s for %(party)s") if party else _("Seat %(n)s, %(name)s"))
        % words,
        signatory=seat.party_id in signatories,
        vacant=not structure.filled(seat.id),
        elsewhere=body if elsewhere else "",
        numbered=not party,
    )


def _body_column(structure: Structure, pk: int, own: bool) -> Column:
    body = structure.bodies[pk]
    return Column(
        name=f"body-{pk}",
        label=body.code,
        title=_("%(name)s as a whole") % {"name": body.name},
        vacant=not structure.peopled(pk),
        elsewhere="" if own else body.code,
    )


def _flag(found: Iterable[Found], column: Column, letters: str, chairs: set[str]) -> str:
    """The frame around a cell: broken where somebody is missing, whole where there are two."""
    kinds = {one.gap.kind for one in found if one.is_open}
    if "A" in letters and Kind.TWO_ACCOUNTABLE in kinds:
        return "risk"
    missing = (
        (Kind.ACCOUNTABLE_VACANT in kinds and "A" in letters and column.vacant)
        or (Kind.RESPONSIBLE_VACANT in kinds and "R" in letters)
        or (Kind.NOBODY_ACCOUNTABLE in kinds and not letters and column.name in chairs)
    )
    return "over" if missing else ""
