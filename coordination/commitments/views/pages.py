from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.processes.queries import get_process

from .. import queries
from ..models import Commitment

#: Rows of the register on one page: below 50 KB also with five owners each.
PAGE = 30


@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    chosen = {name: request.GET.get(name, "")[:80].strip() for name in ("find", "owes", "leads")}
    view = request.GET.get("view", "all")
    if view not in queries.VIEWS:
        view = "all"
    commitments = Commitment.objects.visible_to(request.user).filter(process=process)
    rows = queries.register(commitments, view=view, **chosen)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = {
        name: queries.register(commitments, view=name, **chosen).count() for name in queries.VIEWS
    }
    context = {
        "process": process,
        "tab": "commitments",
        "page": page,
        "view": view,
        "views": [(name, label, counts[name]) for name, label in queries.VIEWS.items()],
        "chosen": chosen,
        "parties": process.parties.order_by("code"),
        "bodies": process.bodies.order_by("code"),
    }
    return render(request, "commitments/register.html", context)
