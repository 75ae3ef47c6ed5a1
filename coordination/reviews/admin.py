import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, lock
from coordination.processes.admin_base import AddedOnlyAdmin, RecordAdmin, adopt, process_of
from coordination.processes.admin_forms import RecordForm

from .actions import mark_attendance, record_finding, record_outcome
from .models import AgendaItem, Attendance, Outcome, Review, ReviewSeries


@admin.register(ReviewSeries)
class ReviewSeriesAdmin(RecordAdmin):
    list_display = ("name", "body", "rule", "starts_on", "clock", "place", "ends_on")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY))
    list_select_related = ("body__process",)
    search_fields = ("name", "body__code", "body__name", "place")
    autocomplete_fields = ("body",)
    fields = ("body", "name", "rule", "starts_on", "clock", "place", "ends_on")


class AgendaItemInline(ReadOnlyInline):
    model = AgendaItem
    fields = ("order", "title", "commitment", "reason")
    list_select_related = ("commitment",)
    show_change_link = True


class AttendanceInline(ReadOnlyInline):
    model = Attendance
    fields = ("seat", "person", "presence")
    list_select_related = ("seat__body", "person")


class ReviewForm(RecordForm):
    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        body = data.get("body")
        if body and (starts_at := data.get("starts_at")):
            self.instance.held_on = starts_at.astimezone(process_of(body).zone).date()
        series = data.get("series")
        if body and series and series.body_id != body.pk:
            self.add_error("series", "The series belongs to another body.")
        return data


@admin.register(Review)
class ReviewAdmin(RecordAdmin):
    """When and where; a meeting is opened, run and closed on its own page, not here."""

    form = ReviewForm
    computed = ("held_on",)
    list_display = ("body", "number", "held_on", "starts_at", "place", "state", "series")
    list_display_links = ("body", "number")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "state")
    list_select_related = ("body__process", "series__body")
    search_fields = ("body__code", "body__name", "place", "=number")
    date_hierarchy = "held_on"
    autocomplete_fields = ("body", "series")
    inlines = (AgendaItemInline, AttendanceInline)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("body", "series", "starts_at", "place")
        return (*asked, "held_on", "number", "state", "opened_at", "closed_at") if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("held_on", "number", "state", "opened_at", "closed_at") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        planned = obj is None or obj.state == Review.State.PLANNED
        return planned and super().has_change_permission(request, obj)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        body = form.instance.body
        lock(body.process)  # one number at a time
        last = body.reviews.aggregate(last=Max("number"))["last"]
        form.instance.number = (last or 0) + 1
        super().create(request, form, formsets)


class OutcomeInline(ReadOnlyInline):
    model = Outcome
    fields = ("kind", "text", "obligation", "level", "recorded_by", "recorded_at")
    list_select_related = (
        *("recorded_by", "item"),
        *("obligation__commitment", "obligation__party", "obligation__body"),
    )


@admin.register(AgendaItem)
class AgendaItemAdmin(ReadOnlyAdmin):
    list_display = ("review", "order", "title", "commitment", "reason")
    list_display_links = ("order", "title")
    list_filter = (("review__body__process", RELATED_ONLY), ("review__body", RELATED_ONLY))
    list_select_related = ("review__body__process", "commitment")
    search_fields = ("title", "reason", "=commitment__number")
    fields = ("review", "order", "commitment", "title", "reason")
    inlines = (OutcomeInline,)


@admin.register(Outcome)
class OutcomeAdmin(AddedOnlyAdmin):
    """What came of an item, recorded while its review is in session, as on the review's page."""

    list_display = ("item", "kind", "obligation", "level", "recorded_by", "recorded_at")
    list_filter = (
        *(("item__review__body__process", RELATED_ONLY), ("item__review__body", RELATED_ONLY)),
        *("kind", "level"),
    )
    list_select_related = (
        *("item__review__body__process", "recorded_by", "obligation__commitment"),
        *("obligation__party", "obligation__body"),
    )
    search_fields = ("item__title", "text", "=item__commitment__number")
    date_hierarchy = "recorded_at"
    autocomplete_fields = ("item", "obligation")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("item", "kind", "obligation", "level", "text")
        return asked if obj is None else (*asked, "verification", "recorded_by", "recorded_at")

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        data = dict(form.cleaned_data, actor=request.user, origin=Origin.ADMIN)
        data["submission"] = uuid.uuid4()
        if data["kind"] == Outcome.Kind.FINDING:
            del data["kind"]
            if data["obligation"] is None:
                raise Refused(_("Choose whose part of the commitment this is about."), "obligation")
            made, _new = record_finding(**data)
        else:
            if data.pop("obligation") or data.pop("level") is not None:
                raise Refused(_("Only a finding has an obligation and a level."), "kind")
            made, _new = record_outcome(**data)
        adopt(form.instance, made)


@admin.register(Attendance)
class AttendanceAdmin(AddedOnlyAdmin):
    """Who was there; marked on the review's page, or added here while it is in session."""

    list_display = ("review", "seat", "person", "presence")
    list_filter = (
        *(("review__body__process", RELATED_ONLY), ("review__body", RELATED_ONLY), "presence"),
    )
    list_select_related = ("review__body__process", "seat__body", "person")
    search_fields = ("seat__title", "seat__party__code", "person__name", "review__body__code")
    autocomplete_fields = ("review", "seat", "person")
    members = ("person",)
    fields = ("review", "seat", "person", "presence")

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        asked = form.cleaned_data
        mark_attendance(
            actor=request.user,
            review=asked["review"],
            presences={asked["seat"].pk: (asked["presence"], asked["person"])},
            origin=Origin.ADMIN,
        )
        adopt(form.instance, Attendance.objects.get(review=asked["review"], seat=asked["seat"]))
