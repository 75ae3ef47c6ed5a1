"""Due days that come near, for those who run the lead body."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.commitments.check_in_plan import policy_of
from coordination.commitments.models import Commitment, Obligation
from coordination.processes.models import Process

from ..fulfilled import is_fulfilled
from ..models import Reminder
from ..people import who_runs
from ..planned import Planned, spoken
from ..when import days_begun


def coming_deadlines(since: datetime, now: datetime) -> Iterator[Planned]:
    """Once a day and process, when its day begins, the days of an outage too.

    Reads only what is due on the days that are asked for.
    """
    for process in Process.objects.prefetch_related("reminder_policies"):
        for day in days_begun(process, since, now):
            yield from _of_process(process, day)


def _of_process(process: Process, today: date) -> Iterator[Planned]:
    ahead = {days for one in process.reminder_policies.all() for days in one.deadline_days}
    ahead |= set(policy_of(Commitment(process=process)).deadline_days)
    due = Obligation.objects.exclude(is_fulfilled("")).filter(
        commitment__process=process,
        is_suspended=False,
        commitment__withdrawn_at=None,
        commitment__lead_body__isnull=False,
        due_on__in=[today + timedelta(days=days) for days in ahead],
    )
    days: dict[int, set[date]] = {}
    for key, due_on in due.values_list("commitment", "due_on"):
        days.setdefault(key, set()).add(due_on)
    rows = Commitment.objects.filter(pk__in=days).select_related("lead_body__process")
    for commitment in rows.order_by("number"):
        commitment.process = process
        wanted, lead = policy_of(commitment).deadline_days, commitment.lead_body
        assert lead is not None
        # The first of the owners' due days that its own policy asks for.
        day = min(
            (one for one in days[commitment.pk] if (one - today).days in wanted), default=None
        )
        if day is None:
            continue
        for person in who_runs(lead, today):
            yield Planned(
                kind=Reminder.Kind.DEADLINE,
                process=process,
                recipient=person,
                about=commitment,
                day=today,
                title=commitment.title,
                reference=commitment.code,
                due_on=day,
                path=reverse("commitment", args=[process.slug, commitment.number]),
                because=format_lazy(
                    _("It is due on {day}, and you run {body}, which leads it."),
                    day=spoken(day),
                    body=lead.name,
                ),
            )
