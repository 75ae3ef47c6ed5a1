"""The pages on which a commitment is entered, and what it says and who owes it is kept."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.agreements.models import Provision
from coordination.processes.editing import answer, get_process_to_keep, save
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from ..access import may_keep
from ..actions import create_commitment
from ..actions.entering import change_owners, withdraw_commitment
from ..actions.rewriting import rewrite_commitment
from ..forms.entering import CommitmentForm, NewCommitmentForm, OwnersForm
from ..forms.flags import BecauseForm
from ..forms.naming import name_of_provision
from ..forms.rows import owed_by
from ..models import Commitment
from ..previews import after_preview, is_asked_again, save_after_preview

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


def get_commitment_to_keep(request: HttpRequest, slug: str, number: int) -> Commitment:
    """The commitment, to who keeps it; 403 to other members, 404 to everybody else.

    One that was withdrawn meanwhile is still found for a form that was sent about it.
    """
    process = get_process(request.user, slug)
    rows = Commitment.every if request.method == "POST" else Commitment.objects
    commitment = get_object_or_404(
        rows.visible_to(request.user).select_related(
            *("lead_body", "provision__agreement", "follows", "deadline")
        ),
        process=process,
        number=number,
    )
    commitment.process = process
    if not may_keep(request.user, commitment):
        raise PermissionDenied
    return commitment


def sent(request: HttpRequest, commitment: Commitment | None = None) -> Any:
    """What was sent; nothing to fill a form with where its commitment was withdrawn."""
    gone = commitment is not None and commitment.withdrawn_at is not None
    return request.POST if request.method == "POST" and not gone else None


def page(
    request: HttpRequest,
    template: str,
    commitment: Commitment,
    here: str,
    form: Any,
    outcome: Any = False,
    what: str = "",
    gone: bool = False,
    **more: Any,
) -> HttpResponse:
    """One of the pages on which a commitment is kept, or what would move by the form on it."""
    context = {
        "process": commitment.process,
        "tab": "commitments",
        "commitment": commitment,
        "here": here,
        "back": reverse("commitment", args=[commitment.process.slug, commitment.number]),
    } | more
    if gone or commitment.withdrawn_at is not None:
        return answer(request, template, context | {"form": form}, form)  # 409, with what was sent
    return after_preview(request, outcome, template, context, form, what=what or commitment.code)


@CHANGES
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """All of it in one step; `provision` and `kind` in the address say what it begins with."""
    process = get_process_to_keep(request, slug)
    initial, rows = _beginning(request, process)
    form = NewCommitmentForm(sent(request), process=process, initial=initial, rows=rows)
    made: list[Commitment] = []

    def noted(one: Commitment) -> str:
        made.append(one)
        return _("%(code)s is entered.") % {"code": one.code}

    if (
        form.is_bound
        and not is_asked_again(request, form)
        and save(
            request,
            form,
            create_commitment,
            process,
            noted,
            process=process,
        )
    ):
        if not made:  # the same form was sent before
            return redirect("register", slug)
        return redirect("commitment", slug, made[0].number)
    back = reverse("register", args=[slug])
    context = {"process": process, "tab": "commitments", "back": back}
    return after_preview(request, False, "commitments/new.html", context, form, what="")


def _beginning(request: HttpRequest, process: Process) -> tuple[dict[str, Any], Any]:
    """What the form is filled with: the words of a provision, owed by who signed its agreement."""
    initial: dict[str, Any] = {"kind": request.GET.get("kind", "")}
    asked = request.GET.get("provision", "")
    if not asked.isdecimal() or len(asked) > 9:
        return initial, ()
    rows = Provision.objects.visible_to(request.user).filter(agreement__process=process)
    provision = rows.select_related("agreement").filter(pk=int(asked)).first()
    if provision is None:
        raise Http404
    tracks = Commitment.objects.filter(provision__agreement=provision.agreement)
    tracks = tracks.order_by(Case(When(provision=provision, then=0), default=1), "-number")
    initial |= {
        "track": tracks.values_list("track", flat=True).first(),
        "provision": name_of_provision(provision, process),
        "reference": provision.citation,
        "text": provision.text,
    }
    return initial, owed_by(provision.agreement.signatories.order_by("code"))


@CHANGES
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What it says, its kind, rhythm, trigger, bodies and numbers."""
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = CommitmentForm(sent(request, commitment), process=process, thing=commitment)
    outcome = form.is_bound and save_after_preview(
        request, form, rewrite_commitment, process, _("Saved."), commitment=commitment
    )
    if outcome is True:
        return redirect("commitment", slug, number)
    return page(
        request, "commitments/edit_words.html", commitment, "words", form, outcome,
        _("What it says"),
    )  # fmt: skip


@CHANGES
def owners(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Who owes it. Where somebody has yet to complete it, what counts from it moves."""
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = OwnersForm(sent(request, commitment), process=process, thing=commitment)
    outcome = form.is_bound and save_after_preview(
        request, form, change_owners, process, _("Saved."), commitment=commitment
    )
    if outcome is True:
        return redirect("commitment", slug, number)
    return page(
        request, "commitments/edit_owners.html", commitment, "owners", form, outcome,
        _("Who owes it"),
    )  # fmt: skip


@CHANGES
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Out of the register; it keeps its number and its record."""
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = BecauseForm(sent(request, commitment))
    outcome = form.is_bound and save_after_preview(
        request, form, withdraw_commitment, process, _("Withdrawn."), commitment=commitment
    )
    if outcome is True:
        return redirect("register", slug)
    return page(
        request, "commitments/withdraw.html", commitment, "withdraw", form, outcome,
        title=_("Withdraw the commitment"),
        words=_(
            "It was entered by mistake: nobody owes it, and nobody is asked about it. It keeps its "
            "number, and what was recorded of it stays in the ledger."
        ),
        button=_("Withdraw it"),
    )  # fmt: skip


def because(
    request: HttpRequest,
    commitment: Commitment,
    action: Any,
    said: dict[str, Any],
    **given: Any,
) -> HttpResponse:
    """Something about a commitment is taken back for a reason; `said` has the words of the page."""
    form = BecauseForm(sent(request, commitment))
    outcome = form.is_bound and save_after_preview(
        request, form, action, commitment.process, said["done"], **given
    )
    if outcome is True:
        return redirect("commitment-dates", commitment.process.slug, commitment.number)
    return page(
        request, "commitments/withdraw.html", commitment, "dates", form, outcome,
        said["title"], **said,
    )  # fmt: skip
