"""What each page of the admin allows, asked of the page itself: the site asks before, too."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.models import User
from coordination.processes.models import Process
from tests.factories import MembershipFactory, UserFactory
from tests.furnishing import keeper

pytestmark = pytest.mark.django_db

WHATS = ("module", "view", "add", "change", "delete", "revoke")


def allowed(user: User | AnonymousUser, *whats: str) -> dict[str, set[str]]:
    """What the person may do on which page, before any row is named."""
    request = RequestFactory().get("/admin/")
    request.user = user
    found = {
        model._meta.model_name: {
            what
            for what in whats or WHATS
            if (ask := getattr(page, f"has_{what}_permission", None)) and ask(request)
        }
        for model, page in admin.site._registry.items()
    }
    return {name: may for name, may in found.items() if may}


@pytest.mark.parametrize("more", [{}, {"is_staff": True, "is_active": False}])
def test_who_is_not_staff_or_has_a_closed_account_is_shown_nothing(more: dict[str, bool]) -> None:
    assert allowed(UserFactory(**more)) == {}


def test_who_is_not_signed_in_is_shown_nothing() -> None:
    assert allowed(AnonymousUser(), "module", "view", "revoke") == {}


def test_staff_who_coordinate_nothing_read_and_open_a_process() -> None:
    staff = UserFactory(is_staff=True)
    pages = {model._meta.model_name for model in admin.site._registry}
    assert allowed(staff, "view") == {name: {"view"} for name in pages}
    assert allowed(staff, "add", "change", "delete") == {"process": {"add"}}


def test_who_administers_writes_accounts_and_nobody_tokens() -> None:
    administrator = UserFactory(is_staff=True, is_superuser=True)
    may = allowed(administrator, "add", "change", "delete", "revoke")
    assert may == {"user": {"add", "change"}, "apitoken": {"revoke"}, "process": {"add"}}


def test_who_coordinates_deletes_nothing_and_writes_no_accounts(process: Process) -> None:
    coordinator = keeper(process, "Stella")
    coordinator.is_superuser = False
    assert allowed(coordinator, "delete") == {}
    written = allowed(coordinator, "add", "change")
    assert {"user", "apitoken", "membership", "entry"} & {
        name for name, may in written.items() if "add" in may
    } == set()


def test_what_stands_on_the_page_of_a_row_is_written_by_coordinators_alone(
    process: Process, rows: dict[str, Any]
) -> None:
    reader = UserFactory(is_staff=True)
    MembershipFactory(process=process, user=reader)
    request = RequestFactory().get("/admin/")
    request.user = reader
    may = [
        (name, inline.model._meta.model_name, what)
        for model, page in admin.site._registry.items()
        for name in [model._meta.model_name]
        for inline in page.get_inline_instances(request)
        for what in ("add", "change", "delete")
        if getattr(inline, f"has_{what}_permission")(request, rows[name])
    ]
    assert may == []
