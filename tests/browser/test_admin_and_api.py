"""The admin and the API's page under the content security policy, in a real browser."""

import pytest
from django.contrib import admin

from accounts.models import User
from tests.browser.conftest import Window, Windows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

COORDINATOR = "n.ferreira@ohr.example"
FIRST_ROW = "#result_list tbody th a"
#: The models are gone through in parts, which run beside each other.
PARTS = 3


@pytest.fixture
def window(windows: Windows) -> Window:
    """The admin, open to the coordinator of an example."""
    User.objects.filter(email=COORDINATOR).update(is_staff=True)
    return windows.open(COORDINATOR)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_the_admin_keeps_to_the_policy(window: Window, part: int) -> None:
    for model in [*admin.site._registry][part::PARTS]:
        page = window.visit(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        if page.locator(FIRST_ROW).count():
            page.click(f"{FIRST_ROW} >> nth=0")
            page.wait_for_selector("body.change-form #content h1")
        add = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
        if page.locator(f'#nav-sidebar a[href="{add}"]').count():
            window.visit(add)
    assert window.complaints == []


def test_its_pickers_and_searches_work(window: Window) -> None:
    page = window.visit("/admin/coordination/commitment/add/")
    page.click(".field-lead_body .select2-selection")
    page.fill(".select2-search__field", "JMC")
    page.click(".select2-results__option:has-text('JMC')")
    assert "JMC" in page.inner_text(".field-lead_body .select2-selection")
    page.click("#terms-group .add-row a")
    page.click("#terms-0 .field-on .datetimeshortcuts a >> nth=0")
    assert page.input_value("#id_terms-0-on") != ""
    page.click("#terms-0 .field-on .datetimeshortcuts a >> nth=1")
    assert page.locator(".calendarbox:visible").count() == 1
    assert window.complaints == []


def test_the_page_of_the_api_lists_its_operations_and_tries_them(window: Window) -> None:
    page = window.visit("/api/docs/")
    page.click("#operations-processes-processes_list .opblock-summary-control")
    page.click("text=Try it out")
    page.click("button.execute")
    page.wait_for_selector(".live-responses-table")
    assert "dayton" in page.inner_text(".live-responses-table")
    assert page.locator(".opblock").count() == 78
    assert window.complaints == []
