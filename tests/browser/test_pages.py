"""Every page in a real browser: accessible, fitting, quiet, and without script."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import override_settings

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.outbox.models import Message
from coordination.reviews.models import Review
from tests import factories
from tests.browser.conftest import Window, Windows
from tests.browser.kinds import COORDINATOR, DESKTOP, PHONE, link_of, pages

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

#: The pages are gone through in parts, which run beside each other.
PARTS = 4
FAILURES = {"resultTypes": ["violations"]}  # what passes is not told in detail, to spare time
RULES = FAILURES | {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
#: What a narrower window and darker colours may change.
SIZE_AND_COLOUR = FAILURES | {
    "runOnly": {
        "type": "rule",
        "values": [
            "color-contrast",
            "target-size",
            "scrollable-region-focusable",
            "link-in-text-block",
        ],
    }
}
#: What another direction of writing may change.
SIZE_AND_DIRECTION = FAILURES | {
    "runOnly": {
        "type": "rule",
        "values": [
            "html-has-lang",
            "html-lang-valid",
            "target-size",
            "scrollable-region-focusable",
        ],
    }
}


def violations(window: Window, rules: Any = RULES) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice."""
    found = Axe().run(window.page, options=rules).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("size", "scheme", "language", "rules"),
    [
        (DESKTOP, "light", "en-gb", RULES),
        (PHONE, "dark", "en-gb", SIZE_AND_COLOUR),
        (PHONE, "light", "ar", SIZE_AND_DIRECTION),
    ],
    ids=["a light desktop", "a dark phone", "a phone in Arabic"],
)
def test_every_page_is_accessible_small_fits_its_window_and_raises_no_complaint(
    windows: Windows, size: dict, scheme: str, language: str, rules: dict, part: int
) -> None:
    """At most 50 KB of HTML, and nothing fetched from anywhere else."""
    User.objects.update(language=language)
    window = windows.open(COORDINATOR, color_scheme=scheme, **size)
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    every = 3 if language == "ar" else 1  # of one kind of page the next looks alike
    for path in pages()[part :: PARTS * every]:
        window.visit(path)
        assert window.size < 50_000, path
        assert window.sideways() == 0, path
        assert window.page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr"), path
        assert violations(window, rules) == [], path
    assert window.complaints == []
    assert [url for url in requests if not url.startswith(window.base)] == []


def test_pages_for_people_who_are_not_signed_in_are_accessible(windows: Windows) -> None:
    message = Message.objects.filter(process__slug="dayton").first()
    assert message is not None
    link = link_of(message)
    factories.InvitationFactory(process=message.process, token="the-invitation")
    window = windows.open(**PHONE)
    entrances = ("/sign-in/", "/sign-in/forgotten/", "/sign-in/forgotten/sent/")
    for path in (*entrances, link, f"{link}someone-else/", "/invitation/the-invitation/"):
        window.visit(path)
        assert window.sideways() == 0, path
        assert violations(window) == [], path
    assert window.complaints == []


def test_a_check_in_on_a_phone_without_script(windows: Windows) -> None:
    message = Message.objects.filter(
        process__slug="dayton", subject__contains="Notify minefields"
    ).get()
    phone = windows.open(java_script_enabled=False, **PHONE)
    page = phone.visit(link_of(message))
    assert page.locator("input:checked").count() == 0
    page.get_by_label("What changed").fill("Forty fields marked.")
    page.get_by_role("button", name="Send check-in").click()
    assert "Choose one of the four levels." in page.inner_text("main")
    assert page.get_by_label("What changed").input_value() == "Forty fields marked."
    page.get_by_label("Intermediate").check()
    page.get_by_label("What holds it up?").select_option("access")
    page.get_by_role("button", name="Send check-in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check-in recorded"
    page.get_by_role("link", name="Correct this").click()
    page.get_by_role("button", name="No change").click()
    page.get_by_role("button", name="Confirm: nothing has changed").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check-in recorded"
    obligation = Obligation.objects.get(
        commitment__title__startswith="Notify minefields", party__code="BA-SRP"
    )
    assert [c.revises_id is not None for c in obligation.check_ins.order_by("pk")] == [
        False,
        False,
        True,
    ]


def test_the_chair_runs_a_review_without_script(windows: Windows) -> None:
    window = windows.open("h.pryce@ifor.example", java_script_enabled=False, **DESKTOP)
    review = Review.objects.get(body__process__slug="dayton", body__code="JMC", state="planned")
    page = window.visit(f"/p/dayton/reviews/{review.pk}/")
    page.get_by_role("button", name="Open the meeting").click()
    page.get_by_role("link", name="Mark attendance").click()
    page.get_by_role("button", name="All others are present").click()
    page.get_by_role("link", name="Notify minefields").first.click()
    page.get_by_label("Finding, as it will stand").fill("Two of three returns are complete.")
    page.get_by_role("button", name="Record the finding").click()
    assert "Choose one of the four levels." in page.inner_text("article")
    finding = page.get_by_label("Finding, as it will stand")
    assert finding.input_value() == "Two of three returns are complete."
    page.locator("#id_finding-obligation").select_option(label="Republika Srpska")
    page.get_by_label("Minimum").check()
    page.get_by_role("button", name="Record the finding").click()
    assert "Two of three returns are complete." in page.inner_text("article")
    obligation = Obligation.objects.get(
        commitment__title__startswith="Notify minefields", party__code="BA-SRP"
    )
    assert obligation.verified_level == 1
    page.get_by_role("button", name="Close the meeting").click()
    assert "minutes in draft" in page.inner_text("main")


@override_settings(EMAIL_HOST="mail.example")
def test_a_mail_that_left_is_shown_without_its_link(windows: Windows) -> None:
    message = Message.objects.filter(process__slug="dayton").first()
    assert message is not None
    window = windows.open(COORDINATOR, **DESKTOP)
    page = window.visit(f"/p/dayton/outbox/{message.pk}/")
    assert link_of(message) not in page.content()
