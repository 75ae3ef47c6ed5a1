"""Rows that stand below other rows of their kind."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models

from .lasting import holds


def leads_back(row: models.Model, field: models.Field, parent: Any) -> bool:
    """Whether the row would stand below itself, had it this parent in the field."""
    seen: set[int] = set()
    above = parent.pk if parent else None
    while above is not None and above not in seen:
        if above == row.pk:
            return True
        seen.add(above)
        rows = type(row)._base_manager.filter(pk=above)
        above = rows.values_list(field.attname, flat=True).first()
    return False


#: From whom to whom a tie leads, and the days on which it does.
Tie = tuple[int, int, date | None, date | None]


def makes_circle(new: Tie, others: Iterable[Tie]) -> bool:
    """Whether on some day somebody would stand below themselves, had they this tie too.

    A circle begins on a day on which one of its ties does.
    """
    start, end, started, ended = new
    ties = list(others)
    days = {started or date.min} | {tie[2] for tie in ties if tie[2]}
    for day in days:
        if not holds(day, started, ended):
            continue
        reached, waiting = {end}, [end]
        while waiting:
            here = waiting.pop()
            above = {tie[1] for tie in ties if tie[0] == here and holds(day, tie[2], tie[3])}
            waiting += above - reached
            reached |= above
        if start in reached:
            return True
    return False
