"""When people are reminded: the policies, the working days, and what will go out."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.commitments.access import may_foresee
from coordination.commitments.actions.policies import (
    refuse_senseless,
    set_reminder_policy,
    withdraw_reminder_policy,
)
from coordination.commitments.check_in_plan import policy_of, try_policy
from coordination.commitments.forms.policies import PolicyForm, TryForm, policy_for, policy_words
from coordination.commitments.models import Breach, Commitment, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin
from coordination.processes.editing import answer, get_process_to_keep, save, sent_by
from coordination.processes.holiday_forms import WorkingDaysForm
from coordination.processes.holidays import listed_holidays, set_working_days
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .forecast import forecast, reminders_of
from .models import Escalation, Occurrence, Reminder
from .rows import rows_of

CHANGES = require_http_methods(["GET", "HEAD", "POST"])
#: What was sent that the page of a commitment names; the outbox has all of it.
SENT = 20


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The process's policy in words, and those of bodies that have their own."""
    process = get_process(request.user, slug)
    policies = ReminderPolicy.objects.visible_to(request.user).filter(process=process)
    own = list(policies.exclude(body=None).select_related("body").order_by("body__name"))
    leading = Commitment.objects.filter(process=process, lead_body__isnull=False)
    others = Body.objects.visible_to(request.user).filter(
        process=process, pk__in=leading.values("lead_body")
    )
    policy = policy_for(process)
    context = {
        "process": process,
        "tab": "outbox",
        "policy": policy,
        "words": policy_words(policy),
        "own": [(one, policy_words(one)) for one in own],
        "others": others.exclude(pk__in=[one.body_id for one in own]).order_by("name"),
        "holidays": listed_holidays(process),
        "weekend": _weekend(process),
        "any_time": settings.MAIL_AT_ANY_TIME,
    }
    return render(request, "reminders/policies.html", context)


def _weekend(process: Process) -> list[Any]:
    return [WEEKDAYS[day - 1] for day in process.weekend]


@CHANGES
def edit_policy(request: HttpRequest, slug: str, code: str = "") -> HttpResponse:
    """The policy of the process or of one of its bodies; tried on a commitment before it is saved,
    and withdrawn."""
    process = get_process_to_keep(request, slug)
    body = get_object_or_404(Body, process=process, code=code) if code else None
    if body is not None:
        body.process = process
    own = ReminderPolicy.objects.filter(process=process, body=body).first()
    if request.method == "POST" and request.POST.get("what") == "withdraw":
        return _withdraw(request, slug, own)
    tried = "try" in request.POST
    form = PolicyForm(sent_by(request, "policy", True), process=process, thing=body or process)
    told = {"process": process, "body": body}
    if (
        form.is_bound
        and not tried
        and save(request, form, set_reminder_policy, process, _("Saved."), **told)
    ):
        return redirect("reminder-policies", slug)
    follows = _that_follow(request, process, body)
    trial = TryForm(request.POST if tried else None, commitments=follows)
    status = 422 if form.is_bound and not tried else 200
    context = {
        "process": process,
        "tab": "outbox",
        "body": body,
        "own": own,
        "form": form,
        "trial": trial,
    }
    if tried:
        if form.is_valid() and trial.is_valid() and _makes_sense(form):
            chosen = trial.cleaned_data["commitment"]
            chosen.process = process
            try_policy(process, form.policy())
            context |= _foreseen(chosen, anew=True)
        else:
            status = 422
    return render(request, "reminders/policy_edit.html", context, status=status)


def _makes_sense(form: PolicyForm) -> bool:
    try:
        refuse_senseless(form.policy())
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _withdraw(request: HttpRequest, slug: str, own: ReminderPolicy | None) -> HttpResponse:
    if own is not None:
        try:
            withdraw_reminder_policy(actor=request.user, policy=own, origin=Origin.WEB)
        except Refused:
            pass  # somebody else did
    return redirect("reminder-policies", slug)


def _that_follow(request: HttpRequest, process: Process, body: Body | None) -> Any:
    """The commitments that follow a policy."""
    rows = Commitment.objects.visible_to(request.user).filter(process=process)
    rows = rows.select_related("lead_body", "verifying_body", "deadline")
    if body is not None:
        return rows.filter(lead_body=body)
    own = ReminderPolicy.objects.filter(process=process).exclude(body=None)
    return rows.exclude(lead_body__in=own.values("body"))


def _foreseen(commitment: Commitment, *, anew: bool = False) -> dict[str, Any]:
    found = forecast(commitment, anew=anew)
    return {
        "commitment": commitment,
        "forecast": found,
        "rows": rows_of(found),
        "any_time": settings.MAIL_AT_ANY_TIME,
    }


@require_safe
def of_commitment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What goes out about a commitment, and for coordinators what has gone out."""
    process = get_process(request.user, slug)
    rows = Commitment.objects.visible_to(request.user).filter(process=process)
    commitment = get_object_or_404(
        rows.select_related("lead_body__process", "verifying_body", "deadline").prefetch_related(
            "obligations"
        ),
        number=number,
    )
    commitment.process = process
    if not may_foresee(request.user, commitment):
        raise PermissionDenied
    policy = policy_of(commitment)
    context = {
        "process": process,
        "tab": "commitments",
        "policy": policy,
        "words": policy_words(policy),
        **_foreseen(commitment),
    }
    if process.viewer.is_coordinator:
        sent = reminders_of(commitment).select_related("recipient", "message", "occurrence")
        owed = ("obligation__party", "obligation__body")
        silences = Escalation.objects.filter(obligation__commitment=commitment)
        unasked = Occurrence.objects.filter(
            obligation__commitment=commitment,
            state__in=(Occurrence.State.NOBODY, Occurrence.State.SKIPPED),
        )
        context |= {
            "sent": _with_owners(commitment, list(sent[:SENT])),
            "silences": silences.select_related(*owed)[:SENT],
            "unasked": unasked.select_related(*owed)[:SENT],
        }
    return render(request, "reminders/commitment.html", context)


def _with_owners(
    commitment: Commitment, sent: list[Reminder]
) -> list[tuple[Reminder, Obligation | None]]:
    """Each reminder with whose part of the commitment it speaks of; none where it is of all."""
    owed = Obligation.every.filter(commitment=commitment).select_related("party", "body")
    by_key = {one.pk: one for one in owed}
    about = {(one.about_type, one.about_id) for one in sent}
    of = {("obligation", pk): pk for pk in by_key}
    for name, model in (("escalation", Escalation), ("breach", Breach)):
        keys = [pk for kind, pk in about if kind == name]
        found = model._default_manager.filter(pk__in=keys).values_list("pk", "obligation")
        of |= {(name, pk): obligation for pk, obligation in found}
    keys_of = [
        one.occurrence.obligation_id if one.occurrence else of.get((one.about_type, one.about_id))
        for one in sent
    ]
    return [(one, by_key.get(key or 0)) for one, key in zip(sent, keys_of, strict=True)]


@CHANGES
def working_days(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = WorkingDaysForm(
        request.POST if request.method == "POST" else None, process=process, thing=process
    )
    if form.is_bound and save(
        request, form, set_working_days, process, _("Saved."), process=process
    ):
        return redirect("working-days", slug)
    context = {
        "process": process,
        "tab": "outbox",
        "form": form,
        "any_time": settings.MAIL_AT_ANY_TIME,
    }
    return answer(request, "reminders/working_days.html", context, form)
