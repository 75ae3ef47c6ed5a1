"""The way back in, by a mail."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from coordination.base.capabilities import conceal, reveal
from coordination.outbox.accounts import CHANGES
from coordination.outbox.models import Message
from tests.factories import ApiTokenFactory

from .signing import NEW_PASSWORD, PASSWORD, is_in, person, sign_in, signed_in

pytestmark = pytest.mark.django_db

FORGOTTEN = "/sign-in/forgotten/"
CHOSEN = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


@pytest.fixture
def mila() -> User:
    return person()


def link_to(client: Client, email: str) -> str:
    """Ask for the mail, and take the link's path from it as it leaves."""
    answer = client.post(FORGOTTEN, {"email": email})
    assert answer.headers["Location"] == f"{FORGOTTEN}sent/"
    message = Message.objects.latest("pk")
    begins = re.escape(settings.SITE_URL + FORGOTTEN)
    links = re.findall(rf"{begins}\S+-\S+", reveal(message.body_text))
    assert len(links) == 1
    assert reveal(message.body_html).count(links[0]) == 3
    return urlsplit(links[0]).path


def test_a_link_by_mail_gives_a_new_password_and_ends_the_sessions(
    client: Client, mila: User
) -> None:
    desk = signed_in(mila)
    path = link_to(client, "Mila@people.example")
    assert client.get(path).status_code == 200
    assert client.post(path, CHOSEN).headers["Location"] == "/sign-in/"
    assert (is_in(desk), is_in(client)) == (False, False)
    assert sign_in(client, mila.email, PASSWORD).status_code == 200
    assert sign_in(client, mila.email, NEW_PASSWORD).headers["Location"] == "/"
    told = Message.objects.latest("pk")
    assert told.subject == "Your account: Your password was replaced by way of a mail"
    assert "Place:   127.0.0.1" in told.body_text


def test_a_reset_revokes_the_tokens(client: Client, mila: User) -> None:
    token = ApiTokenFactory(user=mila)
    path = link_to(client, mila.email)
    assert "revokes its API tokens" in client.get(path).content.decode()
    client.post(path, CHOSEN)
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_the_mail_that_is_kept_holds_no_link(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    message = Message.objects.get()
    key = path.split("-", 1)[1].strip("/")
    assert (message.process, message.recipient, message.to_address) == (None, mila, mila.email)
    for text in (message.body_text, message.body_html):
        assert (key in text, key in conceal(text), key in reveal(text)) == (False, False, True)


def test_a_known_and_an_unknown_address_get_the_same_answer(client: Client, mila: User) -> None:
    person(email="closed@people.example", is_active=False)
    answers = []
    for email in (mila.email, "nobody@people.example", "closed@people.example"):
        answer = client.post(FORGOTTEN, {"email": email})
        answers.append((answer.status_code, answer.headers["Location"], answer.content))
    assert len(set(answers)) == 1
    assert [message.recipient for message in Message.objects.all()] == [mila]


def test_the_link_is_good_once(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    client.post(path, CHOSEN)
    again = {"password1": PASSWORD, "password2": PASSWORD}
    assert (client.get(path).status_code, client.post(path, again).status_code) == (404, 404)


def test_the_link_is_good_for_an_hour(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    for minutes, status in ((59, 200), (61, 404)):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
            assert client.get(path).status_code == status


def test_a_link_that_is_not_whole_opens_nothing(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    for wrong in (path[:-2] + "/", f"{FORGOTTEN}zz-x/", f"{FORGOTTEN}{'z' * 40}-a-b/"):
        answer = client.get(wrong)
        assert answer.status_code == 404
        assert "This link is not good any more" in answer.content.decode()


def test_a_closed_accounts_link_opens_nothing(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    User.objects.filter(pk=mila.pk).update(is_active=False)
    assert client.get(path).status_code == 404


def test_a_password_that_will_not_do_is_said_beside_its_field(client: Client, mila: User) -> None:
    path = link_to(client, mila.email)
    page = client.post(path, {"password1": "short", "password2": "short"}).content.decode()
    assert 'id="id_password1_error"' in page
    mila.refresh_from_db()
    assert mila.check_password(PASSWORD)


def test_the_link_leads_to_the_configured_site_whatever_the_request_says(
    client: Client, mila: User
) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        client.post(FORGOTTEN, {"email": mila.email}, headers={"host": "elsewhere.example"})
    message = Message.objects.get()
    assert "elsewhere.example" not in reveal(message.body_text + message.body_html)


def test_every_change_is_told_in_words() -> None:
    assert all(str(words) and not str(words).endswith(".") for words in CHANGES.values())
