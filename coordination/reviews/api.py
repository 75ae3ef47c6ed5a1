"""What reviews come to, through the API."""

from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet
from coordination.commitments.api.common import UTC_MOMENT, process_filter

from .disputes import with_stages
from .models import Dispute, DisputeStage


class DisputeStageSerializer(serializers.ModelSerializer):
    """One step that a dispute took, as the protocol had it then."""

    seat: serializers.Field = serializers.StringRelatedField(
        allow_null=True, help_text="The seat that is asked, where it is one."
    )
    to_body: serializers.Field = serializers.SlugRelatedField(
        slug_field="code", read_only=True, allow_null=True, help_text="Code of the body asked."
    )
    to_party: serializers.Field = serializers.SlugRelatedField(
        slug_field="code", read_only=True, allow_null=True, help_text="Code of the party asked."
    )
    recorded_by = PersonSerializer(
        allow_null=True, help_text="Null while it waits, and where its time ran out."
    )

    class Meta:
        model = DisputeStage
        fields = (
            *("number", "who", "seat", "to_body", "to_party", "asked_at", "until", "ended_at"),
            *("result", "words", "recorded_by"),
        )
        extra_kwargs = {
            "asked_at": UTC_MOMENT,
            "until": {"help_text": "Until when an answer is due, UTC."},
            "ended_at": {"help_text": "UTC; null while it waits for its answer."},
            "result": {"help_text": "Empty while it waits for its answer."},
        }


class DisputeSerializer(serializers.ModelSerializer):
    """A disagreement in a body, on its way along the steps of the protocol."""

    body: serializers.Field = serializers.SlugRelatedField(slug_field="code", read_only=True)
    commitment_code = serializers.CharField(
        source="commitment.code", allow_null=True, default=None, read_only=True
    )
    raised_for = NamedSerializer(allow_null=True, help_text="The party; null for no party alone.")
    raised_by = PersonSerializer()
    stages = DisputeStageSerializer(many=True, help_text="In the order in which they were asked.")

    class Meta:
        model = Dispute
        fields = (
            *("id", "number", "body", "commitment_code", "subject", "disagreement", "raised_for"),
            *("raised_by", "raised_at", "state", "clock_at", "ended_at", "settlement", "stages"),
        )
        extra_kwargs = {
            "number": {"help_text": "In its process."},
            "raised_at": UTC_MOMENT,
            "clock_at": {"help_text": "Until when the step that is asked may answer, UTC."},
            "ended_at": {"help_text": "When it was settled, UTC; else null."},
        }


class DisputeFilter(filters.FilterSet):
    process = process_filter("body__process")
    body = IdFilter("body", "Id of the body.")
    state = filters.ChoiceFilter(choices=Dispute.State.choices)

    class Meta:
        model = Dispute
        fields = ("process", "body", "state")


class DisputeViewSet(ScopedViewSet):
    """Disputes with every step that they took."""

    queryset = with_stages(Dispute.objects.all())
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilter
