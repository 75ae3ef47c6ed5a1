"""Anchor events stand here, because a new date of one moves deadlines."""

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyInline, RecordAdmin
from coordination.processes.models import AnchorDate, AnchorEvent

from ..actions import move_anchor


class AnchorDateInline(AddedOnlyInline):
    """Earlier dates stay; a new one moves what is counted from the anchor."""

    model = AnchorDate
    list_select_related = ("anchor",)
    fields = ("status", "on", "at", "decided_by", "decided_on", "recorded_at")
    readonly_fields = ("recorded_at",)

    def add_row(self, request: HttpRequest, row: AnchorDate) -> None:
        move_anchor(
            actor=request.user,
            anchor=row.anchor,
            status=row.status,
            on=row.on,
            at=row.at,
            decided_by=row.decided_by,
            decided_on=row.decided_on,
            origin=Origin.ADMIN,
        )


@admin.register(AnchorEvent)
class AnchorEventAdmin(RecordAdmin):
    list_display = ("name", "key", "process", "on", "has_happened", "is_day_zero")
    list_filter = (("process", RELATED_ONLY), "has_happened")
    list_select_related = ("process",)
    search_fields = ("name", "key")
    inlines = (AnchorDateInline,)
    fixed = ("key",)
    fields = ("process", "key", "name", "is_day_zero", "on", "at", "has_happened")
    readonly_fields = ("on", "at", "has_happened")
