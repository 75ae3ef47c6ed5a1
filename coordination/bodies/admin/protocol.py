"""How bodies meet, decide and report, as data with its sources."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY
from coordination.processes.admin_base import RecordAdmin, RecordInline

from ..models import DisputeStep, Protocol, ProtocolSource, QuorumPart

#: Also for the few fields that stand on the page of the body.
PROTOCOL_BESIDE = (
    ("meeting_rhythm_is_whole", "meets_per"),
    ("quorum_is_a_number_or_a_share", "quorum_share"),
    ("silence_has_a_clock", "silence_hours"),
    ("half_is_no_majority", "majority"),
)


class ProtocolSourceInline(RecordInline):
    model = ProtocolSource
    fields = ("topic", "article", "wording")
    removable = True


class QuorumPartInline(RecordInline):
    model = QuorumPart
    removable = True


class DisputeStepInline(RecordInline):
    model = DisputeStep
    list_select_related = ("seat__body", "to_body", "to_party")
    autocomplete_fields = ("seat",)
    fields = ("order", "who", "seat", "to_body", "to_party", "within_hours")
    beside = (("dispute_step_names_one", "to_party"),)
    removable = True


@admin.register(Protocol)
class ProtocolAdmin(RecordAdmin):
    """Added on the page of its body."""

    list_display = ("body", "decision_rule", "quorum", "quorum_share", "meets_times", "meets_per")
    list_filter = (("body__process", RELATED_ONLY), "decision_rule")
    list_select_related = ("body__process",)
    search_fields = ("body__code", "body__name")
    inlines = (ProtocolSourceInline, QuorumPartInline, DisputeStepInline)
    beside = PROTOCOL_BESIDE
    fieldsets = (
        (None, {"fields": ("body",)}),
        (
            _("Meetings"),
            {"fields": ("meets_times", "meets_per", "convened_by", "agenda_closes_hours")},
        ),
        (_("Quorum"), {"fields": ("quorum", "quorum_share", "quorum_needs_chair")}),
        (_("Decisions"), {"fields": ("decision_rule", "majority", "majority_of", "silence_hours")}),
        (_("Reports"), {"fields": ("reports_per", "reporting_duty")}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
