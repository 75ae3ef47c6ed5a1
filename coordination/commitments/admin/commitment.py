"""A commitment as a whole: what it says, who owes it, when it is due, and its numbers."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import RecordAdmin, RecordInline, adopt, choices_of

from .. import standing
from ..actions import Bounded, Owed, create_commitment, recompute_deadlines
from ..actions.entering import change_bounds, change_commitment, change_owners
from ..actions.levels import bring_up_to_date
from ..models import Bound, Commitment, Deadline, Dependency, Flag, Obligation
from .deadline import (
    DeadlineInline,
    DeadlineTermInline,
    ExtensionInline,
    ReadingInline,
    given,
    rows_on,
)


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

    def save_rows(self, request: HttpRequest, formset: Any) -> None:
        if formset.has_changed():
            change_owners(
                actor=request.user,
                commitment=formset.instance,
                origin=Origin.ADMIN,
                owed=owed_on(formset),
            )


class BoundInline(RecordInline):
    """Of a new commitment they bind all who owe it together: nobody owes it yet."""

    model = Bound
    list_select_related = ("obligation__commitment", "obligation__party", "obligation__body")
    removable = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        said = ("comparison", "value", "of_what")
        return said if obj is None or obj.pk is None else (*said, "obligation")

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        super().narrow(form, request, obj)
        if field := form.base_fields.get("obligation"):
            owing = Obligation.objects.filter(commitment=obj)
            field.queryset = owing.select_related("commitment", "party", "body")
            field.choices = choices_of(field.queryset)

    def save_rows(self, request: HttpRequest, formset: Any) -> None:
        if formset.has_changed():
            change_bounds(
                actor=request.user,
                commitment=formset.instance,
                origin=Origin.ADMIN,
                bounds=bounds_on(formset),
            )


class FlagInline(ReadOnlyInline):
    model = Flag
    list_select_related = ("author", "commitment", "obligation__party", "obligation__body")
    fields = ("kind", "owner", "reason", "author", "raised_at", "lifted_at", "lifted_because")
    readonly_fields = fields
    show_change_link = True

    @admin.display(description=_("owed by"))
    def owner(self, flag: Flag) -> str | None:
        return flag.obligation.owner_name if flag.obligation else None


class DependencyInline(ReadOnlyInline):
    model = Dependency
    fk_name = "commitment"
    list_select_related = ("commitment", "on")
    fields = ("on", "reason", "source")
    show_change_link = True


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
    autocomplete_fields = ("provision", "lead_body", "verifying_body", "trigger", "follows")
    asked_at_once = (ObligationInline, DeadlineInline, DeadlineTermInline, BoundInline)
    inlines = (*asked_at_once, ExtensionInline, ReadingInline, FlagInline, DependencyInline)
    beside = (
        ("recurring_commitment_has_a_rhythm", "every_amount"),
        ("commitment_is_expected_at_least_once", "times"),
        ("commitment_is_triggered_by_one_thing", "follows"),
    )
    fieldsets = (
        (None, {"fields": ("process", "reference", "title", "text", "provision")}),
        (
            _("Kind"),
            {
                "fields": (
                    *("kind", "every_amount", "every_unit", "times", "trigger", "follows"),
                    *("otherwise", "track", "priority"),
                )
            },
        ),
        (_("Who runs and verifies it"), {"fields": ("lead_body", "verifying_body")}),
        (_("Check-ins"), {"fields": ("check_in_rhythm", "remarks")}),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else self.asked_at_once

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
        if inline.parent_model is Deadline:
            kwargs["instance"] = getattr(obj, "deadline", None) or Deadline(commitment=obj)
        if isinstance(inline, DeadlineTermInline | ExtensionInline):
            kwargs["form_kwargs"] = {"commitment": obj}
        return kwargs

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        owed, deadlines, terms, bounds = formsets
        deadline = next(iter(deadlines.save(commit=False)), None)
        made = create_commitment(
            actor=request.user,
            owed=owed_on(owed),
            deadline=given(deadline, DeadlineInline) if deadline else None,
            terms=[given(term, DeadlineTermInline) for term in rows_on(terms)],
            bounds=bounds_on(bounds),
            origin=Origin.ADMIN,
            **form.cleaned_data,
        )
        adopt(form.instance, made)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        """The inlines first: kind and terms can change together, and have to fit afterwards."""
        commitment = form.instance
        self.save_inlines(request, formsets)
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        change_commitment(actor=request.user, commitment=commitment, origin=Origin.ADMIN, **said)
        recompute_deadlines(
            actor=request.user,
            process=commitment.process,
            origin=Origin.ADMIN,
            seeds=[commitment.pk],
        )
        for obligation in Obligation.objects.filter(commitment=commitment):
            bring_up_to_date(obligation)


def owed_on(formset: Any) -> list[Owed]:
    return [Owed(row.party or row.body, row.share, row.focal_point) for row in rows_on(formset)]


def bounds_on(formset: Any) -> list[Bounded]:
    return [
        Bounded(
            row.comparison,
            row.value,
            row.of_what,
            row.obligation.owner if row.obligation else None,
        )
        for row in rows_on(formset)
    ]
