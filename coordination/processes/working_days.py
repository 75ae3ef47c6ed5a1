"""Which days of a process are working days: not its weekend, and none of its holidays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .models import Holiday, Process

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
    return working_days_of([process], since)[process.pk]


def working_days_of(processes: Iterable[Process], since: date) -> dict[int, WorkingDays]:
    """Those of several processes by their keys, in one query."""
    weekends = {process.pk: frozenset(process.weekend) for process in processes}
    holidays: dict[int, list[tuple[date, date]]] = {key: [] for key in weekends}
    rows = Holiday.objects.filter(process__in=weekends, last_on__gte=since)
    for key, first, last in rows.values_list("process", "first_on", "last_on"):
        holidays[key].append((first, last))
    return {key: WorkingDays(days, tuple(holidays[key])) for key, days in weekends.items()}
