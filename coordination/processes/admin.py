from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin

from .actions import change_role, create_process, end_membership
from .admin_base import RecordAdmin, RecordInline, adopt, coordinated
from .admin_forms import AffiliationForm
from .models import Affiliation, AnchorEvent, Holiday, Invitation, Membership, Party, Process


class PartyInline(RecordInline):
    model = Party
    fields = ("code", "name", "kind", "part", "signatory")
    fixed = ("code",)
    show_change_link = True


class AnchorEventFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if sum(form.instance.is_day_zero for form in self.forms) > 1:
            raise ValidationError(_("A process counts from one day zero: choose one."))


class AnchorEventInline(RecordInline):
    model = AnchorEvent
    formset = AnchorEventFormSet
    fields = ("key", "name", "is_day_zero", "on", "has_happened")
    readonly_fields = ("on", "has_happened")
    fixed = ("key",)
    show_change_link = True
    verbose_name_plural = _("anchor events (their dates are given on their own pages)")


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("user", "role", "party", "heads_delegation", "started_at", "ended_at")
    list_select_related = ("user", "party")
    show_change_link = True


@admin.register(Process)
class ProcessAdmin(RecordAdmin):
    list_display = ("short_name", "name", "slug", "time_zone", "created_at")
    search_fields = ("short_name", "name", "slug")
    fixed = ("slug", "time_zone")  # every due moment is counted in the zone
    fields = (
        *("slug", "short_name", "name", "summary", "time_zone", "marking", "rebased_days"),
        *("second_factor_roles", "second_factor_since", "second_factor_grace_days", "weekend"),
    )
    # Who is asked for a second step is set on a page of its own, which sets the day as well; so is
    # the weekend, beside the holidays.
    readonly_fields = (
        *("rebased_days", "weekend"),
        *("second_factor_roles", "second_factor_since", "second_factor_grace_days"),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (PartyInline, AnchorEventInline, MembershipInline) if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Anybody who may open the admin; who opens a process becomes its coordinator."""
        return request.user.is_active and request.user.is_staff

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        fields = {name: form.cleaned_data[name] for name in form.cleaned_data}
        made = create_process(actor=request.user, origin=Origin.ADMIN, **fields)
        adopt(form.instance, made)
        coordinated(request).add(made.pk)


class AffiliationInline(RecordInline):
    """To what the party belongs and for whom it acts; a tie that is over is ended."""

    model = Affiliation
    form = AffiliationForm
    fk_name = "party"
    list_select_related = ("party", "other")
    fields = ("kind", "other", "started_on", "ended_on", "source")
    fixed = ("kind", "other")
    beside = (("party_is_not_affiliated_with_itself", "other"),)
    verbose_name_plural = _("part of, or acting for")


@admin.register(Party)
class PartyAdmin(RecordAdmin):
    list_display = ("code", "name", "process", "kind", "part", "signatory")
    list_display_links = ("code", "name")
    list_filter = (("process", RELATED_ONLY), "kind", "part", "signatory")
    list_select_related = ("process",)
    search_fields = ("code", "name")
    inlines = (AffiliationInline,)
    fixed = ("code",)
    beside = (("party_leaves_after_it_joined", "left_on"),)
    fields = (
        *("process", "code", "name", "kind", "part"),
        *("signatory", "joined_on", "left_on"),
    )


@admin.register(Holiday)
class HolidayAdmin(ReadOnlyAdmin):
    """Entered on the page of the days without mails."""

    list_display = ("name", "process", "first_on", "last_on")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process",)
    search_fields = ("name",)
    date_hierarchy = "first_on"
    fields = ("process", "name", "first_on", "last_on")


@admin.register(Membership)
class MembershipAdmin(RecordAdmin):
    """People come by invitation: here they would, without being asked, and whoever tried addresses
    would learn who has an account."""

    list_display = (
        *("user", "process", "role", "party", "heads_delegation", "started_at", "ended_at"),
    )
    list_filter = (("process", RELATED_ONLY), "role", ("party", RELATED_ONLY))
    list_select_related = ("process", "user", "party")
    search_fields = ("user__name", "user__email", "party__code", "party__name")
    autocomplete_fields = ("party",)
    fields = (*("process", "user", "role", "party", "heads_delegation", "started_at", "ended_at"),)
    readonly_fields = ("user", "started_at", "ended_at")
    actions = ("end_memberships",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        change_role(
            actor=request.user,
            member=form.instance,
            role=form.instance.role,
            party=form.instance.party,
            heads_delegation=form.instance.heads_delegation,
            origin=Origin.ADMIN,
        )

    @admin.action(description=_("End the chosen memberships"), permissions=["change"])
    def end_memberships(self, request: HttpRequest, chosen: QuerySet[Membership]) -> None:
        ended = 0
        for member in chosen.filter(process__in=coordinated(request)):
            if member.user_id == request.user.pk:
                messages.error(request, gettext("Your own membership is ended by somebody else."))
                continue
            try:
                end_membership(actor=request.user, member=member, origin=Origin.ADMIN)
            except Refused as refused:
                messages.error(request, refused.message)
            else:
                ended += 1
        words = ngettext("%(n)s membership has ended.", "%(n)s memberships have ended.", ended)
        messages.info(request, words % {"n": ended})


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations are made, sent again and withdrawn on the page of people."""

    list_display = ("email", "process", "role", "party", "invited_at", "expires_at", "accepted_at")
    list_filter = (("process", RELATED_ONLY), "role", ("party", RELATED_ONLY))
    list_select_related = ("process", "party")
    search_fields = ("email", "name", "party__code")
    fields = (
        *("process", "email", "name", "role", "party", "heads_delegation"),
        *("invited_by", "invited_at", "sendings", "sent_at", "expires_at"),
        *("accepted_at", "accepted_by", "withdrawn_at", "withdrawn_by"),
    )
