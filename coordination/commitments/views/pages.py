from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.processes.as_of import AsOf, read_as_of
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import queries
from ..as_it_stood import end_of, headline, headline_today, register_on
from ..models import Commitment

#: Rows of the register on one page: below 50 KB also with five owners each.
PAGE = 30


@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The register today, or as it stood at the end of an earlier day (`?as_of=`)."""
    process = get_process(request.user, slug)
    chosen = {name: request.GET.get(name, "")[:80].strip() for name in ("find", "owes", "leads")}
    as_of = read_as_of(request, process)
    if as_of.day > as_of.today:  # nobody knows it yet
        as_of = replace(as_of, day=as_of.today)
    shown = _today if as_of.is_today else _on_a_day
    context = shown(request, process, chosen, as_of) | {
        "process": process,
        "tab": "commitments",
        "as_of": as_of,
        "chosen": chosen,
        "parties": process.parties.order_by("code"),
        "bodies": process.bodies.order_by("code"),
    }
    return render(request, "commitments/register.html", context)


def _today(
    request: HttpRequest, process: Process, chosen: dict[str, str], _as_of: AsOf
) -> dict[str, Any]:
    view = request.GET.get("view", "all")
    if view not in queries.VIEWS:
        view = "all"
    commitments = Commitment.objects.visible_to(request.user).filter(process=process)
    rows = queries.register(commitments, view=view, **chosen)
    counts = {
        name: queries.register(commitments, view=name, **chosen).count() for name in queries.VIEWS
    }
    return {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "view": view,
        "views": [(name, label, counts[name]) for name, label in queries.VIEWS.items()],
        "headline": headline_today(commitments),
    }


def _on_a_day(
    request: HttpRequest, process: Process, chosen: dict[str, str], as_of: AsOf
) -> dict[str, Any]:
    """The views are about today; of an earlier day all is shown, narrowed by the same choices."""
    moment = end_of(as_of.day, process)
    everything = register_on(Commitment.every.visible_to(request.user), process, moment)
    rows = [one for one in everything if queries.fits(one, **chosen)]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {"page": page, "view": "all", "headline": headline(everything), "moment": moment}
