"""Geometry of the small charts: promised is dotted, reported outlined, verified solid.

Time runs from left to right in every language. Nothing here asks the database.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.utils.formats import date_format, number_format

#: A value, or a level, that holds from a day on.
Series = Sequence[tuple[date, float]]

WIDTH = 360
#: Days between the names on the axis of days, as few as leave room for them.
_STEPS_IN_DAYS = (1, 5, 10, 15, 30, 60, 90, 180, 360, 720, 1800, 3600, 7200, 18000, 36000)
_STEPS_ON_CALENDAR = (
    relativedelta(days=1), relativedelta(days=7), relativedelta(days=14), relativedelta(months=1),
    relativedelta(months=3), relativedelta(months=6), relativedelta(years=1),
    relativedelta(years=2), relativedelta(years=5), relativedelta(years=10),
    relativedelta(years=20), relativedelta(years=50), relativedelta(years=100),
)  # fmt: skip
_MOST_DAYS, _MOST_VALUES = 4, 4
#: A line that began today is as long as this, or nobody would see it.
_SHORTEST = 4.0


@dataclass(frozen=True)
class Tick:
    """A name on an axis, and where it stands on it."""

    at: float
    text: str
    #: At the end of the axis a name stands before its place, so that it stays within the picture.
    anchor: str = "middle"


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    is_verified: bool
    #: Beyond what is agreed.
    is_beyond: bool


@dataclass(frozen=True)
class Chart:
    """What a template draws: paths and places in the coordinates of its view box."""

    height: int
    left: float
    right: float
    top: float
    bottom: float
    days: list[Tick]
    values: list[Tick]
    promised: str = ""
    reported: str = ""
    verified: str = ""
    dots: list[Dot] = field(default_factory=list)
    today: float | None = None
    width: int = WIDTH

    @property
    def name_end(self) -> float:
        """Where the names of values end."""
        return self.left - 5


def against_bound(
    reported: Series,
    verified: Series,
    *,
    bound: float,
    allows: Callable[[float], bool],
    today: date,
    zero: date | None = None,
) -> Chart:
    """What was measured on both sides over time, and the line that it is held against.

    `zero` is the day from which the process counts, if it does.
    """
    everything = [*reported, *verified]
    first = min((day for day, _value in everything), default=today)
    last = max([today, *(day for day, _value in everything)])
    values = round_values([bound, *(value for _day, value in everything)])
    labels = _numbers(values)
    left = 10 + 6.5 * max(len(label) for label in labels)
    x = _scale(first.toordinal(), last.toordinal(), left, WIDTH - 10)
    y = _scale(values[0], values[-1], 136, 12)
    dots = [
        Dot(x(day.toordinal()), y(value), is_verified, not allows(value))
        for series, is_verified in ((reported, False), (verified, True))
        for day, value in series
    ]
    return Chart(
        height=160,
        left=left,
        right=WIDTH - 10,
        top=12,
        bottom=136,
        days=_named(round_days(first, last, zero), x, zero),
        values=[Tick(y(value), label) for value, label in zip(values, labels, strict=True)],
        promised=f"M{left:g} {y(bound):g}H{WIDTH - 10}",
        reported=_steps(reported, x, y, until=x(last.toordinal())),
        verified=_steps(verified, x, y, until=x(last.toordinal())),
        dots=dots,
        today=x(today.toordinal()) if everything else None,
    )


def levels_over_time(
    promised: Series,
    reported: Series,
    verified: Series,
    *,
    today: date,
    zero: date | None = None,
    first: date | None = None,
) -> Chart:
    """How the levels went: from `first` (or the first day of any) until today, or what is promised
    for later."""
    known = [day for series in (promised, reported, verified) for day, _level in series]
    first = min([*known, first or today])
    last = max([today, *known])
    # What is promised for the last day has to be seen to go on.
    last += timedelta(days=max((last - first).days // 12, 1))
    x, y = _scale(first.toordinal(), last.toordinal(), 14, 352), _scale(0, 3, 90, 10)
    begun = promised
    if promised and promised[0][0] > first:
        begun = [(first, 0), *promised]

    def promised_y(level: float) -> float:
        return y(level) - (0 if level else 3)  # above the axis, which it would hide

    def verified_y(level: float) -> float:
        return y(level) + (2.5 if level else 0)  # below the same level as reported

    now = x(today.toordinal())
    return Chart(
        height=112,
        left=14,
        right=352,
        top=10,
        bottom=90,
        days=_named(round_days(first, last, zero), x, zero),
        values=[Tick(y(level), str(level)) for level in range(4)],
        promised=_steps(begun, x, promised_y, until=352),
        reported=_steps(reported, x, y, until=now),
        verified=_steps(verified, x, verified_y, until=now),
        today=now,
    )


def round_values(values: Iterable[float]) -> list[float]:
    """A few round numbers that enclose some; from nought where that leaves room to see them."""
    known = list(values)
    low, high = min(known), max(known)
    if 0 <= low <= high / 2 or low == high:
        low, high = min(low, 0), max(high, 0)
    if low == high:
        high = low + 1
    rough = (high - low) / (_MOST_VALUES - 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(n * size for n in (1, 2, 5, 10) if n * size >= rough * 0.999)
    begin, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 6) for n in range(begin, end + 1)]


def round_days(
    first: date, last: date, zero: date | None = None, most: int = _MOST_DAYS
) -> list[date]:
    """A few round days of a span: of D+n where the process counts days, else of the calendar."""
    if zero is not None:
        span = (last - first).days
        days = next((n for n in _STEPS_IN_DAYS if span / n <= most), _STEPS_IN_DAYS[-1])
        begin = math.ceil((first - zero).days / days)
        end = math.floor((last - zero).days / days)
        return [zero + timedelta(days=n * days) for n in range(begin, end + 1)]
    return next(
        (found for step in _STEPS_ON_CALENDAR
         if len(found := _calendar(first, last, step, most)) <= most), [])  # fmt: skip


def _calendar(first: date, last: date, step: relativedelta, most: int) -> list[date]:
    """The days from `first` to `last` on which a round period begins; at most one too many."""
    if step.years:
        begin = date(max(first.year - first.year % step.years, 1), 1, 1)
    elif step.months:
        begin = date(first.year, first.month - (first.month - 1) % step.months, 1)
    else:  # weeks begin on a Monday
        begin = first - timedelta(days=first.weekday() if step.days > 1 else 0)
    found: list[date] = []
    n = 0
    while (day := begin + step * n) <= last and len(found) <= most:
        if day >= first:
            found.append(day)
        n += 1
    return found


def _named(days: Sequence[date], x: Callable[[float], float], zero: date | None) -> list[Tick]:
    if zero is not None:
        numbers = [(day - zero).days for day in days]
        names = [f"D{'+' if n >= 0 else '−'}{abs(n)}" for n in numbers]
    else:
        names = [date_format(day, pattern(days)) for day in days]
    places = [x(day.toordinal()) for day in days]
    return [
        Tick(at, name, "end" if at > WIDTH - 30 else "middle")
        for at, name in zip(places, names, strict=True)
    ]


def pattern(days: Sequence[date]) -> str:
    """As much of each day as tells them apart."""
    if all((day.month, day.day) == (1, 1) for day in days):
        return "Y"
    if all(day.day == 1 for day in days):
        return "M Y"
    return "j M" if len({day.year for day in days}) == 1 else "j M Y"


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """From values to places; where there is one value only, it stands in the middle."""

    def place(value: float) -> float:
        share = (value - low) / (high - low) if high != low else 0.5
        return round(start + share * (end - start), 1)

    return place


def _steps(
    series: Series,
    x: Callable[[float], float],
    y: Callable[[float], float],
    until: float,
) -> str:
    """A path that keeps each value until the next one."""
    if not series:
        return ""
    start = x(series[0][0].toordinal())
    path = f"M{start:g} {y(series[0][1]):g}"
    for day, value in series[1:]:
        path += f"H{x(day.toordinal()):g}V{y(value):g}"
    last = x(series[-1][0].toordinal())
    return f"{path}H{max(until, last + _SHORTEST):g}"


def plain_number(value: Decimal) -> str:
    """A figure in the reader's language, without decimals that say nothing."""
    text = f"{value.normalize():f}"
    return number_format(text, len(text.partition(".")[2]), force_grouping=True)


def _numbers(values: Sequence[float]) -> list[str]:
    """All with as many decimals as one of them has."""
    decimals = next((n for n in range(6) if all(round(v, n) == v for v in values)), 6)
    return [number_format(value, decimals, force_grouping=True) for value in values]


def lowest(owners: Sequence[Sequence[tuple[date, int]]]) -> list[tuple[date, int]]:
    """How a commitment as a whole went: at the lowest level of anybody who owes it, from the day on
    which each of them has one."""
    known: dict[int, int] = {}
    found: list[tuple[date, int]] = []
    changes = [(day, n, level) for n, series in enumerate(owners) for day, level in series]
    for day, owner, level in sorted(changes, key=lambda change: change[0]):
        known[owner] = level
        if len(known) < len(owners):
            continue
        level = min(known.values())
        if found and found[-1][0] == day:
            found.pop()
        if not found or found[-1][1] != level:
            found.append((day, level))
    return found
