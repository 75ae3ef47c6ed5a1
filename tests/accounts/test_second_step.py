"""The second step: an app's codes, recovery codes, and showing again that it is oneself."""

import re
from typing import Any
from urllib.parse import quote, unquote

import pytest
import time_machine
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from coordination.outbox.models import Message

from .signing import (
    NEW_PASSWORD,
    PASSWORD,
    code_of,
    confirmed,
    is_in,
    person,
    set_up_app,
    show_codes,
    sign_in,
    signed_in,
)

pytestmark = pytest.mark.django_db

SECOND_STEP = "/sign-in/second-step/"


@pytest.fixture
def clock() -> Any:
    """A clock that stands until it is moved: a code lasts half a minute."""
    with time_machine.travel("2026-05-04 09:00:00+00:00", tick=False) as moving:
        yield moving


@pytest.fixture
def mila() -> User:
    return person()


def test_an_app_is_set_up_with_its_first_code(
    mila: User, clock: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = confirmed(signed_in(mila))
    page = client.get("/account/second-step/app/").content.decode()
    assert ("<svg" in page, "data:" in page, "<?xml" in page) == (True, False, False)
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(client)
    kept = Authenticator.objects.get(user=mila, type="totp")
    assert secret not in str(kept.data)
    assert Message.objects.get(recipient=mila).subject == (
        "Your account: An app was set up as your second step"
    )


def test_a_code_that_is_not_right_sets_nothing_up(mila: User, clock: Any) -> None:
    client = confirmed(signed_in(mila))
    page = client.get("/account/second-step/app/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    again = client.post("/account/second-step/app/", {"key": key[1], "code": "000000"})
    assert "This code is not right." in again.content.decode()
    assert f'value="{key[1][:32]}' in again.content.decode()
    forged = {"key": "AAAAAAAAAAAAAAAA:1:x", "code": code_of("AAAAAAAAAAAAAAAA")}
    assert "Too late for that key." in (
        client.post("/account/second-step/app/", forged).content.decode()
    )
    assert not Authenticator.objects.exists()


def test_the_password_alone_gets_nobody_in_any_more(client: Client, mila: User, clock: Any) -> None:
    secret = set_up_app(confirmed(signed_in(mila)))
    answer = sign_in(client, mila.email, next="/account/sessions/")
    assert (answer.headers["Location"], is_in(client)) == (SECOND_STEP, False)
    wrong = client.post(SECOND_STEP, {"code": "000000"}).content.decode()
    assert ("This code is not right" in wrong, is_in(client)) == (True, False)
    clock.shift(30)
    answer = client.post(SECOND_STEP, {"code": code_of(secret)})
    assert (answer.headers["Location"], is_in(client)) == ("/account/sessions/", True)


def test_a_code_of_the_app_is_good_once(client: Client, mila: User, clock: Any) -> None:
    secret = set_up_app(confirmed(signed_in(mila)))
    clock.shift(30)
    for expected in (True, False):
        client.logout()
        sign_in(client, mila.email)
        client.post(SECOND_STEP, {"code": code_of(secret)})
        assert is_in(client) is expected


def test_recovery_codes_are_shown_once_and_each_is_good_once(
    client: Client, mila: User, clock: Any
) -> None:
    own = confirmed(signed_in(mila))
    set_up_app(own)
    for _ in range(2):
        page = own.get("/account/second-step/codes/").content.decode()
        assert "10 codes are ready." in page
    codes = show_codes(own)
    assert (len(set(codes)), show_codes(own)) == (10, [])
    assert not [code for code in codes if code in str(Authenticator.objects.values_list("data"))]
    for expected in (True, False):
        client.logout()
        sign_in(client, mila.email)
        client.post(SECOND_STEP, {"code": codes[3]})
        assert is_in(client) is expected


def test_the_codes_can_be_kept_as_a_file(mila: User, clock: Any) -> None:
    own = confirmed(signed_in(mila))
    set_up_app(own)
    page = own.post("/account/second-step/codes/").content.decode()
    link = re.search(r'download="[^"]+" href="data:text/plain;charset=utf-8,([^"]+)"', page)
    assert link is not None
    assert unquote(link[1]).split() == re.findall(r"<code>(\d+)</code>", page)


def test_new_codes_end_the_ones_before(client: Client, mila: User, clock: Any) -> None:
    own = confirmed(signed_in(mila))
    set_up_app(own)
    before = show_codes(own)
    own.post("/account/second-step/codes/new/")
    assert not set(before) & set(show_codes(own))
    sign_in(client, mila.email)
    client.post(SECOND_STEP, {"code": before[0]})
    assert is_in(client) is False


def test_what_opens_the_account_is_changed_only_by_who_shows_again_who_they_are(
    mila: User, clock: Any
) -> None:
    client = signed_in(mila)
    for path in ("app/", "passkeys/add/", "codes/new/"):
        for method in (client.get, client.post):
            answer = method(f"/account/second-step/{path}")
            assert answer.headers["Location"] == (
                f"/sign-in/again/?next={quote(f'/account/second-step/{path}', safe='')}"
            )
    wrong = client.post("/sign-in/again/", {"password": "wrong"}).content.decode()
    assert "This is not your password." in wrong
    sent = {"password": PASSWORD, "next": "/account/second-step/app/"}
    assert client.post("/sign-in/again/", sent).headers["Location"] == "/account/second-step/app/"
    assert client.get("/account/second-step/app/").status_code == 200
    clock.shift(15 * 60 + 1)
    assert client.get("/account/second-step/app/").status_code == 302


def test_confirming_leads_to_no_other_site(mila: User) -> None:
    client = signed_in(mila)
    sent = {"password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/sign-in/again/", sent).headers["Location"] == "/"


def test_without_the_app_the_password_alone_is_enough_again(
    client: Client, mila: User, clock: Any
) -> None:
    own = confirmed(signed_in(mila))
    set_up_app(own)
    own.post("/account/second-step/app/remove/")
    assert not Authenticator.objects.exists()
    sign_in(client, mila.email)
    assert is_in(client) is True


def test_the_second_step_is_nothing_without_the_first(client: Client) -> None:
    assert client.get(SECOND_STEP).headers["Location"] == "/sign-in/"
    assert client.post(SECOND_STEP, {"code": "1"}).headers["Location"] == "/sign-in/"


def test_nobody_sees_or_removes_anothers_passkey(mila: User) -> None:
    other = person(email="other@people.example")
    passkey = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Key"})
    client = confirmed(signed_in(mila))
    path = f"/account/second-step/passkeys/{passkey.pk}/"
    assert [
        client.get(path).status_code,
        client.post(path, {"name": "Mine"}).status_code,
        client.post(f"{path}remove/").status_code,
    ] == [404, 404, 404]


def test_a_sign_in_that_was_half_done_ends_with_the_password(
    client: Client, mila: User, clock: Any
) -> None:
    """Who knows the old password and waits before the second step is out when it is replaced."""
    secret = set_up_app(confirmed(signed_in(mila)))
    sign_in(client, mila.email)
    get_adapter().set_password(mila, NEW_PASSWORD)
    clock.shift(30)
    client.post(SECOND_STEP, {"code": code_of(secret)})
    assert not is_in(client)


def test_a_code_that_comes_half_a_minute_late_is_taken(
    client: Client, mila: User, clock: Any
) -> None:
    secret = set_up_app(confirmed(signed_in(mila)))
    clock.shift(60)
    sign_in(client, mila.email)
    code = code_of(secret)
    clock.shift(30)
    client.post(SECOND_STEP, {"code": code})
    assert is_in(client)
