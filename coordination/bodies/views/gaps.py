"""One gap or overlap: why it is one, what would close it, and accepting it as intended."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.ledger.actions import Origin
from coordination.processes.as_of import read_as_of
from coordination.processes.editing import save
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import queries
from ..actions.gaps import accept_gap, withdraw_acceptance
from ..forms.matrix import AcceptForm
from ..structure import load
from .pages import views_of


@require_http_methods(["GET", "HEAD", "POST"])
def gap(request: HttpRequest, slug: str, subject: str) -> HttpResponse:
    process = get_process(request.user, slug)
    coordinates = process.viewer.is_coordinator
    form = None
    if request.method == "POST":
        if not coordinates:
            raise PermissionDenied
        if "reopen" in request.POST:
            _reopen(request, process, subject)
            return redirect("gaps", slug)
        form = AcceptForm(request.POST)
        done = _("Accepted as intended. It comes back when the facts change.")
        if save(request, form, accept_gap, process, done, process=process, subject=subject):
            return redirect("gaps", slug)
    as_of = read_as_of(request, process)
    structure = load(process, as_of.day)
    found = queries.found(process, structure=structure)
    shown = next((one for one in found if one.gap.subject == subject), None)
    history = process.acceptances.filter(subject=subject).select_related("accepted_by")
    if shown is None and not history and form is None:
        raise Http404
    if form is None and shown:
        form = AcceptForm(initial={"facts": shown.gap.facts})
    elif form and shown:
        form = _shown_again(form, shown.gap.facts)
    context = views_of(process, as_of, found) | {
        "view": "gaps",
        "found": shown,
        "touches": queries.touched(shown.gap, structure) if shown else {},
        "history": history,
        "form": form,
        "may_accept": coordinates and as_of.is_today,
    }
    status = 422 if form and form.is_bound else 200
    return render(request, "bodies/gap.html", context, status=status)


def _shown_again(form: Any, facts: str) -> Any:
    """The refused form with the facts that the page shows now, so that it can be sent again."""
    form.data = form.data.copy()
    form.data["facts"] = facts
    return form


def _reopen(request: HttpRequest, process: Process, subject: str) -> None:
    acceptance = process.acceptances.filter(subject=subject, withdrawn_at=None).first()
    if acceptance:
        withdraw_acceptance(actor=request.user, acceptance=acceptance, origin=Origin.WEB)
        messages.success(request, _("It is open again."))
