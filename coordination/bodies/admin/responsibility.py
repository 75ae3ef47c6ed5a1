"""Who does what, and which gaps and overlaps are meant to be."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin
from coordination.processes.admin_base import RecordAdmin, RecordInline
from coordination.processes.admin_forms import RecordForm

from ..models import Acceptance, Assignment, Claim, Responsibility


class ClaimInline(RecordInline):
    """A claim that is given up is ended."""

    model = Claim
    list_select_related = ("responsibility", "body")
    fields = ("body", "started_on", "ended_on", "source")
    fixed = ("body",)


class AssignmentInline(RecordInline):
    """A part that is taken away is ended; another one is another row."""

    model = Assignment
    list_select_related = ("responsibility", "seat__body", "body")
    autocomplete_fields = ("seat",)
    fields = ("letter", "seat", "body", "started_on", "ended_on")
    fixed = ("letter", "seat", "body")
    beside = (("assigned_to_a_seat_or_a_body", "body"),)


class ResponsibilityForm(RecordForm):
    """The name decides the key, by which the process has each function once."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        process = data.get("process")
        if process and (name := data.get("name")):
            others = process.responsibilities.exclude(pk=self.instance.pk)
            if others.filter(key=Responsibility.key_of(name)).exists():
                words = _("The process has a responsibility of this name already.")
                self.add_error("name", words)
        return data


@admin.register(Responsibility)
class ResponsibilityAdmin(RecordAdmin):
    form = ResponsibilityForm
    computed = ("key",)
    list_display = ("name", "process", "source", "started_on", "ended_on")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process",)
    search_fields = ("name", "description", "source")
    inlines = (ClaimInline, AssignmentInline)
    fields = ("process", "name", "description", "source", "started_on", "ended_on")


@admin.register(Acceptance)
class AcceptanceAdmin(ReadOnlyAdmin):
    """Accepted, and opened again, on the page of the gaps and overlaps."""

    list_display = ("words", "process", "reason", "accepted_by", "accepted_at", "withdrawn_at")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process", "accepted_by")
    search_fields = ("words", "reason")
    date_hierarchy = "accepted_at"
    fields = ("process", "words", "reason", "accepted_by", "accepted_at", "withdrawn_at")
