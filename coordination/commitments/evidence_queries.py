"""Reading what a commitment's reports and findings rest on."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from coordination.bodies.capacities import Capacities, capacities

from .evidence_access import may_add_evidence
from .models import Commitment, Evidence

#: Pieces on a commitment's page; the others are on the page of all of them.
SHOWN = 10


def evidence_of(
    commitment: Commitment, user: Any, own: Capacities | None = None
) -> QuerySet[Evidence]:
    """All evidence of a commitment, newest first, with everything that a row of it shows.

    What supersedes or contradicts a piece is read as the piece is: who may not see a finding sees
    nothing of what it rests on, and a piece that such a one takes the place of still stands.
    """
    own = own or capacities(user)
    seen = Evidence.objects.visible_to(user, own).order_by("number")
    return (
        Evidence.objects.visible_to(user, own)
        .filter(commitment=commitment)
        .select_related("added_by", "obligation__party", "obligation__body", "delegation")
        .prefetch_related(Prefetch("superseded_by", seen), Prefetch("contradicts", seen))
        .order_by("-number")
    )


@dataclass(frozen=True)
class EvidenceSection:
    """The evidence on a commitment's page, and whether the reader may add to it."""

    rows: list[Evidence]
    total: int
    may_add: bool


def evidence_section(
    commitment: Commitment, user: Any, own: Capacities | None = None
) -> EvidenceSection:
    """For `commitments/_evidence.html`, as `evidence`; in a constant number of queries."""
    rows = evidence_of(commitment, user, own)
    return EvidenceSection(
        list(rows[:SHOWN]), rows.order_by().count(), may_add_evidence(user, commitment)
    )
