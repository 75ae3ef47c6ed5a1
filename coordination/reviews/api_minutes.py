"""Minutes, what came of the items of meetings, and to whom minutes and reports were sent."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet
from coordination.commitments.api.common import LEVEL, LOCAL, UTC_MOMENT, process_filter
from coordination.processes.access import is_coordinator

from .models import Ballot, Dispatch, Minutes, MinutesSection, Outcome


class MinutesSectionSerializer(serializers.ModelSerializer):
    """A part of the minutes in words; outcomes are resources of their own."""

    item = serializers.IntegerField(
        source="item.order", allow_null=True, default=None, help_text="Null at beginning and end."
    )

    class Meta:
        model = MinutesSection
        fields = ("order", "item", "heading", "text")


class MinutesSerializer(serializers.ModelSerializer):
    """One version of the minutes of a meeting."""

    body: serializers.Field = serializers.SlugRelatedField(
        source="review.body", slug_field="code", read_only=True
    )
    number = serializers.IntegerField(source="review.number", help_text="Of the review.")
    held_on = serializers.DateField(source="review.held_on", help_text=LOCAL)
    approved_by = PersonSerializer(allow_null=True)
    sections = MinutesSectionSerializer(many=True, help_text="As they stand now, of a draft.")
    content = serializers.JSONField(
        help_text="All that was approved, outcomes and votes included; empty of a draft."
    )

    class Meta:
        model = Minutes
        fields = (
            *("id", "review", "body", "number", "held_on", "version", "corrects", "drafted_at"),
            *("comments_until", "approved_by", "approved_at", "digest", "sections", "content"),
        )
        extra_kwargs = {
            "corrects": {"help_text": "Of a later version: what was wrong, and how it was."},
            "drafted_at": UTC_MOMENT,
            "comments_until": {"help_text": "UTC; null where no comments were asked for."},
            "approved_at": {"help_text": "UTC; null of a draft."},
            "digest": {
                "help_text": "SHA-256 of the canonical JSON of `content`, as in the ledger."
            },
        }


class MinutesFilter(filters.FilterSet):
    process = process_filter("review__body__process")
    body = IdFilter("review__body", "Id of the body.")
    review = IdFilter("review", "Id of the review.")

    class Meta:
        model = Minutes
        fields = ("process", "body", "review")


class MinutesViewSet(ScopedViewSet):
    """Every version of the minutes of meetings; the last approved one of a meeting holds."""

    queryset = (
        Minutes.objects.select_related("review__body", "approved_by")
        .prefetch_related("sections__item")
        .order_by("pk")
    )
    serializer_class = MinutesSerializer
    filterset_class = MinutesFilter


class BallotSerializer(serializers.ModelSerializer):
    """How a seat voted, or what it objected to."""

    seat: serializers.Field = serializers.StringRelatedField()
    person = PersonSerializer(allow_null=True)

    class Meta:
        model = Ballot
        fields = ("seat", "person", "vote", "words")


class OutcomeSerializer(serializers.ModelSerializer):
    """How an item of a meeting ended."""

    review = serializers.IntegerField(source="item.review_id", help_text="Id of the review.")
    item = serializers.IntegerField(source="item.order", help_text="Its place on the agenda.")
    title = serializers.CharField(source="item.title", help_text="Of the item.")
    owed_by = serializers.SerializerMethodField(help_text="Of a finding; else null.")
    commitment_code = serializers.CharField(
        source="commitment.code",
        allow_null=True,
        default=None,
        help_text="What an action became, as in “C-14”; else null.",
    )
    rule = serializers.CharField(
        help_text="By which a decision was taken, as in “consensus”; empty where none is entered."
    )
    recorded_by = PersonSerializer()
    votes = BallotSerializer(source="ballots", many=True)

    class Meta:
        model = Outcome
        fields = (
            *("id", "review", "item", "title", "kind", "text", "obligation", "owed_by", "level"),
            *("commitment_code", "rule", "carried", "how", "silence_until", "votes"),
            *("recorded_by", "recorded_at"),
        )
        extra_kwargs = {
            "obligation": {"help_text": "Id, of a finding; else null."},
            "level": {"help_text": LEVEL},
            "carried": {"help_text": "Null while a silence procedure runs, and of no decision."},
            "how": {"help_text": "How it was counted, in words."},
            "silence_until": {"help_text": "UTC; null without a silence procedure."},
            "recorded_at": UTC_MOMENT,
        }

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_owed_by(self, outcome: Outcome) -> Any:
        return NamedSerializer(outcome.obligation.owner).data if outcome.obligation else None


class OutcomeFilter(filters.FilterSet):
    process = process_filter("item__review__body__process")
    body = IdFilter("item__review__body", "Id of the body.")
    review = IdFilter("item__review", "Id of the review.")
    kind = filters.ChoiceFilter(choices=Outcome.Kind.choices)

    class Meta:
        model = Outcome
        fields = ("process", "body", "review", "kind")


class OutcomeViewSet(ScopedViewSet):
    """What came of the items of meetings; without what was taken back."""

    queryset = (
        Outcome.objects.all()
        .select_related("item", "obligation__party", "obligation__body", "commitment")
        .select_related("recorded_by")
        .prefetch_related("ballots__seat__body", "ballots__person")
        .order_by("pk")
    )
    serializer_class = OutcomeSerializer
    filterset_class = OutcomeFilter


class DispatchSerializer(serializers.ModelSerializer):
    """That minutes or a report were sent to one addressee."""

    address = serializers.SerializerMethodField(
        help_text="For coordinators of its process; else empty."
    )
    state = serializers.CharField(
        source="message.state",
        allow_null=True,
        default=None,
        help_text="Of the mail, as in “sent” or “failed”; null where no address is known.",
    )
    finished_at = serializers.DateTimeField(
        source="message.finished_at",
        allow_null=True,
        default=None,
        help_text="When a server took the mail or refused it, UTC; null until then.",
    )

    class Meta:
        model = Dispatch
        fields = (
            *("id", "minutes", "report", "addressee", "address", "made_at", "state"),
            "finished_at",
        )
        extra_kwargs = {
            "minutes": {"help_text": "Id of the minutes, or null."},
            "report": {"help_text": "Id of the report, or null."},
            "made_at": UTC_MOMENT,
        }

    def get_address(self, dispatch: Dispatch) -> str:
        reads = is_coordinator(self.context["request"].user, dispatch.process)
        return dispatch.address if reads else ""


class DispatchFilter(filters.FilterSet):
    process = process_filter("process")
    minutes = IdFilter("minutes", "Id of the minutes.")
    report = IdFilter("report", "Id of the report.")

    class Meta:
        model = Dispatch
        fields = ("process", "minutes", "report")


class DispatchViewSet(ScopedViewSet):
    """The proof of dispatch of minutes and reports."""

    queryset = (
        Dispatch.objects.select_related("process", "message")
        .defer("message__body_text", "message__body_html", "message__calendar")
        .order_by("pk")
    )
    serializer_class = DispatchSerializer
    filterset_class = DispatchFilter
