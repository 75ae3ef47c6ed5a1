"""A body’s agenda rules, what members propose, and objections while a silence procedure runs."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.base.errors import Refused
from coordination.bodies.access import may_keep
from coordination.bodies.models import Body, Seat, Term
from coordination.ledger.actions import Origin
from coordination.processes.access import membership
from coordination.processes.queries import get_process

from .. import actions
from ..access import may_propose, may_run
from ..agenda import is_open
from ..forms.agenda import AgendaRulesForm, ItemForm, ObjectionForm, PapersForm, ProposalForm
from ..models import Outcome, Proposal, Review
from .fetching import get_review, get_review_to_run, head


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """What the agendas of a body are compiled from: read by all, changed by who keeps the body."""
    process = get_process(request.user, slug)
    body = get_object_or_404(Body.objects.visible_to(request.user), process=process, code=code)
    body.process = process
    keeps = may_keep(request.user, body)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    form = AgendaRulesForm(body, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_agenda_rules(
                actor=request.user, body=body, origin=Origin.WEB, **form.said()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Saved. The next agenda is compiled by it."))
            return redirect("agenda-rules", slug, code)
    context = {"process": process, "tab": "reviews", "body": body, "form": form, "may_keep": keeps}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/agenda_rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A member proposes an item until the agenda closes."""
    review = get_review(request, slug, pk)
    if not may_propose(request.user, review):
        raise PermissionDenied
    form = ProposalForm(review.body.process, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.propose_item(
                actor=request.user, review=review, origin=Origin.WEB, **form.said()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Proposed. It stands on the agenda when it closes."))
            return redirect("review", slug, pk)
    words = {"title": _("Propose an item"), "press": _("Propose it")}
    asked = {"is_open": is_open(review, timezone.now())}
    return _form_page(request, review, form, "reviews/item_new.html", **words, **asked)


@require_POST
def withdraw_proposal(request: HttpRequest, slug: str, pk: int, proposal: int) -> HttpResponse:
    """Whoever proposed it takes it back; whoever runs the meeting turns it down, saying why."""
    review = get_review(request, slug, pk)
    rows = Proposal.every.select_related("review__body__process")
    found = get_object_or_404(rows, review=review, pk=proposal)
    if found.proposed_by_id != request.user.pk and not may_run(request.user, review):
        raise PermissionDenied
    try:
        actions.withdraw_proposal(
            actor=request.user,
            proposal=found,
            because=request.POST.get("because", "").replace("\0", ""),
            origin=Origin.WEB,
        )
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Taken off the agenda."))
    return redirect("review", slug, pk)


@require_POST
def close(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Close the agenda before its time."""
    review = get_review_to_run(request, slug, pk)
    try:
        actions.close_agenda(actor=request.user, review=review, origin=Origin.WEB)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The agenda is closed."))
    return redirect("review", slug, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def add_item(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Whoever runs the meeting adds an item to an agenda that is closed, or in session."""
    review = get_review_to_run(request, slug, pk)
    form = ItemForm(review.body.process, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            item = actions.add_item(
                actor=request.user, review=review, origin=Origin.WEB, **form.said()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Added."))
            if review.state == Review.State.PLANNED:
                return redirect("review", slug, pk)
            return redirect("review-item", slug, pk, item.order)
    words = {"title": _("Add an item"), "press": _("Add it")}
    return _form_page(request, review, form, "reviews/item_new.html", **words)


def _form_page(
    request: HttpRequest, review: Review, form: Any, template: str, **more: Any
) -> HttpResponse:
    context = head(request, review) | {"form": form} | more
    return render(request, template, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What is to be read before the meeting, for who runs it to say."""
    review = get_review_to_run(request, slug, pk)
    initial = {"papers": review.papers, "seen": review.papers}
    form = PapersForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_papers(
                actor=request.user,
                review=review,
                papers=form.cleaned_data["papers"],
                seen=form.cleaned_data["seen"],
                origin=Origin.WEB,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("review", slug, pk)
    return _form_page(request, review, form, "reviews/papers.html")


@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, slug: str, pk: int, outcome: int) -> HttpResponse:
    """Break the silence, for a voting seat that one sits in."""
    review = get_review(request, slug, pk)
    if membership(request.user, review.body.process) is None:
        raise PermissionDenied
    made = get_object_or_404(
        Outcome.objects.select_related("item__review__body__process").filter(
            silence_until__isnull=False
        ),
        item__review=review,
        pk=outcome,
    )
    terms = Term.objects.of(request.user, review.body.process.today())
    seats = Seat.objects.filter(body=review.body, terms__in=terms).exclude(vote=Seat.Vote.ADVISING)
    if not seats.exists():
        raise PermissionDenied
    form = ObjectionForm(seats.select_related("body"), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.object_to(
                actor=request.user,
                outcome=made,
                seat=form.cleaned_data["seat"],
                words=form.cleaned_data["words"],
                origin=Origin.WEB,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Your objection is recorded: the decision is not carried."))
            return redirect("review-item", slug, pk, made.item.order)
    context = head(request, review) | {"form": form, "outcome": made}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/object.html", context, status=status)
