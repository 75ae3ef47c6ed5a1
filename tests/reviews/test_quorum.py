"""Whether enough seats are filled to decide, while a review is in session.

The rules themselves are tested beside `coordination.bodies.decisions`.
"""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.reviews.models import AgendaItem, Attendance, Review
from coordination.reviews.queries import day_of, present_in, quorum_of, seats_of
from tests.factories import (
    AttendanceFactory,
    CompositionPartFactory,
    ProtocolFactory,
    QuorumPartFactory,
    ReviewFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


def held(body: Body, **fields: object) -> Seat:
    seat = SeatFactory(body=body, **fields)
    TermFactory(seat=seat)
    return seat


def come(review: Review, *seats: Seat, presence: str = "present") -> None:
    """Mark the holders of the seats as there."""
    for seat in seats:
        AttendanceFactory(
            review=review, seat=seat, person=seat.terms.get().holder, presence=presence
        )


def said(review: Review) -> tuple[bool | None, str]:
    review = Review.objects.get(pk=review.pk)
    found = quorum_of(review, seats_of(review))
    return found.met, found.words


def test_who_listens_from_afar_is_present_and_who_is_marked_absent_is_not(
    review: Review,
) -> None:
    rows = [
        AttendanceFactory(review=review, presence=presence)
        for presence in Attendance.Presence.values
    ]
    AttendanceFactory()
    there = [row for row in rows if row.presence in ("present", "remote")]
    assert present_in(review) == {row.seat_id: row.person_id for row in there}


def test_a_body_without_a_protocol_meets_without_a_quorum(review: Review) -> None:
    come(review, held(review.body))
    assert said(review) == (None, "1 present")


def test_the_quorum_of_a_review_is_that_of_its_body(review: Review) -> None:
    ProtocolFactory(body=review.body, quorum=2)
    one, other = held(review.body), held(review.body)
    come(review, one)
    come(review, other, presence="absent")
    assert said(review) == (False, "1 of 3 present, 2 needed")  # bob's seat is the third
    review.attendance.filter(seat=other).update(presence="remote")
    assert said(review) == (True, "2 of 3 present, 2 needed")


def test_groups_of_the_composition_count_in_the_parts_of_the_quorum(review: Review) -> None:
    body = review.body
    protocol = ProtocolFactory(body=body, quorum=2)
    QuorumPartFactory(protocol=protocol, group="national", minimum=1)
    QuorumPartFactory(protocol=protocol, group="others", minimum=1)
    CompositionPartFactory(body=body, group="parties", counts_as="national")
    CompositionPartFactory(body=body, group="others", counts_as="")
    come(review, held(body, group="parties"), held(body, group="others"))
    words = "2 of 3 present, 2 needed; national: 1, 1 needed; others: 1, 1 needed"
    assert said(review) == (True, words)


def test_a_share_is_of_the_seats_that_the_composition_names(review: Review) -> None:
    body = review.body
    ProtocolFactory(body=body, quorum_share="half")
    come(review, held(body))
    assert said(review) == (True, "1 of 2 present, 1 needed")  # bob's seat is the other
    CompositionPartFactory(body=body, group="parties", seats=4)
    CompositionPartFactory(body=body, group="guarantors", seats=3)
    assert said(review) == (False, "1 of 7 present, 4 needed; 2 of 7 seats are entered")


@pytest.fixture
def in_juba(review: Review) -> Review:
    """In session over midnight in Juba, which is 22:00 in UTC: one term ends with the 10th."""
    process = review.body.process
    process.time_zone = "Africa/Juba"
    process.save()
    ProtocolFactory(body=review.body, quorum=2)
    seats = [held(review.body, number=n) for n in (11, 12)]
    seats[0].terms.update(ends_on=dt.date(2026, 3, 10))
    come(review, *seats)
    review.state, review.opened_at = "in_session", dt.datetime(2026, 3, 10, 20, tzinfo=dt.UTC)
    review.save()
    return review


EVENING, NIGHT = (
    dt.datetime(2026, 3, 10, hour, minute, tzinfo=dt.UTC) for hour, minute in ((21, 59), (22, 0))
)


def test_a_seat_that_falls_vacant_in_session_counts_no_longer(in_juba: Review) -> None:
    with time_machine.travel(EVENING, tick=False):
        assert said(in_juba) == (True, "2 of 3 present, 2 needed")
    with time_machine.travel(NIGHT, tick=False):
        assert said(in_juba) == (
            False,
            "1 of 3 present, 2 needed; seat 11 is vacant and does not count",
        )


def test_who_took_the_seat_over_has_to_come_first(in_juba: Review) -> None:
    TermFactory(seat=in_juba.body.seats.get(number=11), starts_on=dt.date(2026, 3, 11))
    with time_machine.travel(NIGHT, tick=False):
        assert said(in_juba) == (
            False,
            "1 of 3 present, 2 needed; seat 11 does not count: who sits there neither holds it nor "
            "is the alternate",
        )


def test_a_seat_that_is_no_more_is_not_counted_at_all(in_juba: Review) -> None:
    in_juba.body.seats.filter(number=11).update(ended_on=dt.date(2026, 3, 11))
    with time_machine.travel(NIGHT, tick=False):
        assert said(in_juba) == (False, "1 of 2 present, 2 needed")


def test_a_review_has_the_seats_of_today_until_it_has_closed(in_juba: Review) -> None:
    closed = dt.datetime(2026, 3, 10, 21, tzinfo=dt.UTC)
    with time_machine.travel(dt.datetime(2026, 5, 1, tzinfo=dt.UTC), tick=False):
        assert day_of(in_juba) == dt.date(2026, 5, 1)
        in_juba.state, in_juba.closed_at = "minutes_draft", closed
        in_juba.save()
        assert day_of(in_juba) == dt.date(2026, 3, 10)
        assert said(in_juba) == (True, "2 of 3 present, 2 needed")
        entered = ReviewFactory(
            body=in_juba.body, state="approved", held_on=dt.date(2025, 1, 31), number=99
        )
        assert day_of(entered) == dt.date(2025, 1, 31)


def test_the_page_says_whether_the_quorum_is_there_and_why(session: AgendaItem, bob: User) -> None:
    review = session.review
    ProtocolFactory(body=review.body, quorum=1)
    come(review, review.body.seats.get())
    client = Client()
    client.force_login(bob)
    page = f"/p/valley/reviews/{review.pk}/items/1/"
    assert "1 of 1 present, 1 needed" in client.get(page).content.decode()
    review.body.seats.get().terms.update(ends_on=dt.date(2026, 1, 1))
    client.force_login(review.body.process.memberships.get(role="coordinator").user)
    html = client.get(page).content.decode()
    assert "0 of 1 present, 1 needed; seat" in html
    assert "no quorum" in html
