from django.contrib import admin

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline

from .models import CheckInLink, Occurrence


class CheckInLinkInline(ReadOnlyInline):
    """Who could answer until when; the link itself is kept nowhere."""

    model = CheckInLink
    fields = ("recipient", "created_at", "expires_at", "revoked_at")
    list_select_related = (
        *("recipient", "occurrence__obligation__commitment"),
        *("occurrence__obligation__party", "occurrence__obligation__body"),
    )


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ("obligation", "local_date", "due_at", "state", "reason", "check_in")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "state")
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("message", "check_in__obligation__commitment"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("obligation__party__code", "obligation__party__name", "reason"),
    )
    date_hierarchy = "local_date"
    fields = ("obligation", "local_date", "due_at", "state", "reason", "message", "check_in")
    inlines = (CheckInLinkInline,)
