"""Pages of a list that start behind a row, or before one, and not at a number."""

from typing import TypeVar

Row = TypeVar("Row")


def cut(
    found: list[Row], size: int, *, backwards: bool, from_start: bool
) -> tuple[list[Row], bool, bool]:
    """The rows of a page in their order, and whether there are others before and after them.

    `found` is one row more than a page, if there is one, in the order in which it was read:
    backwards before a row, or forwards, `from_start` or behind a row.
    """
    is_more, rows = len(found) > size, found[:size]
    if not rows:
        return [], False, False
    if backwards:
        return rows[::-1], is_more, True
    return rows, not from_start, is_more
