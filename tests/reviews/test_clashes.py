"""Whose meetings clash: one person, two bodies, the same time."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.processes.models import Process
from coordination.reviews.clashes import Clash, meeting_clashes
from coordination.reviews.models import Review
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
    return meeting_clashes(process)


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


IN_A_MONTH = 24 * 30


@pytest.mark.parametrize(("ends", "starts", "found"), [(28, None, 0), (40, None, 1), (None, 40, 0)])
def test_who_sits_there_on_the_day_counts_and_not_who_sits_there_today(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    torn: User,
    ends: int | None,
    starts: int | None,
    found: int,
) -> None:
    meeting(lead_body, IN_A_MONTH)
    meeting(verifying_body, IN_A_MONTH)
    today = process.today()
    term = torn.terms.get(seat__body=lead_body)
    term.starts_on = today + dt.timedelta(days=starts) if starts else term.starts_on
    term.ends_on = today + dt.timedelta(days=ends) if ends else None
    term.save()
    assert len(clashes(process)) == found


def test_who_takes_over_before_the_meeting_is_torn_and_who_hands_over_is_not(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    first, second = meeting(lead_body, IN_A_MONTH), meeting(verifying_body, IN_A_MONTH)
    incoming = factories.TermFactory(seat__body=verifying_body, holder__name="Nino").holder
    assert [one.person for one in clashes(process)] == ["Tamar"]
    change = process.today(first.starts_at)
    term = torn.terms.get(seat__body=lead_body)
    term.ends_on = change  # on the day of the handover the later term holds the seat
    term.save()
    later = factories.TermFactory(seat=term.seat, holder=incoming, starts_on=change)
    assert clashes(process) == [Clash("Nino", first, second)]
    later.withdrawn_at = timezone.now()
    later.save()
    assert [one.person for one in clashes(process)] == ["Tamar"]


def test_a_seat_that_will_be_no_more_sends_nobody(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    meeting(lead_body, IN_A_MONTH)
    meeting(verifying_body, IN_A_MONTH)
    lead_body.seats.update(ended_on=process.today() + dt.timedelta(days=20))
    assert clashes(process) == []


def test_the_day_of_a_meeting_is_that_of_the_process(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    """In Juba a meeting at 22:00 in UTC is on the next day."""
    process.time_zone = "Africa/Juba"
    process.save()
    starts_at = TOMORROW.replace(hour=22, minute=0) + dt.timedelta(days=5)
    for body in (lead_body, verifying_body):
        factories.ReviewFactory(body=body, starts_at=starts_at, state=Review.State.PLANNED)
    torn.terms.filter(seat__body=lead_body).update(ends_on=starts_at.date())
    assert clashes(process) == []
    torn.terms.update(ends_on=starts_at.date() + dt.timedelta(days=1))
    assert len(clashes(process)) == 1


def test_an_alternate_who_is_free_is_named(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    meeting(lead_body, 0)
    meeting(verifying_body, 0)
    here, there = (torn.terms.get(seat__body=body) for body in (lead_body, verifying_body))
    assert clashes(process)[0].alternates == ()
    here.alternate = factories.UserFactory(name="Zura")
    there.alternate = factories.UserFactory(name="Ana")
    here.save()
    there.save()
    assert clashes(process)[0].alternates == ("Ana", "Zura")
    # Who sits in one of the bodies anyway cannot stand in there.
    factories.TermFactory(seat__body=lead_body, holder=there.alternate)
    assert clashes(process)[0].alternates == ("Zura",)


def test_many_meetings_and_seats_take_as_many_queries_as_few(
    process: Process, lead_body: Body, verifying_body: Body, torn: User
) -> None:
    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            found = clashes(process)
        return len(captured), len(found)

    meeting(lead_body, 0)
    meeting(verifying_body, 0)
    assert queries() == (2, 1)
    for n in range(1, 4):
        for body in (lead_body, verifying_body):
            meeting(body, 24 * n)
            alternate = factories.UserFactory()
            factories.TermFactory(seat__body=body, alternate=alternate)
    assert queries() == (2, 4)
