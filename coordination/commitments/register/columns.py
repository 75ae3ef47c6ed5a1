"""The columns of the register: their heads, and what they say where the register leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from coordination.base.csv_text import csv_lines
from coordination.processes.models import Process

from ..models import Commitment, Level
from ..standing import of_commitment
from .choices import COLUMNS, SORTS, Choices

LABELS = {
    "number": gettext_lazy("Number"),
    "reference": gettext_lazy("Reference"),
    "title": gettext_lazy("Commitment"),
    "owes": gettext_lazy("Owes"),
    "leads": gettext_lazy("Leads"),
    "verifies": gettext_lazy("Verifies"),
    "due": gettext_lazy("Due"),
    "day": gettext_lazy("Day"),
    "standing": gettext_lazy("Standing"),
    "reported": gettext_lazy("Reported"),
    "verified": gettext_lazy("Verified"),
    "check-in": gettext_lazy("Next check-in"),
    "kind": gettext_lazy("Kind"),
    "track": gettext_lazy("Track"),
    "priority": gettext_lazy("Priority"),
}
#: Rows of an export that are read at once.
_PART = 500


@dataclass(frozen=True)
class Head:
    """One column's head; `query` sorts by it, once more the other way round (None: it cannot)."""

    name: str
    label: Any
    query: str | None = None
    #: For `aria-sort`; empty where the rows are not sorted by it.
    sorted: str = ""


def heads(choices: Choices) -> list[Head]:
    """The heads of the chosen columns, in their order."""
    found = []
    for name in choices.columns:
        if name not in SORTS:
            found.append(Head(name, LABELS[name]))
            continue
        rises, falls = choices.sort == name, choices.sort == f"-{name}"
        query = choices.query(sort=f"-{name}" if rises else name)
        direction = "ascending" if rises else "descending" if falls else ""
        found.append(Head(name, LABELS[name], query, direction))
    return found


def all_columns(choices: Choices) -> list[tuple[str, Any, bool]]:
    """Every column that can be chosen, and whether it is."""
    return [(name, LABELS[name], name in choices.columns) for name in COLUMNS if name != "title"]


def next_check_in(commitment: Commitment) -> Any:
    """The first day on which any of its owners is asked next."""
    days = (one.next_check_in_on for one in commitment.obligations.all())
    return min((day for day in days if day), default=None)


def lines(
    choices: Choices, process: Process, parts: Iterator[list[Commitment]], moment: datetime
) -> Iterator[bytes]:
    """The chosen columns of the rows as CSV, in the language in which it was asked for."""
    language = get_language() or "en"

    def written() -> Iterator[list[Any]]:
        for part in parts:
            # The rest is written after the page's own language has ended.
            with override(language):
                done = [[_said(name, row, process, moment) for name in names] for row in part]
            yield from done

    names = choices.columns
    return csv_lines([str(LABELS[name]) for name in names], written())


def _said(name: str, row: Commitment, process: Process, moment: datetime) -> Any:
    """What one cell says, in words and in days as machines read them."""
    due_on = row.deadline.due_on
    match name:
        case "number":
            return row.code
        case "reference" | "title":
            return getattr(row, name)
        case "owes":
            return ", ".join(one.owner.code for one in row.obligations.all())
        case "leads":
            return row.lead_body.code if row.lead_body else ""
        case "verifies":
            return row.verifying_body.code if row.verifying_body else ""
        case "due":
            return due_on.isoformat() if due_on else ""
        case "day":
            return process.day_name(due_on)
        case "standing":
            return of_commitment(row, moment).words
        case "reported":
            return _level(row.reported_level, _("No report"))
        case "verified":
            return _level(row.verified_level, _("Not verified"))
        case "check-in":
            day = next_check_in(row)
            return day.isoformat() if day else ""
    return str(getattr(row, f"get_{name}_display")())


def _level(value: int | None, none: str) -> str:
    return none if value is None else str(Level(value).label)


def in_parts(rows: list[Commitment]) -> Iterator[list[Commitment]]:
    """Rows in memory, as `Reader.in_parts` gives those of the database."""
    for start in range(0, len(rows), _PART):
        yield rows[start : start + _PART]
