"""Seats whose holder's term ends soon, for those who run the body and for the coordinators."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Term
from coordination.commitments.models import ReminderPolicy
from coordination.processes.models import Process

from ..models import Reminder
from ..people import coordinators, who_runs
from ..planned import Planned, spoken
from ..when import days_begun


def seats_falling_vacant(since: datetime, now: datetime) -> Iterator[Planned]:
    """Once a day and process, when its day begins; the days of an outage too."""
    for process in Process.objects.prefetch_related("reminder_policies"):
        for day in days_begun(process, since, now):
            yield from _of_process(process, day)


def _of_process(process: Process, today: date) -> Iterator[Planned]:
    by_body = {one.body_id: one.vacancy_days for one in process.reminder_policies.all()}
    usual = by_body.get(None, ReminderPolicy().vacancy_days)
    ahead = {days for one in (usual, *by_body.values()) for days in one}
    ending = Term.objects.filter(
        seat__body__process=process,
        ends_on__in=[today + timedelta(days=days) for days in ahead],
    ).select_related("seat__body__process", "seat__party", "holder")
    seats = [term.seat_id for term in ending]
    later = Term.objects.filter(seat__in=seats, starts_on__gt=today)
    after = set(later.values_list("seat", flat=True))
    for term in ending:
        body = term.seat.body
        assert term.ends_on is not None
        if term.seat_id in after or (term.ends_on - today).days not in by_body.get(body.pk, usual):
            continue
        people = who_runs(body, today)
        people += [one for one in coordinators(process) if one not in people]
        for person in people:
            yield Planned(
                kind=Reminder.Kind.VACANCY,
                process=process,
                recipient=person,
                about=term,
                day=today,
                title=f"{body.code}, {term.seat}",
                due_on=term.ends_on,
                path=reverse("body", args=[process.slug, body.code]),
                because=format_lazy(
                    _("The term of {holder} ends on {day} and nobody is named to follow."),
                    holder=term.holder,
                    day=spoken(term.ends_on),
                ),
            )
