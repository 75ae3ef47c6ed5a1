"""The figures of the sentence, each with the choices of the register that list what it counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from coordination.commitments.register import Choices

from .rows import Row


@dataclass(frozen=True)
class Figure:
    """A number, and the query of the register that lists as many."""

    count: int
    query: str


#: What each figure counts, and the choices that list it.
COUNTED: dict[str, tuple[Callable[[Row], bool], dict[str, Any]]] = {
    "total": (lambda row: True, {}),
    "fallen_due": (lambda row: row.fallen_due, {"view": "fallen-due"}),
    "reported": (
        lambda row: row.fallen_due and row.reported_full,
        {"view": "reported-full", "due": "passed"},
    ),
    "verified": (
        lambda row: row.fallen_due and row.verified_full,
        {"view": "verified-full", "due": "passed"},
    ),
    "overdue": (lambda row: row.overdue, {"view": "overdue"}),
    "at_risk": (lambda row: row.at_risk, {"view": "at-risk"}),
    "in_breach": (lambda row: row.in_breach, {"view": "in-breach"}),
    "contradicted": (lambda row: row.contradicted, {"view": "contradicted"}),
    "to_verify": (lambda row: row.to_verify, {"view": "to-verify"}),
    "unverified": (lambda row: row.verifier is None, {"view": "unverified"}),
    "unled": (lambda row: row.lead is None, {"view": "unled"}),
}


def figures_of(rows: Iterable[Row], as_of: date | None) -> dict[str, Figure]:
    """By name; `as_of` is the day that the register has to be asked for, none for today."""
    known = list(rows)
    return {
        name: Figure(sum(map(fits, known)), Choices(as_of=as_of, **choices).query())
        for name, (fits, choices) in COUNTED.items()
    }
