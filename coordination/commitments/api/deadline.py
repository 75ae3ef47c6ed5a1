"""When a commitment is due: as the agreement says, as parties read it, and as it was extended."""

from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from coordination.base.api import NamedSerializer

from ..models import Deadline, DeadlineTerm, Extension, Reading
from .common import DUE_AT, DUE_ON, LOCAL, UTC_MOMENT, CommitmentPartSerializer


class AnchorPartSerializer(serializers.Serializer):
    """An anchor event of the process."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()


class DeadlineTermSerializer(serializers.ModelSerializer):
    """One calendar date or moment, or one offset from something: exactly one of `on`, `anchor`,
    `after_commitment` and `from_opening` is given."""

    anchor = AnchorPartSerializer(allow_null=True, help_text="Counted from this event.")
    after_commitment = CommitmentPartSerializer(
        allow_null=True, help_text="Counted from the completion of this commitment."
    )

    class Meta:
        model = DeadlineTerm
        fields = (
            *("purpose", "on", "at", "anchor", "after_commitment", "from_opening", "amount"),
            *("unit", "direction"),
        )
        extra_kwargs = {
            "purpose": {
                "help_text": "What the date is for: due, not_before, latest; or start and end of "
                "what is kept up."
            },
            "on": {"help_text": LOCAL},
            "at": {"help_text": "UTC; the moment, where one is given beside the day."},
            "from_opening": {"help_text": "Counted from each time that it is triggered."},
            "unit": {
                "help_text": "Hours are elapsed hours; days and longer ones are counted on the "
                "calendar of the process's time zone."
            },
        }


class ReadingSerializer(serializers.ModelSerializer):
    """How one party reads the deadline."""

    party = NamedSerializer()
    terms = DeadlineTermSerializer(many=True)

    class Meta:
        model = Reading
        fields = (
            *("id", "party", "rule", "terms", "due_on", "due_at", "in_force", "decided_by"),
            *("argument", "source"),
        )
        extra_kwargs = {
            "due_on": {"help_text": DUE_ON},
            "due_at": {"help_text": DUE_AT},
            "in_force": {"help_text": "At most one is; else the agreement's own terms are."},
            "decided_by": {"help_text": "Who put it in force, and where."},
            "argument": {"help_text": "Why the party reads it so."},
        }


class ExtensionSerializer(serializers.ModelSerializer):
    """A change of the date in force that was agreed on: to a day or moment, or by a time."""

    class Meta:
        model = Extension
        fields = (
            *("id", "expected", "on", "at", "amount", "unit", "agreed_by", "agreed_on"),
            *("source", "reason", "recorded_at"),
        )
        extra_kwargs = {
            "expected": {"help_text": "Id of the expected occurrence that it concerns, or null."},
            "on": {"help_text": "The new day; null where it is prolonged by a time."},
            "at": {"help_text": "The new moment, UTC; null where only a day was agreed on."},
            "amount": {"help_text": "By how many units it is prolonged; null with a day."},
            "recorded_at": UTC_MOMENT,
        }


class DeadlineSerializer(serializers.ModelSerializer):
    terms = DeadlineTermSerializer(
        source="own_terms", many=True, help_text="As the agreement says."
    )
    readings = ReadingSerializer(many=True, help_text="Where parties read it differently.")
    extensions = ExtensionSerializer(many=True, help_text="Oldest first.")

    class Meta:
        model = Deadline
        fields = (
            *("rule", "precision", "wording", "extendable", "original_on", "original_at"),
            *("due_on", "due_at", "latest_on", "starts_on", "starts_at", "ends_on"),
            *("is_projected", "terms", "readings", "extensions"),
        )
        extra_kwargs = {
            "rule": {"help_text": "Which of several terms decides."},
            "wording": {"help_text": "As the agreement has it."},
            "extendable": {"help_text": "False where the agreement rules an extension out."},
            "original_on": {"help_text": "As the agreement says, before extensions."},
            "original_at": {"help_text": "The same as a moment, UTC."},
            "due_on": {"help_text": f"In force. {DUE_ON}"},
            "due_at": {"help_text": DUE_AT},
            "latest_on": {"help_text": "Latest day that is permitted."},
            "starts_on": {"help_text": "Of what is kept up, its first day."},
            "starts_at": {"help_text": "The moment, where one is agreed on; UTC."},
            "ends_on": {"help_text": "Of what is kept up, its last day."},
            "is_projected": {
                "help_text": "Counted from something that is planned and has not happened."
            },
        }


def deadlines() -> list[Any]:
    """What is fetched with commitments for their deadlines."""
    terms = DeadlineTerm.objects.select_related("anchor", "after_commitment").order_by("pk")
    readings = Reading.objects.select_related("party").prefetch_related(Prefetch("terms", terms))
    return [
        Prefetch("deadline__terms", terms.filter(reading=None), to_attr="own_terms"),
        Prefetch("deadline__readings", readings),
        Prefetch("deadline__extensions", Extension.objects.order_by("agreed_on", "pk")),
    ]
