"""Tables as text that spreadsheets open (RFC 4180)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Without it some programmes take UTF-8 for something else.
_MARK = b"\xef\xbb\xbf"


class _Echo:
    """Gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The lines of the table, one at a time, its head first."""
    writer = csv.writer(_Echo())
    yield _MARK + writer.writerow(head).encode()
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row]).encode()


def _harmless(cell: Any) -> Any:
    """Nothing that somebody typed is reckoned with where the table is opened."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
