import itertools
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY
from coordination.processes.admin_base import RecordAdmin, RecordInline
from coordination.processes.admin_forms import RecordForm

from .models import Body, DisputeStep, Protocol, QuorumPart, Seat, Term


class ProtocolInline(RecordInline):
    model = Protocol
    fields = ("decision_rule", "quorum", "agenda_closes_hours")
    show_change_link = True
    max_num = 1
    verbose_name_plural = _("protocol (quorum groups and dispute steps are on its own page)")


class SeatInline(RecordInline):
    model = Seat
    list_select_related = ("body",)
    fields = ("number", "role", "title", "party", "group", "vote")
    show_change_link = True
    verbose_name_plural = _("seats (who holds them is on their own pages)")


@admin.register(Body)
class BodyAdmin(RecordAdmin):
    list_display = ("code", "name", "process", "track", "established_on", "ended_on")
    list_display_links = ("code", "name")
    list_filter = (("process", RELATED_ONLY), "track")
    list_select_related = ("process",)
    search_fields = ("code", "name", "legal_basis", "mandate")
    inlines = (ProtocolInline, SeatInline)
    fieldsets = (
        (None, {"fields": ("process", "code", "name", "track")}),
        (_("Mandate"), {"fields": ("legal_basis", "mandate", "authority", "composition")}),
        (_("Lifetime"), {"fields": ("established_on", "ended_on")}),
    )


class QuorumPartInline(RecordInline):
    model = QuorumPart
    removable = True


class DisputeStepInline(RecordInline):
    model = DisputeStep
    removable = True


@admin.register(Protocol)
class ProtocolAdmin(RecordAdmin):
    """Added on the page of its body."""

    list_display = ("body", "decision_rule", "quorum", "agenda_closes_hours")
    list_filter = (("body__process", RELATED_ONLY), "decision_rule")
    list_select_related = ("body__process",)
    search_fields = ("body__code", "body__name")
    inlines = (QuorumPartInline, DisputeStepInline)
    fields = (
        *("body", "decision_rule", "quorum", "agenda_closes_hours"),
        "reporting_duty",
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TermForm(RecordForm):
    def validate_constraints(self) -> None:
        """All but the one open term: `TermFormSet` sees the whole page, where another may end."""
        try:
            self.instance.validate_constraints(exclude={"seat", *self.errors})
        except ValidationError as error:
            self.add_error(None, error)


class TermFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """One holder at a time, as the page leaves it: one term may end and the next begin."""
        super().clean()
        if any(self.errors):
            return
        given = [form for form in self.forms if form.instance.starts_on]
        given.sort(key=lambda form: form.instance.starts_on)
        for earlier, later in itertools.pairwise(given):
            ends_on = earlier.instance.ends_on
            met = ends_on is None or ends_on >= later.instance.starts_on
            if met and (earlier.has_changed() or later.has_changed()):
                raise ValidationError(
                    _("The term of %(first)s overlaps that of %(second)s: end one earlier."),
                    params={"first": earlier.instance.holder, "second": later.instance.holder},
                )


class TermInline(RecordInline):
    """A term that is over stays as it was; the one that runs can be ended."""

    model = Term
    form = TermForm
    formset = TermFormSet
    list_select_related = ("holder", "seat")
    fields = ("holder", "alternate", "starts_on", "ends_on")
    fixed = ("holder", "starts_on")


@admin.register(Seat)
class SeatAdmin(RecordAdmin):
    list_display = ("body", "number", "name", "party", "held_by", "vote")
    list_display_links = ("number", "name")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "role", "vote")
    list_select_related = ("body__process", "party")
    search_fields = ("title", "body__code", "body__name", "party__code", "terms__holder__name")
    autocomplete_fields = ("body", "party")
    inlines = (TermInline,)
    fields = ("body", "number", "role", "title", "party", "group", "vote", "authority")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_late_terms()

    @admin.display(description=_("held by"))
    def held_by(self, seat: Any) -> str:
        return ", ".join(term.holder.name for term in seat.terms_today) or str(_("vacant"))
