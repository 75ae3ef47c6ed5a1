"""What is due is done by the hundred, and one that cannot be done stops no other."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.commitments.models import Commitment, Obligation
from coordination.outbox.models import Message
from coordination.processes.models import Membership, Party
from coordination.reminders.asking import ask_all
from coordination.reminders.digests import write_all
from coordination.reminders.models import CheckInLink, Escalation, Occurrence, Reminder

from .conftest import make_due

pytestmark = pytest.mark.django_db
#: SQLite takes so many values in one statement, so that a few more are needed for many rows.
PORTIONS = 6


@pytest.fixture
def owed(commitment: Commitment) -> Callable[[int], list[Obligation]]:
    """Obligations of as many parties, each with a focal point of its own."""
    process = commitment.process

    def owe(count: int) -> list[Obligation]:
        first = User.objects.count()
        people = User.objects.bulk_create(
            User(email=f"owner{n}@people.example", name=f"Owner {n}", password="!")
            for n in range(first, first + count)
        )
        Membership.objects.bulk_create(
            Membership(process=process, user=one, role=Membership.Role.OBSERVER) for one in people
        )
        parties = Party.objects.bulk_create(
            Party(process=process, code=f"P{one.pk}", name=f"Party {one.pk}", kind="state",
                  part="ally")
            for one in people
        )  # fmt: skip
        today, now = process.today(), timezone.now()
        return Obligation.objects.bulk_create(
            Obligation(commitment=commitment, party=party, focal_point=person,
                       due_on=today + dt.timedelta(30), due_at=now + dt.timedelta(31),
                       next_check_in_on=today, next_check_in_at=now - dt.timedelta(minutes=1))
            for party, person in zip(parties, people, strict=True)
        )  # fmt: skip

    return owe


def queries(work: Callable[[dt.datetime], Any]) -> int:
    with CaptureQueriesContext(connection) as context:
        work(timezone.now())
    return len(context)


def test_sixty_cost_about_as_many_queries_as_ten(owed: Callable[[int], list[Obligation]]) -> None:
    owed(10)
    ten = queries(ask_all), queries(write_all)
    owed(60)
    sixty = queries(ask_all), queries(write_all)
    assert Message.objects.count() == CheckInLink.objects.count() == 70
    assert [many - few <= PORTIONS for few, many in zip(ten, sixty, strict=True)] == [True, True]


def test_an_obligation_that_cannot_be_asked_about_stops_no_other(
    owed: Callable[[int], list[Obligation]], caplog: pytest.LogCaptureFixture
) -> None:
    broken, *others = owed(9)
    # No day of the calendar comes after its due day.
    Obligation.objects.filter(pk=broken.pk).update(due_on=dt.date.max)
    assert ask_all(timezone.now()) == (8, 0)
    assert caplog.messages == [f"The check-in of obligation {broken.pk} could not be asked for."]
    asked = [one.pk for one in others]
    assert list(Occurrence.objects.order_by("obligation").values_list("obligation", flat=True)) == (
        asked
    )
    assert Reminder.objects.count() == Escalation.objects.count() == 8
    assert list(Obligation.objects.filter(asked_on=None, next_check_in_at__lte=timezone.now())) == [
        broken
    ]


def test_a_person_who_cannot_be_written_to_stops_no_other_and_is_written_to_later(
    owed: Callable[[int], list[Obligation]], caplog: pytest.LogCaptureFixture
) -> None:
    owed(9)
    ask_all(timezone.now())
    broken = Reminder.objects.order_by("recipient")[4].recipient
    User.objects.filter(pk=broken.pk).update(time_zone="Nowhere/Land")
    assert write_all(timezone.now()) == 8
    assert caplog.messages == [f"The reminders of person {broken.pk} could not be written."]
    assert Message.objects.count() == CheckInLink.objects.count() == 8
    waiting = Reminder.objects.get(state=Reminder.State.WAITING)
    assert (waiting.recipient, waiting.message) == (broken, None)
    assert not Message.objects.filter(events=None).exists()
    User.objects.filter(pk=broken.pk).update(time_zone="UTC")
    assert (write_all(timezone.now()), write_all(timezone.now())) == (1, 0)


def test_who_is_asked_anew_has_one_question_open(
    owed: Callable[[int], list[Obligation]], on: Any
) -> None:
    obligations = owed(3)
    ask_all(timezone.now())
    with on(1):
        make_due(*Obligation.objects.filter(pk__in=[one.pk for one in obligations]))
        assert ask_all(timezone.now()) == (3, 0)
        assert write_all(timezone.now()) == 3
    states = Reminder.objects.order_by("recipient", "pk").values_list("state", flat=True)
    assert list(states) == [Reminder.State.SUPERSEDED, Reminder.State.WRITTEN] * 3
