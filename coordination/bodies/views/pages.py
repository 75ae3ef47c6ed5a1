from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.processes.queries import get_process

from .. import queries
from ..models import Body

#: How many of the commitments that a body leads its page names; the register has all of them.
LED_SHOWN = 25


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    bodies = queries.bodies_with_seats(Body.objects.visible_to(request.user), process)
    context = {"process": process, "tab": "bodies", "bodies": bodies}
    return render(request, "bodies/index.html", context)


@require_safe
def detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    process = get_process(request.user, slug)
    body = get_object_or_404(
        queries.bodies_with_seats(Body.objects.visible_to(request.user), process)
        .select_related("protocol")
        .prefetch_related("protocol__quorum_parts", "protocol__dispute_steps"),
        code=code,
    )
    body.process = process
    context = {
        "process": process,
        "tab": "bodies",
        "body": body,
        "protocol": getattr(body, "protocol", None),
        "led": body.led_commitments.order_by("number").for_list()[:LED_SHOWN],
        "reviews": body.reviews.filter(state__in=["planned", "in_session"])
        .select_related("body__process")
        .order_by("starts_at"),
    }
    return render(request, "bodies/detail.html", context)
