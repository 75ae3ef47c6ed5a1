"""What verifying bodies find: preparing it, and the page on which it is approved and released."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from coordination.ledger.models import Entry
from coordination.processes.editing import save, sent_by

from .. import access
from ..actions import findings as actions
from ..evidence_access import may_add_evidence
from ..evidence_queries import SHOWN, evidence_of
from ..expected_queries import about
from ..forms.verifying import DecideForm, FindingForm, ReleaseForm, TakeBackForm
from ..models import Commitment, Evidence, Obligation, Verification
from ..previews import Preview, after_preview, is_asked_again, save_after_preview, shifts
from ..rests_on import changed_since
from .fetching import frame, get_commitment
from .reporting import get_obligation, last_said


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, slug: str, number: int, obligation_id: int) -> HttpResponse:
    """Prepare a finding, for somebody else to approve."""
    obligation = get_obligation(request, slug, number, obligation_id)
    if not access.may_verify(request.user, obligation):
        raise PermissionDenied
    body = obligation.commitment.verifying_body
    assert body is not None  # else nobody may verify it
    form = FindingForm(_posted(request), obligation=obligation)
    made: list[Verification] = []

    def done(verification: Verification) -> str:
        made.append(verification)
        return _("The finding is prepared. Somebody else approves it before it counts.")

    prepare = functools.partial(
        actions.prepare_verification,
        obligation=obligation,
        body=body,
    )
    if form.is_bound and save(request, form, prepare, obligation.commitment.process, done):
        if made:
            return redirect("verification", slug, number, made[0].pk)
        return redirect("commitment", slug, number)
    return _form_page(request, obligation, form)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """Change a finding that nobody has approved yet."""
    verification = _get(request, get_commitment(request, slug, number), pk)
    obligation = verification.obligation
    if not access.may_verify(request.user, obligation):
        raise PermissionDenied
    form = FindingForm(_posted(request), obligation=obligation, thing=verification)

    def act(**said: Any) -> Any:
        # The form has compared, under the lock, what was shown with what is stored.
        version = Verification.every.values_list("version", flat=True).get(pk=pk)
        return actions.revise_verification(verification=verification, version=version, **said)

    done = _("The finding is revised. Whoever approves it reads this version.")
    if form.is_bound and save(request, form, act, obligation.commitment.process, done):
        return redirect("verification", slug, number, pk)
    if not form.is_bound and (verification.approved_at or verification.withdrawn_at):
        return redirect("verification", slug, number, pk)
    return _form_page(request, obligation, form, revised=verification)


def _form_page(
    request: HttpRequest, obligation: Obligation, form: FindingForm, **more: Any
) -> HttpResponse:
    commitment = obligation.commitment
    seen = Verification.objects.visible_to(request.user).filter(obligation=obligation)
    concerning = Q(obligation=obligation) | Q(obligation=None)
    newer = Evidence.objects.visible_to(request.user).filter(supersedes=OuterRef("pk"))
    evidence = evidence_of(commitment, request.user).filter(concerning, ~Exists(newer))
    context = frame(
        commitment,
        obligation=obligation,
        form=form,
        waiting=seen.filter(released_at=None).select_related("author").order_by("pk"),
        evidence=evidence[:SHOWN],
        **last_said(obligation, request.user),
        **more,
    )
    status = 422 if form.is_bound else 200
    return render(request, "commitments/verify.html", context, status=status)


@dataclass(frozen=True)
class Rights:
    """What the reader may do about a finding as it stands."""

    revise: bool
    approve: bool
    release: bool
    withdraw: bool

    @classmethod
    def of(cls, user: Any, verification: Verification) -> "Rights":
        verifies = access.may_verify(user, verification.obligation)
        stands = verifies and not verification.withdrawn_at
        prepared = stands and not verification.approved_at
        return cls(
            revise=prepared,
            approve=prepared and user.pk not in access.writers_of(verification),
            release=stands and bool(verification.approved_at) and not verification.released_at,
            withdraw=stands,
        )


def _may(user: Any, verification: Verification, what: str) -> bool:
    """Whether the person may do it at all, whatever became of the finding meanwhile."""
    if what == "approve":
        return access.may_approve(user, verification)
    return access.may_verify(user, verification.obligation)


#: What is pressed: its form, its action, and what is said once it is done.
_DEEDS: dict[str, tuple[type[Any], Callable[..., Any], Any]] = {
    "approve": (DecideForm, actions.approve_verification, gettext_lazy("The finding is approved.")),
    "release": (
        ReleaseForm,
        actions.release_verification,
        gettext_lazy("Released: it counts, and every member of the process sees it."),
    ),
    "withdraw": (
        TakeBackForm,
        actions.withdraw_verification,
        gettext_lazy("Withdrawn. It stays in the record."),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """A finding in full, and what one may do about it."""
    commitment = get_commitment(request, slug, number)
    found = _get(request, commitment, pk)
    status, forms = 200, {name: deed[0]() for name, deed in _DEEDS.items()}
    if request.method == "POST":
        what = request.POST.get("what", "")
        if not _may(request.user, found, what):
            raise PermissionDenied
        if what not in _DEEDS:
            return redirect("verification", slug, number, pk)
        form_class, action, done = _DEEDS[what]
        form = form_class(sent_by(request, what))
        act = functools.partial(action, verification=found)
        outcome = save_after_preview(
            request, form, act, commitment.process, str(done), shows=shifts
        )
        if isinstance(outcome, Preview):
            context = frame(commitment, back=request.path)
            title = _("Finding %(n)s") % {"n": found.number}
            return after_preview(request, outcome, "", context, form, what=title)
        if outcome:
            return redirect("verification", slug, number, pk)
        found, forms[what] = _get(request, commitment, pk), form
        if not is_asked_again(request, form):
            overtaken = getattr(form, "overtaken", False)
            status = 409 if overtaken or not getattr(Rights.of(request.user, found), what) else 422
    return render(
        request, "commitments/verification.html", _page(request, found, forms), status=status
    )


def _page(request: HttpRequest, found: Verification, forms: dict[str, Any]) -> dict[str, Any]:
    commitment = found.obligation.commitment
    entries = Entry.objects.visible_to(request.user).filter(process=commitment.process)
    counting = Verification.objects.counting().filter(obligation=found.obligation)
    last = counting.order_by("-recorded_at", "-pk").first()
    rights = Rights.of(request.user, found)
    return frame(
        commitment,
        obligation=found.obligation,
        found=found,
        failed=next((form for form in forms.values() if form.is_bound), None),
        forms=forms,
        rights=rights,
        changed=changed_since(found),
        about=about(found.expected) if found.expected else "",
        pinned=found.approved_state,
        pinned_due=_day(found.approved_state.get("due")),
        history=entries.about(found).order_by("-sequence"),
        evidence=evidence_of(commitment, request.user).filter(verification=found),
        may_add=rights.withdraw or may_add_evidence(request.user, commitment),
        superseded_by=last if found.counts and last and last != found else None,
        last_check_in=last_said(found.obligation, request.user)["last_check_in"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _get(request: HttpRequest, commitment: Commitment, pk: int) -> Verification:
    """The finding, withdrawn or not; 404 to who may not see it yet."""
    rows = Verification.every.all().visible_to(request.user)
    found = get_object_or_404(
        rows.select_related(
            *("obligation__party", "obligation__body", "obligation__focal_point", "body", "author"),
            *("approved_by", "released_by", "withdrawn_by"),
            *("expected__opened_by", "expected__follows__obligation__commitment"),
        ),
        obligation__commitment=commitment,
        pk=pk,
    )
    found.obligation.commitment = commitment
    return found
