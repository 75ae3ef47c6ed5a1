"""Promised, reported and verified over time: of what had fallen due by each day, how much was full.

Promised is dotted, reported outlined, verified solid. Nothing here asks the database.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.commitments.charts import Tick, round_days, round_values
from coordination.processes.models import Process

from .figures import Figure
from .history import History, Levels, full_from
from .rows import Row

WIDTH, HEIGHT = 840, 334
LEFT, RIGHT, TOP, BOTTOM = 46, 610, 14, 292
#: Steps of one line: more would be finer than the screen, and heavy.
_STEPS = 60
#: Between the words at the end of the lines, or they would stand on each other.
_APART = 19.0
#: How far ahead promises are drawn, in the length of what has passed; a century fits no picture.
_AHEAD = 2.5


class Counts:
    """How many there were after each day: changes by day, summed up as one asks for them."""

    def __init__(self, changes: Counter[date]) -> None:
        self.days = sorted(day for day, change in changes.items() if change)
        self.totals: list[int] = []
        for day in self.days:
            self.totals.append((self.totals[-1] if self.totals else 0) + changes[day])

    def on(self, day: date) -> int:
        place = bisect_right(self.days, day)
        return self.totals[place - 1] if place else 0


@dataclass(frozen=True)
class Line:
    """Words at the end of a line."""

    y: float
    count: str
    words: str
    at: float


@dataclass(frozen=True)
class Point:
    """A row of the figures beside the picture."""

    day: date
    promised: int
    reported: int
    verified: int


@dataclass(frozen=True)
class Curve:
    promised: str
    reported: str
    verified: str
    days: list[tuple[Tick, str]]
    values: list[Tick]
    lines: list[Line]
    today: float
    #: Whether the name of today stands before its line, where there is more room.
    turned: bool
    points: list[Point]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def curve_of(
    rows: Iterable[Row],
    history: History,
    process: Process,
    today: date,
    figures: dict[str, Figure],
) -> Curve | None:
    """Nothing where no commitment has a due day. `figures` are those of the sentence, which the
    lines end on: what is due today has not fallen due before the day is over."""
    dated = [row for row in rows if row.due_on]
    if not dated:
        return None
    promised = Counts(Counter(row.due_on for row in dated if row.due_on))
    reported = Counts(_full(dated, history.reported, today))
    verified = Counts(_full(dated, history.verified, today))
    now = Point(today, *(figures[name].count for name in ("fallen_due", "reported", "verified")))
    zero = process.day_zero.on if process.day_zero else None
    first, last = _span(promised.days, zero, today)
    values = round_values([0, promised.on(last), now.promised])
    x = _scale(first.toordinal(), last.toordinal(), LEFT, RIGHT)
    y = _scale(0, values[-1], BOTTOM, TOP)
    until = x(today.toordinal())
    days = round_days(first, last, zero)
    points = [
        Point(day, promised.on(day), reported.on(day), verified.on(day))
        for day in round_days(first, today, zero)
        if day < today
    ]
    points.append(now)
    return Curve(
        promised=_steps(promised, x, y, first, last, RIGHT),
        reported=_steps(reported, x, y, first, today - timedelta(days=1), until, now.reported),
        verified=_steps(verified, x, y, first, today - timedelta(days=1), until, now.verified),
        days=[(_named(day, x, process, today), _short(day, today) if zero else "") for day in days],
        values=[Tick(y(value), f"{value:g}") for value in values if value == int(value)],
        lines=_lines(now, promised.on(last), last, y, process),
        today=until,
        turned=until > (LEFT + RIGHT) / 2,
        points=points,
        words=_words(points, process),
    )


def _full(rows: Iterable[Row], said: dict[int, list[Levels]], until: date) -> Counter[date]:
    """Of what had fallen due, how many became full on each day, less those that were so no more."""
    changes: Counter[date] = Counter()
    for row in rows:
        assert row.due_on
        was = False
        for day, is_full in full_from(said.get(row.key, ()), row.owners):
            if is_full != was and day <= until:
                changes[max(day, row.due_on)] += 1 if is_full else -1
                was = is_full
    return changes


def _span(due: Sequence[date], zero: date | None, today: date) -> tuple[date, date]:
    """From the first day to what is promised not too far ahead of today."""
    first = min(due[0], today)
    if zero and zero < today:
        first = min(first, zero)
    passed = max((today - first).days, 14)
    last = min(due[-1], today + timedelta(days=int(passed * _AHEAD)))
    return first, max(last, today + timedelta(days=1))


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 1)


def _steps(
    counts: Counts,
    x: Callable[[float], float],
    y: Callable[[float], float],
    first: date,
    last: date,
    until: float,
    end: int | None = None,
) -> str:
    """A path that keeps each number until the next; days that fall on one step are drawn once."""
    days = [day for day in counts.days if first <= day <= last]
    if len(days) > _STEPS:
        days = [days[-1 - n * len(days) // _STEPS] for n in reversed(range(_STEPS))]
    drawn = counts.on(first)
    path = f"M{x(first.toordinal()):g} {y(drawn):g}"
    for day in days:
        if (count := counts.on(day)) != drawn:
            path += f"H{x(day.toordinal()):g}V{y(count):g}"
            drawn = count
    path += f"H{until:g}"
    return path if end is None or end == drawn else f"{path}V{y(end):g}"


def _named(day: date, x: Callable[[float], float], process: Process, today: date) -> Tick:
    return Tick(x(day.toordinal()), process.day_name(day) or _short(day, today))


def _short(day: date, today: date) -> str:
    return date_format(day, "j M" if day.year == today.year else "j M Y")


def _lines(
    now: Point, ahead: int, last: date, y: Callable[[float], float], process: Process
) -> list[Line]:
    """What is promised for later stands at its end; the three of today below it, apart."""
    until = process.day_name(last) or date_format(last, "SHORT_DATE_FORMAT")
    behind = _("%(n)s behind")
    said = [
        (
            ahead,
            ngettext("%(n)s promised", "%(n)s promised", ahead),
            _("by %(day)s") % {"day": until},
        ),
        (
            now.promised,
            ngettext("%(n)s promised", "%(n)s promised", now.promised),
            _("by today"),
        ),
        (
            now.reported,
            ngettext("%(n)s reported", "%(n)s reported", now.reported),
            behind % {"n": now.promised - now.reported},
        ),
        (
            now.verified,
            ngettext("%(n)s verified", "%(n)s verified", now.verified),
            behind % {"n": now.reported - now.verified},
        ),
    ]
    places = _apart([y(count) + 4 for count, _said, _more in said])
    return [
        Line(place, words % {"n": count}, more, y(count))
        for place, (count, words, more) in zip(places, said, strict=True)
    ]


def _apart(places: Sequence[float]) -> list[float]:
    """The same places in their order, no two too near, none below the axis."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + _APART) if found else place)
    lowest = BOTTOM + 4.0
    for n in range(len(found) - 1, -1, -1):
        found[n] = min(found[n], lowest)
        lowest = found[n] - _APART
    return [round(place, 1) for place in found]


def _words(points: Sequence[Point], process: Process) -> str:
    """The picture in words: some day of the past, and today."""
    sentence = _(
        "By %(day)s, %(promised)s were promised, %(reported)s reported, %(verified)s verified."
    )
    shown = [*points[-2:-1], points[-1]]
    return " ".join(
        sentence
        % {
            "day": process.day_name(point.day) or date_format(point.day, "SHORT_DATE_FORMAT"),
            "promised": point.promised,
            "reported": point.reported,
            "verified": point.verified,
        }
        for point in shown
    )
