"""What became of what a body decided, and how it meets."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from coordination.base.dates import FIRST_YEAR, LAST_YEAR
from coordination.bodies.models import Body
from coordination.processes.queries import get_process

from ..follow_through import follow_through


@require_safe
def detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A body over time: since a day that is asked for, a year ago where none is."""
    process = get_process(request.user, slug)
    rows = Body.objects.visible_to(request.user).select_related("protocol")
    body = get_object_or_404(rows, process=process, code=code)
    body.process = process
    try:
        since = parse_date(request.GET.get("since", ""))
    except ValueError:
        since = None
    if since is not None and not FIRST_YEAR <= since.year <= LAST_YEAR:
        since = None
    context = {
        "process": process,
        "tab": "reviews",
        "body": body,
        "found": follow_through(body, since),
    }
    return render(request, "reviews/follow_through.html", context)
