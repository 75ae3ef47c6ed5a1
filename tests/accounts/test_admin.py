"""What an administrator does for other people's accounts, and cannot do to them."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import throttle
from accounts.models import User
from coordination.base.capabilities import reveal
from coordination.outbox.models import Message
from tests.factories import AuthenticatorFactory, MembershipFactory, UserFactory

from .signing import NEW_PASSWORD, PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def changed(user: User, **fields: str) -> dict[str, str]:
    form = {name: getattr(user, name) for name in ("name", "email", "function", "language")}
    return form | {"time_zone": "UTC", "is_active": "on"} | fields


def test_the_admin_has_no_page_for_what_sign_in_rests_on(office: Client) -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels == {"accounts", "coordination"}
    authenticator = AuthenticatorFactory()
    for page in ("mfa/authenticator", "socialaccount/socialapp", "account/emailaddress"):
        where = f"/admin/{page}/{authenticator.pk}/delete/"
        assert office.post(where, {"post": "yes"}).status_code == 404
    assert Authenticator.objects.count() == 1


def test_an_administrator_sets_nobodys_password(office: Client) -> None:
    mila = person()
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[mila.pk])
    secret = {"password": "x", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    secret |= {"usable_password": "true", "set-password": "1"}
    office.post(f"{PEOPLE}{mila.pk}/password/", secret)
    assert office.post(f"{PEOPLE}{mila.pk}/change/", changed(mila, **secret)).status_code == 302
    page = office.get(f"{PEOPLE}{mila.pk}/change/").content.decode()
    mila.refresh_from_db()
    assert (mila.check_password(PASSWORD), "assword" in page.replace("password_change", "")) == (
        True,
        False,
    )


def test_who_is_added_chooses_their_password_by_the_link_that_is_sent(office: Client) -> None:
    data = {"email": "Vera@People.Example", "name": "Vera"}
    secret = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert office.get(f"{PEOPLE}add/").status_code == 200
    assert office.post(f"{PEOPLE}add/", data | secret).status_code == 302
    vera = User.objects.get(email="vera@people.example")
    assert (vera.has_usable_password(), Message.objects.count()) == (False, 0)
    page = office.post(
        PEOPLE, {"action": "send_links", "_selected_action": [vera.pk]}, follow=True
    ).content.decode()
    assert "A link is sent to Vera. It is good for an hour." in page
    mail = Message.objects.get()
    link = re.search(rf"{settings.SITE_URL}(/sign-in/\S+)", reveal(mail.body_text))
    assert link is not None
    browser = Client()
    browser.post(link[1], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert (mail.recipient, sign_in(browser, vera.email, NEW_PASSWORD).status_code) == (vera, 302)


def test_whoever_has_no_password_yet_may_ask_for_the_link_too(client: Client) -> None:
    vera = UserFactory(email="vera@people.example")
    vera.set_unusable_password()
    vera.save()
    client.post("/sign-in/forgotten/", {"email": vera.email})
    assert [mail.recipient for mail in Message.objects.all()] == [vera]


def test_no_more_links_are_sent_than_may_be_and_none_to_a_closed_account(office: Client) -> None:
    mila, closed = person(), UserFactory(name="Otto", is_active=False)
    chosen = {"action": "send_links", "_selected_action": [mila.pk, closed.pk]}
    most = throttle.ASKED["reset"][0]
    for _n in range(most + 1):
        page = office.post(PEOPLE, chosen, follow=True).content.decode()
    assert ("No link for Mila Petrova" in page, "No link for Otto" in page) == (True, True)
    assert {mail.recipient for mail in Message.objects.all()} == {mila}
    assert Message.objects.count() == most


def test_only_superusers_send_links(client: Client) -> None:
    staff = UserFactory(is_staff=True)
    member = MembershipFactory(user=staff)
    other = MembershipFactory(process=member.process).user
    client.force_login(staff)
    client.post(PEOPLE, {"action": "send_links", "_selected_action": [other.pk]})
    assert Message.objects.count() == 0


def test_the_address_of_who_takes_part_in_a_process_is_not_changed(office: Client) -> None:
    mila, new = person(), UserFactory(email="new@people.example")
    MembershipFactory(user=mila)
    where = f"{PEOPLE}{mila.pk}/change/"
    answer = office.post(where, changed(mila, email="theirs@people.example"))
    assert "Not changed: this person takes part in a process" in answer.content.decode()
    assert "It cannot be changed once" in answer.content.decode()
    assert office.post(where, changed(mila, email="MILA@people.example")).status_code == 302
    office.post(f"{PEOPLE}{new.pk}/change/", changed(new, email="newer@people.example"))
    mila.refresh_from_db()
    new.refresh_from_db()
    assert (mila.email, new.email) == ("mila@people.example", "newer@people.example")


def test_ones_own_password_is_changed_on_the_pages_of_the_account(office: Client) -> None:
    answer = office.get("/admin/password_change/")
    assert answer.headers["Location"] == reverse("account_change_password")


def test_who_lost_every_second_step_starts_anew_and_is_told(
    office: Client, django_capture_on_commit_callbacks: Any
) -> None:
    mila, other = person(), UserFactory(email="other@people.example")
    for user in (mila, other):
        AuthenticatorFactory(user=user)
    desk = Client()
    desk.force_login(mila)
    chosen = {"action": "remove_second_steps", "_selected_action": [mila.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(PEOPLE, chosen, follow=True).content.decode()
    assert "Mila Petrova has no second step any more." in page
    assert list(Authenticator.objects.values_list("user", flat=True)) == [other.pk]
    assert desk.get("/account/").status_code == 302
    told = Message.objects.get(recipient=mila)
    assert "An administrator removed your second steps" in told.subject


def test_nobody_removes_their_own_second_step_in_the_admin(client: Client) -> None:
    root = UserFactory(is_staff=True, is_superuser=True)
    AuthenticatorFactory(user=root)
    client.force_login(root)
    chosen = {"action": "remove_second_steps", "_selected_action": [root.pk]}
    assert (
        "Somebody else has to do it." in client.post(PEOPLE, chosen, follow=True).content.decode()
    )
    assert Authenticator.objects.count() == 1
