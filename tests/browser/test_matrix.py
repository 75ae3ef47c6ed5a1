"""The matrix by keyboard alone, by two people, and on paper."""

import pytest

from coordination.bodies.models import Body, Responsibility, Seat
from coordination.bodies.queries import letters_today

from .conftest import Windows
from .test_pages import COORDINATOR, DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

BODY = "/p/dayton/bodies/JCC/"


@pytest.fixture
def body(examples: None) -> Body:
    return Body.objects.get(process__slug="dayton", code="JCC")


@pytest.fixture
def row(body: Body) -> Responsibility:
    """A responsibility of the body in which nobody has a part yet."""
    made = Responsibility.objects.create(process=body.process, name="Clear the ridge road")
    made.claims.create(body=body)
    return made


def first_seats(body: Body) -> list[Seat]:
    return list(body.seats.order_by("number")[:2])


def test_a_row_is_filled_in_by_keyboard_alone(
    windows: Windows, body: Body, row: Responsibility
) -> None:
    window = windows.open(COORDINATOR, **DESKTOP)
    page = window.visit(BODY)
    chair, member = first_seats(body)
    line = page.locator(f"#r{row.pk}")
    page.locator("[data-cell][tabindex='0']").focus()
    for _ in range(page.locator("[data-row]").count() - 1):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').id") == f"r{row.pk}"
    page.keyboard.press("a")
    line.locator(".ra.A").wait_for()
    page.keyboard.press("r")
    line.locator(".ra.R").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    line.locator(".ra.C").wait_for()
    assert letters_today(row) == {f"seat-{chair.pk}": "AR", f"seat-{member.pk}": "C"}
    assert page.evaluate("document.activeElement.dataset.cell") == f"seat-{member.pk}"
    page.keyboard.press("Delete")
    line.locator(".ra.C").wait_for(state="detached")
    assert letters_today(row) == {f"seat-{chair.pk}": "AR"}
    assert window.complaints == []


def test_two_people_in_the_matrix_at_once_lose_nothing(
    windows: Windows, body: Body, row: Responsibility
) -> None:
    chair, member = first_seats(body)
    mine, theirs = (windows.open(COORDINATOR, **DESKTOP).visit(BODY) for _ in range(2))
    cell = f"#r{row.pk} [data-cell='seat-{{0}}']"
    theirs.locator(cell.format(chair.pk)).click()
    theirs.keyboard.press("a")
    theirs.locator(f"#r{row.pk} .ra.A").wait_for()
    mine.locator(cell.format(chair.pk)).click()
    mine.keyboard.press("c")
    mine.get_by_role("alert").wait_for()
    assert "Changed by somebody else meanwhile" in mine.get_by_role("alert").inner_text()
    assert letters_today(row) == {f"seat-{chair.pk}": "A"}
    mine.locator(cell.format(member.pk)).click()
    mine.keyboard.press("r")
    mine.locator(f"#r{row.pk} .ra.R").wait_for()
    assert letters_today(row) == {f"seat-{chair.pk}": "A", f"seat-{member.pk}": "R"}


def test_a_row_is_edited_on_a_phone_without_script(
    windows: Windows, body: Body, row: Responsibility
) -> None:
    page = windows.open(COORDINATOR, java_script_enabled=False, **PHONE).visit(BODY)
    page.get_by_role("link", name="Edit “Clear the ridge road”").click()
    chair, _member = first_seats(body)
    page.locator(f"select[name='seat-{chair.pk}']").select_option("AR")
    page.get_by_role("button", name="Save").click()
    assert "“Clear the ridge road” is saved." in page.inner_text("main")
    assert letters_today(row) == {f"seat-{chair.pk}": "AR"}


def test_the_matrix_fits_on_paper(windows: Windows) -> None:
    window = windows.open(COORDINATOR, viewport={"width": 1047, "height": 740})
    page = window.visit(BODY)
    page.emulate_media(media="print")
    assert window.sideways() == 0
    assert page.get_by_role("button", name="Add").count() == 0
