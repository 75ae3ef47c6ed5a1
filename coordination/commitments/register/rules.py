"""Conditions that the database and a row of a past day answer alike.

A condition is written once, as a `Q`. Today's register asks it of the database; the register as it
stood on a day is worked out in memory (`as_it_stood`), where `holds` asks the same `Q` of its rows.
So the listed and the counted agree, of every day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from ..models import Commitment, Obligation

OWN, SOME, EVERY = "own", "some", "every"


@dataclass(frozen=True)
class Rule:
    """What is asked of a commitment itself, of some of those who owe it, or of every one.

    Nothing holds of every owner of what nobody owes. `opposite` turns the answer round.
    """

    q: Q
    over: str = OWN
    opposite: bool = False

    def condition(self) -> Q:
        """For a queryset of commitments."""
        if self.over == OWN:
            found = self.q
        else:
            owed = Obligation.objects.filter(commitment=OuterRef("pk"))
            if self.over == SOME:
                found = Q(Exists(owed.filter(self.q)))
            else:
                found = Q(Exists(owed)) & ~Q(Exists(owed.filter(~self.q)))
        return ~found if self.opposite else found

    def holds_of(self, commitment: Commitment) -> bool:
        """Of a row that has its obligations."""
        if self.over == OWN:
            found = holds(self.q, commitment)
        else:
            owed = list(commitment.obligations.all())
            found = (any if self.over == SOME else all)(holds(self.q, one) for one in owed)
            found = found and bool(owed)
        return found != self.opposite


_LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, wanted: value == wanted,
    "in": lambda value, wanted: value in wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "icontains": lambda value, wanted: wanted.lower() in value.lower(),
}


def holds(q: Q, row: Any) -> bool:
    """Whether a row in memory fits a `Q` of one-valued paths, as the database would answer."""
    answers = (
        holds(one, row) if isinstance(one, Q) else _fits(row, *one)  # type: ignore[misc]
        for one in q.children
    )
    found = any(answers) if q.connector == Q.OR and q.children else all(answers)
    return found != q.negated


def _fits(row: Any, path: str, wanted: Any) -> bool:
    head, _, last = path.rpartition("__")
    if last == "isnull":
        return (_value(row, head) is None) == wanted
    if last not in _LOOKUPS:
        head, last = path, "exact"
    value = _value(row, head)
    if isinstance(wanted, F):
        wanted = _value(row, wanted.name)  # type: ignore[attr-defined]
    if wanted is None:
        return last == "exact" and value is None
    return value is not None and _LOOKUPS[last](value, wanted)


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        if row is None:
            return None
        row = getattr(row, name)
    return row
