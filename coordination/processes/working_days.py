"""Which days of a process are working days: not its weekend, and none of its holidays."""

from dataclasses import dataclass
from datetime import date, timedelta

from .models import Process

#: How far ahead a working day is looked for; a process without one for so long has none.
FARTHEST = 400


@dataclass(frozen=True)
class WorkingDays:
    """The weekend and the holidays of a process, read once."""

    weekend: frozenset[int]
    holidays: tuple[tuple[date, date], ...]

    def has(self, day: date) -> bool:
        return day.isoweekday() not in self.weekend and not any(
            first <= day <= last for first, last in self.holidays
        )

    def from_day(self, day: date) -> date:
        """The first working day from a day on; the day itself where none is found."""
        days = (day + timedelta(days=n) for n in range(FARTHEST))
        return next((one for one in days if self.has(one)), day)


def working_days(process: Process, since: date) -> WorkingDays:
    """The working days of a process from a day on, in one query."""
    holidays = process.holidays.filter(last_on__gte=since).values_list("first_on", "last_on")
    return WorkingDays(frozenset(process.weekend), tuple(holidays))
