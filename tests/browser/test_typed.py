"""What is typed outlives a closed window, a line that breaks and a session that ends."""

import re

import pytest
from playwright.sync_api import expect

from coordination.base.capabilities import reveal
from coordination.commitments.models import CheckIn
from coordination.outbox.models import Message
from coordination.processes.models import FormDraft, Party

from .conftest import Windows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

OFFICE, ADD = "m.okello@rjmec.example", "/p/rarcss/add/party/"


def test_what_is_typed_is_there_on_another_device_and_after_the_session_ended(
    windows: Windows,
) -> None:
    window = windows.open(OFFICE)
    page = window.visit(ADD)
    page.fill("[name=code]", "ZZZ")
    page.fill("[name=name]", "Zedland")
    expect(page.locator(".acts [role=status]")).to_contain_text("Draft kept at", timeout=20_000)
    page.fill("[name=name]", "Zedland the Second")
    page.goto(window.base + "/accessibility/")  # it is sent while the page is left
    other = windows.open(OFFICE, viewport={"width": 390, "height": 800}, java_script_enabled=False)
    there = other.visit(ADD)
    there.click("text=Go on with it")
    assert there.input_value("[name=name]") == "Zedland the Second"
    there.context.clear_cookies(name="sessionid")
    there.click("main button.go")
    expect(there.locator("main")).to_contain_text("What you typed is kept: sign in here")
    assert (FormDraft.objects.count(), Party.objects.filter(code="ZZZ").count()) == (1, 0)
    assert window.complaints == []


def test_a_check_in_typed_without_a_line_is_kept_and_sent_once_when_it_is_back(
    windows: Windows,
) -> None:
    mail = Message.objects.get(process__slug="dayton", subject__contains="Notify minefields")
    found = re.search(r"https?://[^/\s]+(/c/[\w-]+/)", reveal(mail.body_text))
    assert found is not None
    before = CheckIn.objects.count()
    window = windows.open(viewport={"width": 390, "height": 800})
    page = window.visit(found[1])
    page.context.set_offline(True)
    page.get_by_label("Intermediate").check()
    page.get_by_label("What changed").fill("Typed in a valley.")
    page.get_by_label("What holds it up?").select_option("access")
    page.click("button.go")
    expect(page.locator("[data-offline]")).to_be_visible()
    assert CheckIn.objects.count() == before
    page.context.set_offline(False)
    page.wait_for_url("**/receipt/")
    assert CheckIn.objects.order_by("pk").last().account == "Typed in a valley."  # type: ignore[union-attr]
    page.goto(window.base + found[1])
    assert page.input_value("[name=account]") == ""
    assert CheckIn.objects.count() == before + 1
