"""Mails as they are written out: invitations, and what somebody put into them that is poison."""

import email
from collections.abc import Callable
from typing import Any

import icalendar
import pytest
from django.utils import timezone

from accounts.models import User
from coordination.outbox.actions import deliver, queue
from coordination.outbox.mime import mime, written
from coordination.outbox.models import Message
from coordination.outbox.smtp import _dotted
from coordination.processes.models import Process
from tests import factories

from .sink import DROP, Sink

State = Message.State
Waiting = Callable[..., Message]

INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Entente//EN
METHOD:{method}
BEGIN:VEVENT
UID:review-1@entente.example
SEQUENCE:1
DTSTAMP:20260504T120000Z
DTSTART:20260601T090000Z
SUMMARY:Review of the Joint Military Commission · Überprüfung
END:VEVENT
END:VCALENDAR
"""


def built(**fields: Any) -> Message:
    person = User(name="Alice", email="alice@people.example")
    values = {"process": None, "recipient": person, "created_at": timezone.now()}
    return factories.MessageFactory.build(**values | fields)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_invitation_is_a_part_that_calendars_act_on_and_a_file(method: str) -> None:
    mail = mime(built(calendar=INVITATION.format(method=method)))
    assert mail.get_content_type() == "multipart/mixed"
    both, file = mail.iter_parts()
    kinds = [part.get_content_type() for part in both.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    part = list(both.iter_parts())[2]
    assert (part.get_param("method"), part.get_content_charset()) == (method, "utf-8")
    assert file.get_filename() == "invite.ics"
    assert file.get_content() == part.get_payload(decode=True)
    assert b"\r\n" in file.get_content()
    event = icalendar.Calendar.from_ical(file.get_content()).walk("VEVENT")[0]
    assert str(event["SUMMARY"]).endswith("Überprüfung")


def test_a_plain_mail_is_one_part_and_keeps_its_invitation() -> None:
    assert mime(built(body_html="")).get_content_type() == "text/plain"
    mail = mime(built(body_html="", calendar=INVITATION.format(method="REQUEST")))
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/calendar"),
        "application/ics",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Short.\n",
        "",
        "No end of line",
        ".\n..\n.dots at the beginning\n",
        "A line of " + "many words " * 200 + "\n",
        "Žluťoučký kůň · שלום · 你好\n",
        "Blank at the end \nTab at the end\t\n",
        "From here on\nequals = sign =3D\n",
        "Mixed\r\nline\rends\n",
    ],
)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    raw = written(built(body_text=text, body_html=""))
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = lines if lines.endswith("\n") else lines + "\n"
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    content = email.message_from_bytes(raw, policy=email.policy.default).get_content()
    assert content.replace("\r\n", "\n") == expected


def test_no_line_of_a_mail_is_taken_for_its_end() -> None:
    assert _dotted(b".\r\n.x\ny\r\n") == b"..\r\n..x\r\ny\r\n.\r\n"
    assert _dotted(b"x") == b"x\r\n.\r\n"


POISON: dict[str, dict[str, Any]] = {
    "control characters": {"subject": "a\x00\x07\x1b[31m\u2028\u202eb", "body_text": "\x07\x1b[0m"},
    "half characters": {"body_text": "\ud83d"},
    "half characters in a subject": {"subject": "\ud83d x"},
    "a hundred kilobytes of subject": {"subject": "x " * 50_000},
    "a line without an end": {"body_text": "x" * 2_000_000},
    "an address that cannot be encoded": {"to_address": "jörg@people.example"},
    "an address with a command in it": {"to_address": "a@b.example>\r\nRCPT TO:<c@d.example"},
    "an address without a domain": {"to_address": "nobody@"},
    "no address": {"to_address": ""},
    "a Message-ID with a header in it": {"message_id": "<x@y>\r\nBcc: z@z.example"},
    "a link that is no ASCII": {"unsubscribe_url": "https://x.example/ü\r\nBcc: z@z.example"},
    "a calendar that is none": {"calendar": "METHOD:\x00\ud83d"},
}


@pytest.mark.parametrize("name", POISON)
def test_poison_is_written_out_harmlessly_or_not_at_all(name: str) -> None:
    message = built(**POISON[name])
    try:
        mail = mime(message)
    except Exception as error:
        assert str(error).startswith("This mail cannot be written: ")
        return
    assert (mail["Bcc"], len(mail.get_all("To"))) == (None, 1)


@pytest.mark.django_db
def test_poison_delays_no_other(sink: Sink, waiting: Waiting, process: Process) -> None:
    """As far as a database keeps it; without recipients, whose addresses would be put right."""
    kept = ("subject", "to_address", "message_id", "unsubscribe_url")
    for poison in POISON.values():
        fields = {key: value.encode("utf-8", "replace").decode().replace("\0", "")[:240]
                  for key, value in poison.items() if key in kept}  # fmt: skip
        waiting(**{"recipient": None, "to_address": "p@people.example", "process": None} | fields)
    waiting("good@people.example")
    deliver()
    assert "good@people.example" in sink.recipients
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT, State.FAILED}
    assert all(one.mail["Bcc"] is None for one in sink.accepted)


@pytest.mark.django_db
def test_poison_is_queued_as_far_as_a_database_keeps_it(process: Process, alice: User) -> None:
    alice.name = "A\x00lice \ud83d"
    message = queue(
        key="k",
        process=process,
        kind="second_step",
        recipient=alice,
        reason="\x00\ud83d" * 500,
        template="second_step",
        context={"process": process, "asked": None, "on": process.today(), "url": "x\ud83d"},
        about=process,
    )
    message.refresh_from_db()
    assert message.reason == "?" * 300
    assert message.events.count() == 1


@pytest.mark.django_db
def test_names_are_said_in_one_go_to_a_server_that_can_take_it(
    sink: Sink, waiting: Waiting
) -> None:
    sink.pipelining = True
    messages = [waiting(f"{n}@people.example") for n in range(4)]
    sink.say("MAIL", "", "451 not now")
    sink.say("RCPT", "", "550 5.1.1 no such box")
    deliver()
    states = {one.to_address: one.state for one in Message.objects.all()}
    # The second is refused with its sender: what is said of its recipient then counts nothing.
    assert [states[message.to_address] for message in messages] == [
        *(State.SENT, State.PENDING, State.FAILED, State.SENT),
    ]
    assert sink.connections == 1


@pytest.mark.django_db
def test_a_text_that_is_awaited_though_its_reader_was_refused_is_not_sent(
    sink: Sink, waiting: Waiting
) -> None:
    sink.pipelining = True
    refused, other = waiting("first@people.example"), waiting("other@people.example")
    sink.say("RCPT", "450 busy")
    sink.say("DATA", "354 go on")
    deliver()
    refused.refresh_from_db()
    other.refresh_from_db()
    assert (refused.state, refused.error, refused.ambiguous) == (State.PENDING, "450 busy", False)
    assert (other.state, sink.recipients) == (State.SENT, ["other@people.example"])
    assert sink.connections == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "state"), [("451 not now", State.PENDING), ("554 never", State.FAILED)]
)
def test_a_text_that_is_refused_when_all_is_said_in_one_go(
    sink: Sink, waiting: Waiting, answer: str, state: str
) -> None:
    sink.pipelining = True
    refused, other = waiting("first@people.example"), waiting("other@people.example")
    sink.say("DATA", answer)
    deliver()
    refused.refresh_from_db()
    other.refresh_from_db()
    assert (refused.state, refused.error, refused.ambiguous) == (state, answer, False)
    assert (other.state, sink.recipients) == (State.SENT, ["other@people.example"])


@pytest.mark.django_db
def test_a_server_that_ends_the_connection_in_the_midst_gets_another(
    sink: Sink, waiting: Waiting
) -> None:
    sink.pipelining = True
    messages = [waiting(f"{n}@people.example") for n in range(3)]
    sink.say("RCPT", "", DROP)
    deliver()
    assert Message.objects.filter(state=State.SENT, ambiguous=False).count() == len(messages)
    assert sink.connections == 2
