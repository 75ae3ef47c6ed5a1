"""Asking for check-ins because somebody wants to know now, and taking such questions back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from coordination.commitments.check_in_plan import is_answered
from coordination.commitments.models import Obligation
from coordination.ledger.actions import lock
from coordination.processes.models import Process

from .asking import ask, unask, why_nobody_of
from .models import Escalation, Occurrence, Reminder
from .withdrawing import NOT_LEFT, withdraw

State = Occurrence.State

TAKEN_BACK = "The question was taken back by who had asked it."
#: Why a question cannot be taken back.
STAYS = {
    "mailed": _lazy("the mail has left"),
    "answered": _lazy("it was answered meanwhile"),
    "taken-back": _lazy("the question was taken back meanwhile"),
}


def why_not_now(
    obligations: Sequence[Obligation], process: Process, now: datetime
) -> dict[int, str]:
    """Of each by its key, why its owner cannot be asked now; nothing where they can.

    Each has its commitment, and who owes and who reports.
    """
    today = process.today(now)
    asked = dict(
        Occurrence.objects.filter(
            obligation__in=obligations, local_date=today, state__in=[State.ASKED, State.ANSWERED]
        ).values_list("obligation", "state")
    )
    nobody = why_nobody_of(obligations)

    def why(one: Obligation) -> str:
        if one.is_suspended:
            return _("%(owner)s: it is suspended.") % {"owner": one.owner_name}
        if is_answered(one):
            return _("%(owner)s: it is reported as done.") % {"owner": one.owner_name}
        if one.pk in asked:
            words = _("%(owner)s: asked today already.")
            if asked[one.pk] == State.ANSWERED:
                words = _("%(owner)s: asked and answered today.")
            return words % {"owner": one.owner_name}
        return nobody[one.pk]

    return {one.pk: why(one) for one in obligations}


@transaction.atomic
def ask_now(obligations: Sequence[Obligation], process: Process, now: datetime) -> list[Occurrence]:
    """Ask the owners of those who can be asked, whatever the plan says; returns the questions.

    The next one is planned as after any other question. Once a day at most.
    """
    lock(process)
    rows = Obligation.objects.filter(pk__in=[one.pk for one in obligations])
    held = list(
        rows.select_related("commitment", "party", "body", "focal_point")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for one in held:
        one.commitment.process = process
    reasons = why_not_now(held, process, now)
    keys = [one.pk for one in held if not reasons[one.pk]]
    today = process.today(now)
    rows.filter(pk__in=keys).update(next_check_in_on=today, next_check_in_at=now)
    ask(keys, now)
    asked = Occurrence.objects.filter(obligation__in=keys, local_date=today, state=State.ASKED)
    return list(asked.order_by("pk"))


@transaction.atomic
def take_back(
    occurrences: Sequence[Occurrence], since: datetime, now: datetime
) -> Mapping[int, str]:
    """Take back questions that were asked by hand, where nothing of them has left or was answered;
    returns by the keys of the others why they stay, as codes of `STAYS`."""
    stays: dict[int, str] = {}
    for occurrence in occurrences:
        reminders = Reminder.objects.filter(occurrence=occurrence)
        if occurrence.state != State.ASKED:
            answered = occurrence.state == State.ANSWERED
            stays[occurrence.pk] = "answered" if answered else "taken-back"
            continue
        if _has_left(reminders):
            stays[occurrence.pk] = "mailed"
            continue
        withdraw(reminders, TAKEN_BACK)
        if _has_left(reminders):  # while it was taken back
            stays[occurrence.pk] = "mailed"
            continue
        unask(occurrence, TAKEN_BACK)
        begun = Escalation.objects.filter(
            obligation=occurrence.obligation_id, stopped_at=None, rung=0, created_at__gte=since
        )
        begun.update(stopped_at=now, stop_reason=TAKEN_BACK, next_at=None)
    return stays


def _has_left(reminders: Any) -> bool:
    written = reminders.filter(state=Reminder.State.WRITTEN)
    return bool(written.exclude(message__state__in=NOT_LEFT).exists())
