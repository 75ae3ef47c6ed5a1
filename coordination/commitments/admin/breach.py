"""Alleged breaches, with the steps that each has gone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, adopt

from ..actions.breaches import allege_breach
from ..models import Breach, BreachStep


class BreachInline(ReadOnlyInline):
    model = Breach
    list_select_related = ("obligation__commitment", "alleged_by")
    fields = ("number", "state", "what", "alleged_by", "learned_on", "clock_at")
    readonly_fields = fields
    show_change_link = True


class BreachStepInline(ReadOnlyInline):
    model = BreachStep
    list_select_related = ("breach__obligation__commitment", "author")
    fields = ("number", "state", "on", "words", "who", "clock_at", "author")


@admin.register(Breach)
class BreachAdmin(AddedOnlyAdmin):
    """Its further steps are taken on its page in the product."""

    list_display = ("obligation", "number", "state", "alleged_by", "learned_on", "clock_at")
    list_display_links = ("obligation", "number")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "state")
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("alleged_by", "entered_by"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("what", "article", "alleged_by__code", "obligation__party__code"),
    )
    date_hierarchy = "learned_on"
    inlines = (BreachStepInline,)
    autocomplete_fields = ("obligation", "alleged_by")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("obligation", "what", "article", "alleged_by", "occurred_on", "learned_on")
        shown = ("number", "state", "clock_at", "entered_by", "entered_at")
        return asked if obj is None else (*asked, *shown)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        said = dict(form.cleaned_data)
        made = allege_breach(
            actor=request.user, allegation=said.pop("what"), origin=Origin.ADMIN, **said
        )
        adopt(form.instance, made)
