"""Minutes: read, drafted, edited, commented, approved, corrected and sent to their addressees."""

import functools
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.ledger.signing import digest_of
from coordination.outbox.actions import nudge
from coordination.processes.editing import answer, save, sent_by

from .. import actions
from ..access import approvers, may_approve, may_comment, may_run
from ..dispatches import dispatches_of
from ..forms import OutcomeForm
from ..forms.minutes import (
    AnswerForm,
    ApproveForm,
    CirculateForm,
    CommentForm,
    CorrectForm,
    WordsForm,
)
from ..minutes_text import content_of, missing_outcomes, shown
from ..models import Minutes, MinutesComment, Review
from ..sealing import problem_of
from .fetching import get_review, get_review_to_run


def get_minutes(request: HttpRequest, review: Review, version: int) -> Minutes:
    rows = Minutes.objects.visible_to(request.user)
    minutes = get_object_or_404(
        rows.select_related("approved_by", "drafted_by"), review=review, version=version
    )
    minutes.review = review
    return minutes


def _draft_to_edit(request: HttpRequest, slug: str, pk: int, version: int) -> Minutes:
    return get_minutes(request, get_review_to_run(request, slug, pk), version)


@require_safe
def holding(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The version that holds: the last that is approved, else the draft; without any, a button."""
    review = get_review(request, slug, pk)
    versions = list(review.minutes.order_by("version"))
    approved = [one.version for one in versions if one.approved_at]
    if versions:
        return redirect("minutes", slug, pk, approved[-1] if approved else versions[-1].version)
    context = {
        "process": review.body.process,
        "tab": "reviews",
        "review": review,
        "may_draft": review.state == Review.State.MINUTES_DRAFT and may_run(request.user, review),
    }
    return render(request, "reviews/minutes_none.html", context)


@require_POST
def draft(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Draft the minutes of a meeting that was closed before they were drafted by themselves."""
    review = get_review_to_run(request, slug, pk)
    try:
        actions.draft_minutes(actor=request.user, review=review, origin=Origin.WEB)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("minutes-holding", slug, pk)


@require_safe
def detail(request: HttpRequest, slug: str, pk: int, version: int) -> HttpResponse:
    minutes = get_minutes(request, get_review(request, slug, pk), version)
    return render(request, "reviews/minutes.html", _page(request, minutes))


def _page(
    request: HttpRequest, minutes: Minutes, approve_form: ApproveForm | None = None
) -> dict[str, Any]:
    """What was approved, as it was approved; of a draft, what the rows say now."""
    review, user = minutes.review, request.user
    is_draft = minutes.approved_at is None
    content = content_of(minutes) if is_draft else minutes.content
    versions = list(review.minutes.select_related("approved_by").order_by("version"))
    approved = [one for one in versions if one.approved_at]
    seen = digest_of(content)
    context = {
        **_head(minutes),
        "is_draft": is_draft,
        "said": shown(content),
        "versions": versions,
        "holds": approved[-1] if approved else None,
        "may_run": may_run(user, review),
        "may_comment": is_draft and may_comment(user, review),
        "dispatches": [] if is_draft else dispatches_of(minutes, user),
        "problem": "" if is_draft else problem_of(minutes),
    }
    if is_draft:
        comments = MinutesComment.objects.filter(section__minutes=minutes)
        by_section: dict[int, list[MinutesComment]] = {}
        for one in comments.select_related("section", "author").order_by("pk"):
            by_section.setdefault(one.section.order, []).append(one)
        context |= {
            "missing": missing_outcomes(review),
            "comments": by_section,
            "unanswered": sum(not one.answer for rows in by_section.values() for one in rows),
            "may_approve": may_approve(user, review),
            "approvers": approvers(review),
            "approve_form": approve_form or ApproveForm(initial={"seen": seen}),
            "seen": seen,
        }
    return context


def _head(minutes: Minutes) -> dict[str, Any]:
    review = minutes.review
    return {
        "process": review.body.process,
        "tab": "reviews",
        "review": review,
        "minutes": minutes,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, slug: str, pk: int, version: int, order: int) -> HttpResponse:
    """One section: its words for who runs the review, comments of members and their answers."""
    review = get_review(request, slug, pk)
    minutes = get_minutes(request, review, version)
    one = get_object_or_404(minutes.sections.select_related("edited_by", "item"), order=order)
    one.minutes = minutes
    runs = may_run(request.user, review)
    is_draft = minutes.approved_at is None
    words = comment = None
    if runs and (is_draft or sent_by(request, "words")):
        words = WordsForm(sent_by(request, "words"), section=one)
    if (may_comment(request.user, review) and minutes.takes_comments) or sent_by(
        request, "comment"
    ):
        comment = CommentForm(sent_by(request, "comment"))
    comments = list(one.comments.select_related("author", "answered_by").order_by("pk"))
    answers = _answers(request, comments, shown=runs and is_draft)
    if request.method == "POST":
        _refuse_other_hands(request, review, words, answers)
        if _took(request, one, words, comment, answers):
            here = redirect("minutes", slug, pk, version).url
            return redirect(f"{here}#s{order}")
    context = _head(minutes) | {
        "section": one,
        "words": words,
        "comment": comment,
        "comments": [(each, answers.get(each.pk)) for each in comments],
        "is_draft": is_draft,
    }
    return answer(
        request, "reviews/minutes_section.html", context, words, comment, *answers.values()
    )


def _answers(
    request: HttpRequest, comments: list[MinutesComment], *, shown: bool
) -> dict[int, AnswerForm]:
    """A form for each comment that waits for an answer, and for that of which one was sent."""
    found = {}
    for one in comments:
        sent = sent_by(request, f"answer-{one.pk}")
        if sent is not None or (shown and not one.answer):
            found[one.pk] = AnswerForm(sent, prefix=f"c{one.pk}")
    return found


def _refuse_other_hands(
    request: HttpRequest, review: Review, words: WordsForm | None, answers: dict[int, AnswerForm]
) -> None:
    edits = request.POST.get("what", "") != "comment"
    if edits and not may_run(request.user, review):
        raise PermissionDenied
    if not edits and not may_comment(request.user, review):
        raise PermissionDenied


def _took(
    request: HttpRequest,
    one: Any,
    words: WordsForm | None,
    comment: CommentForm | None,
    answers: dict[int, AnswerForm],
) -> bool:
    """Whether what was sent is recorded; else its form says why not."""
    process = one.minutes.review.body.process
    if words is not None and words.is_bound:

        def edit(text: str, version: int, **by: Any) -> Any:
            return actions.edit_minutes(section=one, text=text, seen=version, **by)

        return save(request, words, edit, process, _("The section is saved."))
    if comment is not None and comment.is_bound:

        def say(comment: str, **by: Any) -> Any:
            return actions.comment_on(section=one, text=comment, **by)

        return save(request, comment, say, process, _("Your comment is recorded."))
    for form, of in ((form, pk) for pk, form in answers.items() if form.is_bound):
        about = get_object_or_404(
            MinutesComment.objects.select_related("section__minutes"), section=one, pk=of
        )
        about.section = one
        action = functools.partial(actions.answer_comment, comment=about)
        return save(request, form, action, process, _("The answer is recorded."))
    return False


@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: HttpRequest, slug: str, pk: int, order: int) -> HttpResponse:
    """Say how an item ended that was left without an outcome."""
    review = get_review_to_run(request, slug, pk)
    item = get_object_or_404(review.items, order=order)
    item.review = review
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_outcome(actor=request.user, item=item, origin=Origin.WEB, **form.said())
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Recorded."))
            return redirect("minutes-holding", slug, pk)
    context = {"process": review.body.process, "tab": "reviews", "review": review}
    return answer(
        request, "reviews/minutes_outcome.html", context | {"item": item, "form": form}, form
    )


@require_http_methods(["GET", "HEAD", "POST"])
def circulate(request: HttpRequest, slug: str, pk: int, version: int) -> HttpResponse:
    """Ask the members for comments until a moment."""
    minutes = _draft_to_edit(request, slug, pk, version)
    form = CirculateForm(request.POST if request.method == "POST" else None, minutes=minutes)

    def ask(on: Any, clock: Any, **by: Any) -> Minutes:
        return actions.circulate_minutes(minutes=minutes, until=form.until, **by)

    words = _("Circulated. The members are told with their next digest.")
    if form.is_bound and save(request, form, ask, minutes.review.body.process, words):
        return redirect("minutes", slug, pk, version)
    return answer(request, "reviews/minutes_circulate.html", _head(minutes) | {"form": form}, form)


@require_POST
def approve(request: HttpRequest, slug: str, pk: int, version: int) -> HttpResponse:
    """Approve what was read; the addressees get it at once."""
    review = get_review(request, slug, pk)
    minutes = get_minutes(request, review, version)
    if not may_approve(request.user, review):
        raise PermissionDenied
    form = ApproveForm(request.POST)
    if minutes.approved_at is not None:
        messages.info(request, _("These minutes are approved already."))
        return redirect("minutes", slug, pk, version)
    action = functools.partial(actions.approve_minutes, minutes=minutes)
    words = _("Approved. To whom it was sent stands under Proof of dispatch.")
    if save(request, form, action, review.body.process, words):
        nudge()
        return redirect("minutes", slug, pk, version)
    context = _page(request, minutes, form)
    form.approve_instead(context["seen"])
    return render(request, "reviews/minutes.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Begin a new version of approved minutes, saying what it corrects."""
    review = get_review_to_run(request, slug, pk)
    last = get_object_or_404(review.minutes.order_by("-version")[:1])
    if last.approved_at is None:
        return redirect("minutes", slug, pk, last.version)
    form = CorrectForm(request.POST if request.method == "POST" else None)
    action = functools.partial(actions.correct_minutes, review=review)
    words = _("The new version is a draft: the former one holds until it is approved.")
    if form.is_bound and save(request, form, action, review.body.process, words):
        return redirect("minutes", slug, pk, last.version + 1)
    last.review = review
    return answer(request, "reviews/minutes_correct.html", _head(last) | {"form": form}, form)
