"""Signing in as people do: by the form, with a password and a code."""

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory

PASSWORD = "reed warbler, spring tide"
NEW_PASSWORD = "curlew over the salt marsh"


def person(**fields: Any) -> User:
    """Somebody with a password."""
    user = UserFactory(**{"email": "mila@people.example", "name": "Mila Petrova"} | fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> HttpResponse:
    answer: Any = client.post("/sign-in/", {"login": email, "password": password, **more})
    return answer


def signed_in(user: User, **headers: str) -> Client:
    """A browser of the person, signed in by the form."""
    client = Client(headers=headers)
    answer = sign_in(client, user.email)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    return client


def confirmed(client: Client) -> Client:
    """The same, having shown again that it is the person."""
    client.post("/sign-in/again/", {"password": PASSWORD})
    return client


def code_of(secret: str) -> str:
    """What an app that holds the secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(client: Client) -> str:
    """Set up an app; returns its secret."""
    page = client.get("/account/second-step/app/").content.decode()
    found = re.search(r'name="key" value="(([A-Z2-7]+):[^"]+)"', page)
    assert found is not None
    sent = {"key": found[1], "code": code_of(found[2])}
    answer = client.post("/account/second-step/app/", sent)
    assert answer.headers["Location"] == "/account/second-step/codes/"
    return found[2]


def show_codes(client: Client) -> list[str]:
    """Have the recovery codes shown."""
    page = client.post("/account/second-step/codes/").content.decode()
    return re.findall(r"<code>(\d+)</code>", page)


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200
