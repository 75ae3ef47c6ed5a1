"""The protocol of a body."""

from django.db.models import Prefetch
from rest_framework import serializers

from ..models import DisputeStep, Protocol, ProtocolSource, QuorumPart, Seat


class ProtocolSourceSerializer(serializers.ModelSerializer):
    """Where the agreement or the rules of procedure say it, and in which words."""

    class Meta:
        model = ProtocolSource
        fields = ("topic", "article", "wording")


class QuorumPartSerializer(serializers.ModelSerializer):
    """A group of seats of which a minimum must be present."""

    class Meta:
        model = QuorumPart
        fields = ("group", "minimum")


class StepSeatSerializer(serializers.ModelSerializer):
    """A seat of this body or of another one."""

    body = serializers.CharField(source="body.code", help_text="Code of its body.")

    class Meta:
        model = Seat
        fields = ("id", "body", "number")


class DisputeStepSerializer(serializers.ModelSerializer):
    """Who is asked when members disagree; at most one of seat, body and party is named."""

    seat = StepSeatSerializer(allow_null=True)
    body: serializers.Field = serializers.SlugRelatedField(
        source="to_body",
        slug_field="code",
        read_only=True,
        allow_null=True,
        help_text="Code of the body, or null.",
    )
    party: serializers.Field = serializers.SlugRelatedField(
        source="to_party",
        slug_field="code",
        read_only=True,
        allow_null=True,
        help_text="Code of the party, or null.",
    )

    class Meta:
        model = DisputeStep
        fields = ("order", "who", "seat", "body", "party", "within_hours")


class ProtocolSerializer(serializers.ModelSerializer):
    """How the body meets, decides and reports."""

    quorum_parts = QuorumPartSerializer(many=True)
    dispute_steps = DisputeStepSerializer(many=True, help_text="In the order in which one asks.")
    sources = ProtocolSourceSerializer(many=True)

    class Meta:
        model = Protocol
        fields = (
            *("meets_times", "meets_per", "convened_by", "agenda_closes_hours", "quorum"),
            *("quorum_share", "quorum_needs_chair", "quorum_parts", "decision_rule", "majority"),
            *("majority_of", "silence_hours", "dispute_steps", "reports_per"),
            *("reporting_duty", "sources"),
        )


def protocols() -> list[str | Prefetch]:
    """What is fetched with bodies for their protocols."""
    steps = DisputeStep.objects.select_related("seat__body", "to_body", "to_party")
    return [
        *("protocol__quorum_parts", "protocol__sources"),
        Prefetch("protocol__dispute_steps", steps),
    ]
