from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import ScopedViewSet

from .models import Party, Process


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


class PartySerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )

    class Meta:
        model = Party
        fields = (
            *("id", "process", "code", "name", "kind", "part"),
            *("signatory", "joined_on", "left_on"),
        )
        extra_kwargs = {"part": {"help_text": "What it takes part in the process as."}}


class PartyFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    kind = filters.ChoiceFilter(choices=Party.Kind.choices)

    class Meta:
        model = Party
        fields = ("process", "kind")


class PartyViewSet(ScopedViewSet):
    """States, organisations and groups, each as it takes part in one process."""

    queryset = Party.objects.select_related("process")
    serializer_class = PartySerializer
    filterset_class = PartyFilter
