"""The time that an axis shows, and where each day stands on it. Nothing here asks the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import FIRST_YEAR, LAST_YEAR

#: Places are in units of the view box; lanes have their names before the first day.
WIDTH, NAMES, MARGIN = 1330, 128, 16


class Span(models.TextChoices):
    """How much time the axis shows."""

    WEEKS = "8w", _("8 weeks")
    MONTHS = "6m", _("6 months")
    YEARS = "2y", _("2 years")
    ALL = "all", _("All")


_LENGTHS = {
    Span.WEEKS: relativedelta(weeks=8),
    Span.MONTHS: relativedelta(months=6),
    Span.YEARS: relativedelta(years=2),
}


@dataclass(frozen=True)
class Window:
    """The days that the axis shows, the last one too, and where each of them stands on it."""

    first: date
    last: date
    left: float = NAMES

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def begin(self, day: date) -> float:
        """Where a day begins; what lies beyond the window stands at its edge."""
        share = (day - self.first).days / self.days
        place = self.left + share * (WIDTH - MARGIN - self.left)
        return round(min(max(place, self.left), WIDTH - MARGIN), 1)

    def end(self, day: date) -> float:
        """Where a day is over."""
        return self.begin(day + timedelta(days=1))

    def middle(self, day: date) -> float:
        return round((self.begin(day) + self.end(day)) / 2, 1)

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def window_of(span: str, first: date | None, today: date, known: Sequence[date]) -> Window:
    """The window of a span from a day on, or else around today; "all" has all that is known."""
    if span == Span.ALL:
        first, last = min([today, *known]), max([today, *known])
        room = timedelta(days=max((last - first).days // 25, 14))
        return Window(
            max(first - room, date(FIRST_YEAR, 1, 1)), min(last + room, date(LAST_YEAR, 12, 31))
        )
    first = first or _around(span, today)
    return Window(first, first + _LENGTHS[Span(span)] - timedelta(days=1))


def _around(span: str, today: date) -> date:
    """A round day that leaves some of what has passed in view."""
    if span == Span.WEEKS:
        return today - timedelta(days=today.weekday() + 7)
    return (today - relativedelta(months=1 if span == Span.MONTHS else 6)).replace(day=1)


def beside(span: str, window: Window) -> tuple[date | None, date | None]:
    """The first days of the windows before and after one; none where there is no room."""
    if span == Span.ALL:
        return None, None
    length = _LENGTHS[Span(span)]
    earlier, later = window.first - length, window.first + length
    return (
        earlier if earlier.year >= FIRST_YEAR else None,
        later if (later + length).year <= LAST_YEAR else None,
    )
