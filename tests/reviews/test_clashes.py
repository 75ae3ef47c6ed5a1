"""Whose meetings clash: one person, two bodies, the same time."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.bodies.structure import load
from coordination.processes.models import Process
from coordination.reviews.models import Review
from coordination.reviews.queries import Clash, meeting_clashes
from tests import factories

pytestmark = pytest.mark.django_db


TOMORROW = timezone.now() + dt.timedelta(days=1)


def meeting(body: Body, hours: float, state: str = Review.State.PLANNED) -> Review:
    """A review that begins so many hours from tomorrow on."""
    starts_at = TOMORROW + dt.timedelta(hours=hours)
    return factories.ReviewFactory(body=body, starts_at=starts_at, state=state)


@pytest.fixture
def torn(lead_body: Body, verifying_body: Body) -> User:
    """Somebody with a seat in both bodies."""
    person = factories.UserFactory(name="Tamar")
    for body in (lead_body, verifying_body):
        factories.TermFactory(seat__body=body, holder=person)
    return person


def clashes(process: Process) -> list[Clash]:
    return meeting_clashes(process, load(process))


def test_who_sits_in_two_bodies_that_meet_at_once_is_named(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    factories.TermFactory(seat__body=lead_body)
    first, second = meeting(lead_body, 0), meeting(verifying_body, 1.5)
    assert clashes(process) == [Clash("Tamar", first, second)]


@pytest.mark.parametrize("hours", [2, 3, -2])
def test_meetings_two_hours_apart_do_not_clash(
    process: Process, lead_body: Body, verifying_body: Body, torn: User, hours: int
) -> None:
    meeting(lead_body, 0)
    meeting(verifying_body, hours)
    assert clashes(process) == []


def test_cancelled_and_distant_meetings_do_not_clash(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    meeting(lead_body, 0)
    meeting(verifying_body, 0, Review.State.CANCELLED)
    meeting(lead_body, 24 * 70)
    meeting(verifying_body, 24 * 70)
    assert clashes(process) == []


def test_who_left_a_seat_is_not_torn(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    meeting(lead_body, 0)
    meeting(verifying_body, 0)
    torn.terms.filter(seat__body=lead_body).update(ends_on=dt.date(2020, 12, 31))
    assert clashes(process) == []
