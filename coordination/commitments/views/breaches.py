"""Alleging a breach, and the page on which it is followed to its end."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.bodies.models import DisputeStep
from coordination.processes.access import is_coordinator
from coordination.processes.editing import answer, save

from .. import breach_access as access
from ..actions import breaches as actions
from ..breach_clocks import shown
from ..breach_queries import row_of
from ..evidence_access import may_add_evidence
from ..evidence_queries import evidence_of
from ..forms.breaches import STEPS, AllegeForm, StepForm
from ..models import Breach, BreachStep, Commitment, Obligation
from .fetching import get_commitment

State = Breach.State

#: What a form of the page does.
_ACTS: dict[str, Callable[..., Any]] = {
    State.EXAMINED: actions.examine_breach,
    State.UNFOUNDED: functools.partial(actions.judge_breach, outcome=State.UNFOUNDED),
    State.CONFIRMED: functools.partial(actions.judge_breach, outcome=State.CONFIRMED),
    State.RESPONSE_DUE: actions.ask_response,
    State.CURED: functools.partial(actions.record_response, outcome=State.CURED),
    State.UNRESOLVED: functools.partial(actions.record_response, outcome=State.UNRESOLVED),
    State.ESCALATED: actions.escalate_breach,
}


@dataclass(frozen=True)
class Rights:
    """What the reader may do about the breach."""

    judges: bool
    confirms: bool
    escalates: bool

    def may(self, state: str) -> bool:
        if state == State.CONFIRMED:
            return self.confirms
        return self.escalates if state == State.ESCALATED else self.judges


@dataclass(frozen=True)
class Offer:
    """The form for one of the next steps; the first stands open with the primary button."""

    form: StepForm
    is_first: bool
    to: DisputeStep | None = None

    @property
    def is_shown(self) -> bool:
        return self.is_first or self.form.is_bound


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Allege that one of those who owe the commitment has broken it."""
    commitment = get_commitment(request, slug, number)
    if not access.may_allege(request.user, commitment):
        raise PermissionDenied
    process = commitment.process
    owing = Obligation.objects.visible_to(request.user).filter(commitment=commitment)
    obligations = list(owing.select_related("party", "body").order_by("pk"))
    for obligation in obligations:
        obligation.commitment = commitment
    form = AllegeForm(
        request.POST if request.method == "POST" else None,
        owing=obligations,
        parties=list(access.may_allege_for(request.user, commitment)),
        as_body=access.speaks_for_body(request.user, commitment),
        today=process.today(),
        chosen=request.GET.get("obligation", ""),
    )
    made: list[Breach] = []
    if form.is_bound and save(request, form, actions.allege_breach, process, _alleged(made)):
        if made:
            return redirect("breach", slug, number, made[0].pk)
        return redirect("commitment", slug, number)
    context = _context(commitment) | {"form": form}
    return answer(request, "commitments/breach_new.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """What is alleged, every step with its clock, and the next steps that one may take."""
    commitment = get_commitment(request, slug, number)
    breach = _get(request, commitment, pk)
    rights = Rights(
        access.may_judge(request.user, breach),
        access.may_confirm(request.user, breach),
        access.may_escalate(request.user, breach),
    )
    further = actions.next_dispute_step(breach)
    failed, status, late = None, 200, {}
    if request.method == "POST":
        state = request.POST.get("what", "")
        if not (rights.judges or rights.escalates) or (state in STEPS and not rights.may(state)):
            raise PermissionDenied
        if state not in STEPS:
            return redirect("breach", slug, number, pk)
        today = commitment.process.today()
        failed = StepForm(
            state, request.POST, last=_last(breach), today=today, leads_on=bool(further)
        )
        act = functools.partial(_ACTS[state], breach=breach)
        if save(request, failed, act, commitment.process, _("The step is recorded.")):
            return redirect("breach", slug, number, pk)
        breach, status = _get(request, commitment, pk), 422
        further = actions.next_dispute_step(breach)
        if failed.overtaken:
            failed.show(_last(breach))
        if state not in Breach.NEXT[State(breach.state)]:
            late = {"late": failed, "words": failed["words"].value()}
            failed, status = None, 409
    offers, note = _offers(breach, rights, failed, further)
    supporting = evidence_of(commitment, request.user).filter(breach=breach)
    context = _context(commitment) | {
        "breach": breach,
        "row": row_of(breach, commitment),
        "steps": _steps(breach),
        "no_further": breach.state == State.UNRESOLVED and further is None,
        "protocol": _protocol(request.user, commitment)
        if further is None and State.ESCALATED in Breach.NEXT[State(breach.state)]
        else None,
        "offers": offers,
        "note": note,
        "supporting": supporting,
        "may_add": may_add_evidence(request.user, commitment),
    }
    return render(request, "commitments/breach.html", context | late, status=status)


def _context(commitment: Commitment) -> dict[str, Any]:
    return {"process": commitment.process, "tab": "commitments", "commitment": commitment}


def _alleged(made: list[Breach]) -> Callable[[Breach], str]:
    def done(breach: Breach) -> str:
        made.append(breach)
        return _("Breach %(number)s is recorded as alleged.") % {"number": breach.number}

    return done


def _get(request: HttpRequest, commitment: Commitment, pk: int) -> Breach:
    breach = get_object_or_404(
        Breach.objects.visible_to(request.user)
        .select_related("obligation__party", "obligation__body", "alleged_by", "entered_by")
        .prefetch_related("steps__author"),
        obligation__commitment=commitment,
        pk=pk,
    )
    breach.obligation.commitment = commitment
    return breach


def _last(breach: Breach) -> int:
    return max((step.number for step in breach.steps.all()), default=0)


def _steps(breach: Breach) -> list[tuple[BreachStep, Any]]:
    """Each step, oldest first, with the clock that it set."""
    zone = breach.obligation.commitment.process.zone
    return [
        (step, shown(step.state, step.clock_at, zone, step.recorded_at))
        for step in breach.steps.all()
    ]


def _protocol(user: Any, commitment: Commitment) -> tuple[str, str] | None:
    """The body whose protocol lacks a step for disputes, with the page on which the reader can
    add one, or else the page of the body."""
    body = commitment.lead_body or commitment.verifying_body
    if body is None:
        return None
    page = "body-protocol" if is_coordinator(user, commitment.process) else "body"
    return body.name, reverse(page, args=[commitment.process.slug, body.code])


def _offers(
    breach: Breach, rights: Rights, failed: StepForm | None, to: DisputeStep | None
) -> tuple[list[Offer], str]:
    """The forms that the reader may use now, and why one that they might look for is not there."""
    states = [state for state in Breach.NEXT[State(breach.state)] if rights.may(state)]
    states.sort(key=lambda state: state == breach.state)  # the same once more comes last
    note = ""
    if (
        rights.judges
        and not rights.confirms
        and State.CONFIRMED in Breach.NEXT[State(breach.state)]
    ):
        note = _("You entered the allegation; somebody else must confirm it.")
    if State.ESCALATED in states and to is None:
        states.remove(State.ESCALATED)
        note = actions.no_more_steps(breach)
    if failed is not None and failed.state in states:
        states.sort(key=lambda state: state != failed.state)
    today, last = breach.obligation.commitment.process.today(), _last(breach)
    offers: list[Offer] = []
    for state in states:
        form = failed if failed is not None and failed.state == state else None
        offers.append(
            Offer(
                form or StepForm(state, last=last, today=today, leads_on=bool(to)),
                is_first=not offers,
                to=to if state == State.ESCALATED else None,
            )
        )
    return offers, note
