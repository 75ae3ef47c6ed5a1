"""Who reads from right to left, twice as large, or in colours of their own."""

from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment
from coordination.outbox.models import Message
from coordination.reviews.models import Review

from .conftest import Windows
from .test_pages import COORDINATOR, DESKTOP, PHONE, link_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

HOME, REGISTER = "/p/dayton/", "/p/dayton/commitments/"
#: A window of 1280 by 900 at twice the size.
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
#: References and days of the count that would be read backwards.
BACKWARDS = """() => [...document.querySelectorAll("main .ref, main .d")].filter((one) => {
  const style = getComputedStyle(one);
  return style.direction !== "ltr" || !style.unicodeBidi.startsWith("isolate");
}).map((one) => one.textContent)"""
#: Marks of which nothing is left on the ground that they stand on.
LOST = """() => {
  const ground = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("main svg:has(use)")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && getComputedStyle(one).color === ground;
  }).map((one) => one.outerHTML.slice(0, 80));
}"""


def main_pages() -> list[str]:
    commitment = Commitment.objects.get(
        process__slug="dayton", title__startswith="Notify minefields"
    )
    review = Review.objects.filter(body__process__slug="dayton", body__code="JMC").first()
    assert review is not None
    body = Body.objects.get(process__slug="dayton", code="JCC")
    return [
        *("/", HOME, REGISTER, f"{REGISTER}timeline/", f"{REGISTER}board/", "/directory/"),
        *(f"{REGISTER}{commitment.number}/", f"{HOME}bodies/{body.code}/"),
        *(f"{HOME}reviews/{review.pk}/", f"{HOME}calendar/", "/search/?q=commission"),
        f"{HOME}outbox/",
    ]


def check_in_link() -> str:
    return link_of(
        Message.objects.get(process__slug="dayton", subject__contains="Notify minefields")
    )


@pytest.fixture
def arabic(examples: None) -> None:
    """Everybody reads Arabic, from right to left."""
    User.objects.update(language="ar")


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_right_to_left_nothing_is_read_backwards_or_cut_off(
    windows: Windows, size: dict[str, Any]
) -> None:
    window = windows.open(COORDINATOR, **size)
    for path in (REGISTER, HOME, f"{REGISTER}timeline/", check_in_link()):
        page = window.visit(path)
        assert page.get_attribute("html", "dir") == "rtl", path
        assert page.get_attribute("html", "lang") == "ar", path
        assert window.sideways() == 0, path
        assert page.evaluate(BACKWARDS) == [], path
    assert window.complaints == []


def test_twice_as_large_nothing_is_cut_off(windows: Windows) -> None:
    window = windows.open(COORDINATOR, **ZOOMED)
    for path in [*main_pages(), check_in_link()]:
        window.visit(path)
        assert window.sideways() == 0, path
    assert window.complaints == []


def test_marks_remain_in_colours_of_ones_own_and_nothing_moves(windows: Windows) -> None:
    window = windows.open(COORDINATOR, forced_colors="active", reduced_motion="reduce", **DESKTOP)
    for path in main_pages():
        page = window.visit(path)
        assert page.evaluate(LOST) == [], path
        assert page.evaluate("document.getAnimations().length") == 0, path
    assert window.complaints == []
