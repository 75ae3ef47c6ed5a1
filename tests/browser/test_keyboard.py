"""The main job without a mouse; wherever the focus goes, it is seen."""

import pytest
from playwright.sync_api import Page, expect

from coordination.commitments.models import Commitment
from coordination.portability.examples import example_password

from .conftest import Window, Windows
from .test_pages import COORDINATOR, DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

REGISTER = "/p/dayton/commitments/"
#: What has the focus: its words, and whether it stands in the window with something around it.
FOCUS = """() => {
  const one = document.activeElement;
  const outer = one.closest("label") || one;
  const style = getComputedStyle(one), around = getComputedStyle(outer);
  const box = one.getBoundingClientRect();
  const line = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
  const ring = line(style) || line(around) || style.boxShadow !== "none";
  // The button of a day's calendar stands within its field, and has the browser's own ring.
  const within = one.type === "date" && !one.matches(":focus");
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    name: [one.labels?.[0]?.innerText, one.getAttribute("aria-label"), one.innerText, one.value]
      .filter(Boolean).join(" ").replace(/\\s+/g, " "),
    at: one.tagName + (one.id && "#" + one.id) + (one.name ? "[" + one.name + "]" : ""),
    seen: ["body", "main"].includes(one.localName) || within || (ring && inside),
  };
}"""

NOTHING = ("BODY", "MAIN#main")


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Go on to what has these words; all on the way shows that it has the focus."""
    for _ in range(most):
        focus = page.evaluate(FOCUS)
        assert focus["seen"], f"{page.url}: {focus['at']} has the focus, and nobody sees it"
        if focus["at"] not in NOTHING and name.lower() in focus["name"].lower():
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{page.url}: “{name}” is not reached")


def sign_in(window: Window, email: str) -> Page:
    page = window.visit("/sign-in/")
    tab_to(page, "E-mail")
    page.keyboard.type(email)
    tab_to(page, "Password")
    page.keyboard.type(example_password())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{window.base}/")
    return page


def has_focus(page: Page, selector: str) -> bool:
    return page.evaluate("(selector) => document.activeElement.matches(selector)", selector)


def test_from_the_sign_in_to_a_report_and_a_finding(windows: Windows) -> None:
    commitment = Commitment.objects.get(process__slug="dayton", title="Withdraw all foreign forces")
    office, mission = windows.open(**DESKTOP), windows.open(**DESKTOP)
    page = sign_in(office, COORDINATOR)

    # By the list that opens everywhere, to the commitment; what is there leads to its report.
    page.keyboard.press("Control+k")
    page.keyboard.type("withdraw all foreign")
    expect(page.get_by_role("option", name=commitment.title).first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{REGISTER}{commitment.number}/**")
    page.keyboard.press("Tab")
    assert has_focus(page, ".skip")
    page.keyboard.press("Enter")
    assert has_focus(page, "#main")
    tab_to(page, "Check in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check-in/**")
    tab_to(page, "Not initiated")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "What changed since")
    page.keyboard.type("The last brigade has left.")
    tab_to(page, "What holds it up?")
    page.keyboard.type("Access")
    tab_to(page, "Send check-in")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{REGISTER}{commitment.number}/**")
    expect(page.locator("main")).to_contain_text("The last brigade has left.")

    # A finding is prepared by one and approved by another.
    office.visit(f"{REGISTER}{commitment.number}/")
    tab_to(page, "Verify Republic of Bosnia")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/**")
    tab_to(page, "Not initiated")
    page.keyboard.press("ArrowDown")
    tab_to(page, "What was found?")
    page.keyboard.type("Two brigades are still there.")
    tab_to(page, "Method")
    page.keyboard.type("site")
    tab_to(page, "When was it so?")
    page.keyboard.type(f"{commitment.process.today():%m%d%Y}")
    tab_to(page, "Prepare for approval")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/**")
    there = sign_in(mission, "i.solheim@ifor.example")
    tab_to(there, f"Read and approve : {commitment.title}")
    there.keyboard.press("Enter")
    there.wait_for_url("**/findings/**")
    tab_to(there, "Approve and release")
    there.keyboard.press("Enter")
    expect(there.locator(".dueline")).to_contain_text("Released")
    assert commitment.obligations.filter(verified_level=1).count() == 1
    assert office.complaints + mission.complaints == []


def test_the_register_and_the_list_that_opens_everywhere(windows: Windows) -> None:
    window = windows.open(COORDINATOR, **DESKTOP)
    page = window.visit(REGISTER)
    titles = page.locator("tbody th a").all_inner_texts()
    for key, row in (("j", 0), ("j", 1), ("k", 0), ("j", 1)):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS)["name"] == titles[row]
        assert page.evaluate(FOCUS)["seen"]
    page.keyboard.press("x")
    assert page.inner_text("[data-picked]") == "Ticked ones: 1"
    # The list opens above it, and gives back what had the focus.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("jk")
    assert page.locator("dialog.pal input").input_value() == "jk"
    page.keyboard.press("Escape")
    expect(page.locator("dialog.pal")).to_be_hidden()
    assert page.evaluate(FOCUS)["name"] == titles[1]
    page.keyboard.press("/")
    assert has_focus(page, "main [name=find]")
    page.keyboard.type("jx")
    assert page.locator("main [name=find]").input_value() == "jx"
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert has_focus(page, "main [name=find]")
    window.visit(REGISTER)
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[0])
    page.keyboard.press("/")
    assert has_focus(page, ".find input")
    page.keyboard.type("comission")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    assert window.complaints == []
