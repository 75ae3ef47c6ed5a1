"""Agendas that close, and minutes that wait for approval."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Protocol
from coordination.reviews.models import Review

from ..models import Reminder
from ..people import chairs_of, who_sits_in
from ..planned import Planned, spoken

#: How long before an agenda closes its members are told.
AHEAD = timedelta(days=2)
_DEFAULT_HOURS: int = Protocol._meta.get_field("agenda_closes_hours").get_default()


def closing_agendas(since: datetime, now: datetime) -> Iterator[Planned]:
    longest = AHEAD + timedelta(hours=_most_hours())
    planned = Review.objects.filter(
        state=Review.State.PLANNED, starts_at__gt=now, starts_at__lte=now + longest
    ).select_related("body__process", "body__protocol")
    for review in planned:
        protocol = getattr(review.body, "protocol", None)
        hours = protocol.agenda_closes_hours if protocol else _DEFAULT_HOURS
        closes_at = review.starts_at - timedelta(hours=hours)
        if not since < closes_at - AHEAD <= now < closes_at:
            continue
        process = review.body.process
        for person in who_sits_in(review.body, process.today(now)):
            yield Planned(
                kind=Reminder.Kind.AGENDA,
                process=process,
                recipient=person,
                about=review,
                day=process.today(closes_at),
                title=str(review),
                due_on=process.today(closes_at),
                path=reverse("review", args=[process.slug, review.pk]),
                because=format_lazy(
                    _("You sit in {body}, which meets on {day}; its agenda closes before."),
                    body=review.body.name,
                    day=spoken(review.held_on),
                ),
            )


def _most_hours() -> int:
    """The longest that any protocol closes its agenda ahead."""
    most = Protocol.objects.aggregate(most=Max("agenda_closes_hours"))["most"]
    return max(most or 0, _DEFAULT_HOURS)


def minutes_to_approve(since: datetime, now: datetime) -> Iterator[Planned]:
    drafted = Review.objects.filter(
        state=Review.State.MINUTES_DRAFT, closed_at__gt=since, closed_at__lte=now
    ).select_related("body__process")
    for review in drafted:
        process = review.body.process
        assert review.closed_at is not None
        for person in chairs_of(review.body, process.today(now)):
            yield Planned(
                kind=Reminder.Kind.MINUTES,
                process=process,
                recipient=person,
                about=review,
                day=process.today(review.closed_at),
                title=str(review),
                path=reverse("review", args=[process.slug, review.pk]),
                because=format_lazy(
                    _("You chair {body}; the minutes of {day} are in draft."),
                    body=review.body.name,
                    day=spoken(review.held_on),
                ),
            )
