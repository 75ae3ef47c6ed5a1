"""A clock that was moved holds sending until it is right, or until somebody says that it is."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from coordination.outbox import clock
from coordination.outbox.actions import confirm_clock, deliver
from coordination.outbox.models import ClockReading, Message
from tests.factories import UserFactory

from .sink import Sink

Waiting = Callable[..., Message]

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
#: A machine that was started a day ago.
FIRST = clock.Reading(NOON, "one", 86400.0)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def later(by: dt.timedelta, moved: dt.timedelta = dt.timedelta()) -> clock.Reading:
    """After a time, and with the clock set besides."""
    return replace(
        FIRST, at=FIRST.at + by + moved, seconds_up=FIRST.seconds_up + by.total_seconds()
    )


def started_anew(at: dt.datetime, machine: str = "two") -> clock.Reading:
    return clock.Reading(at, machine, 60.0)


def holds(*readings: clock.Reading) -> list[bool]:
    """Whether sending is held, at each of the readings."""
    return [clock.check(reading).held_since is not None for reading in readings]


def test_time_that_goes_by_holds_nothing() -> None:
    assert holds(FIRST, later(HOUR), later(14 * DAY), later(400 * DAY)) == [False] * 4


@pytest.mark.parametrize(
    "moved", [HOUR, -HOUR, 400 * DAY, dt.timedelta(minutes=16), dt.timedelta(minutes=-16)]
)
def test_a_clock_that_is_moved_holds_and_goes_on_when_it_is_put_right(moved: dt.timedelta) -> None:
    readings = (later(HOUR, moved), later(2 * HOUR, moved), later(3 * HOUR), later(4 * HOUR))
    assert holds(FIRST, *readings) == [False, True, True, False, False]


def test_a_few_minutes_hold_nothing() -> None:
    readings = (later(HOUR, dt.timedelta(minutes=14)), later(2 * HOUR, dt.timedelta(minutes=20)))
    assert holds(FIRST, *readings) == [False] * 3


def test_it_goes_on_when_somebody_says_that_the_clock_is_right() -> None:
    assert holds(FIRST, later(HOUR, 400 * DAY)) == [False, True]
    clock.confirm(later(2 * HOUR, 400 * DAY))
    assert holds(later(3 * HOUR, 400 * DAY)) == [False]
    assert clock.words() == ""


@pytest.mark.parametrize(
    ("off", "held"),
    [(29 * DAY, False), (31 * DAY, True), (-HOUR, True), (dt.timedelta(minutes=-5), False)],
)
@pytest.mark.parametrize("machine", ["two", ""])
def test_a_machine_that_was_off_is_believed_for_thirty_days(
    off: dt.timedelta, held: bool, machine: str
) -> None:
    assert holds(FIRST, started_anew(NOON + off, machine)) == [False, held]


def test_starting_anew_does_not_make_a_wrong_clock_right() -> None:
    wrong, right = started_anew(NOON + 3 * DAY), started_anew(NOON + HOUR + dt.timedelta(minutes=5))
    assert holds(FIRST, later(HOUR, 3 * DAY), wrong, right) == [False, True, True, False]


@pytest.mark.parametrize("apart", [HOUR, -HOUR])
def test_a_machine_that_disagrees_with_its_database_is_held(apart: dt.timedelta) -> None:
    readings = [replace(later(n * HOUR), database_at=NOON + n * HOUR + apart) for n in range(3)]
    assert holds(*readings) == [True] * 3
    assert holds(replace(later(3 * HOUR), database_at=NOON + 3 * HOUR)) == [False]


def test_the_words_say_how_far_and_what_to_do() -> None:
    holds(FIRST, later(HOUR, 400 * DAY))
    assert clock.words() == (
        "The server’s clock is 1\xa0year, 1\xa0month ahead of what was expected, so no mail is "
        "sent. When it is set right, sending goes on by itself; if it is right as it is, whoever "
        "runs this installation has to confirm that."
    )
    holds(later(HOUR, -HOUR))
    assert clock.words().startswith("The server’s clock is 1\xa0hour behind what was expected")


def test_nothing_is_sent_while_the_clock_is_wrong(
    sink: Sink, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.Reading(timezone.now(), "one", 86400.0)
    waiting()
    clock.check(now)
    monkeypatch.setattr(clock, "read", lambda: replace(now, at=now.at + 2 * HOUR))
    assert deliver() == 0
    assert (sink.accepted, ClockReading.objects.get().ahead_seconds) == ([], 7200)
    confirm_clock(actor=UserFactory(is_staff=True))
    assert deliver() == 1
    assert sink.recipients == ["alice@people.example"]


def test_the_command_confirms_the_clock(capsys: pytest.CaptureFixture[str]) -> None:
    holds(FIRST, later(HOUR, HOUR))
    call_command("confirm_clock")
    assert capsys.readouterr().out == "Sending goes on.\n"
    assert clock.held_reading() is None


def test_the_sites_staff_confirm_the_clock_and_nobody_else(coordinator: User, alice: User) -> None:
    """It is that of every process: who keeps the record of one does not speak for the others."""
    confirm_clock(actor=UserFactory(is_staff=True))
    closed = UserFactory(is_staff=True, is_active=False)
    for actor in (coordinator, alice, closed, AnonymousUser()):
        with pytest.raises(PermissionDenied):
            confirm_clock(actor=actor)


def test_a_sweep_writes_the_clock_down_now_and_then(django_assert_num_queries: Any) -> None:
    clock.check(FIRST)
    clock.check(later(dt.timedelta(seconds=29)))
    assert ClockReading.objects.get().at == NOON
    clock.check(later(dt.timedelta(seconds=31)))
    assert ClockReading.objects.get().at == NOON + dt.timedelta(seconds=31)
