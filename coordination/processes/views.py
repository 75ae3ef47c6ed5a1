"""Who takes part in a process, and what its deadlines count from: read by members, kept by
coordinators."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from . import actions, queries
from .as_of import read_as_of
from .editing import answer, changing, get_process_to_keep, save, sent_by
from .forms import AffiliationForm, AffiliationSpanForm, AnchorForm, PartyForm
from .models import AnchorDate, AnchorEvent, Membership, Party, Process
from .queries import get_process

#: The groups of the page of parties, in their order.
PARTS = {
    Party.Part.CONFLICT_PARTY: _lazy("Conflict parties"),
    Party.Part.ALLY: _lazy("Allies and guarantors"),
    Party.Part.MEDIATOR: _lazy("Mediators and facilitators"),
    Party.Part.OBSERVER: _lazy("Observers"),
    Party.Part.DONOR: _lazy("Donors"),
    Party.Part.NON_SIGNATORY: _lazy("Non-signatories"),
}

#: On one page: below 50 KB also with five dates each.
ANCHORS_SHOWN = 12

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def parties(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    rows = queries.parties_on(Party.objects.visible_to(request.user), process, as_of.day)
    context = {
        "process": process,
        "tab": "parties",
        "as_of": as_of,
        "groups": [
            (title, [one for one in rows if one.part == part and one.takes_part_on(as_of.day)])
            for part, title in PARTS.items()
        ],
        "coming": [one for one in rows if one.joined_on and one.joined_on > as_of.day],
        "former": [one for one in rows if one.left_on and one.left_on < as_of.day],
        "total": len([one for one in rows if one.takes_part_on(as_of.day)]),
    }
    return render(request, "processes/parties.html", context)


def _get_party(request: HttpRequest, process: Process, pk: int) -> Party:
    party = get_object_or_404(Party.objects.visible_to(request.user), process=process, pk=pk)
    party.process = process
    return party


@require_safe
def party(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    one = _get_party(request, process, pk)
    # The seats, obligations and requests belong to slices above, which say how to read them.
    seats = one.seats.on(as_of.day).with_holders(as_of.day).select_related("body", "party")
    seats = seats.order_by("body__name", "number")
    context = {
        "process": process,
        "tab": "parties",
        "as_of": as_of,
        "party": one,
        "affiliations": one.affiliations.select_related("other"),
        "affiliated": one.affiliated.select_related("party"),
        "seats": [seat for seat in seats if seat.body.exists_on(as_of.day)],
        "people": Membership.objects.current()
        .filter(process=process, party=one)
        .select_related("user")
        .order_by("user__name"),
        "owed": one.obligations.values("commitment").distinct().count(),
        "requests": queries.open_requests(one, process.today()),
    }
    return render(request, "processes/party.html", context)


@CHANGES
def add_party(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = PartyForm(request.POST if request.method == "POST" else None, process=process)
    if form.is_bound and save(
        request,
        form,
        actions.enter_party,
        process,
        lambda made: _("%(party)s takes part now.") % {"party": made.name},
        process=process,
    ):
        made = process.parties.filter(code=form.cleaned_data["code"]).first()
        return redirect("party", slug, made.pk) if made else redirect("parties", slug)
    context = {"process": process, "tab": "parties", "form": form}
    return render(request, "processes/add_party.html", context, status=_status(form))


@CHANGES
def edit_party(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Its facts, and what it is part of or acts for: a form each."""
    process = get_process_to_keep(request, slug)
    one = _get_party(request, process, pk)
    facts = PartyForm(
        sent_by(request, "facts", default=True), process=process, thing=one, prefix="facts"
    )
    tie = AffiliationForm(sent_by(request, "tie"), process=process, prefix="tie")
    tie.fields["other"].queryset = tie.fields["other"].queryset.exclude(pk=one.pk)  # type: ignore[attr-defined]
    known = one.affiliations.select_related("other", "party__process")
    ties = changing(request, process, known, AffiliationSpanForm)
    if facts.is_bound and save(
        request, facts, actions.change_party, process, _("Saved."), party=one
    ):
        return redirect("party", slug, pk)
    if tie.is_bound and save(request, tie, actions.affiliate, process, _("Recorded."), party=one):
        return redirect("party-edit", slug, pk)
    for row, form in ties:
        if (
            form
            and form.is_bound
            and save(
                request, form, actions.change_affiliation, process, _("Saved."), affiliation=row
            )
        ):
            return redirect("party-edit", slug, pk)
    context = {
        "process": process,
        "tab": "parties",
        "party": one,
        "facts": facts,
        "tie": tie,
        "ties": ties,
    }
    sent = (facts, tie, *(form for _row, form in ties))
    return answer(request, "processes/edit_party.html", context, *sent)


def _status(*forms: Any) -> int:
    return 422 if any(form.is_bound for form in forms) else 200


@require_safe
def anchors(request: HttpRequest, slug: str) -> HttpResponse:
    """Every anchor event with all dates that it was ever given, the latest first."""
    process = get_process(request.user, slug)
    rows = (
        AnchorEvent.objects.visible_to(request.user)
        .filter(process=process)
        .annotate(counting=Count("deadline_terms__deadline", distinct=True))
        .prefetch_related(Prefetch("dates", AnchorDate.objects.order_by("-pk")))
        .order_by(F("on").asc(nulls_last=True), "name", "pk")
    )
    page = Paginator(rows, ANCHORS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "process": process,
        "tab": "anchors",
        "page": page,
        "anchors": [(anchor, queries.date_in_force(anchor)) for anchor in page],
    }
    return render(request, "processes/anchors.html", context)


@CHANGES
def add_anchor(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = AnchorForm(request.POST if request.method == "POST" else None, process=process)
    if form.is_bound and save(
        request,
        form,
        actions.enter_anchor,
        process,
        _("Entered. Give it a date, and what counts from it is due."),
        process=process,
    ):
        return redirect("anchor-date", slug, form.cleaned_data["key"])
    context = {"process": process, "tab": "anchors", "form": form}
    return render(request, "processes/add_anchor.html", context, status=_status(form))


@CHANGES
def edit_anchor(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    anchor = get_object_or_404(process.anchors.all(), key=key)
    form = AnchorForm(
        request.POST if request.method == "POST" else None, process=process, thing=anchor
    )
    if form.is_bound and save(
        request, form, actions.change_anchor, process, _("Saved."), anchor=anchor
    ):
        return redirect("anchors", slug)
    context = {"process": process, "tab": "anchors", "form": form, "anchor": anchor}
    return render(request, "processes/add_anchor.html", context, status=_status(form))
