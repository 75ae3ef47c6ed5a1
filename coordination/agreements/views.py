from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.processes.queries import get_process

from .models import Agreement, Provision


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The agreements of a process, with each provision and the commitments that come from it."""
    process = get_process(request.user, slug)
    provisions = (
        Provision.objects.visible_to(request.user).order_by("order").prefetch_related("commitments")
    )
    agreements = (
        Agreement.objects.visible_to(request.user)
        .filter(process=process)
        .prefetch_related(Prefetch("provisions", provisions), "signatories", "witnesses")
    )
    context = {"process": process, "tab": "agreements", "agreements": agreements}
    return render(request, "agreements/index.html", context)
