"""What is written into the outbox."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from coordination.commitments.models import Commitment
from coordination.outbox.actions import message_key, queue, supersede
from coordination.outbox.mime import written
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests import factories
from tests.threads import at_once

from .sink import Accepted

State = Message.State
#: An encoded word with a line break and a header of its own in it.
INJECTION = "=?utf-8?q?x=0D=0ABcc=3A_evil=40people=2Eexample=0D=0A=0D=0Aother_text?="


def put(commitment: Commitment, recipient: User, key: str = "one", **context: Any) -> Message:
    """Queue a check-in mail about the commitment."""
    return queue(
        key=message_key(key),
        process=commitment.process,
        kind="check-in",
        recipient=recipient,
        reason="It is due.",
        template="check_in",
        context={"process": commitment.process} | context,
        own={
            "name": recipient.name,
            "title": commitment.title,
            "heading": commitment.title.upper(),
            "reference": commitment.reference,
        },
        about=commitment,
        unsubscribe_url="http://testserver/c/x/someone-else/",
    )


def as_sent(message: Message) -> Any:
    return Accepted(message.to_address, written(message)).mail


def parts(message: Message) -> tuple[str, str]:
    """The plain text and the HTML of the mail."""
    text, html = as_sent(message).iter_parts()
    return text.get_content(), html.get_content()


@pytest.mark.django_db
def test_a_message_is_queued_once_by_its_key(commitment: Commitment, alice: User) -> None:
    first, again = put(commitment, alice), put(commitment, alice)
    assert again == first
    assert Message.objects.count() == 1
    assert [(e.state, e.note) for e in first.events.all()] == [(State.PENDING, "It is due.")]
    assert put(commitment, alice, key="two") != first


@pytest.mark.django_db(transaction=True)
def test_two_who_queue_the_same_at_once_queue_one(commitment: Commitment, alice: User) -> None:
    first, second = at_once(*[lambda: put(commitment, alice)] * 2)
    assert first == second == Message.objects.get()
    assert first.events.count() == 1


def test_every_part_of_a_key_counts_and_so_does_their_order() -> None:
    keys = [message_key(*parts) for parts in (("a", 1), ("a", 2), (1, "a"), ("a1",), ("a", 1, ""))]
    assert len(set(keys)) == 5


@pytest.mark.django_db
def test_the_mail_is_written_in_the_recipient_s_language_and_time_zone(
    commitment: Commitment, alice: User
) -> None:
    alice.language, alice.time_zone = "fr", "Asia/Tokyo"
    message = put(commitment, alice, expires_at=dt.datetime(2024, 2, 9, 20, 30, tzinfo=dt.UTC))
    text, html = parts(message)
    assert "sam 10 fév. 2024, 05:30 JST." in text
    assert html.startswith('<!DOCTYPE html><html lang="fr" dir="ltr">')
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.django_db
def test_markup_in_titles_and_names_stays_text(commitment: Commitment, alice: User) -> None:
    commitment.title = "<script>alert('x')</script> & <b>co</b>"
    alice.name = '<img src="x" onerror="y">'
    text, html = parts(put(commitment, alice))
    assert "<SCRIPT>ALERT('X')</SCRIPT> & <B>CO</B>" in text
    for markup in ("<script", "<b>co", "<img"):
        assert markup not in html
    assert "&lt;script&gt;alert(" in html
    assert as_sent(put(commitment, alice))["Subject"].strip() == (
        f"Check-in: {commitment.title} (Annex 1A, Art. IX.1(c))"
    )


@pytest.mark.django_db
def test_the_longest_names_and_titles_fit(commitment: Commitment, alice: User) -> None:
    alice.name = "N" * 120
    commitment.title, commitment.reference = "T" * 240, "R" * 120
    commitment.save()
    message = queue(
        key="k" * 64,
        process=commitment.process,
        kind="check-in",
        recipient=alice,
        reason="R" * 1000,
        template="check_in",
        context={"process": commitment.process},
        own={"title": commitment.title, "reference": commitment.reference},
        about=commitment,
    )
    message.refresh_from_db()
    assert (len(message.reason), len(message.subject)) == (300, 240)
    assert message.events.get().note == "R" * 500


@pytest.mark.django_db
def test_a_mail_carries_the_headers_of_an_automatic_one(
    commitment: Commitment, alice: User, settings: Any
) -> None:
    settings.SITE_URL = "https://entente.office-of-the-high-representative.example"
    url = f"{settings.SITE_URL}/c/{'t' * 43}/someone-else/"
    message = put(commitment, alice)
    Message.objects.filter(pk=message.pk).update(unsubscribe_url=url)
    message.refresh_from_db()
    mail = as_sent(message)
    host = "entente.office-of-the-high-representative.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == message.message_id
    assert message.message_id.endswith(f"@{host}>")
    assert mail["From"] == "Entente <entente@localhost>"
    assert mail["To"] == "Alice <alice@people.example>"
    assert mail["Date"].datetime == message.created_at.replace(microsecond=0)
    # As it stands in the mail: programmes follow no link that is broken or encoded.
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in written(message)
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.django_db
def test_the_same_mail_has_the_same_bytes_whoever_writes_it(
    commitment: Commitment, alice: User
) -> None:
    message = put(commitment, alice)
    again = Message.objects.get(pk=message.pk)
    again.attempts, again.ambiguous = 5, True
    assert written(again) == written(message)


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
bits = st.sampled_from(
    ["=?utf-8?q?", "=0D=0A", "?=", "\r\n", "Bcc: x@y.example", '"', "<", ",", "Ö"]
)
typed = st.one_of(st.text(characters), st.lists(bits, max_size=20).map("".join))


@hypothesis_settings(max_examples=150)
@given(subject=typed, name=typed)
def test_no_name_or_subject_reaches_another_header(subject: str, name: str) -> None:
    message = factories.MessageFactory.build(
        process=None,
        recipient=User(name=name, email="alice@people.example"),
        subject=subject,
        unsubscribe_url="http://testserver/c/x/someone-else/",
    )
    mail = as_sent(message)
    assert list(mail.keys()) == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("List-Unsubscribe", "MIME-Version", "Content-Type"),
    ]
    assert [one.addr_spec for one in mail["To"].addresses] == ["alice@people.example"]
    assert [one.addr_spec for one in mail["From"].addresses] == ["entente@localhost"]
    head = written(message).partition(b"\r\n\r\n")[0]
    assert all(32 <= byte < 127 for line in head.split(b"\r\n") for byte in line)
    assert max(map(len, head.split(b"\r\n"))) <= 998


@pytest.mark.django_db
def test_an_encoded_word_in_a_title_is_not_decoded(commitment: Commitment, alice: User) -> None:
    commitment.title = alice.name = INJECTION
    message = put(commitment, alice)
    mail = as_sent(message)
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"Check-in: {INJECTION} (Annex 1A, Art. IX.1(c))".replace("=?", "= ?")
    assert mail["To"].addresses[0].display_name == (
        "= ?utf-8?q?x=0D=0ABcc=3A_evil=40people=2Eexample=0D=0A=0D=0Aother_text?="
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "Ötzi, <evil@people.example>",
        'Ana "the\r\nBcc: evil@people.example" Ö',
        "Özgür, a name that goes on and on, with <evil@people.example>, and on and on and on",
        "=?utf-8?q?evil=40people=2Eexample=2C?=",
        INJECTION,
        "(Ö) [x]; a:b, c\\d\u202e",
        "Dr. A. B. Name, Deputy Minister of Foreign Affairs; with a long title. And. More. Of. It.",
        "",
        " ",
    ],
)
def test_a_name_is_never_an_address(commitment: Commitment, alice: User, name: str) -> None:
    alice.name = name
    to = as_sent(put(commitment, alice))["To"]
    assert [one.addr_spec for one in to.addresses] == ["alice@people.example"]


@pytest.mark.django_db
def test_what_waits_is_held_or_claimed_is_superseded_and_nothing_else(process: Process) -> None:
    for state in State.values:
        factories.MessageFactory(process=process, state=state, owner="worker")
    assert supersede(Message.objects.all(), "No longer needed.") == 3
    changed = Message.objects.filter(error="No longer needed.")
    assert [(m.state, m.owner, m.lease_until) for m in changed] == [
        (State.SUPERSEDED, "", None)
    ] * 3
    assert all(m.finished_at and m.events.get().note == "No longer needed." for m in changed)
    others = Message.objects.exclude(error="No longer needed.").values_list("state", flat=True)
    assert sorted(others) == sorted(set(State.values) - {State.PENDING, State.CLAIMED, State.HELD})
