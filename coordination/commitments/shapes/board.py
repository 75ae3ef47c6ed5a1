"""The board of the register: its rows by the level at which they stand.

A commitment stands at its lowest owner, and in no level's column while one of them has none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ..models import Commitment, Level
from ..register import Choices

#: As many as stand in one column, and as on one page: below 50 KB also with five owners each.
COLUMN, CARDS = 25, 45
#: Further than this nothing is counted.
MOST = 5000


class Voice(models.TextChoices):
    """Whose word decides where a commitment stands."""

    VERIFIED = "verified", _("As verified")
    REPORTED = "reported", _("As reported")


@dataclass
class Column:
    """A level, or what has none; how many stand there, and the first of them by their days."""

    level: int | None
    voice: str
    total: int = 0
    keys: list[int] = field(default_factory=list)
    cards: list[Commitment] = field(default_factory=list)
    #: Of the register, narrowed to the same; empty where no choice of it says so.
    query: str = ""

    @property
    def label(self) -> str:
        if self.level is not None:
            return str(Level(self.level).label)
        return _now("Not verified") if self.voice == Voice.VERIFIED else _now("No report")

    @property
    def mark(self) -> str:
        """The voice as level marks name it."""
        return self.voice[0]

    @property
    def more(self) -> int:
        return self.total - len(self.cards)


@dataclass(frozen=True)
class Board:
    columns: list[Column]
    #: More fit than are counted.
    is_cut: bool = False

    @property
    def total(self) -> int:
        return sum(column.total for column in self.columns)


def board_of(rows: "QuerySet[Commitment]", choices: Choices, voice: str) -> Board:
    """Of the rows of today, in three queries however many there are."""
    owed = Q(obligations__withdrawn_at=None, obligations__isnull=False)
    name = f"obligations__{voice}_level"
    levels = rows.annotate(
        silent=Count("obligations", filter=owed & Q(**{name: None})), lowest=Min(name, filter=owed)
    )
    ordered = levels.order_by(F("deadline__due_at").asc(nulls_last=True), "number")
    found = ordered.values_list("pk", "silent", "lowest")[: MOST + 1]
    standing = [(pk, None if silent else lowest) for pk, silent, lowest in found]
    columns = _columns(standing[:MOST], choices, voice)
    shown: Any = Commitment.objects.filter(pk__in=[key for one in columns for key in one.keys])
    _fill(columns, shown.for_list())
    return Board(columns, len(standing) > MOST)


def board_on(rows: Iterable[Commitment], choices: Choices, voice: str) -> Board:
    """The same of rows of a past day, which are in memory and in their order."""
    known = list(rows)
    standing = [(one.pk, getattr(one, f"{voice}_level")) for one in known]
    columns = _columns(standing, choices, voice)
    _fill(columns, known)
    return Board(columns)


def _columns(
    standing: Iterable[tuple[int, int | None]], choices: Choices, voice: str
) -> list[Column]:
    columns = {level: Column(level, voice) for level in (None, *Level)}
    for key, level in standing:
        columns[level].total += 1
        if len(columns[level].keys) < COLUMN:
            columns[level].keys.append(key)
    # That nobody said anything is a column only where it is so.
    used = [one for one in columns.values() if one.level is not None or one.total]
    for column, room in zip(used, shares([len(one.keys) for one in used]), strict=True):
        column.keys = column.keys[:room]
        column.query = _query(column, choices)
    return used


def shares(wanted: Sequence[int], room: int = CARDS) -> list[int]:
    """How many cards each column gets: all that it has, or else as many as the other long ones."""
    given = [0] * len(wanted)
    for n in sorted(range(len(wanted)), key=lambda one: wanted[one]):
        others = sum(1 for one in range(len(wanted)) if wanted[one] and not given[one])
        given[n] = min(wanted[n], room // max(others, 1))
        room -= given[n]
    return given


def _query(column: Column, choices: Choices) -> str:
    if column.voice == Voice.VERIFIED:
        level = "none" if column.level is None else str(int(column.level))
        return choices.query(level=level) if choices.level in ("", "below", level) else ""
    if column.level == Level.FULL and choices.view == "all":
        return choices.query(view="reported-full")
    return ""


def _fill(columns: Iterable[Column], rows: Iterable[Commitment]) -> None:
    by_key = {one.pk: one for one in rows}
    for column in columns:
        column.cards = [by_key[key] for key in column.keys if key in by_key]
