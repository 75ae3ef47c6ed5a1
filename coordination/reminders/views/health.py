"""Whether it runs: for the machine that watches, and for the coordinators of a process."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from coordination.ledger.actions import Origin
from coordination.outbox import actions as by_hand
from coordination.outbox import clock
from coordination.outbox.access import may_confirm_clock
from coordination.processes.editing import get_process_to_keep
from coordination.processes.models import Process

from .. import queries
from ..delivery_log import ATTENTION, Log, Place, Wanted, newest
from ..people import coordinators

#: Rows of a list on the page; the log has the others.
MOST = 15


@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """When it ran last, what is late, and what somebody has to see to."""
    process = get_process_to_keep(request, slug)
    log, now = Log(request.user, process), timezone.now()
    running, swept = queries.running(), queries.last_sweep()
    uncertain = log.sources(Wanted(ATTENTION, state="uncertain"))
    nobody, nobody_count = queries.nobody_to_ask(log, MOST)
    context = {
        "process": process,
        "tab": "outbox",
        "running": running,
        "ticked": queries.ago(running.last_tick, now) if running.last_tick else "",
        "swept": queries.ago(swept, now) if swept else "",
        "clock_words": clock.words() if running.is_held else "",
        "may_confirm_clock": may_confirm_clock(request.user),
        "staff": _staff(process) if running.is_held else [],
        "now": now,
        "backlog": queries.backlog(log, now),
        "overdue": queries.overdue(log, now, MOST),
        "uncertain": log.rows(newest(uncertain, Place(), MOST)[:MOST]),
        "problems": queries.failing_addresses_of(log, MOST),
        "nobody": nobody,
        "nobody_count": nobody_count,
    }
    return render(request, "reminders/health.html", context)


def _staff(process: Process) -> list[User]:
    """Of those who keep the record of the process, who may confirm the clock on this page."""
    return [one for one in coordinators(process) if may_confirm_clock(one)]


@require_POST
def address_clear(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Somebody says that an address works again."""
    process = get_process_to_keep(request, slug)
    problem = get_object_or_404(queries.failing_addresses(Log(request.user, process)), pk=pk)
    by_hand.clear_problem(actor=request.user, problem=problem, origin=Origin.WEB)
    words = _("Mail is sent to %(address)s again.") % {"address": problem.address}
    messages.success(request, words)
    return redirect("outbox-health", slug)


@require_POST
def clock_confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the site's staff says that the clock is right: sending goes on."""
    get_process_to_keep(request, slug)
    by_hand.confirm_clock(actor=request.user)
    messages.success(request, _("Confirmed: sending goes on with the next sweep."))
    return redirect("outbox-health", slug)


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers, reminders are running and the clock is trusted; 503 with the reason
    otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        running = queries.running()
        words = "ok" if running.is_ready else running.words
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": words}, status=200 if running.is_ready else 503)
