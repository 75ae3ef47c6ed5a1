"""Fetching a commitment for the pages below its own."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from coordination.processes.queries import get_process

from ..models import Commitment, Obligation


def get_commitment(request: HttpRequest, slug: str, number: int) -> Commitment:
    """The commitment with its process, whose `viewer` is set; 404 to who may not see it."""
    process = get_process(request.user, slug)
    commitment = get_object_or_404(
        Commitment.objects.visible_to(request.user).select_related("lead_body", "verifying_body"),
        process=process,
        number=number,
    )
    commitment.process = process
    return commitment


def owed_under(commitment: Commitment) -> list[Obligation]:
    """The obligations of a commitment, each with who owes it and who reports for it."""
    rows = Obligation.objects.filter(commitment=commitment).order_by("pk")
    owed = list(rows.select_related("party", "body", "focal_point"))
    for one in owed:
        one.commitment = commitment
    return owed


def frame(commitment: Commitment, **more: Any) -> dict[str, Any]:
    """What every page below that of a commitment shows."""
    return {"process": commitment.process, "tab": "commitments", "commitment": commitment} | more
