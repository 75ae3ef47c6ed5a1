"""The rhythms of bodies, and their meetings with what those who are invited answered."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import IdFilter, PersonSerializer, ScopedViewSet
from coordination.base.recurrence_words import rule_in_words
from coordination.commitments.api.common import LOCAL, UTC_MOMENT, process_filter

from .models import Reply, Review, ReviewSeries


class ReviewSeriesSerializer(serializers.ModelSerializer):
    """The rhythm in which a body meets."""

    body: serializers.Field = serializers.SlugRelatedField(slug_field="code", read_only=True)
    in_words = serializers.SerializerMethodField(help_text="The rule as a sentence.")
    clock: serializers.Field = serializers.CharField(
        read_only=True, help_text="HH:MM:SS on the clocks of the process's time zone."
    )

    class Meta:
        model = ReviewSeries
        fields = (
            *("id", "body", "name", "rule", "in_words", "starts_on", "ends_on", "clock"),
            *("lasts_minutes", "place", "video_link"),
        )
        extra_kwargs = {
            "rule": {"help_text": "RFC 5545; it counts from `starts_on`."},
            "starts_on": {"help_text": LOCAL},
            "ends_on": {"help_text": "The last day; null for none."},
        }

    def get_in_words(self, series: ReviewSeries) -> str:
        return rule_in_words(series.rule, series.starts_on)


class ReplySerializer(serializers.ModelSerializer):
    """What somebody who is invited answered last."""

    person = PersonSerializer()

    class Meta:
        model = Reply
        fields = ("person", "answer", "words", "at")
        extra_kwargs = {"at": UTC_MOMENT}


class ReviewSerializer(serializers.ModelSerializer):
    """A meeting of a body, planned, in session, past or called off.

    Days of a rhythm that nobody touched yet are none: they follow from the series.
    """

    body: serializers.Field = serializers.SlugRelatedField(slug_field="code", read_only=True)
    replies = ReplySerializer(many=True, help_text="In the order in which they first came.")

    class Meta:
        model = Review
        fields = (
            *("id", "body", "number", "state", "series", "series_day", "held_on", "starts_at"),
            *("lasts_minutes", "place", "video_link", "called_off_because", "opened_at"),
            *("closed_at", "replies"),
        )
        extra_kwargs: dict[str, Any] = {
            "number": {"help_text": "In its body."},
            "series": {"help_text": "Id of its rhythm; null for a meeting outside any."},
            "held_on": {"help_text": LOCAL},
            "starts_at": UTC_MOMENT,
            "opened_at": {"help_text": "UTC; null before."},
            "closed_at": {"help_text": "UTC; null before."},
        }


class ReviewSeriesFilter(filters.FilterSet):
    process = process_filter("body__process")
    body = IdFilter("body", "Id of the body.")

    class Meta:
        model = ReviewSeries
        fields = ("process", "body")


class ReviewFilter(filters.FilterSet):
    process = process_filter("body__process")
    body = IdFilter("body", "Id of the body.")
    state = filters.ChoiceFilter(choices=Review.State.choices)

    class Meta:
        model = Review
        fields = ("process", "body", "state")


class ReviewSeriesViewSet(ScopedViewSet):
    """In what rhythms bodies meet."""

    queryset = ReviewSeries.objects.select_related("body")
    serializer_class = ReviewSeriesSerializer
    filterset_class = ReviewSeriesFilter


class ReviewViewSet(ScopedViewSet):
    """Meetings with the answers of those who are invited."""

    queryset = Review.objects.select_related("body").prefetch_related("replies__person")
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilter
