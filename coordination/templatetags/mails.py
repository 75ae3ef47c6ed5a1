"""What mails need that pages do not."""

import re
import textwrap
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


#: Programmes that quote a mail have room for a mark before each line then.
WIDTH = 76
#: The beginning under which a line goes on: an indent, a mark of a list, a name in a table.
_MARK = re.compile(r"\s*(?:[*·] |\d+\. |[^:]{1,24}:\s{2,})?")


@register.filter
def folded(text: str) -> str:
    """Plain text in lines that every mail programme shows whole, without two empty ones in a row.

    A line goes on under its own beginning, one of a list beside its mark. An address is never
    broken: nobody could follow it.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines += (
                _fold(line) if len(line) > WIDTH else [line if line == "-- " else line.rstrip()]
            )
    return "\n".join(lines)


def _fold(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line if line == "-- " else line.rstrip()]
    begins = _MARK.match(line)
    indent = " " * len(begins[0]) if begins else ""
    return textwrap.wrap(
        line.rstrip(),
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
