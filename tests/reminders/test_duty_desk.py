"""A duty desk records what an owner said by telephone: the way there, and what comes of it."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.models import CheckIn, Obligation
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Occurrence, Reminder
from tests.factories import AddressProblemFactory

from .conftest import make_due, message_of

pytestmark = pytest.mark.django_db

OUTBOX = "/p/valley/outbox/"
HEALTH = f"{OUTBOX}health/"


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def form_of(obligation: Obligation) -> str:
    return f"/p/valley/commitments/{obligation.commitment.number}/check-in/{obligation.pk}/"


def test_from_a_mail_that_did_not_arrive_the_form_is_one_click_away(
    desk: Client, obligation: Obligation, asked: Callable[[], tuple[Occurrence, str]]
) -> None:
    mail = message_of(asked()[0])
    pages = (OUTBOX, f"{OUTBOX}{mail.pk}/")
    for page in pages:
        assert form_of(obligation) not in desk.get(page).content.decode()
    for state in (Message.State.FAILED, Message.State.UNCERTAIN):
        Message.objects.update(state=state)
        for page in pages:
            assert f'href="{form_of(obligation)}"' in desk.get(page).content.decode()
    assert form_of(obligation) in desk.get(HEALTH).content.decode()


def test_where_no_mail_reaches_the_owner_the_form_is_one_click_away(
    desk: Client, obligation: Obligation, alice: User
) -> None:
    AddressProblemFactory(address=alice.email)
    make_due(obligation)
    tick()
    for page in (OUTBOX, HEALTH):
        assert f'href="{form_of(obligation)}"' in desk.get(page).content.decode()
    assert desk.get(form_of(obligation)).status_code == 200


def test_where_nobody_answers_for_the_owner_somebody_is_named_first(
    desk: Client, obligation: Obligation
) -> None:
    Obligation.objects.update(focal_point=None)
    make_due(Obligation.objects.get(pk=obligation.pk))
    tick()
    for page in (OUTBOX, HEALTH):
        html = desk.get(page).content.decode()
        assert f'href="/p/valley/commitments/{obligation.commitment.number}/owners/"' in html
        assert form_of(obligation) not in html


def test_what_is_recorded_says_who_spoke_and_who_typed_and_closes_the_question(
    desk: Client,
    process: Process,
    obligation: Obligation,
    alice: User,
    coordinator: User,
    asked: Callable[[], tuple[Occurrence, str]],
) -> None:
    occurrence, _token = asked()
    waiting = message_of(occurrence)
    assert f"You enter what <bdi>{alice.name}</bdi> told you" in desk.get(
        form_of(obligation)
    ).content.decode().replace("\n", " ")
    said = {
        "level": "1",
        "account": "Two convoys left.",
        "obstacle": "access",
        "audience": "process",
        "submission": str(uuid.uuid4()),
    }
    assert desk.post(form_of(obligation), said).status_code == 302
    report = CheckIn.objects.get()
    assert (report.author, report.recorded_by) == (alice, coordinator)
    summary = Entry.objects.get(verb="check-in.submitted").summary
    assert summary.endswith(f"as told by {alice}")
    number = obligation.commitment.number
    for page in (f"reports/{obligation.pk}/", "record/"):
        html = desk.get(f"/p/valley/commitments/{number}/{page}").content.decode()
        assert f"<bdi>{alice.name}</bdi>" in html
        assert f"entered by <bdi>{coordinator.name}</bdi>" in html
    tick()
    occurrence.refresh_from_db()
    assert (occurrence.state, occurrence.check_in) == (Occurrence.State.ANSWERED, report)
    waiting.refresh_from_db()
    assert waiting.state == Message.State.SUPERSEDED
    assert [one.state for one in Reminder.objects.filter(occurrence=occurrence)] == ["superseded"]
    assert form_of(obligation) not in desk.get(HEALTH).content.decode()
