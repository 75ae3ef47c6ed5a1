"""Breaches whose next step is due."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.commitments.breach_queries import clocks_running_out
from coordination.commitments.check_in_plan import policy_of
from coordination.commitments.models import Breach, ReminderPolicy

from ..models import Reminder
from ..people import heads_of, who_runs
from ..planned import Planned, spoken


def breach_steps(since: datetime, now: datetime) -> Iterator[Planned]:
    rows = clocks_running_out(now).filter(clock_at__gt=since)
    for breach in rows.select_related(
        *("obligation__commitment__lead_body__process", "obligation__commitment__process"),
        *("obligation__party__process", "obligation__body__process"),
    ):
        obligation = breach.obligation
        commitment, process = obligation.commitment, obligation.commitment.process
        assert breach.clock_at is not None
        day = process.today(breach.clock_at)
        for person in _people(breach, now):
            yield Planned(
                kind=Reminder.Kind.BREACH,
                process=process,
                recipient=person,
                about=breach,
                day=day,
                title=commitment.title,
                reference=commitment.code,
                due_on=day,
                path=reverse("breach", args=[process.slug, commitment.number, breach.pk]),
                because=format_lazy(
                    _("The breach by {owner} is {state} and its next step was due on {day}."),
                    owner=obligation.owner_name,
                    state=Breach.State(breach.state).label,
                    day=spoken(day),
                ),
                urgent=ReminderPolicy.Urgent.BREACH in policy_of(commitment).urgent,
                again=breach.state,
            )


def _people(breach: Breach, now: datetime) -> list[User]:
    """Who runs the lead body; and the owner's head of delegation where an answer is due."""
    obligation = breach.obligation
    lead = obligation.commitment.lead_body
    people = who_runs(lead, lead.process.today(now)) if lead else []
    if breach.state == Breach.State.RESPONSE_DUE and obligation.party is not None:
        people += [one for one in heads_of(obligation.party) if one not in people]
    return people
