"""What was asked and told, to be read: only the tick writes it."""

from django.contrib import admin

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline

from .models import CheckInLink, Escalation, MeetingNotice, Occurrence, Reminder

_OWED = ("obligation__commitment__process", "obligation__party", "obligation__body")
_FIND_OWED = (
    *("=obligation__commitment__number", "obligation__commitment__title"),
    *("obligation__party__code", "obligation__party__name"),
)


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
    list_display = ("obligation", "local_date", "due_at", "state", "recipient", "reason")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "state")
    list_select_related = (*_OWED, "recipient", "check_in__obligation__commitment")
    search_fields = (*_FIND_OWED, "reason", "recipient__name")
    date_hierarchy = "local_date"
    fields = ("obligation", "local_date", "due_at", "state", "reason", "recipient", "check_in")
    inlines = (CheckInLinkInline,)


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    """Silences of owners, and how far up the ladder they were told."""

    list_display = ("obligation", "since", "rung", "next_at", "stopped_at", "stop_reason")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "rung")
    list_select_related = (*_OWED, "focal_point")
    search_fields = (*_FIND_OWED, "stop_reason")
    date_hierarchy = "since"
    fields = (
        *("obligation", "focal_point", "since", "due_on", "rung", "next_at"),
        *("stopped_at", "stop_reason"),
    )


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "recipient", "process", "local_date", "state", "reason")
    list_filter = (("process", RELATED_ONLY), "kind", "state")
    list_select_related = ("process", "recipient", "message")
    search_fields = ("title", "reference", "recipient__name", "because", "reason")
    date_hierarchy = "local_date"
    fields = (
        *("process", "kind", "recipient", "reference", "title", "due_on", "because"),
        *("local_date", "urgent", "write_at", "state", "reason", "message"),
    )


@admin.register(MeetingNotice)
class MeetingNoticeAdmin(ReadOnlyAdmin):
    list_display = ("review", "recipient", "sequence", "method", "starts_at", "place")
    list_filter = (("review__body__process", RELATED_ONLY), "method")
    list_select_related = ("review__body__process", "recipient", "message")
    search_fields = ("review__body__code", "review__body__name", "recipient__name", "place")
    date_hierarchy = "starts_at"
    fields = ("review", "recipient", "sequence", "method", "starts_at", "place", "message")
