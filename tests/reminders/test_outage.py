"""No scheduler for a fortnight, several at once, and clocks that were moved."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.commitments.models import Commitment, Obligation
from coordination.outbox import clock
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders import digests
from coordination.reminders.actions import Tick, tick
from coordination.reminders.models import Escalation, Occurrence, Reminder
from tests import factories
from tests.threads import at_once

from .conftest import make_due

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any, process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIL_AT_ANY_TIME = False
    monkeypatch.setattr(digests, "SETTLE", dt.timedelta())
    Process.objects.update(weekend=[])


@pytest.fixture
def many(commitment: Commitment, alice: User, bob: User) -> list[Obligation]:
    """Owed by twelve, asked weekly: alice answers for seven of them, bob for five."""
    Commitment.objects.update(check_in_rhythm=Commitment.Rhythm.WEEKLY)
    for number in range(11):
        party = factories.PartyFactory(process=commitment.process)
        factories.ObligationFactory(
            commitment=commitment, party=party, focal_point=(alice, bob)[number % 2]
        )
    obligations = list(Obligation.objects.all())
    for obligation in obligations:
        obligation.commitment = commitment
        make_due(obligation)
    return obligations


def test_after_a_fortnight_everybody_has_one_mail_and_no_day_is_forgotten(
    many: list[Obligation], process: Process, on: Any
) -> None:
    planned = {one.pk: one.next_check_in_on for one in many}
    with on(14):
        tick()
        tick()
    assert Counter(Message.objects.values_list("recipient__name", flat=True)) == {
        "Alice": 1,
        "Bob": 1,
    }
    for key, first in planned.items():
        days = Occurrence.objects.filter(obligation=key).order_by("local_date")
        assert days[0].local_date == first
        *skipped, asked = days
        assert skipped
        assert asked.state == Occurrence.State.ASKED
        for one in skipped:
            assert one.state == Occurrence.State.SKIPPED
            assert one.reason.startswith("Nobody asked on the day; asked for with that of ")
    with on(15, dt.time(12)):
        tick()
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_five_schedulers_at_once_equal_one(
    many: list[Obligation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SETTLE", dt.timedelta(minutes=1))
    # Whatever hour and day the test runs at.
    monkeypatch.setattr(digests, "writing_moment", lambda _who, _process, now, **_how: now)
    ticks = at_once(*[tick] * 5)
    assert not [one for one in ticks if not isinstance(one, Tick)]
    assert sum(one.asked for one in ticks) == len(many)
    assert Reminder.objects.count() == Occurrence.objects.count() == len(many)
    assert Escalation.objects.count() == len(many)
    assert not Message.objects.exists()  # others might still be adding to them
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2), tick=False):
        Reminder.objects.update(write_at=timezone.now())  # whatever hour the test runs at
        ticks = at_once(*[tick] * 5)
    assert sum(one.written for one in ticks) == Message.objects.count() == 2
    assert sorted(one.reminders.count() for one in Message.objects.all()) == [5, 7]


class Machine:
    """A machine that counts its seconds on evenly while somebody moves its clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.start = timezone.now()
        self.seconds = 0.0
        self.moved = dt.timedelta()
        monkeypatch.setattr(clock, "read", self.read)

    def read(self) -> clock.Reading:
        return clock.Reading(timezone.now(), "a machine", self.seconds)

    def tick(self, after: dt.timedelta) -> Tick:
        """One tick so much later, by whatever the clock says then."""
        self.seconds += after.total_seconds()
        said = self.start + dt.timedelta(seconds=self.seconds) + self.moved
        with time_machine.travel(said, tick=False):
            return tick()


MINUTE = dt.timedelta(minutes=1)


def test_a_clock_that_goes_back_and_forth_an_hour_makes_no_second_mail(
    many: list[Obligation], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch)
    assert machine.tick(MINUTE).asked == len(many)
    before = (Reminder.objects.count(), Message.objects.count())
    machine.moved = -dt.timedelta(hours=1)
    assert machine.tick(MINUTE).is_held
    machine.moved = dt.timedelta(hours=1)
    assert machine.tick(MINUTE).is_held
    assert clock.words()
    machine.moved = dt.timedelta()
    assert not machine.tick(MINUTE).is_held  # right again: it goes on by itself
    assert (Reminder.objects.count(), Message.objects.count()) == before


def test_four_hundred_days_ahead_nothing_is_asked_until_somebody_says_that_it_is_right(
    many: list[Obligation], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch)
    machine.tick(MINUTE)
    before = (Occurrence.objects.count(), Message.objects.count())
    machine.moved = dt.timedelta(days=400)
    for _ in range(3):
        assert machine.tick(MINUTE).is_held
    assert (Occurrence.objects.count(), Message.objects.count()) == before
    with time_machine.travel(machine.start + dt.timedelta(days=400), tick=False):
        clock.confirm()
    assert machine.tick(MINUTE).asked == len(many)
