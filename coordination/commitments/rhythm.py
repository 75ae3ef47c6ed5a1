"""When something that recurs is expected. Days are those of the process's calendar."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from coordination.base.dates import Unit


class Period(NamedTuple):
    """From its first day until the day on which the next one begins; `time` of several in it."""

    starts_on: date
    ends_before: date
    time: int

    @property
    def due_on(self) -> date:
        """The last day of the period."""
        return self.ends_before - timedelta(days=1)


def periods(
    starts_on: date, amount: int, unit: str, times: int = 1, *, ends_on: date | None = None
) -> Iterator[Period]:
    """The periods of a rhythm in their order; without an end they go on for ever.

    Each is counted from the start, so that the 31st does not become the 28th for good. A last
    period that the end cuts short is expected by the end. Hours make days of 24, and at least one.
    """
    count = 0
    while True:
        begins = _boundary(starts_on, amount, unit, count)
        ends = _boundary(starts_on, amount, unit, count + 1)
        if ends_on is not None and begins > ends_on:
            return
        if ends_on is not None and ends > ends_on + timedelta(days=1):
            ends = ends_on + timedelta(days=1)
        for time in range(1, times + 1):
            yield Period(begins, ends, time)
        count += 1


def _boundary(starts_on: date, amount: int, unit: str, count: int) -> date:
    if unit == Unit.HOURS:
        return starts_on + timedelta(days=max(amount, 24) * count // 24)
    step = relativedelta(**{str(Unit(unit).value): amount * count})  # type: ignore[arg-type]
    return starts_on + step
