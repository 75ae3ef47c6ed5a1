"""Several connections in one worker."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from coordination.outbox import sending
from coordination.outbox.actions import deliver
from coordination.outbox.models import Message
from coordination.outbox.recording import Recorder
from coordination.processes.models import Process

from .conftest import make_due
from .sink import DROP, Sink

State = Message.State
Waiting = Callable[..., Message]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def four(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIL_CONNECTIONS = 4
    monkeypatch.setattr(sending, "MOMENT", 0.1)


def states() -> set[tuple[str, int, bool]]:
    return set(Message.objects.values_list("state", "attempts", "ambiguous"))


def test_each_mail_is_sent_once_over_as_many_connections_as_are_set(
    sink: Sink, waiting: Waiting
) -> None:
    addresses = [f"{n}@people.example" for n in range(12)]
    for address in addresses:
        waiting(address)
    sink.pause = 0.05
    assert deliver() == 12
    assert sorted(sink.recipients) == sorted(addresses)
    assert (states(), sink.connections) == ({(State.SENT, 1, False)}, 4)
    assert all(message.events.count() == 1 for message in Message.objects.all())


def test_no_more_connections_than_mails_are_opened(sink: Sink, waiting: Waiting) -> None:
    waiting()
    assert deliver() == 1
    assert sink.connections == 1


def test_a_relay_that_takes_fewer_connections_gets_fewer(sink: Sink, waiting: Waiting) -> None:
    for n in range(12):
        waiting(f"{n}@people.example")
    sink.pause = 0.05
    sink.most_connections = 2
    deliver()
    # Nothing failed, and no try was counted for what was put back.
    assert states() == {(State.SENT, 1, False)}
    assert len(sink.accepted) == 12
    assert sink.most_at_once <= 2


def test_a_relay_that_takes_no_connection_is_tried_later(sink: Sink, waiting: Waiting) -> None:
    for n in range(3):
        waiting(f"{n}@people.example")
    sink.most_connections = 0
    deliver()
    assert states() == {(State.PENDING, 1, False)}
    sink.most_connections = 4
    make_due()
    deliver()
    assert states() == {(State.SENT, 2, False)}


def test_a_fault_on_one_connection_holds_up_no_other(sink: Sink, waiting: Waiting) -> None:
    for n in range(8):
        waiting(f"{n}@people.example")
    sink.say("RCPT", DROP, "550 no such box", "450 busy")
    sink.say("END", DROP)
    deliver()
    counts = {state: Message.objects.filter(state=state).count() for state, _n, _m in states()}
    assert counts == {State.PENDING: 3, State.FAILED: 1, State.SENT: 4}
    assert Message.objects.filter(ambiguous=True).count() == 1


def test_where_the_database_fails_all_stop(
    sink: Sink, waiting: Waiting, monkeypatch: pytest.MonkeyPatch, process: Process
) -> None:
    for n in range(6):
        waiting(f"{n}@people.example")

    def fail(self: Recorder, steps: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(Recorder, "write", fail)
    with pytest.raises(OperationalError, match="gone"):
        deliver()
    assert sink.accepted == []
