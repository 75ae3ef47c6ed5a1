from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.bodies import gaps as structure_gaps
from coordination.bodies.queries import found
from coordination.bodies.structure import load
from coordination.processes.as_of import read_as_of
from coordination.processes.models import Membership
from coordination.processes.queries import get_process
from coordination.reviews.clashes import meeting_clashes
from coordination.reviews.models import Review
from coordination.reviews.queries import coming

from . import queries

#: Gaps and overlaps on one page.
GAPS = 40
#: How many of the bodies that a gap concerns its line names.
NAMED = 6


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
        "successors": queries.successors_to_name(request.user),
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
def gaps(request: HttpRequest, slug: str) -> HttpResponse:
    """Every gap and overlap of the process, and whose meetings clash."""
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    structure = load(process, as_of.day)
    all_found = found(process, structure=structure)
    state = "accepted" if request.GET.get("state") == "accepted" else "open"
    in_state = [one for one in all_found if one.is_open == (state == "open")]
    chosen = {name: request.GET.get(name, "")[:40] for name in ("kind", "body")}
    codes = {one.code: one.id for one in structure.bodies.values()}
    body = codes.get(chosen["body"])  # one that is unknown has no gaps
    rows = [
        one
        for one in in_state
        if chosen["kind"] in ("", one.gap.kind) and (not chosen["body"] or body in one.gap.body_ids)
    ]
    concerned = {pk for one in in_state for pk in one.gap.body_ids}
    page = Paginator(rows, GAPS).get_page(request.GET.get("page"))
    kinds = {one.gap.kind for one in in_state}
    context = {
        "process": process,
        "tab": "bodies",
        "view": "gaps",
        "as_of": as_of,
        "open_gaps": len([one for one in all_found if one.is_open]),
        "accepted_gaps": len([one for one in all_found if not one.is_open]),
        "state": state,
        "chosen": chosen,
        "kinds": [kind for kind in structure_gaps.Kind if kind in kinds],
        "bodies": sorted(structure.bodies[pk].code for pk in concerned),
        "page": page,
        "keep": [(name, value) for name, value in chosen.items() if value],
        "rows": [
            (
                one,
                [structure.bodies[pk] for pk in one.gap.body_ids[:NAMED]],
                max(len(one.gap.body_ids) - NAMED, 0),
            )
            for one in page.object_list
        ],
        "clashes": meeting_clashes(process) if as_of.is_today else [],
    }
    return render(request, "insights/gaps.html", context)
