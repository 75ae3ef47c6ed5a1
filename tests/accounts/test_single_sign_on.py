"""Signing in through a provider of OpenID Connect: a real one, in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import UserFactory
from tests.runtime.helpers import free_port

LOGIN = "/sign-in/sso/oidc/sso/login/"
ADDRESS = "mila@people.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    where = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{where}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield where
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(autouse=True)
def configured(provider: str, settings: Any) -> None:
    """As config/settings.py does where OIDC_SERVER is set."""
    app = {
        "provider_id": "sso",
        "name": "Ministry",
        "client_id": "entente",
        "secret": "of the two",
        "settings": {"server_url": provider},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }


@pytest.fixture
def mila(db: None) -> User:
    return UserFactory(email=ADDRESS, name="Mila Petrova")


def vouched(provider: str, client: Client, where: str = LOGIN, **claims: Any) -> HttpResponse:
    """What the browser gets in the end, after it was at the provider, which knows these claims."""
    subject = "subject-of-mila"
    httpx.put(f"{provider}/users/{subject}", json=claims).raise_for_status()
    there = client.post(where)
    address = there.context["address"] if there.context else there.headers["Location"]
    assert address.startswith(f"{provider}/")
    back = httpx.post(address, data={"sub": subject}).headers["Location"]
    assert back.startswith("http://testserver/")
    answer: Any = client.get(back.removeprefix("http://testserver"))
    return answer


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_person_with_the_address_is_let_in(provider: str, mila: User) -> None:
    client, password = Client(), mila.password
    answer = vouched(provider, client, email=ADDRESS.upper(), email_verified=True)
    assert (answer.status_code, answer.headers["Location"], is_in(client)) == (302, "/", True)
    mila.refresh_from_db()
    assert (mila.password, "device" in client.cookies) == (password, True)
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
    assert EmailAddress.objects.count() == 0


def test_the_page_that_was_asked_for_comes_after_it(provider: str, mila: User) -> None:
    where = f"{LOGIN}?next=/account/tokens/"
    answer = vouched(provider, Client(), where, email=ADDRESS, email_verified=True)
    assert answer.headers["Location"] == "/account/tokens/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": ADDRESS, "email_verified": False},
        {"email": ADDRESS, "email_verified": "true"},
        {"email": ADDRESS},
        {"email_verified": True},
    ],
)
def test_an_address_that_the_provider_does_not_confirm_opens_nothing(
    claims: dict[str, Any], provider: str, mila: User
) -> None:
    client = Client()
    answer = vouched(provider, client, **claims)
    assert (answer.status_code, is_in(client)) == (403, False)
    assert "does not confirm your e-mail address" in answer.content.decode()


def test_nobody_is_created(provider: str, mila: User) -> None:
    client = Client()
    answer = vouched(provider, client, email="new@people.example", email_verified=True)
    assert (answer.status_code, is_in(client), User.objects.count()) == (403, False, 1)
    assert "No account here has the address new@people.example" in answer.content.decode()


def test_a_closed_account_looks_like_none(provider: str, mila: User) -> None:
    User.objects.update(is_active=False)
    client = Client()
    answer = vouched(provider, client, email=ADDRESS, email_verified=True)
    assert (answer.status_code, is_in(client)) == (403, False)
    assert f"No account here has the address {ADDRESS}" in answer.content.decode()


def test_who_has_a_second_step_is_asked_for_it(provider: str, mila: User) -> None:
    TOTP.activate(mila, generate_totp_secret())
    client = Client()
    answer = vouched(provider, client, email=ADDRESS, email_verified=True)
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)


def test_an_address_that_was_changed_here_lets_nobody_in(provider: str, mila: User) -> None:
    vouched(provider, Client(), email=ADDRESS, email_verified=True)
    User.objects.update(email="petrova@people.example")
    client = Client()
    assert vouched(provider, client, email=ADDRESS, email_verified=True).status_code == 403
    assert not is_in(client)


def test_an_account_elsewhere_is_tied_to_none_here(provider: str, mila: User) -> None:
    client = Client()
    client.force_login(mila)
    answer = vouched(
        provider,
        client,
        f"{LOGIN}?process=connect",
        email="other@people.example",
        email_verified=True,
    )
    assert (answer.status_code, SocialAccount.objects.count()) == (403, 0)


def test_an_answer_that_nobody_asked_for_ends_on_a_plain_page(db: None) -> None:
    answer = Client().get(f"{LOGIN}callback/?code=made-up&state=made-up")
    assert answer.status_code == 401
    assert "The provider did not answer as it should" in answer.content.decode()


def test_without_a_provider_there_is_no_such_page(settings: Any, db: None) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert Client().post(LOGIN).status_code == 404
    assert "Ministry" not in Client().get("/sign-in/").content.decode()


def test_a_provider_that_somebody_wrote_into_the_database_is_not_offered(db: None) -> None:
    more = {"client_id": "x", "secret": "x", "settings": {"server_url": "https://theirs.example"}}
    SocialApp.objects.create(provider="openid_connect", provider_id="own", name="Theirs", **more)
    page = Client().get("/sign-in/").content.decode()
    assert ("Ministry" in page, "Theirs" in page) == (True, False)
    assert Client().post(LOGIN.replace("/sso/login", "/own/login")).status_code == 404
