"""Reports of fulfilment that the verifying body has not judged yet."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Max, Q, QuerySet
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Seat
from coordination.commitments.access import may_verify
from coordination.commitments.check_in_plan import policy_of
from coordination.commitments.models import Level, Obligation, ReminderPolicy

from ..models import Reminder
from ..people import who_runs, who_sits_in
from ..planned import Planned, spoken

#: Who in a body judges a report, before all others.
JUDGING = (*Seat.RUNNING, Seat.Role.MONITOR)


def unjudged() -> QuerySet[Obligation]:
    """Those of which it was reported that they are fulfilled, and nothing found since."""
    return Obligation.objects.filter(
        Q(verified_at=None) | Q(verified_at__lt=F("reported_at")),
        reported_level=Level.FULL,
        commitment__verifying_body__isnull=False,
        commitment__withdrawn_at=None,
    )


def reports_to_verify(since: datetime, now: datetime) -> Iterator[Planned]:
    rows = (
        unjudged()
        .filter(reported_at__gt=since, reported_at__lte=now)
        .select_related(
            "commitment__process", "commitment__verifying_body__process", "party", "body"
        )
    )
    rows = rows.annotate(reports=Max("check_ins__number"))
    for obligation in rows:
        yield from _to_judges(obligation, now)


def _to_judges(obligation: Obligation, now: datetime) -> Iterator[Planned]:
    commitment = obligation.commitment
    process, body = commitment.process, commitment.verifying_body
    assert body is not None and obligation.reported_at is not None
    today = process.today(now)
    reported_on = process.today(obligation.reported_at)
    judges = who_runs(body, today, JUDGING) or who_sits_in(body, today)
    urgent = ReminderPolicy.Urgent.VERIFICATION in policy_of(commitment).urgent
    for person in judges:
        if not may_verify(person, obligation):
            continue
        yield Planned(
            kind=Reminder.Kind.VERIFICATION,
            process=process,
            recipient=person,
            about=obligation,
            day=reported_on,
            title=commitment.title,
            reference=commitment.code,
            due_on=obligation.due_on,
            path=reverse("verify", args=[process.slug, commitment.number, obligation.pk]),
            because=format_lazy(
                _("{owner} reported on {day} that it is fulfilled; {body} verifies it."),
                owner=obligation.owner_name,
                day=spoken(reported_on),
                body=body.name,
            ),
            urgent=urgent,
            again=getattr(obligation, "reports", ""),  # reported again, it is judged again
        )
