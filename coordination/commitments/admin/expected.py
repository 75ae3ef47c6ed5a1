"""What triggers commitments, and each time that one is expected."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyInline, RecordAdmin, adopt

from ..actions.triggers import change_trigger, enter_trigger, record_trigger_event
from ..expected import state_of
from ..models import ExpectedOccurrence, Trigger, TriggerEvent


class TriggerEventInline(AddedOnlyInline):
    """Each is answered by itself; one that did not happen is withdrawn on its page."""

    model = TriggerEvent
    list_select_related = ("trigger__process",)
    fields = ("number", "on", "at", "what", "source", "recorded_at")
    readonly_fields = ("number", "recorded_at")

    def add_row(self, request: HttpRequest, row: TriggerEvent) -> None:
        record_trigger_event(
            actor=request.user,
            trigger=row.trigger,
            what=row.what,
            on=row.on,
            at=row.at,
            source=row.source,
            origin=Origin.ADMIN,
        )


@admin.register(Trigger)
class TriggerAdmin(RecordAdmin):
    list_display = ("name", "key", "process")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process",)
    search_fields = ("name", "key", "description")
    inlines = (TriggerEventInline,)
    fixed = ("key",)
    fields = ("process", "key", "name", "description")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = enter_trigger(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        change_trigger(actor=request.user, trigger=form.instance, origin=Origin.ADMIN, **said)
        self.save_inlines(request, formsets)


class StateColumn:
    @admin.display(description=_("state"))
    def state(self, row: ExpectedOccurrence) -> str:
        return str(state_of(row).label)


class ExpectedInline(StateColumn, ReadOnlyInline):
    model = ExpectedOccurrence
    list_select_related = ("obligation__commitment",)
    fields = ("number", "period_from", "period_to", "due_on", "state", "done_on", "verified_on")
    readonly_fields = fields
    show_change_link = True


@admin.register(ExpectedOccurrence)
class ExpectedOccurrenceAdmin(StateColumn, ReadOnlyAdmin):
    list_display = ("obligation", "number", "period_from", "due_on", "state", "verified_on")
    list_display_links = ("obligation", "number")
    list_filter = (("obligation__commitment__process", RELATED_ONLY),)
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("opened_by", "follows__obligation__commitment"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("obligation__party__code", "obligation__body__code", "opened_by__what"),
    )
    date_hierarchy = "due_on"
    readonly_fields = ("state",)
    fields = (
        *("obligation", "number", "period_from", "period_to", "opened_by", "follows"),
        *("original_on", "due_on", "state", "reported_level", "done_on", "verified_level"),
        *("verified_on", "called_off_at", "called_off_because"),
    )
