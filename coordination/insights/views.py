from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.ledger.models import Entry
from coordination.processes.models import Membership
from coordination.processes.queries import get_process
from coordination.reviews.models import Review
from coordination.reviews.queries import coming

from . import queries

PAGE = 60


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """My desk: what needs me, across the processes that I belong to."""
    open_states = [Review.State.PLANNED, Review.State.IN_SESSION]
    context = {
        "tab": "desk",
        "now": timezone.now(),
        "memberships": Membership.objects.current()
        .filter(user=request.user.pk)
        .select_related("process", "party")
        .order_by("process__short_name"),
        "duties": queries.duties(request.user),
        "reviews": Review.objects.visible_to(request.user)
        .filter(state__in=open_states, starts_at__gte=timezone.now() - timedelta(days=1))
        .select_related("body__process")
        .order_by("starts_at")[:8],
    }
    return render(request, "insights/desk.html", context)


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    context = {
        "process": process,
        "tab": "overview",
        "figures": queries.overview(process, request.user),
        "anchors": process.anchors.all(),
        "reviews": Review.objects.visible_to(request.user)
        .filter(coming(process), body__process=process)
        .select_related("body")
        .order_by("starts_at")[:6],
        "parties": process.parties.order_by("part", "code"),
    }
    return render(request, "insights/overview.html", context)


@require_safe
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    entries = Entry.objects.visible_to(request.user).filter(process=process)
    context = {
        "process": process,
        "tab": "ledger",
        "page": Paginator(entries, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "insights/ledger.html", context)
