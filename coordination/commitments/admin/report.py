"""What owners report and what the verifying bodies find."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coordination.base.admin import RELATED_ONLY
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, adopt

from ..access import may_report
from ..actions import submit_check_in
from ..actions.findings import prepare_verification
from ..models import CheckIn, Verification


@admin.register(CheckIn)
class CheckInAdmin(AddedOnlyAdmin):
    """What the focal point told the coordinator who enters it."""

    list_display = (
        *("obligation", "number", "submitted_at", "level", "obstacle", "author", "audience"),
    )
    list_filter = (
        *(("obligation__commitment__process", RELATED_ONLY), "level", "obstacle", "audience"),
    )
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("author", "recorded_by", "revises__obligation__commitment"),
        "expected__obligation__commitment",
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("account", "author__name"),
    )
    date_hierarchy = "submitted_at"
    autocomplete_fields = ("obligation", "expected")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = (
            *("obligation", "expected", "period_on", "level", "account", "obstacle", "done_on"),
            *("next_expected_on", "audience"),
        )
        shown = ("number", "author", "recorded_by", "revises", "submitted_at")
        return asked if obj is None else (*asked, *shown)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        obligation = form.cleaned_data.pop("obligation")
        if not may_report(request.user, obligation):
            raise Refused(
                _("Nobody reports for this yet: name its focal point first."), "obligation"
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
    """A finding is prepared here; somebody else approves it on its page in the product."""

    list_display = (
        *("obligation", "number", "occurred_on", "level", "body", "method", "author"),
        *("approved_at", "released_at"),
    )
    list_filter = (("obligation__commitment__process", RELATED_ONLY), "level", "method")
    list_select_related = (
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("body", "author", "approved_by", "expected__obligation__commitment"),
    )
    search_fields = (
        *("=obligation__commitment__number", "obligation__commitment__title"),
        *("found", "body__code", "author__name"),
    )
    date_hierarchy = "occurred_on"
    autocomplete_fields = ("obligation", "body", "expected")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = (
            *("obligation", "expected", "body", "level", "found", "article", "method", "proof"),
            *("confidence", "occurred_on", "learned_on"),
        )
        shown = (
            *("number", "version", "author", "recorded_at", "approved_by", "approved_at"),
            "released_at",
        )
        return asked if obj is None else (*asked, *shown)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = prepare_verification(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)
