"""A recurrence rule in words: “The last Thursday of each month”."""

from datetime import date, datetime
from itertools import pairwise

from django.utils import formats
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

#: As RFC 5545 writes them, in the order of the week.
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: "The first" to "the fifth", and from the end.
NTH = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    5: gettext_lazy("fifth"),
    -1: gettext_lazy("last"),
    -2: gettext_lazy("second last"),
}
#: Where at least so many months are named, those that are not are easier to say.
_MANY = 7


def parts_of(rule: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in rule.strip().upper().split(";") if part)


def weekday_of(code: str) -> tuple[int | None, int]:
    """Of "-1TH" the last, and the fourth day of the week, counted from Monday as 0."""
    return int(code[:-2]) if code[:-2] else None, CODES.index(code[-2:])


def rule_in_words(rule: str, starts_on: date) -> str:
    """What a rule says, in the language that is active; the rule itself where words fail."""
    try:
        return _in_words(parts_of(rule), starts_on)
    except (KeyError, ValueError):
        return rule


def _in_words(parts: dict[str, str], starts_on: date) -> str:
    frequency = parts["FREQ"]
    every = int(parts.get("INTERVAL", 1))
    months = _numbers(parts, "BYMONTH")
    if "BYSETPOS" in parts:
        words = _of_a_set(parts, frequency, every)
    elif frequency == "DAILY":
        words = _by_day(parts, every)
    elif frequency == "WEEKLY":
        words = _by_week(parts, every, starts_on)
    elif frequency == "MONTHLY":
        words = _by_month(parts, every, starts_on)
    else:
        words = _by_year(parts, every, starts_on)
        months = []  # said already
    said = [words]
    if months:
        said.append(_only_in(months))
    if count := parts.get("COUNT"):
        said.append(ngettext("%(n)s time", "%(n)s times", int(count)) % {"n": count})
    if until := parts.get("UNTIL"):
        day = datetime.strptime(until[:8], "%Y%m%d").date()
        said.append(_("until %s") % formats.date_format(day, "SHORT_DATE_FORMAT"))
    return capfirst(", ".join(said))


def _by_day(parts: dict[str, str], every: int) -> str:
    if every == 1:
        words = _("every %s") % _either(parts) if "BYDAY" in parts else _("every day")
    elif every == 2:
        words = _("every second day")
    else:
        words = _("every %s days") % every
    if every > 1 and "BYDAY" in parts:
        words = _("%(often)s that is a %(weekday)s") % {"often": words, "weekday": _either(parts)}
    return _on_days_of_month(parts, words)


def _by_week(parts: dict[str, str], every: int, starts_on: date) -> str:
    named = [day for _nth, day in _weekdays(parts)] or [starts_on.weekday()]
    weekdays = _weekday_list(named)
    if every == 1:
        return _("every %s") % weekdays
    if every == 2 and len(named) == 1:
        return _("every second %s") % weekdays
    return _("every %(n)s weeks on %(weekdays)s") % {"n": every, "weekdays": weekdays}


def _by_month(parts: dict[str, str], every: int, starts_on: date) -> str:
    if every == 1:
        period = _("each month")
    elif every == 2:
        period = _("every second month")
    else:
        period = _("every %s months") % every
    if "BYDAY" in parts and "BYMONTHDAY" in parts:
        return _on_days_of_month(parts, _("every %s") % _either(parts))
    if "BYDAY" in parts:
        return _nth_of(_weekdays(parts), period)
    return _days_of(_numbers(parts, "BYMONTHDAY") or [starts_on.day], period)


def _by_year(parts: dict[str, str], every: int, starts_on: date) -> str:
    if every == 1:
        period = _("each year")
    elif every == 2:
        period = _("every second year")
    else:
        period = _("every %s years") % every
    months = _numbers(parts, "BYMONTH")
    if "BYWEEKNO" in parts:
        named = [day for _nth, day in _weekdays(parts)] or [starts_on.weekday()]
        weeks = get_text_list([str(one) for one in _numbers(parts, "BYWEEKNO")], _("and"))
        return _("%(weekdays)s of week %(weeks)s of %(period)s") % {
            "weekdays": _weekday_list(named),
            "weeks": weeks,
            "period": period,
        }
    if "BYYEARDAY" in parts:
        return _days_of(_numbers(parts, "BYYEARDAY"), period)
    if "BYDAY" in parts:
        of = _("%(months)s %(period)s") % {"months": _month_list(months), "period": period}
        if "BYMONTHDAY" in parts:
            dated = _on_days_of_month(parts, _("every %s") % _either(parts))
            return f"{dated}, {of}" if months else f"{dated}, {period}"
        return _nth_of(_weekdays(parts), of if months else period)
    dates = _numbers(parts, "BYMONTHDAY") or [starts_on.day]
    if not months and "BYMONTHDAY" not in parts:
        months = [starts_on.month]
    if months and all(day > 0 for day in dates):
        said = [
            formats.date_format(date(2000, month, day), "MONTH_DAY_FORMAT")
            for month in months
            for day in dates
        ]
        return _("%(days)s of %(period)s") % {
            "days": get_text_list(said, _("and")),
            "period": period,
        }
    of = _("%(months)s %(period)s") % {"months": _month_list(months), "period": period}
    return _days_of(dates, of if months else period)


def _of_a_set(parts: dict[str, str], frequency: str, every: int) -> str:
    """The last of several weekdays: no other set is said in words."""
    if frequency != "MONTHLY" or set(parts) & {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        raise ValueError("no words for it")
    if any(nth for nth, _day in _weekdays(parts)):
        raise ValueError("no words for it")
    places = get_text_list([_nth(one) for one in _numbers(parts, "BYSETPOS")], _("and"))
    words = {"nth": places, "weekdays": _either(parts)}
    if every == 1:
        return _("the %(nth)s %(weekdays)s of each month") % words
    return _("the %(nth)s %(weekdays)s of every %(n)s months") % (words | {"n": every})


def _nth_of(named: list[tuple[int | None, int]], period: str) -> str:
    """ "The first and third Friday of each month", or "every Friday of" it."""
    by_day: dict[int, list[str]] = {}
    for nth, day in named:
        by_day.setdefault(day, []).append(_nth(nth) if nth else "")
    if not any(any(of) for of in by_day.values()):
        words = _("every %s") % _weekday_list(list(by_day))
    else:
        words = get_text_list(
            [
                _("the %(nth)s %(weekday)s")
                % {"nth": get_text_list(of, _("and")), "weekday": WEEKDAYS[day]}
                for day, of in by_day.items()
            ],
            _("and"),
        )
    return _("%(days)s of %(period)s") % {"days": words, "period": period}


def _days_of(numbers: list[int], period: str) -> str:
    said = [_day_by_number(one) for one in numbers]
    return _("%(days)s of %(period)s") % {"days": get_text_list(said, _("and")), "period": period}


def _day_by_number(number: int) -> str:
    if number > 0:
        return _("day %s") % number
    if number < -2:
        return _("day %s from the end") % -number
    return _("the %s day") % NTH[number]


def _on_days_of_month(parts: dict[str, str], words: str) -> str:
    numbers = _numbers(parts, "BYMONTHDAY")
    if not numbers:
        return words
    in_order = all(one + 1 == other for one, other in pairwise(numbers))
    if in_order and len(numbers) > 2 and numbers[0] > 0:
        dates = _("%(first)s to %(last)s") % {"first": numbers[0], "last": numbers[-1]}
    else:
        dates = get_text_list([str(one) for one in numbers], _("or"))
    return _("%(days)s that is day %(dates)s of a month") % {"days": words, "dates": dates}


def _nth(number: int) -> str:
    if number in NTH:
        return str(NTH[number])
    if not 0 < number <= 20:
        raise ValueError("no word for it")
    return _("%sth") % number


def _numbers(parts: dict[str, str], name: str) -> list[int]:
    return [int(one) for one in parts.get(name, "").split(",") if one]


def _weekdays(parts: dict[str, str]) -> list[tuple[int | None, int]]:
    return [weekday_of(one) for one in parts.get("BYDAY", "").split(",") if one]


def _weekday_list(named: list[int]) -> str:
    """ "Monday and Thursday"; "Monday to Friday"; "day" for all of them."""
    of_week = sorted(set(named))
    if len(of_week) == len(CODES):
        return _("day")
    if len(of_week) > 2 and of_week[-1] - of_week[0] == len(of_week) - 1:
        first, last = WEEKDAYS[of_week[0]], WEEKDAYS[of_week[-1]]
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    return get_text_list([str(WEEKDAYS[day]) for day in of_week], _("and"))


def _either(parts: dict[str, str]) -> str:
    of_week = sorted({day for _nth, day in _weekdays(parts)})
    if len(of_week) == len(CODES):
        return _("day")
    return get_text_list([str(WEEKDAYS[day]) for day in of_week], _("or"))


def _month_list(months: list[int]) -> str:
    return get_text_list([str(MONTHS[one]) for one in months], _("and"))


def _only_in(months: list[int]) -> str:
    if len(months) < _MANY:
        return _("in %s") % _month_list(months)
    left_out = [one for one in MONTHS if one not in months]
    return _("not in %s") % get_text_list([str(MONTHS[one]) for one in left_out], _("or"))
