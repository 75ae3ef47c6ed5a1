"""One meeting, planned or a day of a rhythm: answering to it, moving it, calling it off."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.bodies.access import may_keep
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin
from coordination.processes.editing import save
from coordination.processes.queries import get_process

from .. import actions
from ..access import may_propose
from ..agenda import agenda_of, closes_at, is_open
from ..attending import expected_at, invitation_of, may_reply
from ..forms.meetings import CancelForm, MeetingForm, MoveForm
from ..forms.replies import ReplyForm
from ..models import Review, ReviewSeries
from ..occurrences import Meeting, Occurrence, occurrence
from .fetching import get_review, head, is_near

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


def address_of(meeting: Meeting, leaf: str = "") -> str:
    """The page of a meeting, or one of its leaves: "move", "cancel", "reply", "open"."""
    slug, leaf = meeting.body.process.slug, leaf and f"-{leaf}"
    if isinstance(meeting, Review):
        return reverse(f"review{leaf}", args=[slug, meeting.pk])
    return reverse(f"occurrence{leaf}", args=[slug, meeting.series.pk, meeting.series_day])


def get_meeting(
    request: HttpRequest, slug: str, pk: int = 0, series: int = 0, day: str = ""
) -> Meeting:
    """A review by its number, or what a day of a series is by now; 404 where there is none."""
    if pk:
        return get_review(request, slug, pk)
    process = get_process(request.user, slug)
    known = ReviewSeries.objects.visible_to(request.user).select_related("body__protocol")
    of = get_object_or_404(known, body__process=process, pk=series)
    of.body.process = process
    try:
        asked = date.fromisoformat(day)
        row = of.reviews.filter(series_day=asked).first()
        meeting = get_review(request, slug, row.pk) if row else occurrence(of, asked)
    except ValueError as error:  # of the address, or of a rule that is broken
        raise Http404 from error
    if meeting is None:
        raise Http404
    return meeting


def get_meeting_to_run(request: HttpRequest, slug: str, **key: Any) -> Meeting:
    meeting = get_meeting(request, slug, **key)
    if not may_keep(request.user, meeting.body):
        raise PermissionDenied
    return meeting


def replies_of(request: HttpRequest, meeting: Meeting, form: ReplyForm | None = None) -> Any:
    """What a page shows of the answers: those by seat, what they come to, and one's own."""
    expected = expected_at(meeting)
    own = invitation_of(request.user, expected.rows)
    is_to_come = (
        meeting.state == Review.State.PLANNED and meeting.held_on >= meeting.body.process.today()
    )
    if form is None and own and is_to_come:
        form = reply_form(request, own)
    return {
        "expected": expected,
        "invitation": own,
        "reply_form": form if own and meeting.state == Review.State.PLANNED else None,
        "reply_url": address_of(meeting, "reply"),
        "move_url": address_of(meeting, "move"),
        "cancel_url": address_of(meeting, "cancel"),
    }


def reply_form(request: HttpRequest, own: Any, data: Any = None) -> ReplyForm:
    holds = own.term.holder_id == request.user.pk
    stands_in = own.term.alternate.name if holds and own.term.alternate else ""
    said = own.holder_said if holds else own.alternate_said
    return ReplyForm(data, stands_in=stands_in, reply=said)


@require_safe
def untouched(request: HttpRequest, slug: str, series: int, day: str) -> HttpResponse:
    """A day of a rhythm that nobody touched yet."""
    meeting = get_meeting(request, slug, series=series, day=day)
    if isinstance(meeting, Review):
        return redirect("review", slug, meeting.pk)
    return _untouched_page(request, meeting)


def _untouched_page(
    request: HttpRequest, meeting: Occurrence, form: ReplyForm | None = None
) -> HttpResponse:
    context = {
        "process": meeting.body.process,
        "tab": "reviews",
        "meeting": meeting,
        "open_url": address_of(meeting, "open"),
        "is_near": is_near(meeting),
        "may_run": may_keep(request.user, meeting.body),
    } | replies_of(request, meeting, form)
    return render(request, "reviews/meeting_untouched.html", context, status=422 if form else 200)


def planned_page(
    request: HttpRequest, review: Review, form: ReplyForm | None = None
) -> HttpResponse:
    now = timezone.now()
    context = {
        **head(request, review),
        "entries": agenda_of(review, now),
        "closes_at": closes_at(review),
        "agenda_is_open": is_open(review, now),
        "may_propose": may_propose(request.user, review),
    } | replies_of(request, review, form)
    return render(request, "reviews/planned.html", context, status=422 if form else 200)


@CHANGES
def plan(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A meeting of a body outside any series."""
    body = get_body_that_one_keeps(request, slug, code)
    form = MeetingForm(request.POST if request.method == "POST" else None, body=body)
    if form.is_bound and save(
        request, form, actions.plan_single, body.process, _("The meeting is planned."), body=body
    ):
        return redirect("reviews", slug)
    context = {
        "process": body.process,
        "tab": "reviews",
        "body": body,
        "form": form,
        "back": reverse("reviews", args=[slug]),
    }
    return _form_page(request, "plan", context, form)


@CHANGES
def move(request: HttpRequest, slug: str, **key: Any) -> HttpResponse:
    meeting = get_meeting_to_run(request, slug, **key)
    form = MoveForm(request.POST if request.method == "POST" else None, meeting=meeting)
    return _change(request, meeting, form, actions.move_review, "move", meeting=meeting)


@CHANGES
def cancel(request: HttpRequest, slug: str, **key: Any) -> HttpResponse:
    meeting = get_meeting_to_run(request, slug, **key)
    form = CancelForm(request.POST if request.method == "POST" else None)
    return _change(request, meeting, form, actions.cancel_review, "cancel", review=meeting)


def _change(
    request: HttpRequest, meeting: Meeting, form: Any, action: Any, name: str, /, **given: Any
) -> HttpResponse:
    process = meeting.body.process
    done = _("Saved.") if name == "move" else _("The meeting is called off.")
    made: list[Review] = []

    def change(**said: Any) -> None:
        made.append(action(**said))

    if form.is_bound and save(request, form, change, process, done, **given):
        return redirect(address_of(made[0] if made else meeting))
    context = {
        "process": process,
        "tab": "reviews",
        "meeting": meeting,
        "body": meeting.body,
        "form": form,
        "back": address_of(meeting),
    }
    return _form_page(request, name, context, form)


def _form_page(request: HttpRequest, name: str, context: Any, form: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, f"reviews/meeting_{name}.html", context, status=status)


@require_POST
def begin(request: HttpRequest, slug: str, series: int, day: str) -> HttpResponse:
    """Open the meeting of a day that nobody touched yet."""
    meeting = get_meeting_to_run(request, slug, series=series, day=day)
    try:
        with transaction.atomic():
            given: Any = {"actor": request.user, "origin": Origin.WEB}
            review = actions.become_row(meeting=meeting, **given)
            actions.open_review(review=review, **given)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(address_of(meeting))
    return redirect("review", slug, review.pk)


@require_POST
def reply(request: HttpRequest, slug: str, **key: Any) -> HttpResponse:
    """What somebody who is invited answers; 403 to those who are not."""
    meeting = get_meeting(request, slug, **key)
    if not may_reply(request.user, meeting):
        raise PermissionDenied
    own = invitation_of(request.user, expected_at(meeting).rows)
    if own is None:  # of two terms of a seat on that day the later one holds it
        raise PermissionDenied
    form = reply_form(request, own, request.POST)
    made: list[Review] = []

    def answer(**said: Any) -> None:
        reply, _new = actions.reply_to(**said)
        made.append(reply.review)

    if save(
        request, form, answer, meeting.body.process, _("Your answer is kept."), meeting=meeting
    ):
        return redirect(address_of(made[0] if made else meeting))
    if isinstance(meeting, Occurrence):
        return _untouched_page(request, meeting, form)
    if meeting.state == Review.State.PLANNED:
        return planned_page(request, meeting, form)
    words = " ".join(str(why) for errors in form.errors.values() for why in errors)
    messages.error(request, _("Not kept. %s") % words)
    return redirect(address_of(meeting))


def get_body_that_one_keeps(request: HttpRequest, slug: str, code: str) -> Body:
    process = get_process(request.user, slug)
    rows = Body.objects.visible_to(request.user).select_related("protocol")
    body = get_object_or_404(rows, process=process, code=code)
    body.process = process
    if not may_keep(request.user, body):
        raise PermissionDenied
    return body
