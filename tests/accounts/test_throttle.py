"""How often one may try, and who is not kept out by it."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import throttle
from accounts.models import Attempts, User
from coordination.outbox.models import Message
from coordination.reminders.actions import tick
from tests import factories
from tests.threads import at_once

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    """What is compared how slowly is not looked at here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def nadia(db: None) -> User:
    user = factories.UserFactory(email="nadia@people.example")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, address: str, password: str, **more: Any) -> str:
    """“in”, or what the page says."""
    response = client.post(
        reverse("account_login"), {"login": address, "password": password}, **more
    )
    if response.status_code == 302:
        return "in"
    return " ".join(response.context["form"].non_field_errors())


def try_much(address: str, times: int = throttle.PASSWORDS) -> str:
    """From a new browser and another network each time."""
    said = ""
    for n in range(times):
        said = sign_in(Client(), address, "wrong", REMOTE_ADDR=f"10.{len(address)}.{n}.1")
    return said


def test_wrong_passwords_are_counted_wherever_they_come_from(nadia: User) -> None:
    assert "is not right" in try_much(nadia.email)
    said = sign_in(Client(), nadia.email, PASSWORD, REMOTE_ADDR="10.99.0.1")
    assert said.startswith("Not signed in. Too many wrong passwords were tried for this address")
    assert "try again in 60 minutes" in said


def test_a_browser_that_signed_in_before_still_does(nadia: User) -> None:
    browser = Client()
    assert sign_in(browser, nadia.email, PASSWORD) == "in"
    browser.post(reverse("account_logout"))
    try_much(nadia.email)
    assert sign_in(browser, nadia.email.upper(), PASSWORD) == "in"


def test_a_browser_that_knows_one_account_is_a_stranger_to_another(nadia: User) -> None:
    browser, other = Client(), factories.UserFactory()
    other.set_password(PASSWORD)
    other.save()
    assert sign_in(browser, other.email, PASSWORD) == "in"
    browser.post(reverse("account_logout"))
    try_much(nadia.email)
    assert "browsers that never signed in" in sign_in(browser, nadia.email, PASSWORD)


def test_a_known_browser_has_a_count_of_its_own(nadia: User) -> None:
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    browser.post(reverse("account_logout"))
    for _n in range(throttle.PASSWORDS):
        sign_in(browser, nadia.email, "wrong")
    assert "Too many wrong passwords in this browser" in sign_in(browser, nadia.email, PASSWORD)
    assert sign_in(Client(), nadia.email, PASSWORD) == "in"


def test_a_cookie_that_somebody_made_up_is_worth_nothing(nadia: User) -> None:
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    value = browser.cookies["device"].value
    try_much(nadia.email)
    thief = Client()
    thief.cookies["device"] = value[:-2] + ("aa" if not value.endswith("aa") else "bb")
    assert "browsers that never signed in" in sign_in(thief, nadia.email, PASSWORD)


def test_the_cookie_is_for_sign_in_alone_and_tells_no_address(nadia: User) -> None:
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    cookie = browser.cookies["device"]
    told = (cookie["path"], cookie["httponly"], cookie["samesite"], "nadia" in cookie.value)
    assert told == ("/sign-in/", True, "Lax", False)
    assert cookie["max-age"] == 400 * 24 * 60 * 60


def test_a_link_by_mail_makes_a_browser_known(nadia: User) -> None:
    try_much(nadia.email)
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": nadia.email})
    assert Message.objects.filter(recipient=nadia).count() == 1
    link = reset_link(nadia)
    chosen = "another long way round"
    browser.post(link, {"password1": chosen, "password2": chosen})
    assert sign_in(browser, nadia.email, chosen) == "in"


def reset_link(user: User) -> str:
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def test_an_unknown_address_is_counted_and_refused_in_the_same_words(nadia: User) -> None:
    known = [try_much(nadia.email), sign_in(Client(), nadia.email, "wrong")]
    unknown = [try_much("nobody@people.example"), sign_in(Client(), "nobody@people.example", "x")]
    assert known == unknown


def test_what_succeeds_is_given_back(nadia: User) -> None:
    for _n in range(throttle.PASSWORDS + 2):
        assert sign_in(Client(), nadia.email, PASSWORD) == "in"
    assert set(Attempts.objects.values_list("count", flat=True)) == {0}


def test_one_network_tries_no_more_than_it_may_across_accounts(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PASSWORDS_A_NETWORK", 3)
    here = {"REMOTE_ADDR": "2001:db8:1:2::1"}
    for n in range(3):
        sign_in(Client(), f"p{n}@people.example", "wrong", **here)
    neighbour = {"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}
    said = sign_in(Client(), "p4@people.example", "wrong", **neighbour)
    assert "came from your network" in said
    elsewhere = {"REMOTE_ADDR": "2001:db8:1:3::1"}
    assert "is not right" in sign_in(Client(), "p4@people.example", "wrong", **elsewhere)


def test_a_network_that_tried_much_does_not_keep_out_a_browser_that_is_known(
    nadia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PASSWORDS_A_NETWORK", 3)
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    browser.post(reverse("account_logout"))
    for n in range(3):
        sign_in(Client(), f"p{n}@people.example", "wrong")
    assert "came from your network" in sign_in(Client(), nadia.email, PASSWORD)
    assert sign_in(browser, nadia.email, PASSWORD) == "in"


def test_the_count_ends_with_its_hour(nadia: User) -> None:
    try_much(nadia.email)
    past = timezone.now() - dt.timedelta(seconds=1)
    Attempts.objects.update(window_ends_at=past)
    assert sign_in(Client(), nadia.email, PASSWORD) == "in"
    Attempts.objects.update(window_ends_at=past)
    tick()
    assert Attempts.objects.count() == 0


def test_the_client_is_who_connects_unless_a_proxy_stands_before(settings: Any) -> None:
    def seen(forwarded: str, remote: str = "192.0.2.1") -> str:
        more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        return throttle.client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **more))

    settings.BEHIND_PROXY = False
    assert [seen("198.51.100.7"), seen(""), seen("", "")] == ["192.0.2.1", "192.0.2.1", "0.0.0.0"]
    settings.BEHIND_PROXY = True
    assert [
        seen("198.51.100.7"),
        seen("6.6.6.6, 198.51.100.7"),
        seen("198.51.100.7:4711"),
        seen("[2001:db8::1]:4711"),
        seen("::ffff:198.51.100.7"),
        seen("nonsense"),
        seen(""),
    ] == [
        *(["198.51.100.7"] * 3),
        "2001:db8::1",
        "198.51.100.7",
        "0.0.0.0",
        "192.0.2.1",
    ]


def test_over_the_limit_a_reset_says_the_same_and_sends_nothing(nadia: User) -> None:
    most = throttle.ASKED["reset"][0]
    answers = set()
    for n in range(most + 2):
        response = Client().post(
            reverse("account_reset_password"), {"email": nadia.email}, REMOTE_ADDR=f"10.0.{n}.1"
        )
        answers.add((response.status_code, response.headers["Location"]))
    assert answers == {(302, reverse("account_reset_password_done"))}
    assert (Message.objects.filter(recipient=nadia).count(), len(mail.outbox)) == (most, 0)


def test_others_can_ask_whether_something_is_allowed(db: None) -> None:
    request = RequestFactory().post("/")
    most = throttle.ASKED["invitation"][0]
    said = [throttle.allowed(request, "invitation", "a@people.example") for _ in range(most + 1)]
    assert said == [True] * most + [False]
    assert throttle.allowed(request, "invitation", "b@people.example")
    asked = [throttle.used_up(request, "invitation", f"{who}@people.example") for who in "ab"]
    assert asked == [True, False]


@pytest.fixture
def second_step(nadia: User) -> Client:
    """A browser in which the password was right, and a list of recovery codes is the next step."""
    TOTP.activate(nadia, generate_totp_secret())
    RecoveryCodes.activate(nadia)
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    return browser


def test_codes_are_counted_for_the_session(nadia: User, second_step: Client) -> None:
    where = reverse("mfa_authenticate")
    for _n in range(throttle.SECOND_STEPS_A_SESSION):
        response = second_step.post(where, {"code": "000000"})
    assert "not right" in str(response.context["form"].errors)
    response = second_step.post(where, {"code": "000000"})
    assert "Too many codes" in str(response.context["form"].errors)
    again = Client()
    sign_in(again, nadia.email, PASSWORD)
    assert "not right" in str(again.post(where, {"code": "0"}).context["form"].errors)


def test_codes_are_counted_for_the_account_too(
    nadia: User, second_step: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SECOND_STEPS", 2)
    where = reverse("mfa_authenticate")
    for _n in range(2):
        second_step.post(where, {"code": "000000"})
    again = Client()
    sign_in(again, nadia.email, PASSWORD)
    assert "Too many codes" in str(again.post(where, {"code": "0"}).context["form"].errors)


def test_a_recovery_code_that_is_right_is_given_back(nadia: User, second_step: Client) -> None:
    codes = Authenticator.objects.get(user=nadia, type="recovery_codes").wrap().get_unused_codes()
    response = second_step.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert response.status_code == 302
    assert set(Attempts.objects.values_list("count", flat=True)) == {0}
    assert "device" in second_step.cookies


def test_who_is_signed_in_does_not_try_passwords_for_long_either(nadia: User) -> None:
    browser = Client()
    sign_in(browser, nadia.email, PASSWORD)
    where = reverse("account_reauthenticate")
    for _n in range(throttle.PASSWORDS):
        browser.post(where, {"password": "wrong"})
    response = browser.post(where, {"password": PASSWORD})
    assert "Too many wrong passwords in this browser" in str(response.context["form"].errors)


def test_the_present_password_is_not_guessed_for_long_with_a_session(nadia: User) -> None:
    thief, where = Client(), reverse("account_change_password")
    sign_in(thief, nadia.email, PASSWORD)
    chosen = {"password1": "another long way", "password2": "another long way"}
    for _n in range(throttle.PASSWORDS):
        page = thief.post(where, {"oldpassword": "wrong"} | chosen).content.decode()
    assert "This is not your present password." in page
    page = thief.post(where, {"oldpassword": PASSWORD} | chosen).content.decode()
    nadia.refresh_from_db()
    assert ("Too many wrong passwords" in page, nadia.check_password(PASSWORD)) == (True, True)
    owner = Client()
    assert sign_in(owner, nadia.email, PASSWORD) == "in"
    assert owner.post(where, {"oldpassword": PASSWORD} | chosen).status_code == 302
    assert sorted(Attempts.objects.values_list("count", flat=True))[-2:] == [0, throttle.PASSWORDS]


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_time_are_each_counted() -> None:
    count = throttle.Count("passwords, other devices", "nadia@people.example", 5)

    def attempt() -> bool:
        try:
            throttle.spend(count)
        except throttle.UsedUp:
            return False
        return True

    assert sorted(at_once(*[attempt] * 8)) == [False] * 3 + [True] * 5
