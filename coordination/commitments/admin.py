"""Commitments as wholes; anchor events too, because a new date of one moves deadlines."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, RecordAdmin, RecordInline, adopt
from coordination.processes.admin_forms import RecordForm
from coordination.processes.models import AnchorDate, AnchorEvent

from . import standing
from .access import may_report
from .actions import (
    Owed,
    create_commitment,
    move_anchor,
    recompute_deadlines,
    record_verification,
    submit_check_in,
)
from .models import CheckIn, Commitment, Deadline, DeadlineTerm, Obligation, Verification


class AnchorDateInline(RecordInline):
    """Earlier dates stay; a new one moves what is counted from the anchor."""

    model = AnchorDate
    list_select_related = ("anchor",)
    fields = ("status", "on", "at", "decided_by", "decided_on", "recorded_at")
    readonly_fields = ("recorded_at",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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


class ObligationInline(RecordInline):
    model = Obligation
    list_select_related = ("commitment", "party", "body", "focal_point")
    autocomplete_fields = ("focal_point",)
    members = ("focal_point",)
    fields = (
        *("party", "body", "share", "focal_point"),
        *("reported_level", "verified_level", "due_on", "next_check_in_on"),
    )
    readonly_fields = ("reported_level", "verified_level", "due_on", "next_check_in_on")
    fixed = ("party", "body")
    show_change_link = True
    extra = 1


class DeadlineInline(RecordInline):
    model = Deadline
    fields = ("rule", "precision", "wording", "due_on", "latest_on", "is_projected")
    readonly_fields = ("due_on", "latest_on", "is_projected")
    max_num = 1


class DeadlineTermForm(RecordForm):
    """A moment decides its day, in the process's time zone."""

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commitment = commitment  # on the page of a new one it gets its process meanwhile

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if (at := data.get("at")) and self.commitment.process_id:
            data["on"] = at.astimezone(self.commitment.process.zone).date()
        return data


class DeadlineTermInline(RecordInline):
    """Belongs to the deadline; stands on the commitment's page all the same."""

    model = DeadlineTerm
    form = DeadlineTermForm
    computed = ("on",)
    autocomplete_fields = ("after_commitment",)
    list_select_related = ("after_commitment",)
    fields = (
        *("purpose", "amount", "unit", "direction", "anchor"),
        *("after_commitment", "on", "at"),
    )
    removable = True

    def __init__(self, parent_model: Any, admin_site: Any) -> None:
        super().__init__(Deadline, admin_site)


@admin.register(Commitment)
class CommitmentAdmin(RecordAdmin):
    list_display = (
        *("code", "title", "reference", "kind", "leads", "verifies", "due_on", "standing"),
        "process",
    )
    list_display_links = ("code", "title")
    list_filter = (
        *(("process", RELATED_ONLY), "kind", "track", "priority"),
        *(("lead_body", RELATED_ONLY), ("verifying_body", RELATED_ONLY)),
    )
    list_select_related = ("process", "lead_body", "verifying_body", "deadline", "provision")
    search_fields = ("=number", "reference", "title", "text")
    autocomplete_fields = ("provision", "lead_body", "verifying_body")
    inlines = (ObligationInline, DeadlineInline, DeadlineTermInline)
    fieldsets = (
        (None, {"fields": ("process", "reference", "title", "text", "provision")}),
        (_("Kind"), {"fields": ("kind", "rhythm", "track", "priority")}),
        (_("Who runs and verifies it"), {"fields": ("lead_body", "verifying_body")}),
        (_("Check-ins"), {"fields": ("check_in_rhythm", "remarks")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        obligations = Obligation.objects.select_related("party", "body").order_by("pk")
        return super().get_queryset(request).prefetch_related(Prefetch("obligations", obligations))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """C-14 finds what 14 does."""
        term = search_term.strip()
        return super().get_search_results(
            request, queryset, term[2:] if term.upper().startswith("C-") else term
        )

    @admin.display(description=_("number"), ordering="number")
    def code(self, commitment: Commitment) -> str:
        return commitment.code

    @admin.display(description=_("led by"), ordering="lead_body__code")
    def leads(self, commitment: Commitment) -> str | None:
        return commitment.lead_body.code if commitment.lead_body else None

    @admin.display(description=_("verified by"), ordering="verifying_body__code")
    def verifies(self, commitment: Commitment) -> str | None:
        return commitment.verifying_body.code if commitment.verifying_body else None

    @admin.display(description=_("due"), ordering="deadline__due_on")
    def due_on(self, commitment: Commitment) -> Any:
        return commitment.deadline.due_on

    @admin.display(description=_("standing"))
    def standing(self, commitment: Commitment) -> str:
        return standing.of_commitment(commitment).words

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> Any:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, DeadlineTermInline):
            kwargs["instance"] = getattr(obj, "deadline", None) or Deadline(commitment=obj)
            kwargs["form_kwargs"] = {"commitment": obj}
        return kwargs

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        owed, deadlines, terms = (formset.save(commit=False) for formset in formsets)
        made = create_commitment(
            actor=request.user,
            owed=[Owed(row.party or row.body, row.share, row.focal_point) for row in owed],
            deadline=_given(deadlines[0], DeadlineInline) if deadlines else None,
            terms=[_given(term, DeadlineTermInline) for term in terms],
            origin=Origin.ADMIN,
            **form.cleaned_data,
        )
        adopt(form.instance, made)

    def after_saving(self, request: HttpRequest, thing: Commitment) -> None:
        recompute_deadlines(actor=request.user, process=thing.process, origin=Origin.ADMIN)


def _given(row: Any, inline: type[RecordInline]) -> dict[str, Any]:
    """The fields of a row that its inline asks for."""
    asked: Any = inline.fields
    return {name: getattr(row, name) for name in asked if name not in inline.readonly_fields}


class CheckInInline(ReadOnlyInline):
    model = CheckIn
    fields = ("number", "submitted_at", "level", "account", "obstacle", "author")
    list_select_related = ("author", "obligation__commitment")
    show_change_link = True


class VerificationInline(ReadOnlyInline):
    model = Verification
    fields = ("number", "occurred_on", "level", "found", "body", "author")
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
    )
    list_select_related = ("commitment__process", "party", "body", "focal_point")
    search_fields = (
        *("=commitment__number", "commitment__reference", "commitment__title"),
        *("party__code", "party__name", "body__code", "body__name", "focal_point__name"),
    )
    inlines = (CheckInInline, VerificationInline)
    fixed = ("commitment", "party", "body")
    fields = (
        *("commitment", "party", "body", "share", "focal_point", "reported_level"),
        *("verified_level", "completed_on", "due_on", "next_check_in_on"),
    )
    readonly_fields = (
        *("reported_level", "verified_level", "completed_on", "due_on", "next_check_in_on"),
    )
    autocomplete_fields = ("commitment", "party", "body", "focal_point")
    members = ("focal_point",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("owed by"))
    def owner_name(self, obligation: Obligation) -> str:
        return obligation.owner_name

    @admin.display(description=_("standing"))
    def standing(self, obligation: Obligation) -> str:
        return standing.of_obligation(obligation).words


@admin.register(CheckIn)
class CheckInAdmin(AddedOnlyAdmin):
    """What the focal point told the coordinator who enters it."""

    list_display = ("obligation", "number", "submitted_at", "level", "obstacle", "author")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "level", "obstacle")
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("author", "recorded_by", "revises__obligation__commitment"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("account", "author__name"),
    )
    date_hierarchy = "submitted_at"
    autocomplete_fields = ("obligation",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("obligation", "period_on", "level", "account", "obstacle")
        shown = ("number", "author", "recorded_by", "revises", "submitted_at")
        return asked if obj is None else (*asked, *shown)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        obligation = form.cleaned_data.pop("obligation")
        if not may_report(request.user, obligation):
            raise Refused(
                _now("Nobody reports for this yet: name its focal point first."), "obligation"
            )
        made, _new = submit_check_in(
            obligation=obligation,
            author=obligation.focal_point,
            recorded_by=request.user,
            origin=Origin.ADMIN,
            **form.cleaned_data,
        )
        adopt(form.instance, made)


@admin.register(Verification)
class VerificationAdmin(AddedOnlyAdmin):
    list_display = ("obligation", "number", "occurred_on", "level", "body", "method", "author")
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "level", "method")
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("body", "author"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("found", "body__code", "author__name"),
    )
    date_hierarchy = "occurred_on"
    autocomplete_fields = ("obligation", "body")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("obligation", "body", "level", "found", "method", "proof", "occurred_on")
        return asked if obj is None else (*asked, "number", "author", "recorded_at")

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = record_verification(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)
