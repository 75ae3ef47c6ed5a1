"""Who may add evidence to a commitment."""

from typing import Any

from .access import may_keep, rights
from .models import Commitment


def may_add_evidence(user: Any, commitment: Commitment) -> bool:
    """Who may keep the commitment, or report for or verify one of those who owe it."""
    if may_keep(user, commitment):
        return True
    may = rights(user, commitment)
    for obligation in (obligations := list(commitment.obligations.all())):
        obligation.commitment = commitment
    return any(may.may_report(one) or may.may_verify(one) for one in obligations)
