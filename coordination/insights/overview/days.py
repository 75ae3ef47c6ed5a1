"""The next days on which something falls due."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coordination.commitments.register import Choices

from .rows import Row

#: Days that the page names, and commitments of each that it names.
SHOWN, NAMED = 5, 2


@dataclass
class DueDay:
    day: date
    count: int
    query: str
    keys: list[int]
    titles: list[str]


def next_due_days(rows: Iterable[Row], today: date, as_of: date | None) -> list[DueDay]:
    """Today, if something is due on it, and the days to come; without titles yet."""
    coming: dict[date, list[int]] = defaultdict(list)
    for row in rows:
        if row.due_on and row.due_on >= today:
            coming[row.due_on].append(row.key)
    return [
        DueDay(
            day,
            len(coming[day]),
            Choices(due_from=day, due_until=day, as_of=as_of).query(),
            coming[day][:NAMED],
            [],
        )
        for day in sorted(coming)[:SHOWN]
    ]
