from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.commitments.models import Verification
from coordination.commitments.report_queries import last_reports
from coordination.commitments.standing import of_commitment, of_obligation
from coordination.ledger.actions import Origin
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from . import actions, queries
from .access import may_run
from .forms import AttendanceForm, FindingForm, OutcomeForm
from .models import AgendaItem, Review


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    reviews = (
        Review.objects.visible_to(request.user)
        .filter(body__process=process)
        .select_related("body")
        .annotate(
            item_count=Count("items", distinct=True),
            open_count=Count("items", filter=Q(items__outcomes=None), distinct=True),
        )
    )
    coming = queries.coming(process)
    context = {
        "process": process,
        "tab": "reviews",
        "coming": reviews.filter(coming).order_by("starts_at"),
        "past": reviews.exclude(coming).order_by("-starts_at")[:50],
    }
    return render(request, "reviews/index.html", context)


def _get_review(request: HttpRequest, slug: str, pk: int) -> Review:
    process = get_process(request.user, slug)
    review = get_object_or_404(
        Review.objects.visible_to(request.user).select_related("body", "series", "body__protocol"),
        body__process=process,
        pk=pk,
    )
    review.body.process = process
    return review


def _get_review_to_run(request: HttpRequest, slug: str, pk: int) -> Review:
    review = _get_review(request, slug, pk)
    if not may_run(request.user, review):
        raise PermissionDenied
    return review


def _context(request: HttpRequest, review: Review) -> dict[str, Any]:
    process: Process = review.body.process
    seats = queries.seats_of(review)
    return {
        "process": process,
        "tab": "reviews",
        "review": review,
        "may_run": may_run(request.user, review),
        "seats": seats,
        "attendance": {a.seat_id: a for a in review.attendance.select_related("person")},
        "quorum": queries.quorum_of(review, seats),
    }


@require_safe
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A planned review with its agenda as it would be now; a held one opens at its first item."""
    review = _get_review(request, slug, pk)
    if review.state != Review.State.PLANNED and review.items.exists():
        return redirect("review-item", slug, pk, review.items.values_list("order", flat=True)[0])
    context = _context(request, review)
    if review.state == Review.State.PLANNED:
        context["entries"] = queries.compile_agenda(review, timezone.now())
    return render(request, "reviews/planned.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, slug: str, pk: int, order: int) -> HttpResponse:
    """One item in session: the last reports and findings, and what came of it."""
    review = _get_review(request, slug, pk)
    current = get_object_or_404(
        AgendaItem.objects.select_related(
            "commitment__deadline", "commitment__lead_body", "commitment__verifying_body"
        ),
        review=review,
        order=order,
    )
    current.review = review
    finding = outcome = None
    if request.method == "POST":
        if not may_run(request.user, review):
            raise PermissionDenied
        recording = "finding" if "finding" in request.POST else "outcome"
        finding, outcome, done = _record(request, current, recording)
        if done:
            following = review.items.filter(order__gt=order).order_by("order").first()
            onward = following.order if following and recording == "outcome" else order
            return redirect("review-item", slug, pk, onward)
    context = _context(request, review) | {
        "item": current,
        "items": _agenda(review),
        "following": review.items.filter(order__gt=order).first(),
        "outcomes": current.outcomes.select_related(
            "obligation__party", "obligation__body", "recorded_by", "verification"
        ),
        "finding": finding or (FindingForm(current) if current.commitment else None),
        "outcome": outcome or OutcomeForm(),
    }
    context["attendance_form"] = AttendanceForm(review, context["seats"])
    if current.commitment:
        current.commitment.process = review.body.process
        context |= _reports(current, request.user)
    # A form that was refused is shown again even where the meeting has closed meanwhile.
    context["failed"] = any(form is not None and form.is_bound for form in (finding, outcome))
    status = 422 if context["failed"] else 200
    return render(request, "reviews/item.html", context, status=status)


def _record(
    request: HttpRequest, current: AgendaItem, recording: str
) -> tuple[FindingForm | None, OutcomeForm | None, bool]:
    """Bind and record what was sent; the bound form comes back when it was not right."""
    form: FindingForm | OutcomeForm
    if recording == "finding" and current.commitment:
        form = FindingForm(current, request.POST)
        action: Any = actions.record_finding
    else:
        form = OutcomeForm(request.POST)
        action = actions.record_outcome
    if form.is_valid():
        try:
            made, _created = action(
                actor=request.user, item=current, origin=Origin.WEB, **form.cleaned_data
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Recorded: %s.") % made.get_kind_display())
            return None, None, True
    if isinstance(form, FindingForm):
        return form, None, False
    return None, form, False


def _agenda(review: Review) -> list[Any]:
    """The items with where each stands and whether it has an outcome."""
    items: list[Any] = list(
        review.items.annotate(outcome_count=Count("outcomes")).prefetch_related(
            "commitment__obligations"
        )
    )
    for one in items:
        if one.commitment:
            one.commitment.process = review.body.process
            one.standing = of_commitment(one.commitment)
    return items


def _reports(current: AgendaItem, user: Any) -> dict[str, Any]:
    """The last report of each who owes it, as the reader may read it, and the last finding."""
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
    return {"rows": rows, "standing": of_commitment(commitment)}


@require_POST
def change_state(request: HttpRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """Open the meeting, close it, or cancel it before it is opened."""
    review = _get_review_to_run(request, slug, pk)
    action = {
        "open": actions.open_review,
        "close": actions.close_review,
        "cancel": actions.cancel_review,
    }[verb]
    try:
        action(actor=request.user, review=review, origin=Origin.WEB)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("review", slug, pk)


@require_POST
def attendance(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    review = _get_review_to_run(request, slug, pk)
    form = AttendanceForm(review, queries.seats_of(review), request.POST)
    if form.is_valid():
        try:
            actions.mark_attendance(
                actor=request.user, review=review, presences=form.presences(), origin=Origin.WEB
            )
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("Attendance recorded."))
    else:
        messages.error(request, _("Not recorded: one of the answers is not known."))
    return redirect("review", slug, pk)
