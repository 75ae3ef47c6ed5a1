"""Who may flag a commitment, and who records what is measured of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .access import Rights, may_keep, rights
from .models import Bound, Commitment, Flag, Measurement, Obligation


@dataclass(frozen=True)
class Flaggable:
    """What somebody may flag: the whole, and which of those who owe it."""

    whole: bool
    obligations: tuple[Obligation, ...]

    def __bool__(self) -> bool:
        return self.whole or bool(self.obligations)

    def has(self, flag: Flag) -> bool:
        if flag.obligation_id is None:
            return self.whole
        return flag.obligation_id in {one.pk for one in self.obligations}


def flaggable(user: Any, commitment: Commitment, owed: Iterable[Obligation]) -> Flaggable:
    """All of it to who keeps the commitment; to who reports for an obligation or verifies it that
    one, and the whole where that is so of all."""
    rows = tuple(owed)
    for one in rows:
        one.commitment = commitment
    if may_keep(user, commitment):
        return Flaggable(True, rows)
    own_rights = rights(user, commitment)
    own = tuple(one for one in rows if own_rights.may_report(one) or own_rights.may_verify(one))
    return Flaggable(bool(rows) and len(own) == len(rows), own)


@dataclass(frozen=True)
class Sides:
    """Which figures somebody may record against a bound."""

    reports: bool
    verifies: bool
    #: Coordinators take back what was reported by somebody who has left since.
    coordinates: bool = False

    def __bool__(self) -> bool:
        return self.reports or self.verifies

    def may_withdraw(self, row: Measurement) -> bool:
        return self.verifies if row.body_id else self.reports or self.coordinates


def sides(
    user: Any, bound: Bound, owed: Iterable[Obligation], known: Rights | None = None
) -> Sides:
    """What an owner reports, to who reports for one that it binds; what was measured, to who may
    verify all of those. `known` spares asking again for each of several bounds."""
    may = known or rights(user, bound.commitment)
    rows = [one for one in owed if bound.obligation_id in (None, one.pk)]
    for one in rows:
        one.commitment = bound.commitment
    return Sides(
        any(may.may_report(one) for one in rows),
        bool(rows) and all(may.may_verify(one) for one in rows),
        may.coordinates,
    )
