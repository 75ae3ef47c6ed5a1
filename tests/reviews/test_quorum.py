"""Whether enough seats are filled to decide."""

import pytest

from coordination.bodies.models import Body, Protocol, Seat
from coordination.reviews.models import Attendance, Review
from coordination.reviews.queries import Quorum, quorum, seats_present
from tests.factories import (
    AttendanceFactory,
    ProtocolFactory,
    QuorumPartFactory,
    SeatFactory,
)

Vote = Seat.Vote

pytestmark = pytest.mark.django_db


def of(body: Body, *present: Seat) -> Quorum:
    protocol = Protocol.objects.filter(body=body).first()
    return quorum(protocol, list(body.seats.all()), {seat.pk for seat in present})


def test_without_a_rule_there_is_nothing_to_meet(lead_body: Body) -> None:
    seat = SeatFactory(body=lead_body)
    assert of(lead_body, seat) == Quorum(None, "1 present")
    ProtocolFactory(body=lead_body)
    assert of(lead_body, seat) == Quorum(None, "1 present")


@pytest.mark.parametrize(("present", "met"), [(0, False), (1, False), (2, True), (3, True)])
def test_as_many_voting_seats_as_the_protocol_says(
    lead_body: Body, present: int, met: bool
) -> None:
    ProtocolFactory(body=lead_body, quorum=2)
    seats = SeatFactory.create_batch(3, body=lead_body)
    words = f"{present} of 3 present, 2 needed"
    assert of(lead_body, *seats[:present]) == Quorum(met, words)


def test_a_casting_vote_counts_and_who_advises_does_not(lead_body: Body) -> None:
    ProtocolFactory(body=lead_body, quorum=2)
    votes = (Vote.CASTING, Vote.VOTING, Vote.ADVISING, Vote.ADVISING)
    chair, member, *advisers = (SeatFactory(body=lead_body, vote=vote) for vote in votes)
    assert of(lead_body, chair, *advisers) == Quorum(False, "1 of 2 present, 2 needed")
    assert of(lead_body, chair, member) == Quorum(True, "2 of 2 present, 2 needed")


def test_each_part_of_a_compound_quorum_must_be_met(lead_body: Body) -> None:
    protocol = ProtocolFactory(body=lead_body, quorum=3)
    QuorumPartFactory(protocol=protocol, group="national", minimum=2)
    QuorumPartFactory(protocol=protocol, group="other", minimum=1)
    nation = SeatFactory.create_batch(3, body=lead_body, group="national")
    other = SeatFactory.create_batch(2, body=lead_body, group="other")
    adviser = SeatFactory(body=lead_body, group="other", vote=Vote.ADVISING)
    assert of(lead_body, *nation) == Quorum(
        False, "3 of 5 present, 3 needed; national: 3, 2 needed; other: 0, 1 needed"
    )
    assert of(lead_body, *nation, adviser).met is False
    assert of(lead_body, nation[0], *other).met is False
    assert of(lead_body, nation[0], nation[1], other[0]).met is True


def test_a_quorum_may_have_parts_and_no_total(lead_body: Body) -> None:
    protocol = ProtocolFactory(body=lead_body, quorum=None)
    QuorumPartFactory(protocol=protocol, group="national", minimum=1)
    nation = SeatFactory(body=lead_body, group="national")
    other = SeatFactory(body=lead_body, group="other")
    assert of(lead_body, other) == Quorum(False, "1 of 2 present; national: 0, 1 needed")
    assert of(lead_body, nation) == Quorum(True, "1 of 2 present; national: 1, 1 needed")


def test_who_listens_from_afar_is_present_and_who_is_marked_absent_is_not(
    review: Review,
) -> None:
    rows = [
        AttendanceFactory(review=review, presence=presence)
        for presence in Attendance.Presence.values
    ]
    AttendanceFactory()
    assert seats_present(review) == {
        row.seat_id for row in rows if row.presence in ("present", "remote")
    }
