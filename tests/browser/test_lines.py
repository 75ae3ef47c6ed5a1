"""What a poor line carries: how much there is of a page, and how long it takes."""

import gzip
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect

from coordination.outbox.models import Message

from .conftest import Windows
from .test_pages import COORDINATOR, DESKTOP, PHONE, link_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

#: A telephone at the edge of a cell: bytes a second, and seconds for each way there and back.
LINE = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 250_000 / 8,
    "uploadThroughput": 50_000 / 8,
}
STATIC = Path(settings.BASE_DIR) / "static"


def as_sent(path: str) -> bytes:
    """A file of the product as it travels: production packs it."""
    return gzip.compress((STATIC / path.removeprefix("/static/")).read_bytes())


def link() -> str:
    return link_of(
        Message.objects.get(process__slug="dayton", subject__contains="Notify minefields")
    )


def test_a_check_in_over_a_poor_line(windows: Windows) -> None:
    window = windows.open(**PHONE)
    page, address = window.page, link()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    started = time.monotonic()
    page.goto(window.base + address, wait_until="commit")
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint')[0]")
    page.get_by_role("button", name="Send check-in").wait_for()
    readable = time.monotonic() - started
    page.get_by_label("Intermediate").check()
    page.get_by_label("What changed").fill("Typed at the edge of a cell.")
    page.get_by_label("What holds it up?").select_option("access")
    started = time.monotonic()
    page.get_by_role("button", name="Send check-in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check-in recorded", timeout=30_000)
    sent = time.monotonic() - started
    print(f"readable after {readable:.1f} s, sent after {sent:.1f} s")
    assert readable < 12
    assert sent < 12
    assert window.complaints == []


def test_how_much_travels(windows: Windows) -> None:
    window = windows.open(**PHONE)
    asked: list[str] = []
    window.page.on("request", lambda one: asked.append(urlsplit(one.url).path))
    window.visit(link())
    files = [path for path in asked if path.startswith("/static/")]
    weight = window.size + sum(len(as_sent(path)) for path in files)
    print(f"check-in: {window.size} bytes of HTML, {weight} with {files}")
    assert window.size < 10_000
    assert weight < 20_000
    for sheet in STATIC.glob("css/*.css"):
        assert len(sheet.read_bytes()) < 30_000, sheet.name


def test_a_page_asks_for_nothing_but_itself_and_files_that_are_kept(windows: Windows) -> None:
    """A file is named for its content in production, and not asked for again."""
    window = windows.open(COORDINATOR, **DESKTOP)
    asked: list[str] = []
    window.page.on("request", lambda one: asked.append(urlsplit(one.url).path))
    window.visit("/p/dayton/commitments/")
    window.page.wait_for_load_state("networkidle")
    files = [path for path in asked if path.startswith("/static/")]
    assert [path for path in asked if path not in files] == ["/p/dayton/commitments/"]
    assert len(files) <= 6
