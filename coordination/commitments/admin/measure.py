"""The numbers that agreements set, and what was measured against them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, adopt

from ..actions.measures import record_measurement
from ..models import Bound, Measurement


class MeasurementInline(ReadOnlyInline):
    model = Measurement
    list_select_related = ("bound", "body", "author")
    fields = ("on", "value", "body", "source", "author")
    show_change_link = True


@admin.register(Bound)
class BoundAdmin(ReadOnlyAdmin):
    """Set on the page of the commitment."""

    list_display = ("commitment", "comparison", "value", "of_what", "obligation")
    list_display_links = ("commitment", "value")
    list_filter = (("commitment__process", RELATED_ONLY), "comparison")
    list_select_related = (
        *("commitment__process", "obligation__commitment"),
        *("obligation__party", "obligation__body"),
    )
    search_fields = ("=commitment__number", "commitment__title", "of_what")
    inlines = (MeasurementInline,)
    fields = ("commitment", "obligation", "comparison", "value", "of_what")


@admin.register(Measurement)
class MeasurementAdmin(AddedOnlyAdmin):
    list_display = ("bound", "commitment", "value", "on", "body", "author")
    list_filter = (("bound__commitment__process", RELATED_ONLY),)
    list_select_related = ("bound__commitment__process", "body", "author")
    search_fields = (
        *("=bound__commitment__number", "bound__commitment__title", "bound__of_what"),
        *("source", "body__code"),
    )
    date_hierarchy = "on"
    autocomplete_fields = ("bound", "body")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("bound", "value", "on", "body", "source")
        return asked if obj is None else ("commitment", *asked, "author", "recorded_at")

    @admin.display(description=Bound._meta.get_field("commitment").verbose_name)
    def commitment(self, measurement: Measurement) -> str:
        return str(measurement.bound.commitment)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = record_measurement(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)
