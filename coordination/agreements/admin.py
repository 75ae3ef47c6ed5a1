from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import RecordAdmin, adopt
from coordination.processes.admin_forms import RecordForm

from .actions import (
    change_agreement,
    change_provision,
    enter_agreement,
    enter_provision,
    move_provision,
)
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
    beside = (("agreement_key_once", "key"),)
    fields = (
        *("process", "key", "name", "signed_on", "in_force_on"),
        *("languages", "signatories", "witnesses"),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = enter_agreement(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        change_agreement(actor=request.user, agreement=form.instance, origin=Origin.ADMIN, **said)


class ProvisionForm(RecordForm):
    """An empty citation is composed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "citation" in self.fields:
            self.fields["citation"].required = False
            self.fields["citation"].help_text = _(
                "In full; empty: composed of its number and those above it."
            )


@admin.register(Provision)
class ProvisionAdmin(RecordAdmin):
    """Where it stands among those beside it is said on the page of the product."""

    form = ProvisionForm
    list_display = ("citation", "heading", "agreement", "parent", "order")
    list_filter = (("agreement__process", RELATED_ONLY), ("agreement", RELATED_ONLY))
    list_select_related = ("agreement__process", "parent")
    search_fields = ("citation", "heading", "text")
    autocomplete_fields = ("agreement", "parent")
    fields = ("agreement", "parent", "order", "label", "citation", "heading", "text")
    readonly_fields = ("order",)
    beside = (("citation_once_in_agreement", "citation"),)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = enter_provision(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        how = {"actor": request.user, "provision": form.instance, "origin": Origin.ADMIN}
        parent = said.pop("parent", None)
        if "parent" in form.changed_data:
            move_provision(**how, parent=parent)
        if said:
            change_provision(**how, **said)
