"""The matrix of responsibilities as a page shows it: rows, columns, and what is wrong in a row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from .gaps import Kind
from .models import Seat
from .queries import Found
from .structure import SeatFacts, Structure

#: With more seats than these, only those that have a part stand in the table.
SEATS_SHOWN = 14
#: With more holders in other bodies than these, one column tells of them all.
ELSEWHERE_SHOWN = 6
#: Rows on one page.
ROWS = 40


@dataclass(frozen=True)
class Column:
    """A holder of letters: a seat of the body, the body as a whole, or somebody elsewhere.

    `numbered` columns are told by a number, whose meaning stands below the table.
    """

    name: str
    label: str
    title: str
    signatory: bool = False
    vacant: bool = False
    elsewhere: str = ""
    numbered: bool = False
    editable: bool = False
    number: int | None = None


@dataclass
class CellView:
    name: str
    letters: str = ""
    flag: str = ""
    vacant: bool = False
    holder: str = ""
    editable: bool = False
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
    elsewhere: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def open(self) -> list[Found]:
        return [one for one in self.found if one.is_open]

    @property
    def accepted(self) -> list[Found]:
        return [one for one in self.found if not one.is_open]

    def refuse(self, message: str, typed: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Keep what was typed in the fields, and say beside those that clash what they are now."""
        self.error = message
        for cell in self.cells:
            if cell.name in typed:
                cell.typed = typed[cell.name]
            if cell.name in now:
                cell.error = _("now %(letters)s") % {"letters": cell.letters or _("empty")}


@dataclass
class Matrix:
    columns: list[Column]
    rows: list[Row]
    hidden_seats: int = 0
    has_elsewhere: bool = False

    @property
    def numbered(self) -> list[Column]:
        return [column for column in self.columns if column.numbered]

    @property
    def open(self) -> int:
        """In how many rows something is wrong."""
        return len([row for row in self.rows if row.open])

    def row(self, pk: int | None) -> Row | None:
        return next((row for row in self.rows if row.id == pk), None)


@dataclass(frozen=True)
class View:
    """What of a body's matrix is shown, and to whom.

    `every_seat` shows seats without a part too; `names` asks for these columns and no others;
    `also` adds some. Who is not `of_all` may change the body's own columns only.
    """

    keeps: bool = False
    of_all: bool = False
    every_seat: bool = False
    names: Sequence[str] = ()
    also: Sequence[str] = ()
    signatories: Sequence[int] = ()


def rows_of(structure: Structure, body_id: int) -> list[int]:
    """The responsibilities that a body claims, or that it or any of its seats has a part in."""
    own = {seat.id for seat in structure.seats_of[body_id]}
    return [
        pk
        for pk in structure.responsibilities
        if any(body == body_id for body, _since in structure.claims_of[pk])
        or any(one.seat_id in own or one.body_id == body_id for one in structure.assignments_of[pk])
    ]


def of_body(
    structure: Structure, found: Iterable[Found], body_id: int, rows: Sequence[int], view: View
) -> Matrix:
    """The rows, with a column for each seat of the body and for whoever has a part in one."""
    letters = _letters(structure, rows)
    used = {name for cells in letters.values() for name in cells} | set(view.also)
    own = sorted(structure.seats_of[body_id], key=lambda seat: seat.number)
    shown = [
        f"seat-{seat.id}"
        for seat in own
        if view.every_seat or len(own) <= SEATS_SHOWN or f"seat-{seat.id}" in used
    ]
    whole = f"body-{body_id}"
    inside = [*shown, *([whole] if whole in used or view.every_seat else [])]
    outside = sorted(used - set(inside), key=lambda name: _place(structure, name))
    folded = len(outside) > ELSEWHERE_SHOWN and not view.names
    if folded:
        outside = [name for name in outside if name in view.also]
    names = list(view.names) or [*inside, *outside]
    columns = _told_apart([_column(structure, name, body_id, view) for name in names])
    by_row: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        if one.gap.responsibility_id:
            by_row[one.gap.responsibility_id].append(one)
    chairs = {f"seat-{seat.id}" for seat in own if seat.role == Seat.Role.CHAIR}
    table = Matrix(columns, [], len(own) - len(shown), folded)
    for pk in rows:
        cells = [
            CellView(
                column.name,
                letters[pk].get(column.name, ""),
                _flag(by_row[pk], column, letters[pk].get(column.name, ""), chairs),
                column.vacant,
                column.title,
                column.editable,
            )
            for column in columns
        ]
        told = set(names) if folded else letters[pk].keys()
        rest = [
            f"{_short(structure, name)} {said}"
            for name, said in letters[pk].items()
            if name not in told
        ]
        table.rows.append(Row(pk, structure.responsibilities[pk], cells, by_row[pk], sorted(rest)))
    return table


def _letters(structure: Structure, rows: Iterable[int]) -> dict[int, dict[str, str]]:
    """For each row what each cell says, "A" before "R"."""
    found: dict[int, dict[str, str]] = {}
    for pk in rows:
        cells: dict[str, str] = defaultdict(str)
        for one in sorted(structure.assignments_of[pk], key=lambda one: one.letter):
            name = f"seat-{one.seat_id}" if one.seat_id else f"body-{one.body_id}"
            there = one.seat_id in structure.seats if one.seat_id else structure.exists(one.body_id)
            if there:
                cells[name] += one.letter
        found[pk] = dict(cells)
    return found


def _seat(structure: Structure, name: str) -> SeatFacts | None:
    kind, _dash, pk = name.partition("-")
    return structure.seats.get(int(pk)) if kind == "seat" and pk.isdecimal() else None


def _place(structure: Structure, name: str) -> tuple[str, int]:
    """The order of columns elsewhere: by body, itself before its seats."""
    if seat := _seat(structure, name):
        return structure.bodies[seat.body_id].code, seat.number
    pk = name.partition("-")[2]
    body = structure.bodies.get(int(pk)) if pk.isdecimal() else None
    return (body.code if body else "", 0)


def _short(structure: Structure, name: str) -> str:
    code, number = _place(structure, name)
    return f"{code} {number}" if number else code


def _column(structure: Structure, name: str, body_id: int, view: View) -> Column:
    """A column by its name; one that is no more is empty, so that the others keep their place."""
    if seat := _seat(structure, name):
        return _seat_column(structure, seat, body_id, view)
    pk = name.partition("-")[2]
    body = structure.bodies.get(int(pk)) if pk.isdecimal() else None
    if body is None:
        return Column(name, "–", _("no longer there"))
    own = body.id == body_id
    return Column(
        name=name,
        label=body.code,
        title=_("%(name)s as a whole") % {"name": body.name},
        vacant=not structure.peopled(body.id),
        elsewhere="" if own else body.code,
        editable=view.keeps and (own or view.of_all),
    )


def _seat_column(structure: Structure, seat: SeatFacts, body_id: int, view: View) -> Column:
    party = structure.parties.get(seat.party_id or 0, "")
    words = {"n": seat.number, "name": seat.name, "party": party}
    own = seat.body_id == body_id
    return Column(
        name=f"seat-{seat.id}",
        label=party or str(seat.number),
        title=(_("Seat %(n)s, %(name)s for %(party)s") if party else _("Seat %(n)s, %(name)s"))
        % words,
        signatory=seat.party_id in view.signatories,
        vacant=not structure.filled(seat.id),
        elsewhere="" if own else structure.bodies[seat.body_id].code,
        numbered=not party,
        editable=view.keeps and (own or view.of_all),
        number=seat.number,
    )


def _told_apart(columns: list[Column]) -> list[Column]:
    """Several seats of one party get their number beside its code."""
    often = Counter((column.elsewhere, column.label) for column in columns)
    return [
        replace(column, label=f"{column.label} {column.number}", numbered=True)
        if column.number and often[column.elsewhere, column.label] > 1
        else column
        for column in columns
    ]


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
