"""Agreements as they are read, with the commitments beside their text, and as they are kept."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.forms import SubmissionForm
from coordination.processes.editing import answer, get_process_to_keep, save, sent_by
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from . import actions, queries
from .citation import find_passage
from .forms import AgreementForm, NewProvisionForm, PlaceForm, ProvisionForm
from .models import Agreement, Provision

#: Agreements in the list: below 50 KB also with thirty signatories each.
AGREEMENTS = 12
#: What a provision's page names of its commitments and of what is below it; lists have the rest.
OWED, BELOW = 20, 30
#: Of those before and after it, where it is moved among them.
BESIDE = 5

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    rows = Agreement.objects.visible_to(request.user).filter(process=process)
    page = Paginator(queries.agreements_of(rows), AGREEMENTS).get_page(request.GET.get("page"))
    return render(request, "agreements/index.html", _about(process, page=page))


def _about(process: Process, **more: Any) -> dict[str, Any]:
    return {"process": process, "tab": "agreements", **more}


def _get_agreement(request: HttpRequest, process: Process, key: str) -> Agreement:
    rows = Agreement.objects.visible_to(request.user)
    agreement = get_object_or_404(rows, process=process, key=key)
    agreement.process = process
    return agreement


@require_safe
def agreement(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """A part of the text, each provision with its commitments; or those with some words."""
    process = get_process(request.user, slug)
    one = _get_agreement(request, process, key)
    find = request.GET.get("find", "")[:80].strip()
    lines = queries.outline(one)
    parts = queries.Parts(lines)
    contents = queries.contents(lines, parts)
    if find:
        found = queries.containing(one, find)
        page = queries.Parts([line for line in lines if line.pk in found]).get_page(
            request.GET.get("page")
        )
    else:
        page = parts.get_page(request.GET.get("page"))
    queries.fill(list(page.object_list), process)
    context = _about(
        process,
        agreement=one,
        find=find,
        page=page,
        contents=contents,
        parts=parts,
        signatories=one.signatories.order_by("code"),
        witnesses=one.witnesses.order_by("code"),
        owed=sum(line.owed for line in lines),
        total=len(lines),
        letters=queries.LETTERS,
    )
    return render(request, "agreements/agreement.html", context)


def _get_provision(request: HttpRequest, agreement: Agreement, pk: int) -> Provision:
    rows = Provision.objects.visible_to(request.user).select_related("parent")
    provision = get_object_or_404(rows, agreement=agreement, pk=pk)
    provision.agreement = agreement
    return provision


@require_safe
def provision(request: HttpRequest, slug: str, key: str, pk: int) -> HttpResponse:
    """One provision among those around it, with what was undertaken in it."""
    process = get_process(request.user, slug)
    one = _get_agreement(request, process, key)
    row = _get_provision(request, one, pk)
    lines = queries.outline(one)
    queries.Parts(lines)
    place = queries.place_of(row, lines)
    below = place.below[:BELOW]
    queries.read([*place.above, *below])
    commitments = list(queries.commitments_of(process, [pk]))
    context = _about(
        process,
        agreement=one,
        provision=row,
        place=place,
        here=place.here,
        below=below,
        more_below=len(place.below) - len(below),
        pieces=queries.marked(row.text, (commitment.text for commitment in commitments)),
        commitments=[
            (commitment, bool(find_passage(row.text, commitment.text)))
            for commitment in commitments[:OWED]
        ],
        more=len(commitments) - OWED,
    )
    return render(request, "agreements/provision.html", context)


# --- Keeping it ---------------------------------------------------------------------------------


@CHANGES
def add_agreement(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = AgreementForm(request.POST if request.method == "POST" else None, process=process)
    if form.is_bound and save(
        request,
        form,
        actions.enter_agreement,
        process,
        _("Entered. Add its provisions, and the commitments that come from them."),
        process=process,
    ):
        return redirect("agreement", slug, form.cleaned_data["key"])
    return answer(request, "agreements/edit_agreement.html", _about(process, form=form), form)


@CHANGES
def edit_agreement(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    one = _get_agreement(request, process, key)
    sent = request.POST if request.method == "POST" else None
    form = AgreementForm(sent, process=process, thing=one)
    if form.is_bound and save(
        request, form, actions.change_agreement, process, _("Saved."), agreement=one
    ):
        return redirect("agreement", slug, key)
    context = _about(process, agreement=one, form=form)
    return answer(request, "agreements/edit_agreement.html", context, form)


@CHANGES
def add_provision(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """`under` and `after` in the address say where it is wanted."""
    process = get_process_to_keep(request, slug)
    one = _get_agreement(request, process, key)
    sent = request.POST if request.method == "POST" else None
    wanted = {
        "parent": _citation(one, request.GET.get("under", "")),
        "after": _citation(one, request.GET.get("after", "")),
    }
    form = NewProvisionForm(sent, agreement=one, initial=wanted)
    made: list[Provision] = []

    def entered(row: Provision) -> str:
        made.append(row)
        return _("%(citation)s is entered.") % {"citation": row}

    if form.is_bound and save(
        *(request, form, actions.enter_provision, process, entered), agreement=one
    ):
        if not made:  # the same form was sent before
            return redirect("agreement", slug, key)
        return redirect("provision", slug, key, made[0].pk)
    context = _about(process, agreement=one, form=form)
    return answer(request, "agreements/add_provision.html", context, form)


def _citation(agreement: Agreement, asked: str) -> str:
    """The citation of the provision with the key that an address names."""
    if not asked.isdecimal() or len(asked) > 9:
        return ""
    rows = agreement.provisions.filter(pk=int(asked)).values_list("citation", flat=True)
    return rows.first() or ""


@CHANGES
def edit_provision(request: HttpRequest, slug: str, key: str, pk: int) -> HttpResponse:
    """What it says, and where it stands: a form each."""
    process = get_process_to_keep(request, slug)
    one = _get_agreement(request, process, key)
    row = _get_provision(request, one, pk)
    words = ProvisionForm(sent_by(request, "words", default=True), process=process, thing=row)
    place = PlaceForm(sent_by(request, "place"), agreement=one, thing=row, prefix="place")
    steps = [(name, SubmissionForm(sent_by(request, name), prefix=name)) for name in ("up", "down")]
    if words.is_bound and save(
        request, words, actions.change_provision, process, _("Saved."), provision=row
    ):
        return redirect("provision", slug, key, pk)
    if place.is_bound and save(
        request, place, actions.move_provision, process, _("Moved."), provision=row
    ):
        return redirect("provision", slug, key, pk)
    for name, step in steps:
        if step.is_bound and save(
            *(request, step, actions.step_provision, process, _("Moved.")),
            provision=row,
            down=name == "down",
        ):
            return redirect(reverse("provision-edit", args=[slug, key, pk]) + "#place")
    around = queries.place_of(row, queries.outline(one))
    here = around.siblings.index(around.here)
    context = _about(
        process,
        agreement=one,
        provision=row,
        words=words,
        place_form=place,
        steps=steps,
        place=around,
        beside=around.siblings[max(here - BESIDE, 0) : here + BESIDE + 1],
    )
    sent = (words, place, *(step for _name, step in steps))
    return answer(request, "agreements/edit_provision.html", context, *sent)
