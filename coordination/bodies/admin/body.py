"""Bodies, to whom they report, what became of them, and how to reach them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.base.errors import Refused
from coordination.processes.admin_base import RecordAdmin, RecordInline
from coordination.processes.admin_forms import RecordForm

from ..actions.seats import refuse_for_terms
from ..models import (
    Body,
    ChannelTest,
    CompositionPart,
    ContactChannel,
    FormerName,
    Protocol,
    ReportingLine,
    RoleTerms,
    Seat,
    Succession,
)
from .protocol import PROTOCOL_BESIDE


class ReportingLineInline(RecordInline):
    """A line that is over is ended; one that leads elsewhere is another line."""

    model = ReportingLine
    fk_name = "body"
    list_select_related = ("body", "to_body", "to_party")
    fields = ("kind", "to_body", "to_party", "to_name", "started_on", "ended_on", "source")
    fixed = ("kind", "to_body", "to_party", "to_name")
    beside = (
        ("line_leads_to_one", "to_name"),
        ("body_does_not_report_to_itself", "to_body"),
    )
    verbose_name_plural = _("reporting lines (one that is over is ended)")


class FormerNameInline(RecordInline):
    model = FormerName
    removable = True


class CompositionPartInline(RecordInline):
    model = CompositionPart
    fields = ("group", "seats", "counts_as", "named_by")
    removable = True


class RoleTermsInline(RecordInline):
    model = RoleTerms
    list_select_related = ("body",)
    fields = ("role", "authority", "scope", "source")
    removable = True


class ContactChannelInline(RecordInline):
    model = ContactChannel
    fields = ("order", "kind", "address", "hours", "started_on", "ended_on")
    show_change_link = True
    verbose_name_plural = _("contact channels (their tests are on their own pages)")


class SuccessionInline(RecordInline):
    """Entered on the page of the body that was before."""

    model = Succession
    fk_name = "predecessor"
    list_select_related = ("predecessor", "successor")
    fields = ("kind", "successor", "on", "source")
    beside = (("body_does_not_succeed_itself", "successor"),)
    removable = True
    verbose_name_plural = _("what came after it")


class PrecessionInline(ReadOnlyInline):
    model = Succession
    fk_name = "successor"
    list_select_related = ("predecessor", "successor")
    fields = ("predecessor", "kind", "on", "source")
    verbose_name_plural = _("what was before it (entered on that body’s page)")


class ProtocolInline(RecordInline):
    model = Protocol
    fields = ("decision_rule", "silence_hours", "quorum", "quorum_share", "agenda_closes_hours")
    beside = PROTOCOL_BESIDE
    show_change_link = True
    max_num = 1
    verbose_name_plural = _("protocol (all else of it is on its own page)")


class SeatInline(RecordInline):
    model = Seat
    list_select_related = ("body",)
    fields = ("number", "role", "title", "party", "group", "vote", "started_on", "ended_on")
    show_change_link = True
    verbose_name_plural = _("seats (who holds them is on their own pages)")

    def save_rows(self, request: HttpRequest, formset: Any) -> None:
        for form in formset.forms:
            seat = form.instance
            if seat.pk and form.has_changed():
                try:
                    refuse_for_terms(seat, seat.party, seat.started_on, seat.ended_on)
                except Refused as refused:  # whose field would be one of the body's
                    words = _now("Seat %(number)s: %(why)s")
                    raise Refused(words % {"number": seat.number, "why": refused}) from refused
        super().save_rows(request, formset)


@admin.register(Body)
class BodyAdmin(RecordAdmin):
    list_display = ("code", "name", "process", "track", "established_on", "ended_on")
    list_display_links = ("code", "name")
    list_filter = (("process", RELATED_ONLY), "track")
    list_select_related = ("process",)
    search_fields = ("code", "name", "former_names__name", "legal_basis", "mandate")
    inlines = (
        *(ReportingLineInline, FormerNameInline, SuccessionInline, PrecessionInline),
        *(ProtocolInline, CompositionPartInline, SeatInline, RoleTermsInline),
        ContactChannelInline,
    )
    fixed = ("code",)
    beside = (("body_ends_after_it_was_established", "ended_on"),)
    fieldsets = (
        (None, {"fields": ("process", "code", "name", "track")}),
        (_("Mandate"), {"fields": ("legal_basis", "mandate", "authority", "composition")}),
        (_("Lifetime"), {"fields": ("established_on", "ended_on")}),
    )


class ChannelTestForm(RecordForm):
    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if (tested_at := data.get("tested_at")) and tested_at > timezone.now():
            self.add_error("tested_at", _now("A test lies in the past: correct the moment."))
        return data


class ChannelTestInline(RecordInline):
    """Tests are added, by whoever enters them, and never changed."""

    model = ChannelTest
    form = ChannelTestForm
    list_select_related = ("channel", "tested_by")
    fields = ("tested_at", "worked", "remark", "tested_by")
    readonly_fields = ("tested_by",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_row(self, request: HttpRequest, row: ChannelTest) -> None:
        row.tested_by = request.user  # type: ignore[assignment]
        super().add_row(request, row)


@admin.register(ContactChannel)
class ContactChannelAdmin(RecordAdmin):
    list_display = ("body", "order", "kind", "address", "hours", "started_on", "ended_on")
    list_display_links = ("kind", "address")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "kind")
    list_select_related = ("body__process",)
    search_fields = ("address", "body__code", "body__name")
    autocomplete_fields = ("body",)
    inlines = (ChannelTestInline,)
    fields = ("body", "order", "kind", "address", "hours", "started_on", "ended_on")
