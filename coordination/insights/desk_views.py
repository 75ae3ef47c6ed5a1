"""My desk."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from coordination.base.dates import read_moment

from .desk import aside, changes, counting
from .desk.looking import look
from .desk.needs import needs_of
from .desk.place import place_of
from .queries import successors_to_name

#: Lines on a page of one group.
PAGE = 40


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What needs me, across the processes that I belong to; `?all=` has one group in full."""
    place = place_of(request.user)
    successors = successors_to_name(request.user)
    needs = needs_of(place, successors)
    counting.keep(request.user, needs.total)
    context = {
        "tab": "desk",
        "now": place.now,
        "place": place,
        "needs": needs,
        "successors": successors,
    }
    group = next((one for one in needs.groups if one.kind == request.GET.get("all")), None)
    if group is not None:
        page = Paginator(group.needs, PAGE).get_page(request.GET.get("page"))
        return render(request, "insights/desk_group.html", context | {"group": group, "page": page})
    coming = aside.next_reviews(place)
    context |= {
        "coming": coming,
        "next": aside.about_to_begin(coming),
        "actions": aside.actions_of(place),
        "check_ins": aside.next_check_ins(place, needs.about("check-in")),
        "changes": changes.changes_for(request.user, place.processes, place.now),
    }
    return render(request, "insights/desk.html", context)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Mark what was shown as seen."""
    until = read_moment(request.POST.get("until", ""))
    if until is not None:
        look(actor=request.user, until=until)
    return redirect("desk")
