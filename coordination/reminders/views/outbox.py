"""The delivery log: every message of a process, what became of it, and its export."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from coordination.ledger.actions import Origin
from coordination.processes.editing import get_process_to_keep
from coordination.processes.models import Process

from .. import log_export, queries
from ..delivery_log import MOST, TRIES, WAITED, Log, Place, Wanted, read_page
from ..forms import LogFilter

#: Rows on one page: below 50 KB also with the longest words in them.
PAGE = 20
#: Of those whom nobody can be asked for; the page of health has the others.
NOBODY = 5
#: The figures above the log are of today and the six days before.
WEEK = timedelta(days=6)
_PLACE = re.compile(r"(after|before)-([0-9]{1,18})")


@require_safe
def outbox(request: HttpRequest, slug: str) -> HttpResponse:
    """The log, newest first: one of its views, narrowed by what is looked for."""
    process = get_process_to_keep(request, slug)
    log, form = Log(request.user, process), _form(request, process)
    is_understood, week_from = form.is_valid(), process.today() - WEEK
    nobody, nobody_count = queries.nobody_to_ask(log, NOBODY)
    context: dict[str, Any] = {
        "process": process,
        "tab": "outbox",
        "form": form,
        "view": form.view,
        "understood": is_understood,
        "nobody": nobody,
        "nobody_count": nobody_count,
        "running": queries.running(),
        "week": log.since(week_from),
        "week_from": week_from,
        "mails_leave": bool(settings.EMAIL_HOST),
        "tries": TRIES,
        "most": MOST,
        "here": request.GET.urlencode(),
    }
    if is_understood:
        wanted, place = form.wanted(), _place(request)
        is_waited = wanted.view == WAITED
        sources: Any = [log.waited(wanted)] if is_waited else log.sources(wanted)
        page = read_page(sources, place, PAGE)
        context |= {
            "is_waited": is_waited,
            "is_narrowed": wanted != Wanted(wanted.view),
            "views": log.counts(wanted),
            "page": page,
            "rows": page.rows if is_waited else log.rows(page.rows),
        }
    return render(request, "reminders/outbox.html", context)


@require_POST
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the address looks for, as CSV; that it left is recorded."""
    process = get_process_to_keep(request, slug)
    form = _form(request, process)
    if not form.is_valid():
        address = reverse("outbox", args=[slug])
        return redirect(f"{address}?{request.GET.urlencode()}")  # where it is said what is wrong
    log, wanted = Log(request.user, process), form.wanted()
    log_export.begin_export(log=log, wanted=wanted, actor=request.user, origin=Origin.WEB)
    name = f"{process.slug}-delivery-log-{timezone.localdate():%Y-%m-%d}.csv"
    disposition = content_disposition_header(True, name)
    assert disposition is not None
    return StreamingHttpResponse(
        log_export.lines(log, wanted),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )


def _form(request: HttpRequest, process: Process) -> LogFilter:
    parties = process.parties.order_by("code").values_list("code", flat=True)
    return LogFilter(request.GET, parties=list(parties))


def _place(request: HttpRequest) -> Place:
    """Where a page begins; 404 for what is no place."""
    typed = request.GET.get("page", "")
    if not typed:
        return Place()
    found = _PLACE.fullmatch(typed)
    if found is None:
        raise Http404
    return Place(found[1], int(found[2]))
