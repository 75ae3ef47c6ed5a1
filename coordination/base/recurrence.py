"""Recurrence rules of RFC 5545 on calendar days and wall-clock times."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from .dates import LAST_YEAR

_UNTIL_MOMENT = re.compile(r"(?<=UNTIL=)(\d{8})T(\d{6})(Z?)")
_END = re.compile(r";?(COUNT|UNTIL)=[^;]*", re.IGNORECASE)
#: A rule that no day fits is tried to the end of the calendar; here that is near. A leap year.
_TRIED_FROM = date(9960, 1, 1)


def validate_rule(rule: str) -> None:
    """Raise ValueError, with the reason, unless the text is a usable RRULE."""
    endless = _END.sub("", rule).strip(";")
    try:
        parse_rule(rule, _TRIED_FROM)
        first = next(iter(parse_rule(endless, _TRIED_FROM)), None)
    except (ArithmeticError, LookupError, TypeError) as error:  # of numbers that no calendar has
        raise ValueError("a number in it is out of range") from error
    if first is None:
        raise ValueError("no day fits it")


def parse_rule(
    rule: str, starts_on: date, zone: ZoneInfo | None = None, clock: time = time.min
) -> rrule:
    """The days of a rule, as naive midnights.

    An end that is given as a moment is the last day on which a meeting at that time of day in the
    zone begins no later.
    """
    rule = rule.strip().upper()
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if parts.get("FREQ") not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise ValueError("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    if {"DTSTART", "BYHOUR", "BYMINUTE", "BYSECOND"} & parts.keys():
        raise ValueError("the first day and the time are given apart from the rule")
    if len(rule.split()) != 1:
        raise ValueError("only one rule is allowed")
    if int(parts.get("INTERVAL", 1)) < 1:
        raise ValueError("INTERVAL must be 1 or more")  # dateutil would never come to an end
    if int(parts.get("COUNT", 1)) < 1:
        raise ValueError("COUNT must be 1 or more")
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise ValueError("a rule ends after COUNT times or on UNTIL, not both")
    rule = _UNTIL_MOMENT.sub(lambda found: _last_day(found, zone, clock), rule)
    parsed = rrulestr(rule, dtstart=datetime.combine(starts_on, time.min))
    if not isinstance(parsed, rrule):
        raise ValueError("only one rule is allowed")
    return parsed


def _last_day(found: re.Match[str], zone: ZoneInfo | None, clock: time) -> str:
    moment = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")
    if found[3] and zone:
        try:
            moment = moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        except OverflowError:  # the last moment of the calendar: for ever
            pass
    day = moment.date()
    if clock > moment.time() and day > date.min:
        day -= timedelta(days=1)
    return f"{day:%Y%m%d}"


def without_end(
    rule: str, zone: ZoneInfo | None = None, clock: time = time.min
) -> tuple[str, date | None]:
    """The rule without its UNTIL, and the last day that it names there."""
    if not (found := re.search(r";?UNTIL=([^;]*)", rule, re.IGNORECASE)):
        return rule, None
    until = _UNTIL_MOMENT.sub(lambda one: _last_day(one, zone, clock), f"UNTIL={found[1].upper()}")
    rest = (rule[: found.start()] + rule[found.end() :]).strip(";")
    return rest, datetime.strptime(until.removeprefix("UNTIL="), "%Y%m%d").date()


def next_day(
    rule: str,
    starts_on: date,
    on_or_after: date,
    zone: ZoneInfo | None = None,
    clock: time = time.min,
) -> date | None:
    """The first day of the rule on or after a day; None when the rule has ended."""
    last = date(LAST_YEAR, 12, 31)
    return next(days(rule, starts_on, on_or_after, last, zone, clock), None)


def days(
    rule: str,
    starts_on: date,
    first: date,
    last: date,
    zone: ZoneInfo | None = None,
    clock: time = time.min,
) -> Iterator[date]:
    """The days of the rule from the first to the last of a stretch, both with it.

    `starts_on` is where the rule begins to count; it is a day of it only where the rule says so.
    """
    for moment in parse_rule(rule, starts_on, zone, clock):
        day = moment.date()
        if day > last:
            return
        if day >= first:
            yield day
