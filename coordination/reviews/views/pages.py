"""The reviews of a process, and one that is planned."""

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.queries import get_process

from .. import actions, queries
from ..models import Outcome, Review
from .fetching import get_review, get_review_to_run, head
from .meetings import planned_page


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    recorded = Outcome.objects.filter(item=OuterRef("items"))
    reviews = (
        Review.objects.visible_to(request.user)
        .filter(body__process=process)
        .select_related("body")
        .annotate(
            item_count=Count("items", distinct=True),
            open_count=Count("items", filter=~Exists(recorded), distinct=True),
        )
    )
    coming = queries.coming(process)
    past = list(reviews.exclude(coming).order_by("-starts_at")[:50])
    ahead = sorted(
        reviews.filter(coming).order_by("starts_at"),
        key=lambda review: review.state != Review.State.IN_SESSION,
    )
    context = {
        "process": process,
        "tab": "reviews",
        "coming": ahead,
        "past": past,
        "bodies": sorted({one.body for one in ahead + past}, key=lambda body: body.name),
    }
    return render(request, "reviews/index.html", context)


@require_safe
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A planned review with its agenda as it would be now; a held one opens at its first item."""
    review = get_review(request, slug, pk)
    if review.state != Review.State.PLANNED and review.items.exists():
        return redirect("review-item", slug, pk, review.items.values_list("order", flat=True)[0])
    if review.state == Review.State.PLANNED:
        return planned_page(request, review)
    return render(request, "reviews/planned.html", head(request, review))


@require_POST
def change_state(request: HttpRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """Open the meeting, or close it."""
    review = get_review_to_run(request, slug, pk)
    action = {
        "open": actions.open_review,
        "close": actions.close_review,
    }[verb]
    try:
        action(actor=request.user, review=review, origin=Origin.WEB)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("review", slug, pk)
