"""The main job and the register as people do them: in windows of their own, by pressing what is
there."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from coordination.commitments.models import Commitment
from coordination.outbox.actions import deliver
from coordination.outbox.models import Message
from coordination.portability.examples import example_password
from coordination.processes.models import Process
from coordination.reminders.actions import tick

from .conftest import Window, Windows
from .test_pages import COORDINATOR, DESKTOP, PHONE, link_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

REGISTER = "/p/dayton/commitments/"
VERIFIED = "view=verified-full&leads=JMC"
TITLE = "Reopen the ridge road"


def sign_in(window: Window, email: str) -> Page:
    """As people do it, on the page of the sign-in."""
    page = window.visit("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(example_password())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{window.base}/")
    return page


def verified(overview: Page) -> int:
    """How many of those that the JMC leads are verified in full, as the overview counts them."""
    return int(overview.locator(f"main a[href='{REGISTER}?{VERIFIED}']").inner_text())


def test_what_is_entered_is_asked_reported_verified_and_seen_everywhere(windows: Windows) -> None:
    secretariat, verifier, phone = windows.open(**DESKTOP), windows.open(), windows.open(**PHONE)
    page = sign_in(secretariat, COORDINATOR)
    before = verified(secretariat.visit("/p/dayton/"))

    # It is entered, due in a week.
    secretariat.visit(REGISTER)
    page.get_by_role("link", name="New commitment").click()
    page.get_by_label("Reference required").fill("Annex 1A, Art. IX.1(g)")
    page.get_by_label("Commitment required").fill(TITLE)
    due = Process.objects.get(slug="dayton").today() + dt.timedelta(days=7)
    page.get_by_label("Or on the day, row 1").fill(due.isoformat())
    page.get_by_label("Party or body, row 1").fill("BA-SRP")
    page.get_by_label("Focal point, row 1").fill("n.vukovic@srp.example")
    page.get_by_label("Lead body", exact=True).fill("JMC")
    page.get_by_label("Verifying body").fill("IFOR")
    page.get_by_role("button", name="Enter the commitment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    address = urlsplit(page.url).path

    # The clock asks, and who reports for it answers the mail without a sign-in.
    tick()
    deliver()
    there = phone.visit(link_of(Message.objects.get(subject__contains=TITLE)))
    there.get_by_role("radio", name="Full").check()
    there.get_by_label("What has happened so far?").fill("The road is open since noon.")
    there.get_by_role("button", name="Send check-in").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Check-in recorded")

    # The clock asks on: it stands on the desk of who verifies it. Somebody else approves it.
    tick()
    found = sign_in(verifier, "i.solheim@ifor.example")
    found.get_by_role("link", name=f"Verify : {TITLE}").click()
    expect(found.locator("aside")).to_contain_text("The road is open since noon.")
    found.get_by_role("radio", name="Full").check()
    found.get_by_label("What was found?").fill("A patrol went through without a stop.")
    found.get_by_label("Method").select_option("site_visit")
    today = Process.objects.get(slug="dayton").today()
    found.get_by_label("When was it so?").fill(today.isoformat())
    found.get_by_role("button", name="Prepare for approval").click()
    found.wait_for_url("**/findings/**")
    secretariat.visit(urlsplit(found.url).path)
    page.get_by_role("button", name="Approve and release").click()
    expect(page.locator("main")).to_contain_text("Released")

    # Everybody sees the same of it.
    row = secretariat.visit(f"{REGISTER}?find=ridge").get_by_role("row", name=TITLE)
    expect(row.locator(".lv.v3")).to_have_count(1)
    expect(row.locator(".lv.r3")).to_have_count(1)
    secretariat.visit(address)
    expect(page.locator("main")).to_contain_text("A patrol went through without a stop.")
    counted = verified(secretariat.visit("/p/dayton/"))
    listed = secretariat.visit(f"{REGISTER}?{VERIFIED}").locator("tbody th a")
    assert counted == before + 1 == listed.count()
    found.goto(verifier.base)
    expect(found.locator("#changed")).to_contain_text(TITLE)
    assert secretariat.complaints + verifier.complaints + phone.complaints == []


def priorities(*titles: str) -> list[int]:
    rows = Commitment.objects.filter(process__slug="dayton").order_by("number")
    return list(rows.filter(title__in=titles).values_list("priority", flat=True))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_many_are_chosen_changed_after_a_look_and_changed_back(
    windows: Windows, script: bool
) -> None:
    window = windows.open(COORDINATOR, java_script_enabled=script, **DESKTOP)
    page = window.visit(f"{REGISTER}?find=forces")
    rows = page.locator("tbody tr")
    chosen = [rows.nth(n).locator("th a").inner_text() for n in range(2)]
    for n in range(2):
        rows.nth(n).locator("[name=pick]").check()
    assert page.inner_text("[data-picked]") == ("Ticked ones: 2" if script else "Ticked ones")
    before = priorities(*chosen)
    page.get_by_role("button", name="Set priority").click()
    page.locator("main select").select_option("3")
    page.get_by_role("button", name="Look at what would change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 of 2 would change")
    assert priorities(*chosen) == before
    page.get_by_role("button", name="Change these 2 commitments").click()
    assert priorities(*chosen) == [3, 3]
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo it").click()
    page.get_by_text("Undone").first.wait_for()
    assert priorities(*chosen) == before
    assert window.complaints == []


def test_two_people_change_the_same_and_nothing_typed_is_lost(windows: Windows) -> None:
    commitment = Commitment.objects.get(
        process__slug="dayton", title__startswith="Notify minefields"
    )
    address = f"{REGISTER}{commitment.number}/edit/"
    one, other = windows.open(COORDINATOR), windows.open("h.pryce@ifor.example")
    mine, theirs = one.visit(address), other.visit(address)
    theirs.get_by_label("Remarks").fill("Asked twice.")
    theirs.get_by_label("Commitment required").fill("Tell where the mines are")
    theirs.get_by_role("button", name="Save").click()
    theirs.wait_for_url(f"**{REGISTER}{commitment.number}/**")
    mine.get_by_label("Commitment required").fill("Notify all minefields")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("alert")).to_contain_text("Howard Pryce")
    assert mine.get_by_label("Commitment required").input_value() == "Notify all minefields"
    commitment.refresh_from_db()
    assert commitment.title == "Tell where the mines are"
    # Seen, it may be said again; what the other one said elsewhere stays.
    mine.get_by_role("button", name="Save").click()
    mine.wait_for_url(f"**{REGISTER}{commitment.number}/**")
    commitment.refresh_from_db()
    assert (commitment.title, commitment.remarks) == ("Notify all minefields", "Asked twice.")
    assert [said for said in one.complaints + other.complaints if "422" not in said] == []


def test_the_register_needs_no_script(windows: Windows) -> None:
    window = windows.open(COORDINATOR, java_script_enabled=False, **DESKTOP)
    page = window.visit(REGISTER)
    page.get_by_role("combobox", name="Verifies").select_option("IFOR")
    page.get_by_role("button", name="Apply").click()
    count = page.locator("tbody th a").count()
    assert "verifies=IFOR" in page.url
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name").fill("What IFOR verifies")
    page.get_by_role("button", name="Save the view").click()
    page.get_by_role("link", name="What IFOR verifies").first.click()
    assert page.locator("tbody th a").count() == count
    page.get_by_role("link", name="Timeline").click()
    assert (page.locator("svg").count() > 0, page.locator("tbody th a").count()) == (True, count)
    page.get_by_label("Search", exact=True).fill("comission")
    page.get_by_label("Search", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Joint Military Commission").first).to_be_visible()
    assert window.complaints == []
