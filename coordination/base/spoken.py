"""Days and moments as prose has them, in the language and the time zone that are set."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format, get_format


def short_day(day: date) -> str:
    """19 Jan 1996."""
    return date_format(_local(day), "SHORT_DATE_FORMAT")


def week_day(day: date) -> str:
    """Fri 19 Jan 1996."""
    return date_format(_local(day), f"D {get_format('SHORT_DATE_FORMAT')}")


def at_time(moment: datetime) -> str:
    """Fri 19 Jan 1996, 09:42 CET."""
    return date_format(_local(moment), f"D {get_format('SHORT_DATETIME_FORMAT')} T")


def _local(value: date) -> date:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def on_record(words: Callable[[], Any]) -> str:
    """Words as the record has them: in one language, whoever acts."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words())
