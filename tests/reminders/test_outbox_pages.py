"""What coordinators see of the mails, and what nobody sees of them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.base.capabilities import placeholder, token_for
from coordination.commitments.models import Obligation
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.models import Occurrence
from tests.factories import (
    MembershipFactory,
    MessageEventFactory,
    MessageFactory,
    ObligationFactory,
    OccurrenceFactory,
    PartyFactory,
)

pytestmark = pytest.mark.django_db

NONCE = "n" * 43
OUTBOX = "/p/valley/outbox/"


@pytest.fixture
def mail(process: Process, alice: User) -> Message:
    message = MessageFactory(
        process=process,
        recipient=alice,
        state=Message.State.KEPT,
        subject="<b>Check-in</b>",
        body_text=f"Go to http://testserver/c/{placeholder(NONCE)}/ now",
        body_html=f'<p><a href="http://testserver/c/{placeholder(NONCE)}/">Go</a></p>',
        unsubscribe_url=f"http://testserver/c/{placeholder(NONCE)}/someone-else/",
    )
    MessageEventFactory(message=message, state=Message.State.KEPT, note="No mail server is set.")
    return message


def pages(mail: Message) -> list[str]:
    return [OUTBOX, f"{OUTBOX}{mail.pk}/", f"{OUTBOX}{mail.pk}/html/"]


def read(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


def test_coordinators_alone_open_the_outbox(
    client: Client, mail: Message, coordinator: User, alice: User, bob: User, carol: User
) -> None:
    observer = MembershipFactory(process=mail.process).user
    for address in pages(mail):
        assert client.get(address)["Location"] == f"/sign-in/?next={address}"
    for user, status in [
        (coordinator, 200),
        (alice, 403),
        (bob, 403),
        (carol, 403),
        (observer, 403),
    ]:
        client.force_login(user)
        assert [client.get(address).status_code for address in pages(mail)] == [status] * 3


def test_to_an_outsider_the_outbox_does_not_exist(
    client: Client, mail: Message, outsider: User
) -> None:
    client.force_login(outsider)
    unknown = client.get("/p/unknown/outbox/")
    for address in pages(mail):
        page = client.get(address)
        assert (page.status_code, page.content) == (404, unknown.content)


def test_a_mail_of_another_process_is_not_found_here(
    client: Client, mail: Message, coordinator: User
) -> None:
    elsewhere = MessageFactory()
    MembershipFactory(process=elsewhere.process, user=coordinator, role="coordinator")
    client.force_login(coordinator)
    for number in (elsewhere.pk, 10**6, 10**30):
        assert client.get(f"{OUTBOX}{number}/").status_code == 404
        assert client.get(f"{OUTBOX}{number}/html/").status_code == 404
    assert elsewhere.subject not in read(client, coordinator, OUTBOX)


def test_where_mails_are_kept_the_link_can_be_handed_on(
    client: Client, mail: Message, coordinator: User, settings: Any
) -> None:
    settings.EMAIL_HOST = ""
    token = token_for(NONCE)
    for address in pages(mail)[1:]:
        assert f"http://testserver/c/{token}/" in read(client, coordinator, address)


def test_where_mails_leave_or_this_one_did_the_link_is_concealed(
    client: Client, mail: Message, coordinator: User, settings: Any
) -> None:
    left = [(state, "") for state in Message.State.values if state != Message.State.KEPT]
    for state, host in [*left, (Message.State.KEPT, "mail.example"), ("sent", "mail.example")]:
        settings.EMAIL_HOST = host
        Message.objects.update(state=state)
        for address in pages(mail):
            html = read(client, coordinator, address)
            assert token_for(NONCE) not in html
            assert NONCE not in html
            assert "capability" not in html


def test_a_mail_is_shown_as_text_and_in_a_frame_that_may_do_nothing(
    client: Client, mail: Message, coordinator: User
) -> None:
    html = read(client, coordinator, f"{OUTBOX}{mail.pk}/")
    assert "<b>Check-in</b>" not in html
    assert "&lt;b&gt;Check-in&lt;/b&gt;" in html
    assert "No mail server is set." in html
    frame = client.get(f"{OUTBOX}{mail.pk}/html/")
    policy = frame["Content-Security-Policy"]
    assert "sandbox allow-popups allow-top-navigation-by-user-activation" in policy
    assert "script-src 'none'" in policy
    assert "default-src 'none'" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_the_outbox_is_filtered_by_state(
    client: Client, process: Process, coordinator: User
) -> None:
    for state in (Message.State.SENT, Message.State.SENT, Message.State.FAILED):
        MessageFactory(process=process, state=state, subject=f"A {state} one")
    client.force_login(coordinator)

    def shown(query: str) -> list[str]:
        return sorted(mail.subject for mail in client.get(OUTBOX + query).context["page"])

    assert shown("?state=sent") == ["A sent one"] * 2
    assert shown("?state=failed") == ["A failed one"]
    everything = ["A failed one", "A sent one", "A sent one"]
    for query in ("", "?state=pending%27", "?page=99", "?page=x"):
        assert shown(query) == everything
    assert client.get(OUTBOX).context["states"] == [
        ("sent", Message.State.SENT.label, 2),
        ("failed", Message.State.FAILED.label, 1),
    ]


def test_what_nobody_was_asked_stands_above_the_mails(
    client: Client, obligation: Obligation, coordinator: User
) -> None:
    OccurrenceFactory(
        obligation=obligation, state=Occurrence.State.NOBODY, reason="Avaria has no focal point."
    )
    elsewhere = OccurrenceFactory(state=Occurrence.State.NOBODY, reason="Of another process.")
    html = read(client, coordinator, OUTBOX)
    assert "Avaria has no focal point." in html
    assert elsewhere.reason not in html


def test_nothing_in_the_outbox_can_be_changed(
    client: Client, mail: Message, coordinator: User
) -> None:
    client.force_login(coordinator)
    for address in pages(mail):
        assert client.post(address).status_code == 405


def test_the_outbox_takes_as_many_queries_for_five_rows_as_for_one(
    client: Client, process: Process, obligation: Obligation, coordinator: User
) -> None:
    client.force_login(coordinator)

    def add() -> None:
        message = MessageFactory(process=process, state=Message.State.PENDING, attempts=1)
        MessageEventFactory(message=message)
        other = ObligationFactory(
            commitment=obligation.commitment, party=PartyFactory(process=process)
        )
        OccurrenceFactory(obligation=other, state=Occurrence.State.NOBODY)

    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    add()
    one = queries(OUTBOX), queries(f"{OUTBOX}{Message.objects.get().pk}/")
    for _ in range(4):
        add()
    MessageEventFactory.create_batch(4, message=Message.objects.first())
    assert (queries(OUTBOX), queries(f"{OUTBOX}{Message.objects.first().pk}/")) == one
