"""Reading what was reported: each check-in with its versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .expected_queries import about
from .models import CheckIn, Obligation

#: The key of a check-in, and whether a later one revises it.
Version = tuple[int, bool]


@dataclass(frozen=True)
class Said:
    """One version of a check-in, as a line of all reports shows it."""

    report: CheckIn
    was_revised: bool

    @property
    def about(self) -> str:
        """The time that it is about, where it is expected several times."""
        return about(self.report.expected) if self.report.expected else ""


def versions_of(obligation: Obligation) -> list[Version]:
    """All check-ins of an obligation, newest first; below each stands what it revises."""
    groups: list[list[int]] = []
    home: dict[int, list[int]] = {}
    pairs = CheckIn.objects.filter(obligation=obligation).order_by("pk")
    for key, revises in pairs.values_list("pk", "revises"):
        group = home.get(revises) if revises else None
        if group is None:
            group = []
            groups.append(group)
        group.insert(0, key)
        home[key] = group
    groups.sort(key=lambda group: group[0], reverse=True)
    return [(key, key != group[0]) for group in groups for key in group]


def filled(versions: Iterable[Version]) -> list[Said]:
    """What these say, in one query."""
    some = list(versions)
    rows = CheckIn.objects.select_related(
        *("author", "recorded_by", "revises"),
        *("expected__opened_by", "expected__follows__obligation__commitment"),
    )
    found: dict[int, Any] = rows.in_bulk([key for key, _revised in some])
    return [Said(found[key], was_revised) for key, was_revised in some]
