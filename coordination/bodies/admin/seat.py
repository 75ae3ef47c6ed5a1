"""Seats and who holds them when; what parties were asked and proposed can be read there."""

import itertools
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.processes.admin_base import RecordAdmin, RecordInline

from ..actions.refusals import refuse_days
from ..actions.seats import refuse_for_terms
from ..models import Nomination, Seat, SuccessionRequest, Term


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
    formset = TermFormSet
    list_select_related = ("holder", "seat")
    fields = ("holder", "alternate", "starts_on", "ends_on", "tenure", "handover")
    fixed = ("holder", "starts_on")
    beside = (("term_ends_after_it_starts", "ends_on"),)


class SuccessionRequestInline(ReadOnlyInline):
    model = SuccessionRequest
    list_select_related = ("seat__body", "party", "asked_by")
    fields = ("asked_at", "party", "asked_by", "words")
    show_change_link = True


class NominationInline(ReadOnlyInline):
    model = Nomination
    list_select_related = ("seat__body", "proposed_by")
    fields = ("proposed_at", "name", "function", "starts_on", "ends_on", "state", "proposed_by")
    readonly_fields = fields
    show_change_link = True


@admin.register(Seat)
class SeatAdmin(RecordAdmin):
    list_display = ("body", "number", "name", "party", "held_by", "vote", "started_on", "ended_on")
    list_display_links = ("number", "name")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "role", "vote")
    list_select_related = ("body__process", "party")
    search_fields = ("title", "body__code", "body__name", "party__code", "terms__holder__name")
    autocomplete_fields = ("body", "party")
    inlines = (TermInline, SuccessionRequestInline, NominationInline)
    fields = (
        *("body", "number", "role", "title", "party", "group", "vote", "authority"),
        *("started_on", "ended_on"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_late_terms()

    def save_inlines(self, request: HttpRequest, formsets: Any) -> None:
        for form in (row for formset in formsets for row in formset.forms if row.has_changed()):
            if isinstance(term := form.instance, Term):
                refuse_days(term.seat, term.starts_on, term.ends_on)
        super().save_inlines(request, formsets)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        """The terms first: a seat can be ended together with the term of who holds it."""
        seat = form.instance
        self.save_inlines(request, formsets)
        refuse_for_terms(seat, seat.party, seat.started_on, seat.ended_on)
        super().change(request, form, ())

    @admin.display(description=_("held by"))
    def held_by(self, seat: Any) -> str:
        return ", ".join(term.holder.name for term in seat.terms_today) or str(_("vacant"))


@admin.register(SuccessionRequest)
class SuccessionRequestAdmin(ReadOnlyAdmin):
    list_display = ("seat", "party", "asked_at", "asked_by")
    list_filter = (("seat__body__process", RELATED_ONLY), ("party", RELATED_ONLY))
    list_select_related = ("seat__body", "party", "asked_by")
    search_fields = ("seat__body__code", "seat__body__name", "party__code", "party__name", "words")
    date_hierarchy = "asked_at"
    fields = ("seat", "party", "words", "asked", "asked_by", "asked_at")


@admin.register(Nomination)
class NominationAdmin(ReadOnlyAdmin):
    list_display = ("name", "seat", "state", "starts_on", "ends_on", "proposed_by", "proposed_at")
    list_filter = (("seat__body__process", RELATED_ONLY), "state")
    list_select_related = ("seat__body", "proposed_by", "settled_by")
    search_fields = ("name", "function", "email", "seat__body__code", "seat__body__name")
    date_hierarchy = "proposed_at"
    fields = (
        *("seat", "name", "function", "email", "alternate_email", "starts_on", "ends_on"),
        *("proposed_by", "proposed_at", "state", "reason", "settled_by", "settled_at"),
    )
