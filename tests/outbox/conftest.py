import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.outbox import smtp
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests.factories import MembershipFactory, MessageFactory

from .sink import Sink


@pytest.fixture
def sink(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """The mail server of the installation; it is waited for half a second and no longer."""
    monkeypatch.setattr(smtp, "STEP_TIMEOUT", 0.5)
    monkeypatch.setattr(smtp, "FINAL_TIMEOUT", 0.5)
    server = Sink()
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def waiting(process: Process, alice: User) -> Callable[..., Message]:
    """A message to alice that is due, or to a new member with that address."""

    def make(to: str = "", **fields: Any) -> Message:
        recipient = alice
        if to:
            recipient = MembershipFactory(process=process, user__email=to).user
        due = timezone.now() - dt.timedelta(seconds=5)
        return MessageFactory(
            **{"process": process, "recipient": recipient, "next_at": due} | fields
        )

    return make


def make_due() -> None:
    """As if the time until the next try had gone by."""
    Message.objects.update(next_at=timezone.now() - dt.timedelta(seconds=5))


def end_leases() -> None:
    """As if a worker had been silent for longer than its lease."""
    past = timezone.now() - dt.timedelta(seconds=5)
    Message.objects.exclude(lease_until=None).update(lease_until=past)
