"""Nobody learns at sign-in or reset whether somebody has an account."""

import re
import time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coordination.outbox.models import Message
from tests import factories

KNOWN, UNKNOWN, CLOSED = "known@people.example", "other@people.example", "shut!@people.example"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db: None) -> list[User]:
    people = [
        factories.UserFactory(email=KNOWN),
        factories.UserFactory(email=CLOSED, is_active=False),
    ]
    for one in people:
        one.set_password("a long way round")
        one.save()
    return people


def seen(response: HttpResponse, address: str) -> tuple[Any, ...]:
    """All that comes back; what is new each time, and what was typed, is taken out."""
    headers = {k: v for k, v in response.headers.items() if k not in ("Expires", "Content-Length")}
    page = TOKEN.sub("", response.content.decode()).replace(address, "ADDRESS")
    page = re.sub(r"\d\d:\d\d", "", page)
    return response.status_code, headers, sorted(response.cookies), page


def wrong_password(address: str) -> tuple[Any, ...]:
    form = {"login": address, "password": "wrong"}
    return seen(Client().post(reverse("account_login"), form), address)


def reset(address: str) -> tuple[Any, ...]:
    browser = Client()
    sent = browser.post(reverse("account_reset_password"), {"email": address})
    told = browser.get(sent.headers["Location"])
    return *seen(sent, address), *seen(told, address)


def test_a_wrong_password_gets_the_same_bytes(people: list[User]) -> None:
    assert wrong_password(KNOWN) == wrong_password(UNKNOWN) == wrong_password(CLOSED)


def test_a_reset_gets_the_same_bytes_and_one_mail_is_sent(people: list[User]) -> None:
    assert reset(KNOWN) == reset(UNKNOWN) == reset(CLOSED)
    assert [message.to_address for message in Message.objects.all()] == [KNOWN]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("account_login", {"login": UNKNOWN, "password": "wrong"}),
        ("account_reset_password", {"email": UNKNOWN}),
    ],
)
def test_the_answer_leaves_at_a_fixed_time(
    db: None, settings: Any, name: str, form: dict[str, str]
) -> None:
    settings.EVEN_ANSWERS_SECONDS = 0.4
    begun = time.monotonic()
    Client().post(reverse(name), form)
    took = time.monotonic() - begun
    assert took >= 0.4


def test_who_gets_in_and_who_only_looks_does_not_wait(people: list[User], settings: Any) -> None:
    settings.EVEN_ANSWERS_SECONDS = 30
    browser, form = Client(), {"login": KNOWN, "password": "a long way round"}
    begun = time.monotonic()
    assert browser.get(reverse("account_login")).status_code == 200
    assert browser.post(reverse("account_login"), form).status_code == 302
    assert time.monotonic() - begun < 30
