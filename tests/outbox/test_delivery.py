"""What the mail server says, and what becomes of the message."""

import datetime as dt
import itertools
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.outbox import smtp
from coordination.outbox.actions import BACK_OFF, deliver
from coordination.outbox.models import Heartbeat, Message
from coordination.processes.models import Process
from tests.factories import MembershipFactory, UserFactory

from .conftest import make_due
from .sink import DROP, STALL, Sink

State = Message.State
Waiting = Callable[..., Message]

pytestmark = pytest.mark.django_db


def fate(message: Message) -> tuple[str, int, bool]:
    """The state, the number of tries, and whether it may have arrived twice."""
    message.refresh_from_db()
    assert (message.owner, message.lease_until) == ("", None)
    return message.state, message.attempts, message.ambiguous


def wait_before_next_try(message: Message) -> dt.timedelta:
    return message.next_at - timezone.now()


def test_an_accepted_mail_is_sent_with_the_server_s_answer(sink: Sink, waiting: Waiting) -> None:
    message = waiting()
    assert deliver() == 1
    assert fate(message) == (State.SENT, 1, False)
    assert message.error == "250 kept as 1"
    assert message.finished_at is not None
    assert [(e.state, e.note) for e in message.events.all()] == [(State.SENT, "250 kept as 1")]
    assert sink.recipients == ["alice@people.example"]
    assert Heartbeat.objects.filter(name="deliver").exists()


def test_a_sent_mail_is_never_sent_again(sink: Sink, waiting: Waiting) -> None:
    waiting()
    deliver()
    make_due()
    assert deliver() == 0
    assert len(sink.accepted) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
def test_a_refusal_for_now_is_tried_again_later(sink: Sink, waiting: Waiting, step: str) -> None:
    message = waiting()
    sink.say(step, "451 try later")
    deliver()
    assert fate(message) == (State.PENDING, 1, False)
    assert message.error == "451 try later"
    assert BACK_OFF[0] - dt.timedelta(minutes=1) < wait_before_next_try(message) <= BACK_OFF[0]
    assert deliver() == 0
    make_due()
    deliver()
    assert fate(message) == (State.SENT, 2, False)
    assert len(sink.accepted) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
def test_a_refusal_for_good_fails_and_holds_up_no_other(
    sink: Sink, waiting: Waiting, step: str
) -> None:
    refused, other = waiting(), waiting("other@people.example")
    sink.say(step, "550 no such box")
    deliver()
    assert fate(refused) == (State.FAILED, 1, False)
    assert refused.error == "550 no such box"
    assert fate(other) == (State.SENT, 1, False)
    assert sink.recipients == ["other@people.example"]


def test_the_waits_grow_to_four_days_and_more_and_then_it_is_given_up(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting()
    sink.say("RCPT", *["450 busy"] * (len(BACK_OFF) + 1))
    waits = []
    for _ in BACK_OFF:
        deliver()
        assert fate(message)[0] == State.PENDING
        waits.append(wait_before_next_try(message))
        make_due()
    assert all(before < after for before, after in itertools.pairwise(waits[:7]))
    assert dt.timedelta(days=4) < sum(waits, dt.timedelta()) < dt.timedelta(days=6)
    deliver()
    assert fate(message) == (State.FAILED, len(BACK_OFF) + 1, False)
    assert message.error == "Given up. 450 busy"


def test_where_nobody_listens_every_mail_waits(settings: Any, waiting: Waiting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        settings.EMAIL_HOST, settings.EMAIL_PORT = gone.getsockname()
    messages = [waiting(), waiting("other@people.example")]
    deliver()
    assert [fate(message) for message in messages] == [(State.PENDING, 1, False)] * 2
    words = "The mail server did not answer (ConnectionRefusedError)."
    assert [message.error for message in messages] == [words] * 2


def test_a_server_that_never_greets_is_waited_for_once_a_batch(
    settings: Any, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "STEP_TIMEOUT", 0.3)
    messages = [waiting(f"{n}@people.example") for n in range(10)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        started = timezone.now()
        deliver()
    assert timezone.now() - started < dt.timedelta(seconds=2)
    assert {fate(message) for message in messages} == {(State.PENDING, 1, False)}


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
@pytest.mark.parametrize("fault", [DROP, STALL])
def test_a_line_that_breaks_or_stalls_before_the_mail_left_is_safe_to_try_again(
    sink: Sink, waiting: Waiting, step: str, fault: str
) -> None:
    message = waiting()
    sink.say(step, fault)
    deliver()
    assert fate(message) == (State.PENDING, 1, False)
    make_due()
    deliver()
    assert fate(message) == (State.SENT, 2, False)
    assert len(sink.accepted) == 1


def test_a_fault_with_one_mail_holds_up_no_other(sink: Sink, waiting: Waiting) -> None:
    first, second = waiting(), waiting("other@people.example")
    sink.say("RCPT", DROP)
    deliver()
    assert [fate(first)[0], fate(second)[0]] == [State.PENDING, State.SENT]


@pytest.mark.parametrize("fault", [DROP, STALL, "999 what"])
def test_a_mail_without_an_answer_is_sent_once_more_and_marked(
    sink: Sink, waiting: Waiting, fault: str
) -> None:
    message = waiting()
    sink.say("END", fault)
    deliver()
    assert fate(message) == (State.PENDING, 1, True)
    assert [event.state for event in message.events.all()] == [State.UNCERTAIN]
    assert deliver() == 0  # not at once
    make_due()
    deliver()
    assert fate(message) == (State.SENT, 2, True)
    first, second = sink.accepted
    assert first.raw == second.raw
    assert first.mail["Message-ID"] == second.mail["Message-ID"] == message.message_id


def test_a_second_sending_without_an_answer_is_left_to_a_person(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting()
    sink.say("END", DROP, DROP)
    deliver()
    make_due()
    deliver()
    assert fate(message) == (State.UNCERTAIN, 2, True)
    assert message.finished_at is not None
    make_due()
    assert deliver() == 0
    assert len(sink.accepted) == 2


def test_a_line_that_breaks_when_the_mail_is_announced_has_carried_nothing(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting()
    sink.say("DATA", DROP)
    deliver()
    assert fate(message) == (State.PENDING, 1, False)


def test_an_acceptance_is_an_acceptance_whatever_its_second_digit(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting()
    sink.say("END", "251 will forward")
    deliver()
    assert fate(message) == (State.SENT, 1, False)
    assert len(sink.accepted) == 1


def test_one_connection_serves_a_batch(sink: Sink, waiting: Waiting) -> None:
    for n in range(5):
        waiting(f"{n}@people.example")
    deliver()
    assert (len(sink.accepted), sink.connections) == (5, 1)


@pytest.mark.parametrize("ending", [DROP, "421 enough for one connection"])
def test_a_server_that_ends_the_line_after_each_mail_costs_no_try(
    sink: Sink, waiting: Waiting, ending: str
) -> None:
    messages = [waiting(f"{n}@people.example") for n in range(4)]
    # From the second mail on, the line that was used is ended and a new one is not.
    sink.say("MAIL", "", *[ending, ""] * 3)
    deliver()
    assert [fate(message) for message in messages] == [(State.SENT, 1, False)] * 4
    assert len(sink.accepted) == 4


def test_a_mail_to_a_closed_account_is_cancelled(sink: Sink, waiting: Waiting, alice: User) -> None:
    message = waiting()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    deliver()
    assert fate(message) == (State.CANCELLED, 1, False)
    assert message.error == "The recipient’s account is closed."
    assert sink.accepted == []


def test_a_mail_to_somebody_who_left_the_process_is_cancelled(
    sink: Sink, waiting: Waiting, alice: User
) -> None:
    message = waiting()
    alice.memberships.update(ended_at=timezone.now())
    deliver()
    assert fate(message) == (State.CANCELLED, 1, False)
    assert message.error == "The recipient is no longer a member of the process."
    assert sink.accepted == []


def test_membership_of_another_process_is_no_reason_to_write(
    sink: Sink, process: Process, waiting: Waiting
) -> None:
    stranger = UserFactory()
    MembershipFactory(user=stranger)
    message = waiting(recipient=stranger)
    deliver()
    assert fate(message)[0] == State.CANCELLED


def test_a_mail_goes_to_the_address_of_the_day(sink: Sink, waiting: Waiting, alice: User) -> None:
    message = waiting()
    User.objects.filter(pk=alice.pk).update(email="alice@new.example")
    deliver()
    assert fate(message) == (State.SENT, 1, False)
    assert message.to_address == "alice@new.example"
    assert sink.recipients == ["alice@new.example"]
    assert sink.accepted[0].mail["To"].addresses[0].addr_spec == "alice@new.example"


def test_without_a_mail_server_mails_are_kept(settings: Any, waiting: Waiting) -> None:
    settings.EMAIL_HOST = ""
    message = waiting()
    assert deliver() == 1
    assert fate(message) == (State.KEPT, 1, False)
    assert message.error == "No mail server is set."
    assert deliver() == 0


def test_a_mail_is_not_sent_before_its_time(sink: Sink, waiting: Waiting) -> None:
    message = waiting(next_at=timezone.now() + dt.timedelta(minutes=1))
    assert deliver() == 0
    assert message.state == State.PENDING


def test_a_domain_in_another_script_is_written_as_servers_take_it(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting("liaison@münchen.example")
    deliver()
    assert fate(message) == (State.SENT, 1, False)
    assert sink.recipients == ["liaison@xn--mnchen-3ya.example"]


@pytest.mark.parametrize(
    "address", ["jörg@people.example", f"x@{'a' * 70}.example", "x@a..example"]
)
def test_an_address_that_cannot_be_written_fails_and_holds_up_no_other(
    sink: Sink, waiting: Waiting, address: str
) -> None:
    bad, good = waiting(address), waiting()
    deliver()
    assert fate(bad) == (State.FAILED, 1, False)
    assert bad.error.startswith("This mail cannot be written: ")
    assert fate(good) == (State.SENT, 1, False)
