"""Reading breaches: those of a commitment, and those whose clock runs out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from .breach_access import may_allege
from .breach_clocks import Clock, shown
from .models import Breach, Commitment

#: Breaches that are over, on a commitment's page.
SHOWN = 10


def clocks_running_out(now: datetime) -> QuerySet[Breach]:
    """The breaches whose next step was due by now and is not taken; first the oldest."""
    return (
        Breach.objects.filter(
            clock_at__lte=now,
            obligation__withdrawn_at=None,
            obligation__commitment__withdrawn_at=None,
        )
        .exclude(state__in=Breach.OVER)
        .select_related("obligation__commitment__process", "obligation__party", "obligation__body")
        .order_by("clock_at", "pk")
    )


@dataclass(frozen=True)
class BreachRow:
    """A breach with its clock in words."""

    breach: Breach
    clock: Clock | None
    is_over: bool


@dataclass(frozen=True)
class BreachSection:
    """The breaches on a commitment's page, the open ones first."""

    rows: list[BreachRow]
    total: int
    may_allege: bool


def row_of(breach: Breach, commitment: Commitment, now: datetime | None = None) -> BreachRow:
    clock = shown(breach.state, breach.clock_at, commitment.process.zone, now or timezone.now())
    return BreachRow(breach, clock, breach.state in Breach.OVER)


def breach_section(commitment: Commitment, user: Any) -> BreachSection:
    """For `commitments/_breaches.html`, as `breaches`; in a constant number of queries."""
    now = timezone.now()
    breaches = (
        Breach.objects.visible_to(user)
        .filter(obligation__commitment=commitment)
        .select_related("obligation__party", "obligation__body", "alleged_by")
        .order_by("-pk")
    )
    standing = list(breaches.exclude(state__in=Breach.OVER)[: 2 * SHOWN])
    over = breaches.filter(state__in=Breach.OVER)
    rows = [row_of(one, commitment, now) for one in (*standing, *over[:SHOWN])]
    return BreachSection(rows, breaches.order_by().count(), may_allege(user, commitment))
