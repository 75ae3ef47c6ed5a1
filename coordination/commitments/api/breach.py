"""Alleged breaches, with the steps that each has gone."""

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet

from ..models import Breach, BreachStep
from .common import LOCAL, UTC_MOMENT, obligation_code, process_filter


class BreachStepSerializer(serializers.ModelSerializer):
    """One step, with the clock that it set."""

    author = PersonSerializer()

    class Meta:
        model = BreachStep
        fields = (
            *("number", "state", "on", "words", "dispute_step", "who", "clock_at", "author"),
            "recorded_at",
        )
        extra_kwargs = {
            "on": {"help_text": LOCAL},
            "dispute_step": {"help_text": "Id of the step of the body's protocol, or null."},
            "who": {"help_text": "Who is asked, as the protocol had it then."},
            "clock_at": {"help_text": "Until when the next step is due, UTC; null without."},
            "recorded_at": UTC_MOMENT,
        }


class BreachSerializer(serializers.ModelSerializer):
    """An alleged breach of one obligation, from the allegation to its end."""

    commitment_code = obligation_code()
    alleged_by = NamedSerializer(
        allow_null=True, help_text="The party; null where a body or a coordinator raised it."
    )
    entered_by = PersonSerializer()
    steps = BreachStepSerializer(many=True, help_text="Oldest first.")

    class Meta:
        model = Breach
        fields = (
            *("id", "obligation", "commitment_code", "number", "what", "article", "alleged_by"),
            *("occurred_on", "learned_on", "state", "clock_at", "dispute_step", "entered_by"),
            *("entered_at", "steps"),
        )
        extra_kwargs = {
            "article": {"help_text": "The article that it would break."},
            "occurred_on": {"help_text": f"Null where it is not known. {LOCAL}"},
            "learned_on": {"help_text": LOCAL},
            "state": {
                "help_text": "From “confirmed” on, other than “cured”, its obligation is in breach."
            },
            "clock_at": {"help_text": "Until when the next step is due, UTC; null without."},
            "dispute_step": {"help_text": "Which of the body's dispute steps it has reached."},
            "entered_at": UTC_MOMENT,
        }


class BreachFilter(filters.FilterSet):
    process = process_filter("obligation__commitment__process")
    obligation = IdFilter("obligation", "Id of the obligation.")
    state = filters.ChoiceFilter(choices=Breach.State.choices)

    class Meta:
        model = Breach
        fields = ("process", "obligation", "state")


class BreachViewSet(ScopedViewSet):
    """What is alleged against owners, and what came of it."""

    queryset = (
        Breach.objects.filter(obligation__withdrawn_at=None)
        .select_related("obligation__commitment", "alleged_by", "entered_by")
        .prefetch_related(Prefetch("steps", BreachStep.objects.select_related("author")))
    )
    serializer_class = BreachSerializer
    filterset_class = BreachFilter
