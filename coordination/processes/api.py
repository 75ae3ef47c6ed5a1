from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from coordination.base.api import NamedSerializer, ScopedViewSet, TrueOrFalseFilter

from .api_days import AS_OF, AsOf, AsOfFilter
from .models import Affiliation, AnchorDate, AnchorEvent, Party, Process

ENDED_ON = "The first day on which it is no longer so; null while it is."


class ProcessSerializer(serializers.ModelSerializer):
    class Meta:
        model = Process
        fields = ("slug", "name", "short_name", "summary", "time_zone", "marking", "rebased_days")
        extra_kwargs = {
            "slug": {"help_text": "Short address; the value of the `process` filters."},
            "time_zone": {"help_text": "IANA name; decides when a day of the process ends."},
            "rebased_days": {
                "help_text": "Days by which all dates of a historical process were shifted; else 0."
            },
        }


class ProcessViewSet(ScopedViewSet):
    """The processes of which you are a member now."""

    queryset = Process.objects.all()
    serializer_class = ProcessSerializer
    lookup_field = "slug"


class AffiliationSerializer(serializers.ModelSerializer):
    """Of whom a party is part, or for whom it acts."""

    other = NamedSerializer(help_text="The party that it is part of or acts for.")

    class Meta:
        model = Affiliation
        fields = ("kind", "other", "started_on", "ended_on", "source")
        extra_kwargs = {
            "started_on": {"help_text": "Null where it was always so."},
            "ended_on": {"help_text": ENDED_ON},
        }


class PartySerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    affiliations = AffiliationSerializer(
        source="affiliations_of_day",
        many=True,
        help_text="Those in force on the day: without those that have ended or are yet to begin.",
    )

    class Meta:
        model = Party
        fields = (
            *("id", "process", "code", "name", "kind", "part"),
            *("signatory", "joined_on", "left_on", "affiliations"),
        )
        extra_kwargs = {"part": {"help_text": "What it takes part in the process as."}}


class PartyFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    kind = filters.ChoiceFilter(choices=Party.Kind.choices)
    as_of = AsOfFilter()

    class Meta:
        model = Party
        fields = ("process", "kind", "as_of")


@extend_schema(parameters=[AS_OF])
class PartyViewSet(AsOf):
    """States, organisations and groups, each as it takes part in one process; parties that have
    left are there too. `as_of` says of which day their affiliations are.
    """

    queryset = Party.objects.select_related("process")
    serializer_class = PartySerializer
    filterset_class = PartyFilter

    def get_queryset(self) -> Any:
        ties = Affiliation.objects.filter(self.days.held("party__process"))
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch(
                    "affiliations", ties.select_related("other"), to_attr="affiliations_of_day"
                )
            )
        )


class AnchorDateSerializer(serializers.ModelSerializer):
    """One date that an anchor event was given, and who decided it."""

    class Meta:
        model = AnchorDate
        fields = ("status", "on", "at", "decided_by", "decided_on", "recorded_at")
        extra_kwargs = {
            "at": {"help_text": "UTC; null where only the day is known."},
            "recorded_at": {"help_text": "UTC."},
        }


class AnchorSerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    dates = AnchorDateSerializer(many=True, help_text="Every date that it was given, in order.")

    class Meta:
        model = AnchorEvent
        fields = (
            *("id", "process", "key", "name", "is_day_zero", "on", "at", "has_happened"),
            "dates",
        )
        extra_kwargs = {
            "is_day_zero": {"help_text": "D+n counts from it."},
            "on": {"help_text": "The day in force, in the process's time zone; null without one."},
            "at": {"help_text": "The moment in force, UTC; null where only the day is known."},
        }


class AnchorFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    has_happened = TrueOrFalseFilter(label="Whether it has happened.")

    class Meta:
        model = AnchorEvent
        fields = ("process", "has_happened")


class AnchorViewSet(ScopedViewSet):
    """The moments that deadlines count from, with every date that they were given."""

    queryset = AnchorEvent.objects.select_related("process").prefetch_related("dates")
    serializer_class = AnchorSerializer
    filterset_class = AnchorFilter
