"""Geometry of the timeline: commitments as bars and moments on an axis of days.

Promised is dotted, reported outlined, verified solid. Time runs from left to right in every
language. Nothing here asks the database, and what is drawn is text: places are never localised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _now

from coordination.processes.models import AnchorEvent, Process

from ..charts import pattern, round_days
from ..models import Commitment, Level
from ..standing import Standing, of_commitment
from .window import WIDTH, Window

HEAD, ROW, LINE = 52, 26, 16
_MOST_TICKS = 9
#: Roughly what a letter takes, to know on which side of a mark its name has room.
_LETTER = 6.4
_LONGEST = 56


@dataclass(frozen=True)
class Times:
    """When a commitment holds or is due, as far as it has a place in time.

    What lasts, and what is prohibited until a day, has a bar, which is open at an end without a
    day; all else has a moment. What was extended also has the day that it was due on originally.
    """

    is_bar: bool
    start: date | None = None
    end: date | None = None
    due: date | None = None
    original: date | None = None


def times_of(commitment: Commitment) -> Times:
    """The days of a commitment that the timeline shows.

    What recurs also has the day on which it is owed next.
    """
    row = commitment.deadline
    if commitment.lasts:
        return Times(True, row.starts_on, row.ends_on, row.due_on)
    if commitment.kind == Commitment.Kind.UNTIL and row.due_on:
        return Times(True, row.starts_on, row.due_on)
    moved = row.original_on if row.due_on and row.original_on != row.due_on else None
    return Times(False, due=row.due_on, original=moved)


@dataclass(frozen=True)
class Tick:
    """A day on the axis, with its name and its number in the process."""

    x: str
    text_x: str
    day: str
    number: str
    at_end: bool


@dataclass(frozen=True)
class Line:
    """A named day across the chart: an anchor, whose name stands at its foot."""

    x: str
    text_x: str
    y: int
    name: str
    at_end: bool
    is_planned: bool = False


@dataclass
class Row:
    """A commitment on the chart: its shapes, and its name beside or in them."""

    commitment: Commitment
    times: Times
    standing: Standing
    y: int
    #: Classes and paths, in the order in which they are drawn.
    shapes: list[tuple[str, str]] = field(default_factory=list)
    #: Where what depends on it, and what it depends on, is tied to it.
    starts_at: float | None = None
    ends_at: float | None = None
    text_x: str = ""
    at_end: bool = False
    #: The name stands in a bar that is solid.
    on_solid: bool = False
    mark_x: str = ""

    @property
    def mark_y(self) -> int:
        return self.y - 6

    @property
    def text_y(self) -> int:
        return self.y + 4

    @cached_property
    def name(self) -> str:
        """The code and as much of the title as has room."""
        name = f"{self.commitment.code} {self.commitment.title}"
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"

    @property
    def is_marked(self) -> bool:
        """Only what needs attention, or is met, says so beside its name."""
        return self.standing.mark not in ("none", "wait")

    @property
    def css(self) -> str:
        return " ".join(name for name, on in (("e", self.at_end), ("inv", self.on_solid)) if on)

    @property
    def is_nowhere(self) -> bool:
        return not self.shapes

    @property
    def from_on(self) -> date | None:
        return self.times.start

    @property
    def until_on(self) -> date | None:
        return self.times.end or self.times.due

    @property
    def reported(self) -> str:
        return _level(self.commitment.reported_level, _now("No report"))

    @property
    def verified(self) -> str:
        return _level(self.commitment.verified_level, _now("Not verified"))

    @property
    def room(self) -> float:
        """What the name takes, with the mark and words of its standing."""
        words = len(self.standing.words) + 3 if self.is_marked else 0
        return (len(self.name) + words) * _LETTER + (16 if self.is_marked else 0)


def _level(value: int | None, none: str) -> str:
    return none if value is None else str(Level(value).label)


@dataclass(frozen=True)
class Lane:
    name: str
    rows: list[Row]
    #: Where its name stands, and the line above it.
    y: int
    top: int


@dataclass
class Drawing:
    """What the template draws, in the coordinates of its view box."""

    window: Window
    lanes: list[Lane]
    ticks: list[Tick]
    anchors: list[Line] = field(default_factory=list)
    ties: list[str] = field(default_factory=list)
    today: str = ""
    today_at_end: bool = False
    bottom: int = 0
    height: int = 0
    width: int = WIDTH

    @property
    def left(self) -> str:
        return f"{self.window.left:g}"

    @cached_property
    def rows(self) -> list[Row]:
        return [row for lane in self.lanes for row in lane.rows]

    @cached_property
    def has_bars(self) -> bool:
        """The table has these columns only where some row says something in them."""
        return any(row.times.start for row in self.rows)

    @cached_property
    def has_moved(self) -> bool:
        return any(row.times.original for row in self.rows)

    @property
    def columns(self) -> int:
        return 5 + self.has_bars + self.has_moved


def draw(
    lanes: Iterable[tuple[str, Sequence[Commitment]]],
    window: Window,
    *,
    process: Process,
    today: date,
    moment: datetime | None = None,
    anchors: Iterable[AnchorEvent] = (),
    edges: Iterable[tuple[int, int]] = (),
) -> Drawing:
    """Commitments by the lane that they stand in, in the order given.

    `edges` lead from a commitment to one that depends on it.
    """
    y, drawn = HEAD, []
    for name, commitments in lanes:
        rows = []
        for n, commitment in enumerate(commitments):
            rows.append(_row(commitment, window, y + n * ROW + ROW // 2, moment))
        drawn.append(Lane(name, rows, y + ROW // 2 + 4, y))
        y += len(rows) * ROW + 6
    drawing = Drawing(window, drawn, _ticks(window, process), bottom=y)
    drawing.anchors = _lines(anchors, window, y)
    lowest = max((line.y for line in drawing.anchors), default=y)
    drawing.height = lowest + 8
    if window.holds(today):
        place = window.middle(today)
        drawing.today, drawing.today_at_end = f"{place:g}", place > WIDTH - 140
    drawing.ties = list(_ties(drawing.rows, edges))
    return drawing


def _ticks(window: Window, process: Process) -> list[Tick]:
    days = round_days(window.first, window.last, most=_MOST_TICKS)
    form = pattern(days) if days else ""
    places = [(day, window.begin(day)) for day in days]
    return [
        Tick(
            f"{x:g}",
            f"{x - 4 if x > WIDTH - 70 else x + 4:g}",
            date_format(day, form),
            process.day_name(day),
            x > WIDTH - 70,
        )
        for day, x in places
    ]


def _lines(anchors: Iterable[AnchorEvent], window: Window, bottom: int) -> list[Line]:
    """Anchors with their names below each other where they would touch."""
    found: list[Line] = []
    taken: list[float] = []
    for anchor in anchors:
        if anchor.on is None or not window.holds(anchor.on):
            continue
        x = window.middle(anchor.on)
        room = len(anchor.name) * _LETTER + 12
        at_end = x + room > WIDTH and x - room > 0
        start, end = (x - room, x) if at_end else (x, x + room)
        level = next((n for n, until in enumerate(taken) if until <= start), len(taken))
        if level == len(taken):
            taken.append(end)
        taken[level] = end
        y = bottom + LINE * (level + 1)
        text_x = x - 4 if at_end else x + 4
        found.append(Line(f"{x:g}", f"{text_x:g}", y, anchor.name, at_end, not anchor.has_happened))
    return found


def _row(commitment: Commitment, window: Window, y: int, moment: datetime | None) -> Row:
    times = times_of(commitment)
    row = Row(commitment, times, of_commitment(commitment, moment), y)
    voice = _voice(commitment)
    if times.is_bar:
        _bar(row, window, voice)
    elif times.due is not None:
        _moment(row, window, voice)
    else:
        _name(row, window.left + 4, False)
    return row


def _voice(commitment: Commitment) -> str:
    """The class of what was found to be full, of what is reported as full, and of what is not."""
    if commitment.verified_level == Level.FULL:
        return "sol"
    return "out" if commitment.reported_level == Level.FULL else "prom"


def _bar(row: Row, window: Window, voice: str) -> None:
    times, y = row.times, row.y
    opens = times.start is None or times.start < window.first
    goes_on = times.end is None or times.end > window.last
    x = window.begin(times.start) if times.start else window.begin(window.first)
    until = window.end(times.end) if times.end else window.end(window.last)
    until = max(until, x + 2)  # what ends on the day before it starts is seen as well
    row.starts_at, row.ends_at = x, until
    # An end that lies elsewhere points there.
    right = f"H{until:g}l6 9-6 9" if goes_on else f"H{until:g}v18"
    left = f"H{x:g}l-6-9 6-9z" if opens else f"H{x:g}z"
    row.shapes.append((voice, f"M{x:g} {y - 9}{right}{left}"))
    name_at = x + 7
    if times.due and window.holds(times.due):
        due = window.middle(times.due)
        row.shapes.append(("dm", _diamond(due, y)))
        row.ends_at = due
        if due - 9 < name_at + row.room:  # the name would hide the day
            name_at = max(due + 12, name_at)
    if until - name_at >= row.room + 5:
        row.on_solid = voice == "sol"
        _name(row, name_at, False)
    else:
        _beside(row, x, until)


def _moment(row: Row, window: Window, voice: str) -> None:
    due, original, y = row.times.due, row.times.original, row.y
    assert due is not None
    x = window.middle(due)
    low = high = x
    if original is not None:
        was = window.middle(original)
        low, high = min(x, was), max(x, was)
        row.shapes.append(("prom", f"M{was:g} {y - 5}v10m0-5H{x:g}"))
    row.starts_at = row.ends_at = x
    if window.holds(due):
        _add(row, voice, _diamond(x, y))
        low, high = min(low, x - 7), max(high, x + 7)
    _beside(row, low, high)


def _add(row: Row, css: str, path: str) -> None:
    """Beside what is drawn of the row, or in one path with it where they look alike."""
    if row.shapes and row.shapes[-1][0] == css:
        path = row.shapes.pop()[1] + path
    row.shapes.append((css, path))


def _diamond(x: float, y: int) -> str:
    return f"M{x:g} {y - 7}l7 7-7 7-7-7z"


def _beside(row: Row, low: float, high: float) -> None:
    """The name after the shape, or before it where there is no room after it."""
    before = high + row.room + 8 > WIDTH and low - row.room - 8 > 0
    _name(row, low - 8 if before else high + 8, before)


def _name(row: Row, x: float, before: bool) -> None:
    row.at_end = before
    if row.is_marked:
        row.mark_x = f"{x - 12 if before else x:g}"
        x += -16 if before else 16
    row.text_x = f"{x:g}"


def _ties(rows: Sequence[Row], edges: Iterable[tuple[int, int]]) -> Iterable[str]:
    """A line from each to what depends on it: across between two rows, where no name stands."""
    places = {row.commitment.pk: row for row in rows if row.starts_at is not None}
    for before, after in edges:
        one, other = places.get(before), places.get(after)
        if one is None or other is None or one is other:
            continue
        x, until = one.ends_at or 0, other.starts_at or 0
        down = 1 if other.y > one.y else -1
        between = other.y - down * ROW // 2
        tip = other.y - down * (10 if other.times.is_bar else 8)
        head = "l-3-4m3 4l3-4" if down > 0 else "l-3 4m3-4l3 4"
        yield f"M{x:g} {one.y}V{between}H{until:g}V{tip}{head}"
