"""A meeting in session: its items, what comes of them, and who is there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.base.errors import Refused
from coordination.bodies.decisions import seats_counted
from coordination.commitments.evidence_queries import evidence_of
from coordination.commitments.models import Verification
from coordination.commitments.report_queries import last_reports
from coordination.commitments.standing import of_commitment, of_obligation
from coordination.ledger.actions import Origin

from .. import actions, disputes, queries
from ..access import may_run
from ..forms import (
    ActionForm,
    AttendanceForm,
    DecisionForm,
    FindingForm,
    OutcomeForm,
    WithdrawForm,
)
from ..models import AgendaItem, Outcome, Review
from .fetching import get_review, get_review_to_run, head

#: Pieces of evidence beside an item; the commitment's page has the others.
EVIDENCE = 5
#: What is pressed, in the order in which a page offers it.
_ACTIONS: dict[str, Any] = {
    "finding": actions.record_finding,
    "decision": actions.record_decision,
    "action": actions.record_action,
    "outcome": actions.record_outcome,
}


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, slug: str, pk: int, order: int) -> HttpResponse:
    """One item in session: the last reports and findings, and what came of it."""
    review = get_review(request, slug, pk)
    current = get_object_or_404(
        AgendaItem.objects.select_related(
            "commitment__deadline", "commitment__lead_body", "commitment__verifying_body"
        ),
        review=review,
        order=order,
    )
    current.review = review
    sent = ""
    if request.method == "POST":
        if not may_run(request.user, review):
            raise PermissionDenied
        sent = next((name for name in _ACTIONS if name in request.POST), "outcome")
    context = head(request, review)
    forms = _forms(request, current, context["seats"], sent)
    sent = sent if sent in forms else ""  # an item about no commitment has no finding
    if sent and (made := _record(request, current, forms[sent], _ACTIONS[sent])):
        _say(request, forms[sent], _("Recorded: %s.") % made.get_kind_display())
        following = review.items.filter(order__gt=order).order_by("order").first()
        onward = following.order if following and sent == "outcome" else order
        return redirect("review-item", slug, pk, onward)
    context |= {
        "item": current,
        "items": _agenda(review),
        "following": review.items.filter(order__gt=order).order_by("order").first(),
        "outcomes": current.outcomes.select_related(
            *("obligation__party", "obligation__body", "recorded_by", "verification"),
            *("commitment__deadline", "commitment__process"),
        ).prefetch_related(
            "ballots__seat__party",
            "commitment__obligations__party",
            "commitment__obligations__body",
        ),
        "forms": forms,
        # A form that was refused is shown again even where the meeting has closed meanwhile.
        "failed": sent,
        "projector": request.GET.get("display") == "projector",
        "may_object": queries.sits_and_votes(request.user, context["seats"]),
        "disputes": disputes.of_item(current),
        "may_raise": review.state in (Review.State.IN_SESSION, Review.State.MINUTES_DRAFT)
        and disputes.may_raise(request.user, review.body),
    }
    if current.commitment:
        current.commitment.process = review.body.process
        context |= _reports(current, request.user)
    return render(request, "reviews/item.html", context, status=422 if sent else 200)


def _forms(request: HttpRequest, current: AgendaItem, seats: Any, sent: str) -> dict[str, Any]:
    """The forms of an item by what they record; the one that was sent is bound.

    They are made where somebody may use them: who reads only is spared their lists.
    """
    review = current.review
    if not sent and not may_run(request.user, review):
        return {}
    data = {sent: request.POST} if sent else {}
    here, _uncounted = seats_counted(seats, queries.present_in(review))
    protocol = getattr(review.body, "protocol", None)
    forms: dict[str, Any] = {
        "decision": DecisionForm(protocol, here, data.get("decision")),
        "action": ActionForm(review, data.get("action")),
        "outcome": OutcomeForm(data.get("outcome")),
    }
    if current.commitment:
        forms = {"finding": FindingForm(current, data.get("finding"))} | forms
    return forms


def _say(request: HttpRequest, form: Any, words: str) -> None:
    """Say that a form was recorded, with its key: until then a browser keeps what was typed."""
    messages.success(request, words, extra_tags=f"taken-{form['submission'].value()}")


def _record(request: HttpRequest, current: AgendaItem, form: Any, action: Any) -> Outcome | None:
    """Record what was sent; what was wrong with it stands in the form afterwards."""
    if not form.is_valid():
        return None
    said = form.said() if hasattr(form, "said") else form.cleaned_data
    try:
        made, _created = action(actor=request.user, item=current, origin=Origin.WEB, **said)
    except Refused as refused:
        form.refuse(refused)
        return None
    outcome: Outcome = made
    return outcome


def _agenda(review: Review) -> list[Any]:
    """The items with where each stands and whether it has an outcome."""
    items: list[Any] = list(
        review.items.annotate(
            outcome_count=Count("outcomes", filter=Q(outcomes__withdrawn_at=None))
        ).prefetch_related("commitment__obligations")
    )
    for one in items:
        if one.commitment:
            one.commitment.process = review.body.process
            one.standing = of_commitment(one.commitment)
    return items


def _reports(current: AgendaItem, user: Any) -> dict[str, Any]:
    """The last report of each who owes it, the last finding, and the newest evidence, as the reader
    may read them."""
    rows = []
    commitment = current.commitment
    assert commitment is not None
    counting = Verification.objects.counting().select_related("body")
    owed = commitment.obligations.select_related("party", "body").prefetch_related(
        Prefetch("verifications", counting.order_by("-recorded_at", "-pk"))
    )
    obligations = list(owed.order_by("pk"))
    said = last_reports(obligations, user)
    for obligation in obligations:
        obligation.commitment = commitment
        rows.append(
            {
                "obligation": obligation,
                "standing": of_obligation(obligation),
                "check_in": said.get(obligation.pk),
                "verification": next(iter(obligation.verifications.all()), None),
            }
        )
    return {
        "rows": rows,
        "standing": of_commitment(commitment),
        "evidence": list(evidence_of(commitment, user)[:EVIDENCE]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def attendance(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Who sits in each seat; of several who mark at once nobody overwrites another."""
    review = get_review_to_run(request, slug, pk)
    context = head(request, review)
    form = AttendanceForm(review, context["seats"], request.POST or None)
    if request.method == "POST" and form.is_valid():
        presences, seen = form.presences(rest="rest" in request.POST)
        try:
            actions.mark_attendance(
                actor=request.user,
                review=review,
                presences=presences,
                seen=seen,
                also_present=form.cleaned_data["also_present"],
                also_seen=form.room_seen,
                origin=Origin.WEB,
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            _say(request, form, _("Attendance recorded."))
            return redirect("review", slug, pk)
    context["form"] = form
    status = 422 if form.is_bound else 200
    return render(request, "reviews/attendance.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, slug: str, pk: int, outcome: int) -> HttpResponse:
    """Take back what was recorded by mistake, with the reason."""
    review = get_review_to_run(request, slug, pk)
    made = get_object_or_404(
        # One that was taken back already is found too: a second press changes nothing.
        Outcome.every.select_related("item__review__body__process", "commitment"),
        item__review=review,
        pk=outcome,
    )
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_outcome(
                actor=request.user,
                outcome=made,
                because=form.cleaned_data["because"],
                origin=Origin.WEB,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Taken back."))
            return redirect("review-item", slug, pk, made.item.order)
    context = head(request, review) | {"form": form, "outcome": made}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/withdraw.html", context, status=status)
