"""Disputes: all of a process, one with its whole way, raising one, and what came of a step."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.forms import SubmissionForm
from coordination.bodies.access import may_keep
from coordination.bodies.models import Body
from coordination.processes.editing import answer, save
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import actions, disputes
from ..forms.disputes import AnswerForm, NextForm, RaiseForm, SettleForm
from ..models import AgendaItem, Dispute, Review
from .fetching import get_review

State = Dispute.State
#: How many that are settled a page lists.
SETTLED_SHOWN = 100


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The disputes of a process by body, those that are not settled first."""
    process = get_process(request.user, slug)
    rows = disputes.with_stages(
        Dispute.objects.visible_to(request.user).filter(body__process=process)
    )
    code = request.GET.get("body", "")
    bodies = Body.objects.visible_to(request.user).filter(process=process)
    body = bodies.filter(code=code).first() if code else None
    if body is not None:
        body.process = process
        rows = rows.filter(body=body)
    unsettled = list(rows.exclude(state=State.SETTLED).order_by("body__name", "number"))
    settled = list(rows.filter(state=State.SETTLED).order_by("-ended_at")[:SETTLED_SHOWN])
    for one in [*unsettled, *settled]:
        one.body.process = process
    context = {
        "process": process,
        "tab": "reviews",
        "unsettled": [(one, disputes.running_stage(one)) for one in unsettled],
        "settled": settled,
        "body": body,
        "may_raise": body is not None and disputes.may_raise(request.user, body),
        "now": timezone.now(),
    }
    return render(request, "reviews/disputes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def on_item(request: HttpRequest, slug: str, pk: int, order: int) -> HttpResponse:
    """Raise a dispute on an item, while the meeting is in session or its minutes are in draft."""
    review = get_review(request, slug, pk)
    item = get_object_or_404(
        AgendaItem.objects.select_related("commitment"), review=review, order=order
    )
    item.review = review
    return _raise(request, review.body, item)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Raise a dispute without a meeting."""
    process = get_process(request.user, slug)
    body = get_object_or_404(Body.objects.visible_to(request.user), process=process, code=code)
    body.process = process
    return _raise(request, body, None)


def _raise(request: HttpRequest, body: Body, item: AgendaItem | None) -> HttpResponse:
    process, user = body.process, request.user
    if not disputes.may_raise(user, body):
        raise PermissionDenied
    parties = disputes.parties_for(user, body)
    form = RaiseForm(
        request.POST if request.method == "POST" else None,
        process=process,
        parties=parties,
        as_body=may_keep(user, body) or not parties,
        asks_commitment=item is None,
        initial={"subject": item.title if item and item.commitment_id is None else ""},
    )
    made: list[Dispute] = []

    def done(dispute: Dispute) -> str:
        made.append(dispute)
        return _("Dispute %(n)s is recorded.") % {"n": dispute.number}

    act = partial(actions.raise_dispute, body=body, item=item)
    if form.is_bound and save(request, form, act, process, done):
        if made:
            return redirect("dispute", process.slug, made[0].number)
        return redirect("disputes", process.slug)
    states = (Review.State.IN_SESSION, Review.State.MINUTES_DRAFT)
    context = {
        "process": process,
        "tab": "reviews",
        "body": body,
        "item": item,
        "form": form,
        "first": next(iter(disputes.steps_of(body)), None),
        "too_late": item is not None and item.review.state not in states,
        "step_days": disputes.STEP_DAYS,
    }
    return answer(request, "reviews/dispute_new.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One dispute: what it is about, every step that it took, what comes next."""
    process = get_process(request.user, slug)
    dispute = _get(request, process, number)
    forms = _forms(request, dispute)
    failed: SubmissionForm | None = None
    if request.method == "POST":
        what = request.POST.get("what", "")
        form, act, words = _sent(request, dispute, what)
        if form is None or act is None:
            return redirect("dispute", slug, number)
        if save(request, form, act, process, words):
            return redirect("dispute", slug, number)
        failed = form
        dispute = _get(request, process, number)
        forms = _forms(request, dispute)
        if what in forms:
            forms[what] = form
            running = disputes.running_stage(dispute)
            if isinstance(form, AnswerForm) and running is not None:
                form.show(running.number)
    context = {
        "process": process,
        "tab": "reviews",
        "dispute": dispute,
        "stages": list(dispute.stages.all()),
        "running": disputes.running_stage(dispute),
        "coming": disputes.next_steps(dispute) if dispute.state != State.SETTLED else [],
        "forms": forms,
        "failed": failed,
        "late": failed is not None and failed not in forms.values(),
        "may_keep": may_keep(request.user, dispute.body),
        "may_coordinate": process.viewer.is_coordinator,
        "step_days": disputes.STEP_DAYS,
        "now": timezone.now(),
    }
    status = 200 if failed is None else 409 if context["late"] else 422
    return render(request, "reviews/dispute.html", context, status=status)


def _get(request: HttpRequest, process: Process, number: int) -> Dispute:
    rows = disputes.with_stages(Dispute.objects.visible_to(request.user))
    dispute = get_object_or_404(
        rows.select_related("item__review__body"), body__process=process, number=number
    )
    dispute.body.process = process
    return dispute


def _forms(request: HttpRequest, dispute: Dispute) -> dict[str, SubmissionForm]:
    """What the reader may send, by the name with which it is sent; empty."""
    if dispute.state == State.SETTLED:
        return {}
    stage = disputes.running_stage(dispute)
    forms: dict[str, SubmissionForm] = {}
    if stage is not None and disputes.may_answer(request.user, dispute, stage):
        forms["answer"] = AnswerForm(initial={"step": stage.number})
    if may_keep(request.user, dispute.body):
        forms["settle"] = SettleForm()
        if stage is None and disputes.next_steps(dispute):
            forms["next"] = NextForm()
    return forms


def _sent(
    request: HttpRequest, dispute: Dispute, what: str
) -> tuple[SubmissionForm | None, Callable[..., Any] | None, str]:
    """The form that was sent and what it does; 403 to whom it was not offered."""
    keeps = may_keep(request.user, dispute.body)
    # Who was asked at a step that ended meanwhile keeps what they typed, and reads why.
    asked = any(
        disputes.may_answer(request.user, dispute, stage)
        for stage in dispute.stages.all()
        if what != "answer" or str(stage.number) == request.POST.get("step")
    )
    if not keeps and (not asked or what in ("settle", "next")):
        raise PermissionDenied
    if what == "answer":
        act: Any = partial(actions.answer_dispute, dispute=dispute)
        return AnswerForm(request.POST), act, _("The answer is recorded.")
    if what == "settle":
        act = partial(actions.settle_dispute, dispute=dispute)
        return SettleForm(request.POST), act, _("The dispute is recorded as settled.")
    if what == "next":
        act = partial(actions.ask_next_step, dispute=dispute)
        return NextForm(request.POST), act, _("The next step is asked.")
    return None, None, ""
