"""The day that a page shows: today, or an earlier one that the reader asks for."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coordination.base.dates import validate_year_range

from .models import Process


@dataclass(frozen=True)
class AsOf:
    """The day of the process's calendar that a page shows; `typed` is what was asked for."""

    day: date
    today: date
    typed: str = ""
    error: str = ""

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def query(self) -> str:
        """What a link carries on to the next page; nothing where the page shows today."""
        return "" if self.is_today else f"?as_of={self.day.isoformat()}"


def read_as_of(request: HttpRequest, process: Process) -> AsOf:
    """The day in the address, `?as_of=1996-02-14`; today where there is none or it is no day."""
    today = process.today()
    typed = request.GET.get("as_of", "")[:20].strip()
    if not typed:
        return AsOf(today, today)
    try:
        day = date.fromisoformat(typed)
        validate_year_range(day)
    except (ValueError, ValidationError):
        return AsOf(today, today, typed, _("Write a day as in 1996-02-14."))
    return AsOf(day, today, typed)
