from dataclasses import replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.bodies import gaps as structure_gaps
from coordination.bodies.queries import found
from coordination.bodies.structure import load
from coordination.processes.as_of import read_as_of
from coordination.processes.queries import get_process
from coordination.reviews.clashes import meeting_clashes

from .overview import overview as look_over

#: Gaps and overlaps on one page.
GAPS = 40
#: How many of the bodies that a gap concerns its line names.
NAMED = 6


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """The process today, or as it stood at the end of an earlier day (`?as_of=`)."""
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    if as_of.day > as_of.today:  # nobody knows it yet
        as_of = replace(as_of, day=as_of.today)
    projector = request.GET.get("display") == "projector"
    seen = look_over(process, request.user, as_of)
    request.marks_used = set(seen.drawn.pieces.marks)  # type: ignore[attr-defined]  # for `sprite`
    context = {
        "process": process,
        "tab": "overview",
        "as_of": as_of,
        "seen": seen,
        "drawn": seen.drawn,
        "projector": projector,
        "keep": [("display", "projector")] if projector else [],
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
