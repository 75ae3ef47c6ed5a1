"""A review as its reader may see it, and what every page of it shows."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import queries
from ..access import may_run
from ..models import Review
from ..occurrences import Meeting


def get_review(request: HttpRequest, slug: str, pk: int) -> Review:
    process = get_process(request.user, slug)
    review = get_object_or_404(
        Review.objects.visible_to(request.user).select_related("body", "series", "body__protocol"),
        body__process=process,
        pk=pk,
    )
    review.body.process = process
    return review


def get_review_to_run(request: HttpRequest, slug: str, pk: int) -> Review:
    review = get_review(request, slug, pk)
    if not may_run(request.user, review):
        raise PermissionDenied
    return review


def is_near(meeting: Meeting) -> bool:
    """Whether its day has come, or is about to: before that, opening it is rarely meant."""
    return meeting.starts_at < timezone.now() + timedelta(days=1)


def head(request: HttpRequest, review: Review) -> dict[str, Any]:
    process: Process = review.body.process
    seats = queries.seats_of(review)
    return {
        "process": process,
        "tab": "reviews",
        "review": review,
        "may_run": may_run(request.user, review),
        "seats": seats,
        "attendance": {a.seat_id: a for a in review.attendance.select_related("person")},
        "quorum": queries.quorum_of(review, seats),
        "is_near": is_near(review),
        "minutes_versions": list(review.minutes.select_related("approved_by").order_by("version")),
    }
