from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.processes.admin_base import RecordAdmin

from .models import Agreement, Provision


class ProvisionInline(ReadOnlyInline):
    """The list only: an agreement has hundreds, each with a page of its own."""

    model = Provision
    fields = ("order", "citation", "heading")
    show_change_link = True


@admin.register(Agreement)
class AgreementAdmin(RecordAdmin):
    list_display = ("name", "process", "signed_on", "in_force_on", "languages")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process",)
    search_fields = ("name", "key")
    inlines = (ProvisionInline,)
    fixed = ("key",)
    fields = (
        *("process", "key", "name", "signed_on", "in_force_on"),
        *("languages", "signatories", "witnesses"),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Provision)
class ProvisionAdmin(RecordAdmin):
    list_display = ("citation", "heading", "agreement", "parent", "order")
    list_filter = (("agreement__process", RELATED_ONLY), ("agreement", RELATED_ONLY))
    list_select_related = ("agreement__process", "parent")
    search_fields = ("citation", "heading", "text")
    autocomplete_fields = ("agreement", "parent")
    fields = ("agreement", "parent", "order", "label", "citation", "heading", "text")
