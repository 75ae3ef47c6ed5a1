"""Recurrence rules of RFC 5545 on calendar days and wall-clock times."""

from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrule, rrulestr


def validate_rule(rule: str) -> None:
    """Raise ValueError, with the reason, unless the text is a usable RRULE."""
    if next_day(rule, date(2000, 1, 1), date(2000, 1, 1)) is None:
        raise ValueError("no day fits it")


def parse_rule(rule: str, starts_on: date) -> rrule:
    parts = dict(part.partition("=")[::2] for part in rule.strip().upper().split(";"))
    if parts.get("FREQ") not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise ValueError("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    if {"DTSTART", "BYHOUR", "BYMINUTE", "BYSECOND"} & parts.keys():
        raise ValueError("the first day and the time are given apart from the rule")
    if len(rule.split()) != 1:
        raise ValueError("only one rule is allowed")
    if int(parts.get("INTERVAL", 1)) < 1:
        raise ValueError("INTERVAL must be 1 or more")  # dateutil would never come to an end
    parsed = rrulestr(rule.strip().upper(), dtstart=datetime.combine(starts_on, time.min))
    if not isinstance(parsed, rrule):
        raise ValueError("only one rule is allowed")
    return parsed


def next_day(rule: str, starts_on: date, on_or_after: date) -> date | None:
    """The first day of the rule on or after a day; None when the rule has ended."""
    before = datetime.combine(max(on_or_after, starts_on), time.min) - timedelta(seconds=1)
    found = parse_rule(rule, starts_on).after(before)
    return found.date() if found else None
