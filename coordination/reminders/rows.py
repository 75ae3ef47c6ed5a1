"""The lines of a forecast as a page shows them: one row for all who are told the same that day."""

from dataclasses import dataclass, replace
from datetime import date

from .forecast_lines import Forecast, Line

#: Rows that say the same; the others like them are counted.
REPEATED = 3


@dataclass(frozen=True)
class Row:
    """One mail a person: what it is about, to whom, and why."""

    first: Line
    lines: list[Line]
    #: How many like it follow without anything between them, and when the last of them is written.
    more: int = 0
    last_on: date | None = None

    @property
    def written_on(self) -> date:
        return self.first.written_on

    @property
    def day(self) -> date:
        return self.first.day

    @property
    def rung(self) -> int:
        return self.first.rung


def rows_of(forecast: Forecast) -> list[Row]:
    """In the order in which they are written."""
    rows: dict[tuple[object, ...], list[Line]] = {}
    for line in forecast.lines:
        key = (line.written_on, line.day, line.kind, line.rung, line.urgent)
        rows.setdefault(key, []).append(line)
    found: list[Row] = []
    for lines in rows.values():
        row = Row(lines[0], lines)
        if len(found) >= REPEATED and all(_alike(row, one) for one in found[-REPEATED:]):
            found[-1] = replace(found[-1], more=found[-1].more + 1, last_on=row.written_on)
        else:
            found.append(row)
    return found


def _alike(one: Row, other: Row) -> bool:
    """Whether the same people are told the same, on another day."""
    return _said(one) == _said(other)


def _said(row: Row) -> list[tuple[object, ...]]:
    return [(line.kind, line.person.pk, line.rung, str(line.why)) for line in row.lines]
