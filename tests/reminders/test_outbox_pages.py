"""What coordinators see of the mails, and what nobody sees of them."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.base.capabilities import placeholder, token_for
from coordination.commitments.models import Obligation
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.models import Occurrence
from tests.factories import (
    AddressProblemFactory,
    MembershipFactory,
    MessageEventFactory,
    MessageFactory,
    ObligationFactory,
    OccurrenceFactory,
    PartyFactory,
    ReminderFactory,
)

pytestmark = pytest.mark.django_db

NONCE = "n" * 43
OUTBOX = "/p/valley/outbox/"


@pytest.fixture
def reader(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


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


def test_a_button_that_says_nothing_changes_nothing(
    client: Client, mail: Message, coordinator: User
) -> None:
    client.force_login(coordinator)
    statuses = [client.post(address).status_code for address in pages(mail)]
    assert statuses == [405, 422, 405]
    assert client.post(pages(mail)[1], {"what": "burn"}).status_code == 404
    mail.refresh_from_db()
    assert (mail.state, mail.events.count()) == (Message.State.KEPT, 1)


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
        question = OccurrenceFactory(obligation=other, local_date=dt.date(2020, 1, 1))
        ReminderFactory(process=process, message=message, occurrence=question)
        ReminderFactory(process=process)
        shared = MessageFactory(process=None, kind="digest")
        ReminderFactory.create_batch(2, process=process, message=shared)
        AddressProblemFactory(address=message.to_address)

    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def all_of_them() -> list[int]:
        first = Message.objects.filter(process=process).earliest("pk")
        shared = Message.objects.filter(process=None).earliest("pk")
        pages = ("", "?view=waited", "health/", f"{first.pk}/", f"{shared.pk}/")
        return [queries(OUTBOX + page) for page in pages]

    add()
    one = all_of_them()
    for _ in range(4):
        add()
    MessageEventFactory.create_batch(4, message=Message.objects.earliest("pk"))
    assert all_of_them() == one


# --- By hand ------------------------------------------------------------------------------------


def press(client: Client, message: Message, what: str, **more: str) -> Any:
    return client.post(f"{OUTBOX}{message.pk}/", {"what": what} | more)


def buttons(client: Client, address: str = OUTBOX) -> list[str]:
    html = client.get(address).content.decode()
    return re.findall(r'name="what" value="(\w+)"', html)


@pytest.mark.parametrize(
    ("state", "attempts", "in_list", "on_page"),
    [
        ("pending", 0, ["hold"], ["try", "hold"]),
        ("pending", 2, ["try"], ["try", "hold"]),
        ("held", 0, ["release"], ["release"]),
        ("uncertain", 2, ["settle", "again"], ["settle", "again"]),
        ("failed", 1, ["again"], ["again"]),
        ("sent", 1, [], ["again"]),
        ("superseded", 0, [], []),
        ("transmitting", 1, [], []),
    ],
)
def test_a_message_has_the_buttons_of_its_state(
    reader: Client, process: Process, state: str, attempts: int, in_list: Any, on_page: Any
) -> None:
    message = MessageFactory(process=process, state=state, attempts=attempts)
    assert buttons(reader) == in_list
    assert buttons(reader, f"{OUTBOX}{message.pk}/") == on_page


def test_a_message_is_held_with_a_reason_and_released(
    reader: Client, process: Process, coordinator: User
) -> None:
    message = MessageFactory(process=process)
    response = press(reader, message, "hold", reason="Call first.", here="view=attention")
    assert response["Location"] == f"{OUTBOX}?view=attention"
    message.refresh_from_db()
    assert message.state == Message.State.HELD
    assert f"Held back by {coordinator}: Call first." in reader.get(OUTBOX).content.decode()
    assert press(reader, message, "release")["Location"] == f"{OUTBOX}{message.pk}/"
    message.refresh_from_db()
    assert message.state == Message.State.PENDING
    page = reader.get(f"{OUTBOX}{message.pk}/").content.decode()
    assert "Call first." in page
    assert f"Released by {coordinator}." in page


def test_where_a_form_leads_back_to_is_always_the_log(reader: Client, process: Process) -> None:
    message = MessageFactory(process=process)
    response = press(reader, message, "hold", here="//evil.example/")
    assert response["Location"] == f"{OUTBOX}?//evil.example/"


def test_a_message_is_tried_now(reader: Client, process: Process) -> None:
    later = timezone.now() + dt.timedelta(hours=5)
    message = MessageFactory(process=process, attempts=2, next_at=later)
    press(reader, message, "try")
    message.refresh_from_db()
    assert message.next_at < later


def test_sending_again_asks_once_and_makes_one_message_however_often_it_is_pressed(
    reader: Client, process: Process
) -> None:
    message = MessageFactory(process=process, state=Message.State.FAILED)
    page = press(reader, message, "again")
    assert page.status_code == 200
    assert "may get this a second time" in page.content.decode()
    assert Message.objects.count() == 1
    for _ in range(2):
        response = press(reader, message, "again", confirm="1", times="0")
    again = message.sent_again.get()
    assert response["Location"] == f"{OUTBOX}{again.pk}/"
    assert f"{OUTBOX}{message.pk}/" in reader.get(response["Location"]).content.decode()
    assert f"{OUTBOX}{again.pk}/" in reader.get(f"{OUTBOX}{message.pk}/").content.decode()


def test_an_uncertain_message_is_settled_by_who_asked_the_recipient(
    reader: Client, process: Process, coordinator: User
) -> None:
    message = MessageFactory(process=process, state=Message.State.UNCERTAIN)
    press(reader, message, "settle", reason="She read it out.")
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    page = reader.get(f"{OUTBOX}{message.pk}/").content.decode()
    assert f"It arrived, says {coordinator}: She read it out." in page


def test_what_has_gone_on_meanwhile_is_said_and_not_done(reader: Client, process: Process) -> None:
    message = MessageFactory(process=process, state=Message.State.SENT)
    page = reader.post(f"{OUTBOX}{message.pk}/", {"what": "hold"}, follow=True)
    assert "This message is “delivered” by now." in page.content.decode()


def test_nobody_but_coordinators_does_anything_by_hand(
    client: Client, mail: Message, alice: User, outsider: User
) -> None:
    Message.objects.update(state=Message.State.PENDING)
    for user, status in ((alice, 403), (outsider, 404)):
        client.force_login(user)
        assert press(client, mail, "hold").status_code == status
    mail.refresh_from_db()
    assert mail.state == Message.State.PENDING


def test_an_address_that_fails_leads_to_an_invitation_at_another_one(
    reader: Client, process: Process, alice: User
) -> None:
    MessageFactory(
        process=process, recipient=alice, state=Message.State.FAILED, error="550 5.1.1 no"
    )
    member = alice.memberships.get()
    where = f'href="/p/valley/people/invite/?instead={member.pk}"'
    AddressProblemFactory(address=alice.email)
    failed = Message.objects.get()
    for address in (OUTBOX, f"{OUTBOX}{failed.pk}/", f"{OUTBOX}health/"):
        assert where in reader.get(address).content.decode()
    assert buttons(reader) == []


def test_why_mails_are_kept_here_is_said_once_above_the_log(
    reader: Client, process: Process, settings: Any
) -> None:
    kept = {"state": Message.State.KEPT, "error": "No mail server is set."}
    MessageFactory.create_batch(2, process=process, **kept)
    said = [
        reader.get(OUTBOX).content.decode().count("No mail server is set")
        for settings.EMAIL_HOST in ("", "mail.example")
    ]
    assert said == [1, 2]
