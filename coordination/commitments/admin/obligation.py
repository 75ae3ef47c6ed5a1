"""A commitment as one party or body owes it, with all that came of it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.processes.admin_base import RecordAdmin

from .. import standing
from ..models import CheckIn, Obligation, Verification
from ..report_queries import next_expected
from .breach import BreachInline
from .expected import ExpectedInline


class CheckInInline(ReadOnlyInline):
    """Those whose account one may read."""

    model = CheckIn
    fields = ("number", "submitted_at", "level", "account", "obstacle", "author", "audience")
    list_select_related = ("author", "obligation__commitment")
    show_change_link = True


class VerificationInline(ReadOnlyInline):
    model = Verification
    fields = ("number", "occurred_on", "level", "found", "body", "author", "released_at")
    readonly_fields = fields
    list_select_related = ("author", "body", "obligation__commitment")
    show_change_link = True


@admin.register(Obligation)
class ObligationAdmin(RecordAdmin):
    """Added on the page of its commitment."""

    list_display = (
        *("commitment", "owner_name", "focal_point", "reported_level", "verified_level"),
        *("due_on", "standing", "next_check_in_on"),
    )
    list_filter = (
        *(("commitment__process", RELATED_ONLY), ("party", RELATED_ONLY)),
        *(("body", RELATED_ONLY), "reported_level", "verified_level"),
        *("is_disputed", "is_suspended", "is_at_risk", "in_breach", "out_of_bounds"),
    )
    list_select_related = (
        *("commitment__process", "commitment__deadline"),
        *("party", "body", "focal_point"),
    )
    search_fields = (
        *("=commitment__number", "commitment__reference", "commitment__title"),
        *("party__code", "party__name", "body__code", "body__name", "focal_point__name"),
    )
    inlines = (ExpectedInline, CheckInInline, VerificationInline, BreachInline)
    fixed = ("commitment", "party", "body")
    readonly_fields = (
        *("reported_level", "verified_level", "completed_on", "due_on", "missed"),
        *("told_on", "is_disputed", "is_suspended", "is_at_risk", "in_breach"),
        *("out_of_bounds", "next_check_in_on"),
    )
    fields = ("commitment", "party", "body", "share", "focal_point", *readonly_fields)
    autocomplete_fields = ("commitment", "party", "body", "focal_point")
    members = ("focal_point",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(told_on=next_expected(request.user))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("next expected"))
    def told_on(self, obligation: Any) -> Any:
        """When its owner expects it done, to whom the report is for that says so."""
        return obligation.told_on

    @admin.display(description=_("owed by"))
    def owner_name(self, obligation: Obligation) -> str:
        return obligation.owner_name

    @admin.display(description=_("standing"))
    def standing(self, obligation: Obligation) -> str:
        return standing.of_obligation(obligation).words
