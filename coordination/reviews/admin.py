import uuid
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin, ReadOnlyInline
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, lock
from coordination.processes.admin_base import AddedOnlyAdmin, RecordAdmin, adopt, process_of
from coordination.processes.admin_forms import RecordForm

from .actions import (
    Presence,
    mark_attendance,
    record_decision,
    record_finding,
    record_outcome,
)
from .models import (
    AgendaItem,
    AgendaRules,
    Attendance,
    Ballot,
    Dispatch,
    Dispute,
    DisputeStage,
    Minutes,
    MinutesComment,
    MinutesSection,
    Outcome,
    Proposal,
    Reply,
    Report,
    ReportFile,
    ReportSection,
    Review,
    ReviewSeries,
    StandingItem,
)

#: What is typed without a scheme is meant as https.
SAFE_LINKS: Any = {models.URLField: {"assume_scheme": "https"}}


@admin.register(ReviewSeries)
class ReviewSeriesAdmin(RecordAdmin):
    list_display = ("name", "body", "rule", "starts_on", "clock", "place", "ends_on")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY))
    list_select_related = ("body__process",)
    search_fields = ("name", "body__code", "body__name", "place")
    autocomplete_fields = ("body",)
    formfield_overrides = SAFE_LINKS
    fields = (
        *("body", "name", "rule", "starts_on", "ends_on"),
        *("clock", "lasts_minutes", "place", "video_link"),
    )


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
        if series and self.instance.series_day is None:
            self.instance.series_day = self.instance.held_on
        return data


@admin.register(Review)
class ReviewAdmin(RecordAdmin):
    """When and where; a meeting is opened, run and closed on its own page, not here."""

    form = ReviewForm
    formfield_overrides = SAFE_LINKS
    computed = ("held_on", "series_day")
    list_display = ("body", "number", "held_on", "starts_at", "place", "state", "series")
    list_display_links = ("body", "number")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "state")
    list_select_related = ("body__process", "series__body")
    search_fields = ("body__code", "body__name", "place", "=number")
    date_hierarchy = "held_on"
    autocomplete_fields = ("body", "series")
    inlines = (AgendaItemInline, AttendanceInline)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("body", "series", "starts_at", "lasts_minutes", "place", "video_link")
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
            recorded: Any = record_outcome
            if data["kind"] == Outcome.Kind.DECISION:
                del data["kind"]
                recorded = record_decision
            made, _new = recorded(**data)
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
            presences={asked["seat"].pk: Presence(asked["presence"], asked["person"])},
            origin=Origin.ADMIN,
        )
        adopt(form.instance, Attendance.objects.get(review=asked["review"], seat=asked["seat"]))


@admin.register(Ballot)
class BallotAdmin(ReadOnlyAdmin):
    list_display = ("outcome", "seat", "person", "vote", "words")
    list_filter = (("outcome__item__review__body__process", RELATED_ONLY), "vote")
    list_select_related = ("outcome__item__review__body__process", "seat__body", "person")
    search_fields = ("words", "person__name", "seat__body__code")
    fields = ("outcome", "seat", "person", "vote", "words", "cast_at")


@admin.register(AgendaRules)
class AgendaRulesAdmin(ReadOnlyAdmin):
    list_display = ("body", "ahead_days", "leaves_out")
    list_filter = (("body__process", RELATED_ONLY),)
    list_select_related = ("body__process",)
    search_fields = ("body__code", "body__name")
    fields = ("body", "ahead_days", "leaves_out")


@admin.register(StandingItem)
class StandingItemAdmin(ReadOnlyAdmin):
    list_display = ("body", "title", "at_end", "order")
    list_filter = (("body__process", RELATED_ONLY), "at_end")
    list_select_related = ("body__process",)
    search_fields = ("title", "body__code")
    fields = ("body", "title", "at_end", "order")


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("review", "title", "proposed_by", "proposed_at")
    list_filter = (("review__body__process", RELATED_ONLY),)
    list_select_related = ("review__body__process", "proposed_by")
    search_fields = ("title", "why", "proposed_by__name")
    fields = ("review", "title", "why", "commitment", "proposed_by", "proposed_at")


class DisputeStageInline(ReadOnlyInline):
    model = DisputeStage
    fields = ("number", "who", "asked_at", "until", "ended_at", "result", "words", "recorded_by")
    readonly_fields = ("ended_at", "recorded_by")
    list_select_related = ("recorded_by",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("body", "number", "subject", "state", "clock_at", "raised_by", "raised_at")
    list_display_links = ("number", "subject")
    list_filter = (("body__process", RELATED_ONLY), ("body", RELATED_ONLY), "state")
    list_select_related = ("body__process", "raised_by")
    search_fields = ("subject", "disagreement", "settlement", "body__code")
    fields = (
        *("body", "number", "item", "commitment", "subject", "disagreement", "raised_for"),
        *("raised_by", "raised_at", "state", "clock_at", "ended_at", "settlement"),
    )
    inlines = (DisputeStageInline,)


@admin.register(DisputeStage)
class DisputeStageAdmin(ReadOnlyAdmin):
    list_display = ("dispute", "number", "who", "asked_at", "until", "result")
    list_display_links = ("number", "who")
    list_filter = (("dispute__body__process", RELATED_ONLY), "result")
    list_select_related = ("dispute__body__process",)
    search_fields = ("who", "words", "dispute__subject")
    fields = (
        *("dispute", "number", "step", "who", "seat", "to_body", "to_party", "asked_at", "until"),
        *("ended_at", "result", "words", "recorded_by"),
    )


class ReportSectionInline(ReadOnlyInline):
    model = ReportSection
    fields = readonly_fields = ("part", "version", "edited_by", "edited_at")
    list_select_related = ("edited_by",)


class ReportFileInline(ReadOnlyInline):
    model = ReportFile
    fields = readonly_fields = (
        *("format", "state", "progress", "requested_by", "requested_at", "sha256"),
    )
    list_select_related = ("requested_by",)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("process", "number", "title", "issued_by", "period_until", "approved_at")
    list_display_links = ("number", "title")
    list_filter = (("process", RELATED_ONLY), ("issued_by", RELATED_ONLY), "language")
    list_select_related = ("process", "issued_by")
    search_fields = ("title", "reference", "=number")
    fields = (
        *("process", "body", "issued_by", "number", "reference", "title", "period_from"),
        *("period_until", "language", "created_by", "created_at", "approved_by", "approved_at"),
        "digest",
    )
    inlines = (ReportSectionInline, ReportFileInline)


@admin.register(ReportSection)
class ReportSectionAdmin(ReadOnlyAdmin):
    list_display = ("report", "part", "version", "edited_by", "edited_at")
    list_display_links = ("report", "part")
    list_filter = (("report__process", RELATED_ONLY), "part")
    list_select_related = ("report__process", "edited_by")
    search_fields = ("report__title", "text")
    fields = ("report", "part", "order", "text", "version", "edited_by", "edited_at")


@admin.register(ReportFile)
class ReportFileAdmin(ReadOnlyAdmin):
    list_display = ("report", "format", "state", "progress", "requested_by", "requested_at")
    list_display_links = ("report", "format")
    list_filter = (("report__process", RELATED_ONLY), "format", "state")
    list_select_related = ("report__process", "requested_by")
    search_fields = ("report__title", "sha256")
    fields = (
        *("report", "format", "state", "progress", "error", "lease_until", "file", "sha256"),
        *("size", "requested_by", "requested_at", "made_at"),
    )


class MinutesSectionInline(ReadOnlyInline):
    model = MinutesSection
    fields = ("order", "heading", "item", "version", "edited_by", "edited_at")
    readonly_fields = ("version", "edited_by", "edited_at")
    list_select_related = ("item__review__body", "edited_by", "minutes__review__body")
    show_change_link = True


@admin.register(Minutes)
class MinutesAdmin(ReadOnlyAdmin):
    """Versions of minutes; they are written and approved on the pages of their review."""

    list_display = ("review", "version", "drafted_at", "comments_until", "approved_by")
    list_display_links = ("review", "version")
    list_filter = (("review__body__process", RELATED_ONLY), ("review__body", RELATED_ONLY))
    list_select_related = ("review__body__process", "approved_by")
    search_fields = ("review__body__code", "review__body__name", "corrects", "digest")
    date_hierarchy = "drafted_at"
    fields = (
        *("review", "version", "corrects", "drafted_by", "drafted_at", "comments_until"),
        *("approved_by", "approved_at", "digest"),
    )
    inlines = (MinutesSectionInline,)


@admin.register(MinutesSection)
class MinutesSectionAdmin(ReadOnlyAdmin):
    list_display = ("minutes", "order", "heading", "version", "edited_by", "edited_at")
    list_display_links = ("order", "heading")
    list_filter = (("minutes__review__body__process", RELATED_ONLY),)
    list_select_related = ("minutes__review__body__process", "edited_by")
    search_fields = ("heading", "text", "minutes__review__body__code")
    fields = ("minutes", "order", "item", "heading", "text", "version", "edited_by", "edited_at")


@admin.register(MinutesComment)
class MinutesCommentAdmin(ReadOnlyAdmin):
    list_display = ("section", "author", "made_at", "answer", "answered_by")
    list_filter = (("section__minutes__review__body__process", RELATED_ONLY),)
    list_select_related = ("section__minutes__review__body__process", "author", "answered_by")
    search_fields = ("text", "answer", "author__name")
    date_hierarchy = "made_at"
    fields = ("section", "author", "made_at", "text", "answer", "answered_by", "answered_at")


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyAdmin):
    """What was sent to whom; addresses and answers stand in the outbox, for coordinators."""

    list_display = ("addressee", "minutes", "report", "message", "made_at")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = (*("process", "message", "minutes__review__body", "report__process"),)
    search_fields = ("addressee", "minutes__review__body__code", "report__title")
    date_hierarchy = "made_at"
    fields = ("process", "minutes", "report", "line", "addressee", "message", "made_at")


@admin.register(Reply)
class ReplyAdmin(ReadOnlyAdmin):
    list_display = ("review", "person", "answer", "words", "at")
    list_filter = (("review__body__process", RELATED_ONLY), "answer")
    list_select_related = ("review__body__process", "person")
    search_fields = ("person__name", "words", "review__body__code")
    date_hierarchy = "at"
    fields = ("review", "person", "answer", "words", "at")
