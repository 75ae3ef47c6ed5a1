"""The meetings of a stretch of days: those that stand, and those that a rhythm still promises."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from coordination.bodies.models import Body, Term
from coordination.commitments.models import Obligation
from coordination.processes.models import Membership

from .models import Review, ReviewSeries
from .occurrences import Meeting, untouched

#: Due days that a month shows; beyond them the register is the place.
DUE_SHOWN = 200
_DAY = timedelta(days=1)


@dataclass
class Day:
    """A day of a calendar."""

    date: date
    is_outside: bool = False
    is_today: bool = False
    meetings: list[Meeting] = field(default_factory=list)
    due: list[Obligation] = field(default_factory=list)


def meetings_between(bodies: Iterable[Body], first: date, last: date) -> list[Meeting]:
    """What these bodies meet for from the first day to the last, in the order of time.

    Takes two queries for any number of bodies, which come with their process; days are those of
    each process.
    """
    known = {body.pk: body for body in bodies}
    rows = Review.objects.filter(body__in=known, held_on__range=(first, last))
    found: list[Meeting] = []
    for review in rows.select_related("series"):
        review.body = known[review.body_id]
        found.append(review)
    series = list(ReviewSeries.objects.filter(body__in=known))
    for one in series:
        one.body = known[one.body_id]
    found += untouched(series, first, last)
    return sorted(found, key=lambda one: (one.starts_at, one.body.code))


def bodies_of(user: Any, first: date, last: date) -> tuple[list[Body], "Seats"]:
    """The bodies in which somebody sits at some time between the days, as holder or alternate, in
    processes of which they are a member now; and when they sit there.
    """
    own = Term.objects.filter(Q(holder=user) | Q(alternate=user))
    own = own.filter(Q(ends_on=None) | Q(ends_on__gte=first), starts_on__lte=last)
    member = Membership.objects.current().filter(user=user)
    own = own.filter(seat__body__process__in=member.values("process"))
    terms = Term.objects.filter(seat__in=own.values("seat")).select_related("seat__body__process")
    seats = Seats(user, list(terms.order_by("starts_on", "pk")))
    bodies = {term.seat.body_id: term.seat.body for term in seats.terms}
    return list(bodies.values()), seats


@dataclass(frozen=True)
class Seats:
    """The terms of the seats that somebody has at some time; of two the later one holds a seat."""

    user: Any
    terms: list[Term]

    def sits_in(self, body: Body, day: date) -> bool:
        running = [term for term in self.terms if term.seat.body_id == body.pk]
        of_seats = {term.seat_id: term for term in running if term.runs_on(day)}
        return any(
            self.user.pk in (term.holder_id, term.alternate_id) and term.seat.holds_on(day)
            for term in of_seats.values()
        )


def own_meetings(user: Any, first: date, last: date) -> tuple[list[Meeting], list[Body]]:
    """The meetings to which somebody is invited on their day, and the bodies that they are of."""
    bodies, seats = bodies_of(user, first, last)
    meetings = meetings_between(bodies, first, last)
    mine = [one for one in meetings if seats.sits_in(one.body, one.held_on)]
    return mine, sorted(bodies, key=lambda body: (body.process.short_name, body.name))


def month_of(
    year: int, month: int, meetings: Iterable[Meeting], zone: ZoneInfo | None, today: date
) -> list[list[Day]]:
    """The weeks of a month, each from Monday, with the meetings of each day.

    Days are those of the zone, or those of each meeting's process.
    """
    by_day: dict[date, list[Meeting]] = defaultdict(list)
    for one in meetings:
        by_day[day_of(one, zone)].append(one)
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return [
        [Day(day, day.month != month, day == today, by_day.get(day, [])) for day in week]
        for week in weeks
    ]


def day_of(meeting: Meeting, zone: ZoneInfo | None) -> date:
    return meeting.starts_at.astimezone(zone).date() if zone else meeting.held_on


def reach(year: int, month: int) -> tuple[date, date]:
    """The first and the last day that a month's page shows, and one more on either side: the day
    of a meeting depends on whose clocks one reads.
    """
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return weeks[0][0] - _DAY, weeks[-1][-1] + _DAY


def put_due(weeks: list[list[Day]], obligations: Iterable[Obligation]) -> None:
    """Lay what falls due over a month: each commitment once a day."""
    days = {day.date: day for week in weeks for day in week}
    for one in obligations:
        day = days.get(one.due_on) if one.due_on else None
        if day and all(one.commitment_id != other.commitment_id for other in day.due):
            day.due.append(one)
