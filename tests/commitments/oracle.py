"""What dates come to, worked out a second time and from first principles.

Days are counted as whole numbers and months by a table of their lengths; nothing here uses the
product, `dateutil`, or the arithmetic of `datetime`. Of a zone only its offset at a moment of UTC
is read, as a fact.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAY = 86_400
#: Offsets are looked up so often; no zone has changed twice within the time.
_STEP = 6 * DAY
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def _days_before_year(year: int) -> int:
    """The days from 1 January of the year 1 until 1 January of a year."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


_EPOCH = _days_before_year(1970)


def number_of(day: dt.date) -> int:
    """The days since 1 January 1970."""
    months = sum(days_in(day.year, month) for month in range(1, day.month))
    return _days_before_year(day.year) - _EPOCH + months + day.day - 1


def day_of(number: int) -> dt.date:
    year = 1970 + number // 366 - (1 if number < 0 else 0)
    while _days_before_year(year + 1) - _EPOCH <= number:
        year += 1
    left, month = number - (_days_before_year(year) - _EPOCH), 1
    while left >= days_in(year, month):
        left, month = left - days_in(year, month), month + 1
    return dt.date(year, month, left + 1)


def plus_months(day: dt.date, months: int) -> dt.date:
    """The same day of another month, or its last one where it has no such day."""
    year, month = day.year, day.month
    while months > 0:
        year, month, months = (year, month + 1, months - 1) if month < 12 else (
            year + 1, 1, months - 1)  # fmt: skip
    while months < 0:
        year, month, months = (year, month - 1, months + 1) if month > 1 else (
            year - 1, 12, months + 1)  # fmt: skip
    return dt.date(year, month, min(day.day, days_in(year, month)))


def seconds_of(moment: dt.datetime) -> float:
    """The seconds of a UTC moment since 1 January 1970."""
    assert moment.utcoffset() == dt.timedelta(0)
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second
    return number_of(moment) * DAY + clock + moment.microsecond / 1_000_000


def moment_of(seconds: int) -> dt.datetime:
    day, clock = day_of(seconds // DAY), seconds % DAY
    return dt.datetime(
        day.year, day.month, day.day, clock // 3600, clock // 60 % 60, clock % 60, tzinfo=dt.UTC
    )


def offset_at(zone: ZoneInfo, seconds: int) -> int:
    there = dt.datetime.fromtimestamp(seconds, zone).utcoffset()
    assert there is not None
    return there.days * DAY + there.seconds


def pieces(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int, int]]:
    """(from, until, offset) of each stretch of time in which the clocks were not changed."""
    found, began = [], first
    before = offset_at(zone, first)
    for start in range(first, last, _STEP):
        end = min(start + _STEP, last)
        after = offset_at(zone, end)
        if after == before:
            continue
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
        found.append((began, high, before))
        began, before = high, after
    return [*found, (began, last, before)]


def day_ends(number: int, stretches: list[tuple[int, int, int]]) -> int:
    """The first second after which no clock of the zone shows the day, or an earlier one."""
    midnight = (number + 1) * DAY
    return max(
        min(until, midnight - shift)
        for began, until, shift in stretches
        if began + shift < midnight
    )


def day_begins(number: int, stretches: list[tuple[int, int, int]]) -> int:
    """The first second at which a clock of the zone shows the day, or a later one."""
    midnight = number * DAY
    return min(
        max(began, midnight - shift)
        for began, until, shift in stretches
        if until + shift > midnight
    )


def _around(number: int, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    return pieces(zone, (number - 4) * DAY, (number + 5) * DAY)


@dataclass(frozen=True)
class When:
    """A day, or a moment in it (seconds since 1970)."""

    on: dt.date
    at: int | None = None

    def ends(self, zone: ZoneInfo) -> int:
        if self.at is not None:
            return self.at
        number = number_of(self.on)
        return day_ends(number, _around(number, zone))


def at(seconds: int, zone: ZoneInfo) -> When:
    """A moment, with the day that the clocks of the zone show."""
    return When(day_of((seconds + offset_at(zone, seconds)) // DAY), seconds)


def plus(base: When, amount: int, unit: str, zone: ZoneInfo) -> When:
    """`amount` units after, or before where it is negative."""
    if unit == "hours" and base.at is not None:
        return at(base.at + amount * 3600, zone)
    if unit == "hours":
        whole = -(-abs(amount) // 24)
        return When(day_of(number_of(base.on) + (whole if amount > 0 else -whole)))
    if unit in ("days", "weeks"):
        return When(day_of(number_of(base.on) + amount * (7 if unit == "weeks" else 1)))
    return When(plus_months(base.on, amount * (12 if unit == "years" else 1)))


# --- Deadlines --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What something comes to, and whether nothing can move it any more."""

    when: When | None
    settled: bool


OPEN = Known(None, False)


@dataclass
class Terms:
    """A deadline as plain data. Each term is `(what it counts from, amount, unit)`; what it counts
    from is a `When`, or a key that is looked up."""

    due: list[tuple]
    not_before: list[tuple]
    latest: list[tuple]
    rule: str = "earlier"


def _each(terms: list[tuple], look_up, zone: ZoneInfo) -> list[Known]:
    found = []
    for source, amount, unit in terms:
        base = Known(source, True) if isinstance(source, When) else look_up(source)
        if base.when is not None and amount:
            base = Known(plus(base.when, amount, unit, zone), base.settled)
        found.append(base)
    return found


def one_of(terms: list[tuple], rule: str, look_up, zone: ZoneInfo) -> Known:
    """Of the earlier, what is known so far; of the later, nothing before all are known."""
    each = _each(terms, look_up, zone)
    dated = sorted((one.when for one in each if one.when), key=lambda when: when.ends(zone))
    settled = all(one.settled for one in each)
    if len(dated) < len(each):
        settled = False
        if rule == "later":
            dated = []
    if not dated:
        return Known(None, settled)
    return Known(dated[0] if rule == "earlier" else dated[-1], settled)


def due_by(terms: Terms, look_up, zone: ZoneInfo) -> Known:
    """When it is due: not before the last of some, and at the latest by the first of others."""
    due = one_of(terms.due, terms.rule, look_up, zone)
    floor = one_of(terms.not_before, "later", look_up, zone)
    when = due.when
    if when and floor.when and floor.when.ends(zone) > when.ends(zone):
        when = floor.when
    return at_the_latest(Known(when, due.settled and floor.settled), terms, look_up, zone)


def at_the_latest(due: Known, terms: Terms, look_up, zone: ZoneInfo) -> Known:
    """No later than the first of the days that the agreement permits at the latest."""
    ceiling = one_of(terms.latest, "earlier", look_up, zone)
    when = due.when
    if ceiling.when and (when is None or ceiling.when.ends(zone) < when.ends(zone)):
        when = ceiling.when
    return Known(when, due.settled and ceiling.settled)


def prolonged(due: Known, extensions: list[tuple], zone: ZoneInfo) -> Known:
    """After each extension in turn: `(new day or moment, None, None)` or `(None, amount, unit)`.

    A new day that is earlier than the one before it changes nothing.
    """
    for new, amount, unit in extensions:
        if new is not None:
            if due.when is None or new.ends(zone) >= due.when.ends(zone):
                due = Known(new, True)
        elif due.when is not None:
            due = Known(plus(due.when, amount, unit, zone), due.settled)
    return due
