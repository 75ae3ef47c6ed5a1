from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.base.capabilities import conceal

from .access import problems_near
from .models import AddressProblem, Heartbeat, Message, MessageEvent


class MessageEventInline(ReadOnlyInline):
    model = MessageEvent
    fields = ("at", "state", "note")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Mails are read by the process's coordinators, without the links that are a right."""

    list_display = ("subject", "recipient", "process", "kind", "state", "created_at", "finished_at")
    list_filter = (("process", RELATED_ONLY), "state", "kind")
    list_select_related = ("process", "recipient")
    search_fields = ("subject", "to_address", "recipient__name", "about_label")
    date_hierarchy = "created_at"
    inlines = (MessageEventInline,)
    fieldsets = (
        (None, {"fields": ("process", "kind", "recipient", "to_address", "reason", "about_label")}),
        (_("Text"), {"fields": ("subject", "text")}),
        (
            _("Delivery"),
            {"fields": ("state", "attempts", "next_at", "ambiguous", "error")},
        ),
        (_("Dates"), {"fields": ("created_at", "finished_at", "message_id", "again_of")}),
    )
    readonly_fields = ("text",)

    @admin.display(description=_("plain text"))
    def text(self, message: Message) -> str:
        return conceal(message.body_text)


@admin.register(AddressProblem)
class AddressProblemAdmin(ReadOnlyAdmin):
    """Of those who are in a process that the reader coordinates, and of mails about one."""

    list_display = ("address", "kind", "answer", "found_at", "cleared_at")
    list_filter = ("kind",)
    search_fields = ("address", "answer")
    date_hierarchy = "found_at"
    fields = ("address", "kind", "answer", "found_at", "cleared_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return problems_near(request.user)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """Of no process: anybody may see that the sweeps run."""

    list_display = ("name", "at")
    search_fields = ("name",)
    fields = ("name", "at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return Heartbeat.objects.order_by("name")
