"""Sending minutes and reports: once more to an addressee, and a report to all of them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination.base.errors import Refused
from coordination.bodies.access import may_keep
from coordination.ledger.actions import Origin
from coordination.outbox.actions import nudge
from coordination.processes.queries import get_process

from .. import actions
from ..actions.dispatching import mail_of_minutes, mail_of_report
from ..dispatches import dispatches_of
from ..models import Dispatch
from .reports import get_report


@require_http_methods(["GET", "HEAD", "POST"])
def of_report(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """To whom a report was sent; who keeps the body that issued it sends it."""
    report = get_report(request, slug, pk)
    keeps = may_keep(request.user, report.issued_by)
    if request.method == "POST":
        if not keeps:
            raise PermissionDenied
        try:
            sent = actions.dispatch_report(
                actor=request.user,
                report=report,
                file=actions.report_file_for_dispatch(report),
                origin=Origin.WEB,
            )
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            nudge()
            words = ngettext("Sent to %(n)s addressee.", "Sent to %(n)s addressees.", len(sent))
            messages.success(request, words % {"n": len(sent)})
        return redirect("implementation-report-dispatch", slug, pk)
    context = {
        "process": report.process,
        "tab": "reviews",
        "report": report,
        "may_run": keeps,
        "file": actions.report_file_for_dispatch(report),
        "dispatches": dispatches_of(report, request.user),
    }
    return render(request, "reviews/report_dispatch.html", context)


@require_POST
def again(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Send it once more to an addressee whom it did not reach."""
    process = get_process(request.user, slug)
    rows = Dispatch.objects.visible_to(request.user).select_related(
        "minutes__review__body__process", "report__issued_by__process", "report__process", "process"
    )
    dispatch = get_object_or_404(rows, process=process, pk=pk)
    minutes, report = dispatch.minutes, dispatch.report
    body = minutes.review.body if minutes else report.issued_by if report else None
    if body is None or not may_keep(request.user, body):
        raise PermissionDenied
    if minutes is not None:
        mail = mail_of_minutes(minutes)
        back = redirect("minutes", slug, minutes.review_id, minutes.version)
    else:
        assert report is not None
        mail = mail_of_report(report, actions.report_file_for_dispatch(report))
        back = redirect("implementation-report-dispatch", slug, report.pk)
    sent = actions.dispatch_again(
        actor=request.user, dispatch=dispatch, mail=mail, origin=Origin.WEB
    )
    if sent:
        nudge()
        messages.success(request, _("Sent once more."))
    else:
        words = _("Nothing was sent: it is on its way or has arrived, or no address is known.")
        messages.info(request, words)
    return redirect(f"{back.url}#dispatch")
