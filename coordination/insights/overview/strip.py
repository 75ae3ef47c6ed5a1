"""Geometry of the strip: every commitment in order of its due day, as far as it has come.

Nothing here asks the database. Above `MOST` commitments one bar stands for several, and says what
share of them is full: levels are never averaged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.processes.models import Process

from .rows import Row

WIDTH, FLOOR, TALLEST, HEIGHT = 1320, 64, 54, 100
#: Bars that leave the page below its weight: of one commitment each, or of several.
MOST, GROUPS = 90, 60
_WIDEST = 26.0
_STEP = TALLEST / 3
#: What the name of a day takes.
_ROOM = 130.0
_PATHS = ("axis", "reported", "verified", "overdue", "at_risk")


@dataclass(frozen=True)
class Name:
    x: float
    text: str
    anchor: str = "start"
    is_today: bool = False


@dataclass(frozen=True)
class Strip:
    """Paths in the coordinates of a box of `WIDTH` by `HEIGHT`."""

    axis: str
    reported: str
    verified: str
    overdue: str
    at_risk: str
    #: Between what has fallen due and what is to come.
    today: float
    #: From where on commitments have no due day; none where all have one.
    undated: float | None
    #: How many commitments one bar stands for, at most.
    each: int
    #: Days under the strip: the first and the last that something is due on, and today.
    names: list["Name"]
    width: int = WIDTH
    height: int = HEIGHT


def strip_of(rows: Sequence[Row], process: Process, day: date) -> Strip | None:
    """`rows` in the order of due days, on a day; nothing where there are none."""
    if not rows:
        return None
    each = 1 if len(rows) <= MOST else -(-len(rows) // GROUPS)
    groups = [rows[start : start + each] for start in range(0, len(rows), each)]
    pitch = WIDTH / len(groups)
    wide = round(min(pitch * 0.61, _WIDEST), 1)
    paths: dict[str, list[str]] = {name: [] for name in _PATHS}
    for n, group in enumerate(groups):
        left = round(pitch * n + (pitch - wide) / 2, 1)
        outlined, solid = _heights(group)
        if outlined:
            paths["reported"].append(_bar(left, wide, outlined))
        else:
            paths["axis"].append(f"M{left:g} {FLOOR - 1}h{wide:g}")
        if solid:
            # Narrower where the report says more, so that its outline stays in sight.
            inset = round(wide * 0.23, 1) if outlined > solid else 0
            paths["verified"].append(_bar(left + inset, wide - 2 * inset, solid))
        middle = left + wide / 2
        if any(row.overdue for row in group):
            paths["overdue"].append(f"M{middle:g} 71l6 6-6 6-6-6z")
        elif any(row.at_risk for row in group):
            paths["at_risk"].append(f"M{middle:g} 71l6.5 11h-13z")
    dated = [row.due_on for row in rows if row.due_on]
    today = _place(sum(row.fallen_due for row in rows), len(rows))
    end = _place(len(dated), len(rows))
    drawn: dict[str, Any] = {name: "".join(paths[name]) for name in _PATHS}
    return Strip(
        **drawn,
        today=today,
        undated=end if len(dated) < len(rows) else None,
        each=each,
        names=list(_names(dated, today, end, process, day)),
    )


def _names(
    dated: Sequence[date], today: float, end: float, process: Process, day: date
) -> Iterator[Name]:
    """As many as have room beside that of today."""
    turned = today > WIDTH - _ROOM
    left, right = (today - _ROOM, today) if turned else (today, today + _ROOM)
    words = _("Today") if day == process.today() else date_format(day, "SHORT_DATE_FORMAT")
    if name := process.day_name(day):
        words = _("%(day)s, %(number)s") % {"day": words, "number": name}
    if turned:
        yield Name(today - 6, words, "end", is_today=True)
    else:
        yield Name(today + 6, words, is_today=True)
    if dated and left > _ROOM:
        yield Name(0, _named(dated[0], process))
    beyond = WIDTH - end
    if beyond > _ROOM and right < WIDTH - _ROOM:
        yield Name(WIDTH, _("no due day"), "end")
    if dated and right < end - _ROOM:
        yield Name(end, _named(dated[-1], process), "end")


def _named(day: date, process: Process) -> str:
    return process.day_name(day) or date_format(day, "SHORT_DATE_FORMAT")


def _place(count: int, of: int) -> float:
    """The edge after that many commitments; a group in the middle of which it falls is cut."""
    return round(WIDTH * count / of, 1)


def _bar(left: float, wide: float, tall: float) -> str:
    return f"M{left:g} {FLOOR}v-{tall:g}h{wide:g}v{tall:g}z"


def _heights(group: Sequence[Row]) -> tuple[float, float]:
    """Of one commitment its levels; of several the shares that are full."""
    if len(group) == 1:
        return (group[0].reported or 0) * _STEP, (group[0].verified or 0) * _STEP
    share = TALLEST / len(group)
    reported = sum(row.reported_full for row in group) * share
    return round(reported, 1), round(sum(row.verified_full for row in group) * share, 1)
