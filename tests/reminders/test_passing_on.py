"""Somebody else should answer."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.actions import Tick, tick
from coordination.reminders.models import CheckInLink, Occurrence, Reminder
from tests.threads import at_once

from .conftest import answer, message_of, path, token_in

State = Occurrence.State

pytestmark = pytest.mark.django_db


def test_who_passes_it_on_is_asked_no_more(
    reader: Client, asked: Any, obligation: Obligation, alice: User
) -> None:
    occurrence, token = asked()
    page = reader.get(path(token, "someone-else/")).content.decode()
    assert "You are the focal point of Avaria for this commitment" in page
    once = reader.post(path(token, "someone-else/"))
    assert "One more press" in once.content.decode()
    assert not Entry.objects.filter(verb="focal-point.passed-on").exists()
    response = reader.post(path(token, "someone-else/"), {"confirm": "1"})
    assert response.status_code == 200
    assert "You will not be asked about this any more." in response.content.decode()
    obligation.refresh_from_db()
    occurrence.refresh_from_db()
    assert obligation.focal_point is None
    assert (occurrence.state, occurrence.reason) == (
        State.NOBODY,
        "Alice says that somebody else must answer.",
    )
    assert Message.objects.get().state == Message.State.SUPERSEDED
    entry = Entry.objects.latest("sequence")
    assert (entry.verb, entry.actor, entry.origin) == ("focal-point.passed-on", alice, Origin.LINK)
    assert (entry.before, entry.after) == ({"focal_point": "Alice"}, {"focal_point": None})
    for again in (
        reader.post(path(token, "someone-else/"), {"confirm": "1"}),
        reader.get(path(token)),
    ):
        assert again.status_code == 404
    assert Entry.objects.filter(verb="focal-point.passed-on").count() == 1


@pytest.mark.django_db(transaction=True)
def test_passing_it_on_twice_at_once_is_recorded_once(token: str) -> None:
    at_once(*[lambda: Client().post(path(token, "someone-else/"), {"confirm": "1"})] * 3)
    assert Entry.objects.filter(verb="focal-point.passed-on").count() == 1


def test_who_passes_it_on_keeps_no_other_link_to_it(
    reader: Client, asked: Any, obligation: Obligation
) -> None:
    _first, earlier = asked()
    Occurrence.objects.update(local_date=dt.date(2024, 1, 1))
    Message.objects.update(key="earlier", state=Message.State.SENT)
    Reminder.objects.update(key="earlier")
    _second, token = asked()
    reader.post(path(token, "someone-else/"), {"confirm": "1"})
    assert reader.get(path(earlier)).status_code == 404
    assert CheckInLink.objects.filter(revoked_at=None).count() == 0


def test_a_question_already_answered_stays_answered_when_it_is_passed_on(
    reader: Client, token: str
) -> None:
    reader.post(path(token), answer())
    reader.post(path(token, "someone-else/"), {"confirm": "1"})
    assert Occurrence.objects.get().state == State.ANSWERED


def test_the_successor_is_asked_as_soon_as_somebody_names_them(
    reader: Client, token: str, obligation: Obligation, process: Process, bob: User
) -> None:
    reader.post(path(token, "someone-else/"), {"confirm": "1"})
    assert tick() == Tick()
    occurrence = Occurrence.objects.get()
    assert occurrence.reason == "Alice says that somebody else must answer."
    Obligation.objects.update(focal_point=bob)
    assert tick() == Tick(asked=1, written=1)
    assert tick() == Tick()
    occurrence.refresh_from_db()
    assert (occurrence.state, occurrence.reason) == (State.ASKED, "")
    assert (message_of(occurrence).recipient, message_of(occurrence).state) == (bob, "pending")
    assert reader.get(path(token_in(message_of(occurrence)))).status_code == 200
    assert reader.get(path(token)).status_code == 404
    obligation.refresh_from_db()
    assert obligation.next_check_in_on > process.today()


def test_who_is_named_again_after_passing_it_on_gets_a_mail_that_works(
    reader: Client, token: str, alice: User
) -> None:
    reader.post(path(token, "someone-else/"), {"confirm": "1"})
    Obligation.objects.update(focal_point=alice)
    assert tick() == Tick(asked=1, written=1)
    message = message_of(Occurrence.objects.get())
    assert message.state == Message.State.PENDING
    assert Message.objects.count() == 2
    assert reader.get(path(token_in(message))).status_code == 200
