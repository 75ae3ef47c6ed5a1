"""What became of what a body decided, who came, and how often it met."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, Protocol, Seat
from coordination.commitments.models import Level
from coordination.reviews.follow_through import follow_through
from coordination.reviews.models import AgendaItem, Attendance, Outcome, Review
from tests.factories import (
    AgendaItemFactory,
    AttendanceFactory,
    OutcomeFactory,
    ReviewFactory,
)

from .conftest import reported, verified

pytestmark = pytest.mark.django_db

Kind = Outcome.Kind


@pytest.fixture
def held(lead_body: Body, bob: User) -> list[Review]:
    """Three meetings, thirty days apart; bob came to the first and, by telephone, to the last."""
    protocol = Protocol.objects.create(body=lead_body, quorum=1, meets_times=1, meets_per="month")
    assert protocol.pk
    seat = Seat.objects.get(body=lead_body)
    seat.terms.update(starts_on=lead_body.process.today() - dt.timedelta(days=200))
    found = []
    for n, presence in enumerate(("present", "absent", "remote")):
        at = timezone.now() - dt.timedelta(days=100 - 30 * n)
        review = ReviewFactory(
            body=lead_body, number=n + 1, held_on=at.date(), starts_at=at, opened_at=at,
            closed_at=at, state=Review.State.APPROVED,
        )  # fmt: skip
        person = None if presence == "absent" else bob
        AttendanceFactory(review=review, seat=seat, person=person, presence=presence)
        found.append(review)
    ReviewFactory(body=lead_body, state=Review.State.CANCELLED, held_on=found[1].held_on)
    return found


def act(review: Review, owe: Any, days: int) -> Any:
    commitment = owe(days)
    item = AgendaItemFactory(review=review)
    OutcomeFactory(item=item, kind=Kind.ACTION, commitment=commitment)
    return commitment


def test_actions_are_done_late_or_open(held: list[Review], lead_body: Body, owe: Any) -> None:
    verified(act(held[0], owe, -20), Level.FULL)
    reported(act(held[0], owe, -20), Level.FULL, days_ago=30)  # waits to be verified
    act(held[1], owe, -5)
    act(held[2], owe, 5)
    nobody_verifies = act(held[2], owe, -3)
    nobody_verifies.verifying_body = None
    nobody_verifies.save()
    reported(nobody_verifies, Level.FULL)
    taken_back = act(held[2], owe, 5)
    Outcome.objects.filter(commitment=taken_back).update(withdrawn_at=timezone.now())
    actions = follow_through(lead_body).actions
    assert [len(rows) for rows in (actions.all, actions.done, actions.late, actions.open)] == [
        *(5, 2, 1, 2),
    ]
    assert sum(part.width for part in actions.bar) == 300
    since = held[2].held_on
    assert len(follow_through(lead_body, since).actions.all) == 2


def test_meetings_stand_beside_the_rhythm_of_the_protocol(
    held: list[Review], lead_body: Body
) -> None:
    found = follow_through(lead_body)
    assert found.since == held[0].held_on
    assert [one.review for one in found.meetings] == held[::-1]
    assert (found.expected, found.with_quorum, found.without_quorum) == (3, 2, 1)
    assert found.cancelled == 1
    early = follow_through(lead_body, lead_body.process.today() - dt.timedelta(days=9))
    assert (early.meetings, early.expected) == ([], None)


def test_attendance_is_shown_by_seat(held: list[Review], lead_body: Body) -> None:
    row = follow_through(lead_body).rows[0]
    assert (row.present, row.of) == (2, 3)
    assert [(one.shape, one.words) for one in row.cells] == [
        ("k3", "1: present"),
        ("k0", "2: absent"),
        ("k1", "3: by telephone or video"),
    ]
    Attendance.objects.filter(review=held[1]).delete()
    row = follow_through(lead_body).rows[0]
    assert [one.x for one in row.cells] == [0, 30]


def test_an_item_that_came_back_says_how_often(held: list[Review], lead_body: Body) -> None:
    first = AgendaItemFactory(review=held[0], title="Prisoners")
    second = AgendaItemFactory(review=held[1], title="Prisoners", carried_from=first)
    third = AgendaItemFactory(review=held[2], title="Prisoners", carried_from=second)
    other = AgendaItemFactory(review=held[2], title="Mines", carried_from=AgendaItem.objects.create(
        review=held[1], order=77, title="Mines"))  # fmt: skip
    OutcomeFactory(item=other, kind=Kind.NOTED)
    OutcomeFactory(item=third, kind=Kind.CARRIED_OVER)
    found = follow_through(lead_body).carried
    assert [(one.item, one.times, one.first, one.has_ended) for one in found] == [
        (third, 2, 1, False),
        (other, 1, 2, True),
    ]


def test_the_page_says_it_in_a_sentence_in_a_constant_number_of_queries(
    held: list[Review], lead_body: Body, owe: Any, bob: User, client: Client,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for days in (-5, 5, 6, 7):
        act(held[1], owe, days)
    client.force_login(bob)
    with django_assert_max_num_queries(24):
        response = client.get("/p/valley/bodies/JMC/follow-through/")
    text = " ".join(response.content.decode().split())
    assert "0 done, 1 late, 3 open." in text
    assert "3 were expected by the protocol" in text
    assert client.get("/p/valley/bodies/JMC/follow-through/?since=nonsense").status_code == 200
    assert client.get("/p/valley/bodies/JMC/follow-through/?since=2030-02-31").status_code == 200


def test_a_body_that_never_met_has_a_page(lead_body: Body, bob: User, client: Client) -> None:
    client.force_login(bob)
    response = client.get("/p/valley/bodies/JMC/follow-through/")
    assert "No action was recorded since" in response.content.decode()
