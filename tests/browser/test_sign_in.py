"""Passkeys, with a device that Chromium plays; and the account's pages under the policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page

from accounts.models import User
from tests.accounts.signing import PASSWORD, person
from tests.browser.conftest import Window, Windows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("transactional_db")]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def mila() -> User:
    return person()


@pytest.fixture
def window(windows: Windows, settings: Any) -> Iterator[Window]:
    """A browser whose device makes passkeys for the site's address."""
    settings.SITE_URL = windows.base
    window = windows.open()
    device = window.page.context.new_cdp_session(window.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield window
    assert window.complaints == []


def sign_in(window: Window, user: User) -> Page:
    page = window.visit("/sign-in/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


def add_passkey(window: Window, alone: bool) -> None:
    page = window.visit("/account/second-step/passkeys/add/")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.fill("[name=name]", "Work laptop")
    page.set_checked("[name=passwordless]", alone)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account/second-step/codes/")


def sign_out(window: Window) -> None:
    window.visit("/sign-out/")
    window.page.locator("main").get_by_role("button", name="Sign out").click()
    window.page.wait_for_url("**/sign-in/")


def test_a_passkey_opens_the_account_alone(window: Window, mila: User) -> None:
    sign_in(window, mila)
    add_passkey(window, alone=True)
    sign_out(window)
    page = window.visit("/sign-in/?next=/account/second-step/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{window.base}/account/second-step/")
    assert page.get_by_text("Work laptop").is_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_passkey_is_the_second_step_and_confirms(window: Window, mila: User) -> None:
    sign_in(window, mila)
    add_passkey(window, alone=False)
    sign_out(window)
    page = sign_in(window, mila)
    page.wait_for_url("**/sign-in/second-step/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{window.base}/")
    window.visit("/account/second-step/codes/new/")
    page.get_by_role("link", name="a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{window.base}/account/second-step/codes/new/")
    assert page.get_by_role("button", name="Make new ones").is_visible()


def test_the_codes_are_kept_as_a_file(window: Window, mila: User) -> None:
    sign_in(window, mila)
    add_passkey(window, alone=True)
    page = window.page
    page.get_by_role("button", name="Show the codes").click()
    shown = page.locator(".codes code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep as a file").click()
    kept = download.value.path().read_text().split()
    assert (len(shown), kept) == (10, shown)


def test_without_script_there_is_no_button_that_does_nothing(windows: Windows) -> None:
    window = windows.open(java_script_enabled=False)
    page = window.visit("/sign-in/")
    assert page.get_by_role("button").all_inner_texts() == ["Sign in"]


def test_without_a_device_one_is_told(windows: Windows) -> None:
    window = windows.open()
    page = window.visit("/sign-in/")
    failed = page.get_by_text("Nothing came of it")
    assert not failed.is_visible()
    page.route("**/sign-in/passkey/", lambda route: route.abort())
    page.get_by_role("button", name="Sign in with a passkey").click()
    failed.wait_for()
