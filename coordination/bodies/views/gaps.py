"""One gap or overlap: why it is one, what would close it, and accepting it as intended."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.as_of import read_as_of
from coordination.processes.queries import get_process

from .. import queries
from ..actions.gaps import accept_gap, withdraw_acceptance
from ..structure import load
from .pages import views_of


@require_http_methods(["GET", "HEAD", "POST"])
def gap(request: HttpRequest, slug: str, subject: str) -> HttpResponse:
    process = get_process(request.user, slug)
    reason, error = "", ""
    if request.method == "POST":
        if not process.viewer.is_coordinator:  # type: ignore[attr-defined]
            raise PermissionDenied
        reason = request.POST.get("reason", "")
        try:
            _decide(request, process, subject, reason)
        except Refused as refused:
            error = refused.message
        else:
            return redirect("gaps", slug)
    structure = load(process)
    found = queries.found(process, structure=structure)
    shown = next((one for one in found if one.gap.subject == subject), None)
    history = process.acceptances.filter(subject=subject).select_related("accepted_by")
    if shown is None and not history:
        raise Http404
    context = views_of(process, read_as_of(request, process), found) | {
        "view": "gaps",
        "found": shown,
        "touches": queries.touched(shown.gap, structure) if shown else {},
        "history": history,
        "reason": reason,
        "error": error,
        "may_accept": process.viewer.is_coordinator,  # type: ignore[attr-defined]
    }
    return render(request, "bodies/gap.html", context, status=422 if error else 200)


def _decide(request: HttpRequest, process: queries.Process, subject: str, reason: str) -> None:
    if "reopen" in request.POST:
        acceptance = process.acceptances.filter(subject=subject, withdrawn_at=None).first()
        if acceptance:
            withdraw_acceptance(actor=request.user, acceptance=acceptance, origin=Origin.WEB)
            messages.success(request, _("It is open again."))
        return
    if len(reason) > 1000:
        raise Refused(_("Write at most 1000 characters."), "reason")
    accept_gap(
        actor=request.user,
        process=process,
        subject=subject,
        reason=reason,
        facts=request.POST.get("facts", ""),
        origin=Origin.WEB,
    )
    messages.success(request, _("Accepted as intended. It comes back when the facts change."))
