"""What people keep of their own account: how they are met, and their tokens."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import ApiToken, User
from tests.factories import ApiTokenFactory, UserFactory

from .signing import PASSWORD, is_in, person, signed_in

FORM = {
    "name": "Mila Petrova",
    "function": "Head of office",
    "language": "en-gb",
    "time_zone": "Europe/Sarajevo",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
    "plain_mail": "on",
}


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def mila(db: None) -> User:
    return person()


@pytest.fixture
def signed(mila: User) -> Client:
    return signed_in(mila)


def confirm(signed: Client) -> None:
    signed.post("/sign-in/again/", {"password": PASSWORD})


def test_a_profile_is_kept(signed: Client, mila: User) -> None:
    answer = signed.post("/account/", FORM)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    mila.refresh_from_db()
    assert (mila.function, mila.time_zone, mila.plain_mail) == (
        "Head of office",
        "Europe/Sarajevo",
        True,
    )
    assert (mila.quiet_from, mila.quiet_until) == (dt.time(22), dt.time(6, 30))
    shown = signed.get("/account/").content.decode()
    assert 'value="22:00"' in shown
    assert len(shown.encode()) < 50_000


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"name": ""}, "name", "Fill this in."),
        ({"time_zone": "Sarajevo"}, "time_zone", "is not a time zone"),
        ({"quiet_until": ""}, "quiet_until", "write both"),
        ({"quiet_from": ""}, "quiet_from", "write both"),
        ({"quiet_from": "06:30"}, "quiet_until", "end as they begin"),
        ({"quiet_from": "late"}, "quiet_from", "Write an hour as in 21:30."),
        ({"language": "xx"}, "language", "Choose one of the list."),
    ],
)
def test_what_is_not_right_is_said_beside_its_field_and_nothing_is_lost(
    changed: dict[str, str], field: str, said: str, signed: Client, mila: User
) -> None:
    answer = signed.post("/account/", FORM | changed)
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert said in form.errors[field][0]
    page = answer.content.decode()
    assert "Head of office" in page
    mila.refresh_from_db()
    assert mila.function == ""


def test_nothing_else_of_an_account_is_changed_there(signed: Client, mila: User) -> None:
    more = {"email": "x@people.example", "is_staff": "on", "is_superuser": "on", "password": "x"}
    before = mila.password
    signed.post("/account/", FORM | more)
    mila.refresh_from_db()
    assert (mila.email, mila.is_staff, mila.is_superuser, mila.password) == (
        "mila@people.example",
        False,
        False,
        before,
    )


def make(signed: Client, **changed: str) -> Any:
    form = {"name": "Spreadsheet", "scope": "read", "days": "30"} | changed
    return signed.post("/account/tokens/", form)


def test_a_token_is_shown_once(signed: Client, mila: User) -> None:
    confirm(signed)
    answer = make(signed)
    text = answer.context["text"]
    token = ApiToken.objects.get()
    assert (token.user, token.scope, token.start) == (mila, "read", text[:12])
    assert token.token_hash not in answer.content.decode()
    assert (text in answer.content.decode(), answer.headers["Cache-Control"]) == (True, "no-store")
    days = (token.expires_at - timezone.now()).total_seconds() / 86400
    assert 29.9 < days <= 30
    again = signed.get("/account/tokens/").content.decode()
    assert (text in again, token.start in again) == (False, True)
    program = Client(headers={"authorization": f"Bearer {text}"})
    assert program.get("/api/processes/").status_code == 200


def test_the_same_form_sent_twice_makes_one_token(signed: Client) -> None:
    confirm(signed)
    make(signed)
    answer = make(signed)
    assert "You have a token of this name" in answer.context["form"].errors["name"][0]
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        *(({"days": "366"}, "days"), ({"days": "0"}, "days"), ({"days": "9" * 40}, "days")),
        *(({"name": ""}, "name"), ({"scope": "all"}, "scope")),
    ],
)
def test_a_token_that_is_not_right_is_not_made(
    changed: dict[str, str], field: str, signed: Client
) -> None:
    confirm(signed)
    answer = make(signed, **changed)
    assert (list(answer.context["form"].errors), ApiToken.objects.count()) == ([field], 0)


def test_who_makes_a_token_shows_again_who_they_are(signed: Client) -> None:
    answer = make(signed)
    assert answer.headers["Location"].startswith("/sign-in/again/")
    assert ApiToken.objects.count() == 0
    answer = signed.post(answer.headers["Location"], {"password": PASSWORD})
    assert (answer.status_code, ApiToken.objects.count()) == (200, 1)
    assert answer.context["text"] in answer.content.decode()


def test_a_person_has_no_more_tokens_than_they_can_watch(signed: Client, mila: User) -> None:
    ApiTokenFactory.create_batch(actions.MOST, user=mila)
    confirm(signed)
    assert "which is the most" in make(signed).context["form"].non_field_errors()[0]


def test_a_token_is_revoked_by_its_owner_alone(signed: Client, mila: User) -> None:
    own, others = ApiTokenFactory(user=mila), ApiTokenFactory()
    assert signed.post(f"/account/tokens/{others.pk}/revoke/").status_code == 404
    assert signed.post("/account/tokens/999999/revoke/").status_code == 404
    assert signed.post(f"/account/tokens/{own.pk}/revoke/").status_code == 302
    ended = ApiToken.objects.exclude(revoked_at=None)
    assert list(ended) == [own]
    page = signed.get("/account/tokens/").content.decode()
    assert (others.name in page, "Revoked or run out" in page) == (False, True)


def test_closing_an_account_ends_sessions_and_tokens(signed: Client, mila: User) -> None:
    unlisted = Client()  # a session that no list knows
    unlisted.force_login(mila)
    bystander = signed_in(person(email="other@people.example"))
    token, administrator = ApiTokenFactory(user=mila), UserFactory(is_superuser=True)
    actions.close_account(actor=administrator, person=mila)
    assert (is_in(signed), is_in(unlisted), is_in(bystander)) == (False, False, True)
    actions.reopen_account(actor=administrator, person=mila)
    assert (is_in(signed), is_in(unlisted)) == (False, False)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert is_in(signed_in(mila))
    assert Session.objects.count() == 2  # the bystander's and the new one


def test_nobody_closes_their_own_account(mila: User) -> None:
    with pytest.raises(ValidationError, match="Somebody else"):
        actions.close_account(actor=mila, person=mila)
    mila.refresh_from_db()
    assert mila.is_active


def admin_form(user: User, **changed: Any) -> dict[str, Any]:
    form = {name: getattr(user, name) for name in ("name", "email", "function")}
    form |= {"language": "en-gb", "time_zone": "UTC", "is_active": "on"}
    form |= {name: "on" for name in ("is_staff", "is_superuser") if getattr(user, name)}
    return {name: value for name, value in (form | changed).items() if value is not None}


def test_the_admin_closes_and_reopens_accounts(client: Client, signed: Client, mila: User) -> None:
    administrator, token = UserFactory(is_staff=True, is_superuser=True), ApiTokenFactory(user=mila)
    client.force_login(administrator)
    where = f"/admin/accounts/user/{mila.pk}/change/"
    assert client.post(where, admin_form(mila, is_active=None)).status_code == 302
    token.refresh_from_db()
    assert (is_in(signed), token.revoked_at is not None) == (False, True)
    client.post(where, admin_form(mila))
    mila.refresh_from_db()
    assert (mila.is_active, is_in(signed)) == (True, False)
    own = f"/admin/accounts/user/{administrator.pk}/change/"
    answer = client.post(own, admin_form(administrator, is_active=None))
    assert "This is your own account" in answer.content.decode()


def test_the_admin_shows_tokens_to_their_owner_and_to_superusers(client: Client, db: None) -> None:
    staff, administrator = UserFactory(is_staff=True), UserFactory(is_staff=True, is_superuser=True)
    own, other = ApiTokenFactory(user=staff), ApiTokenFactory()
    listed = {}
    for user in (staff, administrator):
        client.force_login(user)
        page = client.get("/admin/accounts/apitoken/")
        listed[user] = set(page.context["cl"].result_list)
        assert own.token_hash not in page.content.decode()
    assert listed == {staff: {own}, administrator: {own, other}}
    sent = {"action": "revoke_chosen", "_selected_action": [other.pk]}
    client.post("/admin/accounts/apitoken/", sent)
    assert list(ApiToken.objects.exclude(revoked_at=None)) == [other]
