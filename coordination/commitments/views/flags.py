"""Flags: the pages on which they are raised and lifted."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.processes.editing import save

from ..actions.flags import lift_flag, raise_flag
from ..flag_access import flaggable
from ..forms.flags import BecauseForm, FlagForm
from ..models import Commitment, Flag, Obligation
from .fetching import frame, get_commitment, owed_under


@dataclass(frozen=True)
class Raised:
    """The flags of a commitment that stand, each with whether the reader may lift it."""

    rows: list[tuple[Flag, bool]]
    may_raise: bool


def flags_of(commitment: Commitment, user: Any, owed: list[Obligation]) -> Raised:
    """For the section `_flags.html` of the commitment's page."""
    may = flaggable(user, commitment, owed)
    raised = Flag.objects.visible_to(user).filter(commitment=commitment, lifted_at=None)
    rows = raised.select_related("author", "obligation__party", "obligation__body")
    return Raised([(flag, may.has(flag)) for flag in rows.order_by("pk")], bool(may))


@require_http_methods(["GET", "HEAD", "POST"])
def flag_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    may = flaggable(request.user, commitment, owed_under(commitment))
    if not may:
        raise PermissionDenied
    form = FlagForm(request.POST or None, may=may)
    done = _("The flag is raised.")
    if request.method == "POST" and save(
        request, form, raise_flag, commitment.process, done, commitment=commitment
    ):
        return redirect("commitment", slug, number)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/flag_new.html", frame(commitment, form=form), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def flag_lift(request: HttpRequest, slug: str, number: int, flag_id: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    rows = Flag.objects.visible_to(request.user).select_related(
        "author", "lifted_by", "obligation__party", "obligation__body"
    )
    flag = get_object_or_404(rows, commitment=commitment, pk=flag_id)
    flag.commitment = commitment
    if not flaggable(request.user, commitment, owed_under(commitment)).has(flag):
        raise PermissionDenied
    form = BecauseForm(request.POST or None)
    done = _("The flag is lifted. It stays in the record.")
    if request.method == "POST" and save(
        request, form, lift_flag, commitment.process, done, flag=flag
    ):
        return redirect("commitment", slug, number)
    context = frame(commitment, form=form, flag=flag)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/flag_lift.html", context, status=status)
