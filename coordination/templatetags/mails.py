"""What mails need that pages do not."""

from datetime import date, datetime

from django import template

from coordination.base import spoken

register = template.Library()


@register.filter
def short_day(value: date | None) -> str:
    return spoken.short_day(value) if value else ""


@register.filter
def week_day(value: date | None) -> str:
    return spoken.week_day(value) if value else ""


@register.filter
def at_time(value: datetime | None) -> str:
    return spoken.at_time(value) if value else ""
