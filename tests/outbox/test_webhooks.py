"""What a mail provider reports, in the shape in which it does."""

import base64
import json
import logging
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from coordination.outbox.models import AddressProblem, Message
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

Kind = AddressProblem.Kind
SECRET = "postmark:a long word that nobody else knows"
ALICE = "alice@people.example"


@pytest.fixture(autouse=True)
def provider(settings: Any) -> None:
    settings.MAIL_PROVIDER, settings.MAIL_EVENTS_SECRET = "postmark", SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def message(db: None) -> Message:
    return MessageFactory(
        state="sent", recipient__email=ALICE, message_id="<883953f4-6105@entente.example>"
    )


def bounce(**fields: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "MessageID": "883953f4-6105@entente.example",
        "ServerID": 23,
        "MessageStream": "outbound",
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": ALICE,
        "From": "entente@entente.example",
        "BouncedAt": "2026-05-04T16:33:54.9070259Z",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Check-in",
    } | fields


def report(client: Client, payload: Any, secret: str = SECRET) -> HttpResponse:
    headers = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return client.post("/mail-events/", text, "application/json", headers=headers)


def problems() -> list[tuple[str, str]]:
    return list(AddressProblem.objects.values_list("address", "kind"))


def test_a_bounce_marks_the_address_once_and_is_noted_with_the_message(
    client: Client, message: Message
) -> None:
    for _time in range(2):
        assert report(client, bounce()).status_code == 200
    problem = AddressProblem.objects.get()
    assert (problem.address, problem.kind, problem.message) == (ALICE, Kind.BOUNCED, message)
    assert problem.answer.startswith("smtp;550 5.1.1 The email account")
    assert [(event.state, event.note) for event in message.events.all()] == [
        ("sent", f"The mail provider says: it came back. {problem.answer}")
    ]


def test_a_complaint_marks_the_address(client: Client, message: Message) -> None:
    complaint = bounce(RecordType="SpamComplaint", Type="SpamComplaint", TypeCode=100001)
    report(client, complaint | {"Details": "Test spam complaint details"})
    assert problems() == [(ALICE, Kind.COMPLAINED)]
    assert "marked as spam" in message.events.get().note


def test_a_full_mailbox_is_noted_and_marks_nothing(client: Client, message: Message) -> None:
    report(client, bounce(Type="SoftBounce", Details="smtp;552 5.2.2 mailbox full"))
    assert problems() == []
    assert message.events.count() == 1


def test_what_was_delivered_or_opened_changes_nothing(client: Client, message: Message) -> None:
    report(client, {"RecordType": "Delivery", "Recipient": ALICE, "MessageID": "x"})
    report(client, {"RecordType": "Open", "Recipient": ALICE, "MessageID": "x"})
    assert (problems(), message.events.count()) == ([], 0)


def test_a_report_of_a_mail_that_is_not_known_marks_the_address_all_the_same(
    client: Client, message: Message
) -> None:
    report(client, bounce(MessageID="unknown"))
    assert problems() == [(ALICE, Kind.BOUNCED)]
    assert message.events.count() == 0


@pytest.mark.parametrize("secret", ["postmark:wrong", "", ":", "other:a long word"])
def test_whoever_does_not_know_the_secret_is_refused(client: Client, secret: str) -> None:
    assert report(client, bounce(), secret).status_code == 403
    assert client.post("/mail-events/", bounce(), "application/json").status_code == 403
    assert problems() == []


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "null", "17", '"x"'])
def test_what_is_no_report_is_refused(client: Client, text: str) -> None:
    assert report(client, text).status_code == 400


@pytest.mark.parametrize("name", ["MAIL_PROVIDER", "MAIL_EVENTS_SECRET"])
def test_without_a_provider_there_is_nothing(client: Client, settings: Any, name: str) -> None:
    setattr(settings, name, "")
    assert report(client, bounce()).status_code == 404


def test_nothing_of_a_report_is_logged(
    client: Client, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        report(client, bounce())
        report(client, bounce(), "postmark:wrong")
    assert ALICE not in caplog.text


def test_another_provider_names_the_mail_in_its_own_way(
    client: Client, message: Message, settings: Any
) -> None:
    settings.MAIL_PROVIDER = "brevo"
    event = {
        "event": "hard_bounce",
        "email": ALICE,
        "id": 1,
        "date": "2026-05-04 16:33:54",
        "ts_event": 1777912434,
        "ts_epoch": 1777912434000,
        "message-id": message.message_id,
        "subject": "Check-in",
        "sending_ip": "192.0.2.1",
        "reason": "550 5.1.1 The email account that you tried to reach does not exist",
    }
    assert report(client, event).status_code == 200
    assert problems() == [(ALICE, Kind.BOUNCED)]
    assert message.events.count() == 1
