"""Reminder policies: set for a process or one of its bodies, and withdrawn again."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Process
from coordination.processes.records import change, enter

from ..models import Obligation, ReminderPolicy
from ..models.policy import MOST_DAYS
from .levels import PLANNED, plan_check_in

#: What a policy says, in the order in which it is asked for.
FIELDS = (
    *("before_due", "after_due", "then_every_days"),
    *("head_after_days", "chair_after_days", "dispute_after_days"),
    *("deadline_days", "vacancy_days", "urgent"),
)
#: Each list of days and whether it is kept with the most days first.
_LISTS = {"before_due": True, "after_due": False, "deadline_days": True, "vacancy_days": True}
#: The steps of the ladder above the owner; None for never.
RUNGS = ("head_after_days", "chair_after_days", "dispute_after_days")
_BATCH = 500


@transaction.atomic
def set_reminder_policy(
    *,
    actor: Any,
    process: Process,
    fields: Mapping[str, Any],
    origin: str,
    body: Body | None = None,
) -> ReminderPolicy:
    """Say what the reminders of a process are, or of the commitments that one of its bodies leads;
    `fields` that are left out stay as they are.

    What is planned follows at once, and so do the next steps of a silence that has begun.
    """
    lock(process)
    if body is not None and body.process_id != process.pk:
        raise Refused(_("The body belongs to another process."), "body")
    policy = ReminderPolicy.objects.filter(process=process, body=body).first()
    said = policy_state(policy or ReminderPolicy(process=process)) | _in_order(fields)
    refuse_senseless(ReminderPolicy(process=process, body=body, **said))
    of = body.code if body else "the process"
    beside = {"never_asked_daily": "then_every_days"}
    if policy is None:
        policy = enter(
            ReminderPolicy(process=process, body=body, **said),
            process=process,
            actor=actor,
            verb="reminder-policy.set",
            origin=origin,
            summary=f"Set the reminders of {of}",
            beside=beside,
        )
    elif not change(
        policy,
        said,
        process=process,
        actor=actor,
        verb="reminder-policy.changed",
        origin=origin,
        summary=f"Changed the reminders of {of}:",
        beside=beside,
    ):
        return policy
    _plan_anew(process, body)
    return policy


@transaction.atomic
def withdraw_reminder_policy(*, actor: Any, policy: ReminderPolicy, origin: str) -> None:
    """Let a body's commitments follow its process again, or a process the defaults."""
    process, body = policy.process, policy.body
    lock(process)
    stored = ReminderPolicy.objects.filter(pk=policy.pk).first()
    if stored is None:
        raise Refused(_("Somebody withdrew it meanwhile."))
    of = f"{body.code} follow the process" if body else "the process follow the defaults"
    append(
        process=process,
        actor=actor,
        verb="reminder-policy.withdrawn",
        thing=stored,
        origin=origin,
        summary=f"The reminders of {of} again",
        before=snapshot(stored),
    )
    stored.delete()
    _plan_anew(process, body)


def policy_state(policy: ReminderPolicy) -> dict[str, Any]:
    """All that a policy says, by the names of its fields."""
    return {name: getattr(policy, name) for name in FIELDS}


def _in_order(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as they are kept: the same days in another order are no change."""
    said = dict(fields)
    for name, most_first in _LISTS.items():
        days = said.get(name)
        if isinstance(days, list) and all(type(day) is int for day in days):
            said[name] = sorted(days, reverse=most_first)
    if isinstance(urgent := said.get("urgent"), list):
        kinds = list(ReminderPolicy.Urgent.values)
        said["urgent"] = [kind for kind in kinds if kind in urgent] or urgent
    return said


def refuse_senseless(policy: ReminderPolicy) -> None:
    """Raise `Refused` for the first thing in it that makes no sense."""
    for name in ("then_every_days", *RUNGS):
        days = getattr(policy, name)
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise Refused(_("Write a number of days from 1 to 365."), name)
    named = [(name, days) for name in RUNGS if (days := getattr(policy, name)) is not None]
    for (_before, earlier), (name, later) in pairwise(named):
        if later < earlier:
            raise Refused(_("It comes later than the step before it: write more days."), name)
    try:
        policy.full_clean(
            exclude={"process", "body"}, validate_unique=False, validate_constraints=False
        )
    except ValidationError as error:
        name, words = next(iter(error.message_dict.items()))
        said = get_text_list(words, _("and"))
        raise Refused(said, None if name == NON_FIELD_ERRORS else name) from error


def _plan_anew(process: Process, body: Body | None) -> None:
    """Plan the next check-in of every obligation that a policy is about, batch by batch, and let
    every silence be looked at."""
    process = Process.objects.get(pk=process.pk)  # with nothing fetched: `policy_of` keeps policies
    rows = Obligation.objects.filter(commitment__process=process).order_by("pk")
    if body is not None:
        rows = rows.filter(commitment__lead_body=body)
    else:
        own = process.reminder_policies.exclude(body=None).values("body")
        rows = rows.exclude(commitment__lead_body__in=own)
    last = 0
    locked = rows.select_related("commitment").select_for_update(of=("self",))
    while batch := list(locked.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        changed = []
        for obligation in batch:
            obligation.commitment.process = process
            was = [getattr(obligation, name) for name in PLANNED]
            plan_check_in(obligation)
            if [getattr(obligation, name) for name in PLANNED] != was:
                changed.append(obligation)
        Obligation.objects.bulk_update(changed, PLANNED)
    # Who has not answered yet is looked at anew with the next tick: the slice above tells whom.
    silences: Any = Obligation._meta.get_field("escalations").related_model
    silences.objects.filter(obligation__in=rows, stopped_at=None).update(next_at=timezone.now())
