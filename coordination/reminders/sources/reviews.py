"""Agendas that close."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Protocol
from coordination.reviews.models import Review

from ..models import Reminder
from ..people import who_sits_in
from ..planned import Planned, spoken

#: How long before an agenda closes its members are told.
AHEAD = timedelta(days=2)
_DEFAULT_HOURS: int = Protocol._meta.get_field("agenda_closes_hours").get_default()


def open_agendas(now: datetime) -> QuerySet[Review]:
    """The meetings to come whose agenda nobody has closed."""
    return Review.objects.filter(
        state=Review.State.PLANNED, agenda_closed_at=None, starts_at__gt=now
    )


def closing_agendas(since: datetime, now: datetime) -> Iterator[Planned]:
    """Whenever it is found: a meeting that is moved may have little time left."""
    longest = AHEAD + timedelta(hours=_most_hours())
    planned = (
        open_agendas(now)
        .filter(starts_at__lte=now + longest)
        .select_related("body__process", "body__protocol")
    )
    found: list[Planned] = []
    for review in planned:
        closes_at = agenda_closes_at(review)
        if closes_at - AHEAD <= now < closes_at:
            found += _to_members(review, closes_at, now)
    return _told_anew(found)


def agenda_closes_at(review: Review) -> datetime:
    protocol = getattr(review.body, "protocol", None)
    hours = protocol.agenda_closes_hours if protocol else _DEFAULT_HOURS
    return review.starts_at - timedelta(hours=hours)


def _to_members(review: Review, closes_at: datetime, now: datetime) -> Iterator[Planned]:
    process = review.body.process
    for person in who_sits_in(review.body, process.today(now)):
        yield Planned(
            kind=Reminder.Kind.AGENDA,
            process=process,
            recipient=person,
            about=review,
            day=review.held_on,
            title=str(review),
            due_on=process.today(closes_at),
            path=reverse("review", args=[process.slug, review.pk]),
            because=format_lazy(
                _(
                    "You sit in {body}, which meets on {day}. You can propose items until its "
                    "agenda closes."
                ),
                body=review.body.name,
                day=spoken(review.held_on),
            ),
        )


def _told_anew(found: list[Planned]) -> Iterator[Planned]:
    """Those that are new, and those that were taken back: the meeting may have moved to and fro."""
    times = 0
    while found:
        rows = Reminder.objects.filter(key__in=[one.key for one in found])
        states = dict(rows.values_list("key", "state"))
        yield from (one for one in found if one.key not in states)
        times += 1
        taken_back = [one for one in found if states.get(one.key) == Reminder.State.SUPERSEDED]
        found = [replace(one, again=times) for one in taken_back]


def _most_hours() -> int:
    """The longest that any protocol closes its agenda ahead."""
    most = Protocol.objects.aggregate(most=Max("agenda_closes_hours"))["most"]
    return max(most or 0, _DEFAULT_HOURS)
