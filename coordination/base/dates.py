"""Time arithmetic as agreements mean it; no domain noun, no database.

A `Point` is a calendar day of a process or a moment in it. Hours are counted as elapsed hours;
days, weeks, months and years are counted on the calendar of the process's time zone and end with
the day, so that a change to summer time moves nothing.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

#: Far enough for every process, and near enough that no sum of dates runs out of the calendar.
FIRST_YEAR, LAST_YEAR = 1800, 2199


class Unit(models.TextChoices):
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")
    YEARS = "years", _("years")


_SINGULAR = {
    Unit.HOURS: _("hour"),
    Unit.DAYS: _("day"),
    Unit.WEEKS: _("week"),
    Unit.MONTHS: _("month"),
    Unit.YEARS: _("year"),
}


def singular(unit: str) -> str:
    """The word for one of a unit."""
    return str(_SINGULAR[Unit(unit)])


@dataclass(frozen=True)
class Point:
    """A local calendar day, and the moment in it where one is given (aware)."""

    on: date
    at: datetime | None = None

    @classmethod
    def of(cls, value: date | datetime, zone: ZoneInfo) -> "Point":
        """A day stays a day; an aware moment also gets the day that it falls on in `zone`."""
        if isinstance(value, datetime):
            return cls(value.astimezone(zone).date(), value.astimezone(UTC))
        return cls(value)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The UTC moment from which it is past: its own moment, or the end of its day."""
        return self.at or day_ends_at(self.on, zone)


def day_starts_at(day: date, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the calendar day begins in the zone."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_ends_at(day: date, zone: ZoneInfo) -> datetime:
    """The UTC moment after which no clock in the zone shows the calendar day any more."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    first, again = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    # Clocks that are put back behind a midnight which they have shown show the day once more.
    shown_again = again > first and (again - datetime.resolution).astimezone(zone).date() <= day
    return again if shown_again else first


def local_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock time on a day in the zone."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def offset(base: Point, amount: int, unit: str, zone: ZoneInfo) -> Point:
    """`amount` units after the base, or before it where the amount is negative.

    Hours from a day whose moment is not known end with the day that they reach: 72 hours from a
    signature on the 12th are over when the 15th is. A month after the 31st is the last day of a
    shorter month.
    """
    if unit == Unit.HOURS:
        if base.at:
            return Point.of(base.at.astimezone(UTC) + timedelta(hours=amount), zone)
        whole_days = int(math.copysign(math.ceil(abs(amount) / 24), amount))
        return Point(base.on + timedelta(days=whole_days))
    shift = relativedelta(**{str(Unit(unit).value): amount})  # type: ignore[arg-type]
    return Point(base.on + shift)


def validate_year_range(day: date) -> None:
    """Refuse a day or moment that no process has: a slip of the pen."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Write a year from %(first)s to %(last)s."),
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


def read_day(text: str) -> date | None:
    """A day from an address, as in 1996-02-14; None where it is none that can be."""
    try:
        day = date.fromisoformat(text.strip()[:10])
        validate_year_range(day)
    except (ValueError, ValidationError):
        return None
    return day


def read_moment(text: str) -> datetime | None:
    """A moment from an address, with its offset from UTC; None where it is none that can be."""
    try:
        found = parse_datetime(text)
        if found is None or found.tzinfo is None:
            return None
        validate_year_range(found.date())
    except (ValueError, ValidationError):
        return None
    return found


def day_number(day: date, zero: date) -> int:
    """n in D+n: the days from the day that is counted from."""
    return (day - zero).days


def in_words(day: date) -> str:
    """A day as the record writes it: 19 Jan 1996."""
    return f"{day.day} {day:%b %Y}"
