"""A meeting before a projector: two secretaries, and a line that breaks."""

import pytest
from playwright.sync_api import Page, expect

from coordination.ledger.actions import Origin
from coordination.reviews import actions
from coordination.reviews.models import Outcome, Review

from .conftest import Windows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

OFFICE, CHAIR = "m.okello@rjmec.example", "t.wolde@rjmec.example"
TEXT = "decision-text"


@pytest.fixture
def address() -> str:
    """The second item of a meeting of the monitoring commission that is in session."""
    review = Review.objects.filter(body__code="RJMEC", state="planned").order_by("starts_at")[0]
    actions.open_review(actor=None, review=review, origin=Origin.SYSTEM)
    return f"/p/{review.body.process.slug}/reviews/{review.pk}/items/2/"


def note(page: Page, text: str) -> None:
    page.fill("[name=outcome-text]", text)
    page.click("button[name=outcome]")


def test_two_secretaries_overwrite_nothing_and_see_each_other(
    windows: Windows, address: str
) -> None:
    one, other = (windows.open(OFFICE, viewport={"width": 1280, "height": 900}) for _ in range(2))
    one.visit(address)
    other.visit(address)
    other.page.fill(f"[name={TEXT}]", "Typed by the second, not sent yet.")
    note(one.page, "Noted by the first.")
    one.page.wait_for_load_state()
    # The second sees it by itself, and keeps what it typed.
    expect(other.page.locator("[data-live=outcomes]")).to_contain_text(
        "Noted by the first.", timeout=20_000
    )
    assert other.page.input_value(f"[name={TEXT}]") == "Typed by the second, not sent yet."
    note(other.page, "Noted by the second.")
    other.page.wait_for_load_state()
    said = Outcome.objects.order_by("pk").values_list("text", flat=True)
    assert list(said) == ["Noted by the first.", "Noted by the second."]
    other.page.goto(one.base + address)
    assert other.page.input_value(f"[name={TEXT}]") == "Typed by the second, not sent yet."
    assert one.complaints == other.complaints == []


def test_what_is_recorded_without_a_line_is_sent_once_when_it_is_back(
    windows: Windows, address: str
) -> None:
    window = windows.open(OFFICE, viewport={"width": 1280, "height": 900})
    page = window.visit(address)
    page.context.set_offline(True)
    note(page, "Recorded in a cellar.")
    expect(page.locator("[data-offline]")).to_be_visible()
    assert page.input_value("[name=outcome-text]") == "Recorded in a cellar."
    assert not Outcome.objects.exists()
    page.context.set_offline(False)
    page.wait_for_url("**/items/3/")
    assert Outcome.objects.get().text == "Recorded in a cellar."
    window.visit(address)
    assert page.input_value("[name=outcome-text]") == ""


def test_a_line_that_breaks_while_it_is_sent_loses_nothing_and_doubles_nothing(
    windows: Windows, address: str
) -> None:
    window = windows.open(OFFICE, viewport={"width": 1280, "height": 900})
    page = window.visit(address)
    page.route(
        "**/items/2/",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    note(page, "Sent into the void.")
    page.wait_for_timeout(300)
    page.unroute_all()
    window.visit(address)
    expect(page.locator("[data-kept]")).to_be_visible()
    assert page.input_value("[name=outcome-text]") == "Sent into the void."
    # The server has it, and its answer is lost: sent again it counts once.
    form = page.locator("button[name=outcome]").evaluate(
        "(button) => Object.fromEntries(new FormData(button.form))"
    )
    page.request.post(window.base + address, form=form | {"outcome": "1"}, max_redirects=0)
    page.click("button[name=outcome]")
    page.wait_for_url("**/items/3/")
    assert Outcome.objects.get().text == "Sent into the void."
