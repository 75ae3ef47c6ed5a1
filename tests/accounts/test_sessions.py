"""Where somebody is signed in, and ending it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, User
from tests.factories import ApiTokenFactory

from .signing import NEW_PASSWORD, PASSWORD, is_in, person, signed_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
SESSIONS = "/account/sessions/"


@pytest.fixture
def mila() -> User:
    return person()


@pytest.fixture
def desk(mila: User) -> Client:
    return signed_in(mila, user_agent=FIREFOX)


@pytest.fixture
def phone(mila: User) -> Client:
    return signed_in(mila, user_agent=PHONE)


def listed(client: Client) -> list[str]:
    return [device for _session, device in client.get(SESSIONS).context["sessions"]]


def key(client: Client, device: str) -> int:
    rows = client.get(SESSIONS).context["sessions"]
    return next(session.pk for session, named in rows if named == device)


def test_sessions_are_listed_with_device_and_place(desk: Client, phone: Client) -> None:
    assert listed(desk) == ["Safari, iPhone", "Firefox, Linux"]
    page = desk.get(SESSIONS).content.decode()
    assert ("127.0.0.1" in page, page.count("st ok"), FIREFOX in page) == (True, 1, False)


def test_one_that_is_ended_is_out_at_the_next_request(desk: Client, phone: Client) -> None:
    assert is_in(phone) is True
    answer = desk.post(SESSIONS, {"session": key(desk, "Safari, iPhone")})
    assert answer.headers["Location"] == SESSIONS
    assert (is_in(phone), is_in(desk), listed(desk)) == (False, True, ["Firefox, Linux"])


def test_all_others_are_ended_at_once(mila: User, desk: Client, phone: Client) -> None:
    third = signed_in(mila)
    desk.post(SESSIONS)
    assert [is_in(client) for client in (desk, phone, third)] == [True, False, False]


def test_nobody_ends_anothers_session(desk: Client, phone: Client) -> None:
    stranger = signed_in(person(email="other@people.example"))
    row = key(phone, "Firefox, Linux")
    for sent in (row, 10**6, 10**30, "x", ""):
        assert stranger.post(SESSIONS, {"session": sent}).status_code == 404
    stranger.post(SESSIONS)
    assert (is_in(desk), is_in(phone)) == (True, True)


def test_one_that_was_left_is_not_listed(desk: Client, phone: Client) -> None:
    phone.post("/sign-out/")
    assert listed(desk) == ["Firefox, Linux"]


def test_a_new_password_ends_every_session(desk: Client, phone: Client) -> None:
    sent = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    desk.post("/account/password/", sent)
    assert (is_in(desk), is_in(phone)) == (False, False)


def test_a_new_password_revokes_the_tokens_and_says_so(mila: User, desk: Client) -> None:
    ApiTokenFactory(user=mila, text="entente_of-mila")
    theirs = ApiTokenFactory()
    assert "revokes your API tokens" in desk.get("/account/password/").content.decode()
    sent = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = desk.post("/account/password/", sent, follow=True).content.decode()
    assert "every API token is revoked" in page
    by_token = {"Authorization": "Bearer entente_of-mila"}
    assert Client().get("/api/processes/", headers=by_token).status_code == 401
    assert list(ApiToken.objects.standing()) == [theirs]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"oldpassword": "wrong"}, "This is not your present password."),
        ({"password2": "something else"}, "This is not what is written above."),
        ({"password1": "12345678", "password2": "12345678"}, "entirely numeric"),
        ({"password1": "milapetrova", "password2": "milapetrova"}, "too similar"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    mila: User, desk: Client, changed: dict[str, str], sentence: str
) -> None:
    sent = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = desk.post("/account/password/", sent | changed).content.decode()
    mila.refresh_from_db()
    assert (sentence in page, mila.check_password(PASSWORD)) == (True, True)


def test_a_closed_account_is_out_at_the_next_request(mila: User, desk: Client) -> None:
    User.objects.filter(pk=mila.pk).update(is_active=False)
    assert is_in(desk) is False


def test_many_sessions_take_no_more_queries_than_few(mila: User, desk: Client) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            desk.get(SESSIONS)
        counts.append(len(queries))
        signed_in(mila)
        signed_in(mila)
    assert counts[0] == counts[1]
