"""Pages of the register by key: one costs the same wherever in the register it stands.

A page starts behind a row and not at a number, so that nothing before it is read or counted. What
has no value in the column that sorts comes last, in both directions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, Subquery, prefetch_related_objects

from coordination.base.dates import read_moment
from coordination.processes.models import Process

from ..models import Commitment, Obligation
from .choices import Choices


@dataclass(frozen=True)
class Page:
    """Some rows, and where the pages before and after it start; empty where there is none."""

    rows: list[Commitment]
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class _Order:
    """What rows are sorted by: a path for the database, the same of a row in memory, and its text
    in an address."""

    path: str
    of: Callable[[Commitment], Any]
    read: Callable[[str], Any]
    nullable: bool = False
    #: The key in the table that the path is in, so that one index has both.
    tie: str = "pk"


def _next_check_in(commitment: Commitment) -> datetime | None:
    days = (one.next_check_in_at for one in commitment.obligations.all())
    return min((day for day in days if day), default=None)


_ORDERS = {
    "due": _Order(
        "deadline__due_at",
        lambda row: row.deadline.due_at,
        read_moment,
        nullable=True,
        tie="deadline__commitment_id",
    ),
    "number": _Order("number", lambda row: row.number, lambda text: int(text[:9])),
    "reference": _Order("reference", lambda row: row.reference, str),
    "title": _Order("title", lambda row: row.title, str),
    "check-in": _Order("next_at", _next_check_in, read_moment, nullable=True),
}


@dataclass(frozen=True)
class _Place:
    key: Any
    tie: int


class Reader:
    """Reads what a reader chose in its order, a page at a time."""

    def __init__(self, choices: Choices, process: Process) -> None:
        self.process = process
        self.name = choices.sort.removeprefix("-")
        self.order = _ORDERS[self.name]
        self.falls = choices.sort.startswith("-")

    def cursor(self, row: Commitment) -> str:
        key = self.order.of(row)
        if isinstance(key, datetime):
            key = key.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return f"{row.pk}" if key is None else f"{row.pk}.{key}"

    def _place(self, cursor: str) -> _Place | None:
        """Where a cursor stands; None where it is none of this order."""
        tie, dot, key = cursor[:300].partition(".")
        if not (tie.isascii() and tie.isdecimal()) or len(tie) > 18 or (dot and not key):
            return None
        try:
            found = self.order.read(key) if key else None
        except ValueError:
            return None
        if found is None and (dot or not self.order.nullable):
            return None
        return _Place(found, int(tie))

    def page(self, rows: Any, *, size: int, after: str = "", before: str = "") -> Page:
        """Of a queryset of today's rows; a cursor that is none gives the first page."""
        from_here = self._place(after) if after else None
        up_to = self._place(before) if before and not from_here else None
        if up_to:
            found = self._read(rows, up_to, size + 1, back=True)
            if len(found) >= size:
                return self._page(found[:size][::-1], len(found) > size, more=True)
        found = self._read(rows, from_here, size + 1)
        if not found and from_here:
            from_here, found = None, self._read(rows, None, size + 1)
        return self._page(found[:size], from_here is not None, more=len(found) > size)

    def page_in(
        self, rows: list[Commitment], *, size: int, after: str = "", before: str = ""
    ) -> Page:
        """Of the rows of a past day, which are in memory."""
        found = self.sorted(rows)
        places = {self.cursor(row): n for n, row in enumerate(found)}
        start = 0
        if after in places:
            start = places[after] + 1
        elif before in places:
            start = max(places[before] - size, 0)
        start = start if start < len(found) else 0
        return self._page(found[start : start + size], start > 0, more=start + size < len(found))

    def sorted(self, rows: list[Commitment]) -> list[Commitment]:
        dated = [row for row in rows if self.order.of(row) is not None]
        rest = [row for row in rows if self.order.of(row) is None]
        dated.sort(key=lambda row: (self.order.of(row), row.pk), reverse=self.falls)
        rest.sort(key=lambda row: row.pk, reverse=self.falls)
        return [*dated, *rest]

    def in_parts(self, rows: Any, size: int) -> Iterator[list[Commitment]]:
        """All of them, some at a time."""
        place: _Place | None = None
        while part := self._read(rows, place, size):
            yield part
            place = _Place(self.order.of(part[-1]), part[-1].pk)

    def _page(self, rows: list[Commitment], has_before: bool, more: bool) -> Page:
        before = self.cursor(rows[0]) if rows and has_before else ""
        return Page(rows, before, self.cursor(rows[-1]) if rows and more else "")

    def _read(
        self, rows: Any, place: _Place | None, size: int, *, back: bool = False
    ) -> list[Commitment]:
        """The next rows behind a place, or with `back` those before it, the nearest first."""
        rows = self._with_key(rows).for_list().prefetch_related(None)
        found: list[Commitment] = []
        for has_key in self._parts(place, back):
            part = rows
            if self.order.nullable:
                part = part.filter(**{f"{self.order.path}__isnull": not has_key})
            falls = self.falls != back
            if place and (place.key is not None) == has_key:
                part = part.filter(self._beyond(place, falls))
            by = [self.order.path, self.order.tie] if has_key else [self.order.tie]
            part = part.order_by(*(f"-{one}" if falls else one for one in by))
            found += part[: size - len(found)]
            if len(found) >= size:
                break
        owed = Obligation.objects.select_related("party", "body").order_by("pk")
        prefetch_related_objects(found, Prefetch("obligations", owed))
        return found

    def _with_key(self, rows: Any) -> Any:
        if self.name == "due":
            return rows.filter(deadline__process=self.process)
        if self.name == "check-in":
            asked = Obligation.objects.filter(
                commitment=OuterRef("pk"), next_check_in_at__isnull=False
            )
            first = asked.order_by("next_check_in_at").values("next_check_in_at")[:1]
            return rows.annotate(next_at=Subquery(first))
        return rows

    def _parts(self, place: _Place | None, back: bool) -> list[bool]:
        """Those with a key and those without, as far as a place has them before it."""
        parts = [True, False] if self.order.nullable else [True]
        if back:
            parts.reverse()
        if place and (place.key is not None) != parts[0]:
            parts = parts[1:]
        return parts

    def _beyond(self, place: _Place, falls: bool) -> Q:
        way = "lt" if falls else "gt"
        tied = Q(**{f"{self.order.tie}__{way}": place.tie})
        if place.key is None:
            return tied
        path = self.order.path
        # The first half lets an index start where the page starts.
        start = Q(**{f"{path}__{way}e": place.key})
        return start & (Q(**{f"{path}__{way}": place.key}) | tied)
