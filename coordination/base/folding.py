"""Plain text in lines that every mail programme shows whole."""

import re
import textwrap
from functools import lru_cache

#: Programmes that quote a mail have room for a mark before each line then.
WIDTH = 76
#: The beginning under which a line goes on: an indent, a mark of a list, a name in a table.
_MARK = re.compile(r"\s*(?:[*·] |\d+\. |[^:]{1,24}:\s{2,})?")


def folded(text: str) -> str:
    """The text without two empty lines in a row.

    A line goes on under its own beginning, one of a list beside its mark. An address is never
    broken: nobody could follow it.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) > WIDTH:
            lines += _fold(line)
        elif line.strip() or (lines and lines[-1]):
            lines.append(line if line == "-- " else line.rstrip())
    return "\n".join(lines)


@lru_cache(maxsize=512)  # the long ones are the sentences that stand in many mails
def _fold(line: str) -> list[str]:
    begins = _MARK.match(line)
    indent = " " * len(begins[0]) if begins else ""
    return textwrap.wrap(
        line.rstrip(),
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
