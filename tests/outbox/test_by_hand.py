"""What people do to single messages."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from coordination.base.capabilities import placeholder, token_for
from coordination.base.errors import Overtaken
from coordination.ledger.models import Entry
from coordination.outbox.actions import (
    ENDED,
    deliver,
    hold,
    release,
    send_again,
    settle,
    supersede,
    try_now,
)
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests.factories import MembershipFactory, MessageFactory, UserFactory
from tests.threads import at_once

from .sink import Sink

State = Message.State
Waiting = Callable[..., Message]

pytestmark = pytest.mark.django_db


def log(message: Message) -> list[tuple[str, str]]:
    return [(event.state, event.note) for event in message.events.all()]


def entries() -> list[tuple[str, str]]:
    return list(Entry.objects.order_by("pk").values_list("verb", "summary"))


def test_a_message_that_is_held_is_not_sent_until_it_is_released(
    sink: Sink, waiting: Waiting, coordinator: User
) -> None:
    message = waiting(subject="Report")
    hold(actor=coordinator, message=message, reason="Talks are on.", origin="web")
    deliver()
    message.refresh_from_db()
    assert (message.state, sink.accepted) == (State.HELD, [])
    release(actor=coordinator, message=message, origin="web")
    deliver()
    assert log(message)[:2] == [
        (State.HELD, "Held back by Cora: Talks are on."),
        (State.PENDING, "Released by Cora."),
    ]
    assert sink.recipients == ["alice@people.example"]
    assert entries() == [
        (
            "message.held",
            f"message {message.pk} to Alice: Held back by Cora: Talks are on.",
        ),
        ("message.released", f"message {message.pk} to Alice: Released by Cora."),
    ]
    entry = Entry.objects.get(verb="message.held")
    assert (entry.before, entry.after) == ({"state": "pending"}, {"state": "held"})


def test_what_is_held_is_superseded_like_what_waits(waiting: Waiting, coordinator: User) -> None:
    message = waiting()
    hold(actor=coordinator, message=message, reason="", origin="web")
    assert supersede(Message.objects.all(), "Answered.") == 1


def test_holding_twice_holds_once(waiting: Waiting, coordinator: User) -> None:
    message = waiting()
    for _click in range(2):
        hold(actor=coordinator, message=message, reason="", origin="web")
    assert len(log(message)) == len(entries()) == 1


def test_what_a_worker_has_is_not_held_any_more(waiting: Waiting, coordinator: User) -> None:
    message = waiting(state=State.TRANSMITTING)
    with pytest.raises(Overtaken, match="is “being handed over” by now"):
        hold(actor=coordinator, message=message, reason="", origin="web")
    assert entries() == []


def test_a_message_that_waits_can_be_tried_at_once(
    sink: Sink, waiting: Waiting, coordinator: User
) -> None:
    message = waiting(next_at=timezone.now() + dt.timedelta(days=1), attempts=5, error="451 busy")
    for _click in range(2):
        try_now(actor=coordinator, message=message, origin="web")
    assert message.error == "451 busy"
    deliver()
    assert sink.recipients == ["alice@people.example"]
    assert [verb for verb, _summary in entries()] == ["message.hurried"]


@pytest.mark.parametrize("state", ENDED)
def test_what_ended_is_sent_again_as_a_message_of_its_own(
    sink: Sink, waiting: Waiting, coordinator: User, state: str
) -> None:
    text = f"Here: /c/{placeholder('N' * 43)}/"
    message = waiting(state=state, body_text=text, reason="It is due.", calendar="X")
    again = send_again(actor=coordinator, message=message, times=0, origin="web")
    assert (again.again_of, again.reason) == (message, "Sent again by Cora. It is due.")
    assert (again.body_text, again.calendar) == (text, "X")
    assert len({message.key, again.key}) == len({message.message_id, again.message_id}) == 2
    deliver()
    message.refresh_from_db()
    assert message.state == state
    assert f"/c/{token_for('N' * 43)}/" in str(sink.accepted[0].mail)
    assert sink.accepted[0].mail["Message-ID"] == again.message_id
    assert log(message) == [(state, "Sent again by Cora.")]
    assert [verb for verb, _summary in entries()] == ["message.sent-again"]


def test_sending_again_goes_to_the_address_of_today(
    waiting: Waiting, coordinator: User, alice: User
) -> None:
    message = waiting(state=State.FAILED)
    alice.email = "alice@new.example"
    alice.save()
    message = Message.objects.get(pk=message.pk)
    again = send_again(actor=coordinator, message=message, times=0, origin="web")
    assert again.to_address == "alice@new.example"


def test_two_clicks_send_one_again_and_a_later_one_another(
    waiting: Waiting, coordinator: User
) -> None:
    message = waiting(state=State.SENT)
    first, second = (
        send_again(actor=coordinator, message=message, times=0, origin="web") for _click in range(2)
    )
    assert first == second
    assert send_again(actor=coordinator, message=message, times=1, origin="web") != first
    assert message.sent_again.count() == len(entries()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_send_one_again(waiting: Waiting, coordinator: User) -> None:
    message = waiting(state=State.SENT)

    def click() -> Message:
        mine = Message.objects.get(pk=message.pk)
        return send_again(actor=coordinator, message=mine, times=0, origin="web")

    first, second = at_once(click, click)
    assert first == second == message.sent_again.get()
    assert len(entries()) == 1


@pytest.mark.parametrize("state", [State.PENDING, State.SUPERSEDED, State.TRANSMITTING])
def test_what_has_not_ended_is_not_sent_again(
    waiting: Waiting, coordinator: User, state: str
) -> None:
    with pytest.raises(Overtaken):
        send_again(actor=coordinator, message=waiting(state=state), times=0, origin="web")


def test_somebody_who_knows_settles_what_is_uncertain(waiting: Waiting, coordinator: User) -> None:
    message = waiting(state=State.UNCERTAIN, ambiguous=True)
    settle(actor=coordinator, message=message, reason="Alice has it.", origin="web")
    assert (message.state, message.error) == (State.SENT, "It arrived, says Cora: Alice has it.")
    assert [verb for verb, _summary in entries()] == ["message.settled"]
    with pytest.raises(Overtaken):
        settle(actor=coordinator, message=waiting(state=State.FAILED), reason="", origin="web")


def test_coordinators_of_the_process_act_and_nobody_else(
    process: Process, waiting: Waiting, coordinator: User, outsider: User, alice: User
) -> None:
    message = waiting()
    administrator = UserFactory(is_staff=True, is_superuser=True)
    acts: list[Callable[[User], Any]] = [
        lambda actor: hold(actor=actor, message=message, reason="", origin="web"),
        lambda actor: release(actor=actor, message=message, origin="web"),
        lambda actor: try_now(actor=actor, message=message, origin="web"),
        lambda actor: settle(actor=actor, message=message, reason="", origin="web"),
        lambda actor: send_again(actor=actor, message=message, times=0, origin="web"),
    ]
    for actor in (outsider, alice, administrator):
        for act in acts:
            with pytest.raises(PermissionDenied):
                act(actor)
    assert log(message) == []


def test_staff_and_nobody_else_act_on_mails_about_accounts(
    coordinator: User, process: Process
) -> None:
    message = MessageFactory(process=None, kind="account")
    with pytest.raises(PermissionDenied):
        hold(actor=coordinator, message=message, reason="", origin="web")
    staff = MembershipFactory(user__is_staff=True, user__name="Sam").user
    hold(actor=staff, message=message, reason="", origin="web")
    assert (log(message), entries()) == ([(State.HELD, "Held back by Sam.")], [])
