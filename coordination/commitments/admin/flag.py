"""What is said of commitments beside their levels, and what they wait on."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, adopt

from ..actions.dependencies import enter_dependency
from ..actions.flags import raise_flag
from ..models import Dependency, Flag


@admin.register(Flag)
class FlagAdmin(AddedOnlyAdmin):
    """Lifted, with the reason, on the commitment's page in the product."""

    list_display = ("commitment", "kind", "obligation", "author", "raised_at", "lifted_at")
    list_filter = (("commitment__process", RELATED_ONLY), "kind")
    list_select_related = (
        *("commitment__process", "obligation__commitment", "obligation__party"),
        *("obligation__body", "author"),
    )
    search_fields = ("=commitment__number", "commitment__title", "reason", "author__name")
    date_hierarchy = "raised_at"
    autocomplete_fields = ("commitment", "obligation")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("commitment", "obligation", "kind", "reason")
        shown = ("author", "raised_at", "lifted_at", "lifted_because")
        return asked if obj is None else (*asked, *shown)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = raise_flag(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)


@admin.register(Dependency)
class DependencyAdmin(AddedOnlyAdmin):
    list_display = ("commitment", "on", "reason", "source")
    list_filter = (("commitment__process", RELATED_ONLY),)
    list_select_related = ("commitment__process", "on")
    search_fields = (
        *("=commitment__number", "commitment__title", "=on__number", "on__title", "reason"),
    )
    autocomplete_fields = ("commitment", "on")
    fields = ("commitment", "on", "reason", "source")

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = enter_dependency(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)
