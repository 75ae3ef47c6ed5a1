"""Days and moments as a process file writes them, and shifting them together."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeVar, overload
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone

from coordination.base.dates import Point, local_moment, validate_year_range

from .problems import shortened

Day = TypeVar("Day", bound=date)

#: What a day without a time means where a moment is needed.
NOON = time(12, 0)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{6})?)?(Z|[+-]\d{2}:\d{2})?")
_CLOCK = re.compile(r"\d{2}:\d{2}")


def parse_day(given: object) -> date:
    """A day written 1996-01-19; raises ValueError with a sentence."""
    try:
        if isinstance(given, str) and _DAY.fullmatch(given):
            return _in_range(date.fromisoformat(given))
    except ValueError:
        pass
    raise ValueError(f"{quoted(given)} is not a day; write it like 1996-01-19")


def parse_when(given: object) -> date | datetime:
    """A day, or a moment written 1996-01-19T10:00+01:00.

    Without an offset a moment is in the process's time zone, and is returned without one.
    """
    try:
        if isinstance(given, str) and _MOMENT.fullmatch(given):
            return _in_range(datetime.fromisoformat(given))
        if isinstance(given, str) and _DAY.fullmatch(given):
            return _in_range(date.fromisoformat(given))
    except ValueError:
        pass
    raise ValueError(
        f"{quoted(given)} is not a day or a moment; "
        "write it like 1996-01-19 or 1996-01-19T10:00+01:00"
    )


def write_when(when: date | datetime) -> str:
    """The text from which `parse_when` reads the same day or moment."""
    if not isinstance(when, datetime):
        return when.isoformat()
    to_the_minute = not (when.second or when.microsecond)
    return when.isoformat(timespec="minutes" if to_the_minute else "auto")


def parse_clock(given: object) -> time:
    """A time of day written 09:30."""
    try:
        if isinstance(given, str) and _CLOCK.fullmatch(given):
            return time.fromisoformat(given)
    except ValueError:
        pass
    raise ValueError(f"{quoted(given)} is not a time of day; write it like 09:30")


def quoted(given: object) -> str:
    """A value for a sentence; what is no text is named by what it is."""
    if isinstance(given, str):
        return f"“{shortened(given)}”"
    return "a list" if isinstance(given, list) else "this"


def _in_range(day: Day) -> Day:
    try:
        validate_year_range(day)
    except ValidationError as error:
        raise ValueError from error
    return day


class Lasting(Protocol):
    """What a file says from one day on, until another."""

    @property
    def starts(self) -> date | None: ...
    @property
    def ended(self) -> date | None: ...


@dataclass(frozen=True)
class Calendar:
    """The process's time zone, and the whole days by which every date of the file is shifted."""

    zone: ZoneInfo
    days: int = 0

    @overload
    def day(self, day: date) -> date: ...
    @overload
    def day(self, day: None) -> None: ...
    def day(self, day: date | None) -> date | None:
        return day + timedelta(days=self.days) if day else None

    def lasting(self, row: Lasting) -> dict[str, date | None]:
        """The days of what holds for a time, as the fields that keep them."""
        return {"started_on": self.day(row.starts), "ended_on": self.day(row.ended)}

    def local_day(self, when: date | datetime) -> date:
        """The day in the process's time zone, not shifted."""
        if isinstance(when, datetime):
            return (when.astimezone(self.zone) if when.tzinfo else when).date()
        return when

    def moment(self, when: date | datetime) -> datetime:
        """The UTC moment, shifted; it keeps its time of day in the process's time zone."""
        if not isinstance(when, datetime):
            return local_moment(self.day(when), NOON, self.zone)
        if when.tzinfo and not self.days:
            return when.astimezone(UTC)
        local = when.astimezone(self.zone) if when.tzinfo else when
        shifted = local.replace(tzinfo=None) + timedelta(days=self.days)
        return shifted.replace(tzinfo=self.zone).astimezone(UTC)

    def written(self, moment: datetime) -> date | datetime:
        """What `moment` reads as this moment: its day where it is noon, or else its local time."""
        day = self.local_day(moment)
        return day if local_moment(day, NOON, self.zone) == moment else self.local(moment)

    def local(self, moment: datetime) -> datetime:
        """The moment as a file writes it: local time with its distance from UTC.

        Before there were time zones that was no whole number of minutes, and UTC is written.
        """
        local = moment.astimezone(self.zone)
        offset = local.utcoffset() or timedelta()
        return moment.astimezone(UTC) if offset.seconds % 60 else local

    def reported(self, when: date | datetime) -> datetime:
        """The moment of a report; one of today is from now, also when noon has not come yet."""
        return min(self.moment(when), timezone.now())

    def point(self, when: date | datetime) -> Point:
        """The shifted day, and the moment in it where the file gives one."""
        if isinstance(when, datetime):
            return Point.of(self.moment(when), self.zone)
        return Point(self.day(when))
