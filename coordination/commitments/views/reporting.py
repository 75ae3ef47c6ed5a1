"""What owners report: the check-in, its draft, and all that one of them reported."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin

from .. import access
from ..actions import reports as actions
from ..expected_queries import counts, times_of, with_states
from ..forms.reporting import CheckInForm, as_typed
from ..models import CheckIn, CheckInDraft, Commitment, Obligation, Verification
from ..report_queries import filled, last_reports, versions_of
from ..standing import of_obligation
from .fetching import frame, get_commitment, owed_under

#: Check-ins with the longest accounts, and expected times, on one page: below 50 KB.
PAGE, TIMES = 15, 50


def get_obligation(request: HttpRequest, slug: str, number: int, obligation_id: int) -> Obligation:
    commitment = get_commitment(request, slug, number)
    rows = Obligation.objects.visible_to(request.user).filter(commitment=commitment)
    obligation = get_object_or_404(
        rows.select_related("party", "body", "focal_point"), pk=obligation_id
    )
    obligation.commitment = commitment
    return obligation


def last_said(obligation: Obligation, user: Any) -> dict[str, Any]:
    """The last report, as the reader may read it, and the last finding, for the forms."""
    findings = Verification.objects.counting().filter(obligation=obligation)
    return {
        "last_check_in": last_reports([obligation], user).get(obligation.pk),
        "last_finding": findings.order_by("-recorded_at", "-pk").first(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, slug: str, number: int, obligation_id: int) -> HttpResponse:
    """The signed-in way to report; the mailed link has its own page."""
    obligation = get_obligation(request, slug, number, obligation_id)
    if not access.may_report(request.user, obligation):
        raise PermissionDenied
    draft = stored = _draft(request, obligation)
    corrected = _to_correct(request, obligation)
    here = _address(obligation, corrected.number if corrected else None)
    if "discard" in request.POST:
        actions.discard_draft(obligation=obligation, author=request.user)
        messages.success(request, _("The draft is discarded."))
        return redirect(here)
    posted = request.POST if request.method == "POST" else None
    kept = {"audience": corrected.audience} if corrected else {}
    form = CheckInForm(posted, obligation=obligation, user=request.user, initial=kept)
    if "draft" in request.POST:
        words: dict[str, Any] = {**form.kept(), "corrects": corrected.number if corrected else None}
        actions.save_draft(obligation=obligation, author=request.user, words=words)
        said = _("Saved as a draft. Nobody but you sees it; send it when ready.")
        messages.success(request, said, extra_tags=f"taken-{form['submission'].value()}")
        return redirect(here)
    if form.is_bound:
        if form.is_valid() and _sent(request, form, obligation, corrected):
            return redirect("commitment", slug, number)
    elif draft and "correct" not in request.GET and draft.words.get("corrects"):
        return redirect(_address(obligation, draft.words["corrects"]))
    else:
        form, draft = _opened(request.user, obligation, draft, corrected)
    context = frame(
        obligation.commitment,
        obligation=obligation,
        standing=of_obligation(obligation),
        form=form,
        person=obligation.focal_point,
        on_behalf=obligation.focal_point != request.user,
        draft=draft,
        replaces=stored if draft is None else None,
        corrected=corrected,
        drafts=True,
        **last_said(obligation, request.user),
    )
    status = 422 if form.is_bound else 200
    return render(request, "commitments/check_in.html", context, status=status)


def _sent(
    request: HttpRequest, form: CheckInForm, obligation: Obligation, corrected: CheckIn | None
) -> bool:
    try:
        report, _new = actions.submit_check_in(
            obligation=obligation,
            author=obligation.focal_point,
            recorded_by=request.user,
            origin=Origin.WEB,
            revises=corrected,
            **form.cleaned_data,
        )
    except Refused as refused:
        form.refuse(refused)
        return False
    words = _("Check-in %(number)s recorded: %(level)s.")
    said = {"number": report.number, "level": report.get_level_display()}
    messages.success(request, words % said)
    return True


def _address(obligation: Obligation, corrects: Any) -> str:
    commitment = obligation.commitment
    address = reverse("report", args=[commitment.process.slug, commitment.number, obligation.pk])
    return f"{address}?correct={corrects}" if corrects else address


def _draft(request: HttpRequest, obligation: Obligation) -> CheckInDraft | None:
    """The reader's own; nobody else's is ever fetched."""
    rows = CheckInDraft.objects.visible_to(request.user)
    return rows.filter(obligation=obligation, author=request.user.pk).first()


def _to_correct(request: HttpRequest, obligation: Obligation) -> CheckIn | None:
    given = request.GET.get("correct", "")
    if not given:
        return None
    if not given.isdecimal() or len(given) > 8:
        given = "0"
    rows = CheckIn.objects.visible_to(request.user).filter(obligation=obligation)
    return get_object_or_404(rows, number=int(given))


def _opened(
    user: Any, obligation: Obligation, draft: CheckInDraft | None, corrected: CheckIn | None
) -> tuple[CheckInForm, CheckInDraft | None]:
    """The form with the draft in it, unless a check-in is corrected that the draft is not about."""
    if draft and corrected and draft.words.get("corrects") != corrected.number:
        draft = None
    if draft:
        return CheckInForm(obligation=obligation, user=user, initial=draft.words), draft
    initial = as_typed(corrected) if corrected else {}
    return CheckInForm(obligation=obligation, user=user, initial=initial), None


@require_safe
def reports(request: HttpRequest, slug: str, number: int, obligation_id: int) -> HttpResponse:
    """All check-ins of who owes it with their versions, and the ledger of what is expected."""
    obligation = get_obligation(request, slug, number, obligation_id)
    several = obligation.commitment.kind in Commitment.EXPECTED
    versions = versions_of(obligation)
    times = list(times_of(obligation)) if several else []
    view = request.GET.get("view", "")
    if not several or view not in ("check-ins", "times"):
        view = "times" if several else "check-ins"
    if view == "times":
        page: Any = Paginator(times, TIMES).get_page(request.GET.get("page"))
        shown: Any = with_states(page.object_list)
    else:
        page = Paginator(versions, PAGE).get_page(request.GET.get("page"))
        shown = filled(page.object_list, request.user)
    context = frame(
        obligation.commitment,
        obligation=obligation,
        standing=of_obligation(obligation),
        several=several,
        view=view,
        page=page,
        shown=shown,
        totals={"check-ins": len(versions), "times": len(times)},
        counts=counts(times),
        may_report=access.may_report(request.user, obligation),
        others=[one for one in owed_under(obligation.commitment) if one.pk != obligation.pk],
    )
    return render(request, "commitments/reports.html", context)
