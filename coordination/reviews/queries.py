"""Which reviews are to come, who sits in one, and whether its quorum is met."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from coordination.bodies.decisions import Quorum, quorum
from coordination.bodies.models import Body, ReportingLine, Seat
from coordination.processes.models import Process

from .models import Attendance, Review


def coming(process: Process, now: datetime | None = None) -> Q:
    """The reviews that are in session, or planned for today or later.

    One that was planned and never opened is past: it stops no series.
    """
    states = Review.State
    return Q(state=states.IN_SESSION) | Q(state=states.PLANNED, held_on__gte=process.today(now))


def day_of(review: Review) -> date:
    """The day of whose seats and terms a review is: today until it has closed.

    A term may end at midnight while the body is in session.
    """
    process = review.body.process
    if review.state in (Review.State.PLANNED, Review.State.IN_SESSION):
        return process.today()
    return process.today(review.closed_at) if review.closed_at else review.held_on


def seats_of(review: Review) -> list[Seat]:
    """The seats that the body has on the review's day, with who holds them then."""
    day = day_of(review)
    seats = Seat.objects.on(day).with_holders(day).filter(body=review.body).order_by("number")
    for seat in seats:
        seat.body = review.body  # spares a query for each
    return list(seats)


def present_in(review: Review) -> dict[int, int | None]:
    """Who is marked as there, near or far: by the id of the seat that of the person in it."""
    there = review.attendance.exclude(presence=Attendance.Presence.ABSENT)
    return dict(there.values_list("seat_id", "person_id"))


def quorum_of(review: Review, seats: Sequence[Seat]) -> Quorum:
    """Whether a review has its quorum, or had it when it closed; `seats` as `seats_of` gives them.

    By whatever protocol holds afterwards, what was so then stays so.
    """
    if review.closed_at and review.quorum_words:
        return Quorum(review.quorum_met, (review.quorum_words,))
    protocol = getattr(review.body, "protocol", None)
    counts_as, mandated = composition_of(review.body)
    return quorum(protocol, seats, present_in(review), counts_as, mandated=mandated)


def composition_of(body: Body) -> tuple[dict[str, str], int]:
    """In which part of the quorum each group of the composition counts, and how many voting seats
    the mandate gives the body."""
    parts = list(body.composition_parts.all())
    return {part.group: part.counts_as for part in parts}, sum(part.seats for part in parts)


def sits_and_votes(user: Any, seats: Sequence[Seat]) -> bool:
    """Whether somebody sits in a voting seat; `seats` as `seats_of` gives them."""
    voting = [seat for seat in seats if seat.vote != Seat.Vote.ADVISING]
    terms = [term for seat in voting for term in seat.current_terms]
    return any(user.pk in (term.holder_id, term.alternate_id) for term in terms)


def lines_of(body: Body, day: date) -> QuerySet[ReportingLine]:
    """The reporting lines along which a body's minutes and reports go on a day."""
    kinds = (ReportingLine.Kind.REPORTS_TO, ReportingLine.Kind.INFORMS)
    rows = body.lines.on(day).filter(kind__in=kinds).order_by("pk")
    return rows.select_related("body__process", "to_body__process", "to_party__process")
