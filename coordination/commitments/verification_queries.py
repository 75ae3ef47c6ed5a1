"""Reading what verifying bodies found: of each who owes a commitment, and what still waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from coordination.bodies.capacities import Capacities

from .access import Rights
from .models import Commitment, Obligation, Verification

_NAMED = (
    *("author", "approved_by", "body"),
    *("expected__opened_by", "expected__follows__obligation__commitment"),
)


@dataclass
class Found:
    """What was found of one who owes it: the finding that counts, and those that wait."""

    obligation: Obligation
    may_verify: bool
    last: Verification | None = None
    waiting: list[Verification] = field(default_factory=list)
    total: int = 0

    @property
    def behind(self) -> int:
        """By how many levels the finding is behind the report on the same thing."""
        if self.last is None:
            return 0
        reported = self.obligation.reported_level
        if self.obligation.commitment.kind in Commitment.EXPECTED:
            reported = self.last.expected.reported_level if self.last.expected else None
        return max((reported or 0) - self.last.level, 0)

    @property
    def is_contradicted(self) -> bool:
        """Whether it was found after the report; a later report waits to be verified again."""
        reported_at = self.obligation.reported_at
        return bool(
            self.behind and self.last and reported_at and self.last.recorded_at >= reported_at
        )


def findings_of(
    obligations: Sequence[Obligation], user: Any, rights: Rights, own: Capacities | None = None
) -> list[Found]:
    """For `commitments/_verifications.html`, as `findings`, in a constant number of queries.

    Each obligation has its commitment; what is not released is there for those who may see it.
    """
    found = {one.pk: Found(one, rights.may_verify(one)) for one in obligations}
    rows = Verification.objects.visible_to(user, own).filter(obligation__in=found)
    latest = Window(
        RowNumber(),
        partition_by=["obligation"],
        order_by=[F("recorded_at").desc(), F("pk").desc()],
    )
    counting = rows.counting().annotate(place=latest).filter(place=1)
    for one in counting.select_related(*_NAMED):
        found[one.obligation_id].last = one
    waiting = rows.filter(released_at=None).select_related(*_NAMED).order_by("pk")
    for one in waiting:
        found[one.obligation_id].waiting.append(one)
    totals = rows.counting().order_by().values_list("obligation").annotate(Count("pk"))
    for key, total in totals:
        found[key].total = total
    return list(found.values())
