"""What triggers commitments, and each time that one is expected."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import IdFilter, ScopedViewSet
from coordination.base.sent import DaySent, MomentSent, Sent
from coordination.ledger.actions import Origin
from coordination.processes.access import is_coordinator

from ..actions.triggers import record_trigger_event
from ..expected import State, state_of
from ..models import ExpectedOccurrence, Trigger, TriggerEvent
from .common import (
    DUE_AT,
    DUE_ON,
    LOCAL,
    NOT_RECORDED,
    UTC_MOMENT,
    LevelField,
    act,
    due_after,
    due_before,
    given,
    obligation_code,
    process_filter,
)


class ExpectedOccurrenceSerializer(serializers.ModelSerializer):
    """One time that an obligation is expected."""

    commitment_code = obligation_code()
    state = serializers.SerializerMethodField(
        help_text="Computed now. expected: not due yet; met, late: done, in time or after; "
        "missing: due and not done; contradicted: reported and found otherwise; called_off: not "
        "expected any more."
    )
    reported_level = LevelField("As last reported for this time.")
    verified_level = LevelField("As last found for this time.")

    class Meta:
        model = ExpectedOccurrence
        fields = (
            *("id", "obligation", "commitment_code", "number", "period_from", "period_to"),
            *("opened_by", "follows", "original_on", "due_on", "due_at", "state"),
            *("reported_level", "reported_at", "done_on", "verified_level", "verified_on"),
            *("called_off_at", "called_off_because"),
        )
        extra_kwargs = {
            "period_from": {"help_text": "First day of its period; null where it has none."},
            "period_to": {"help_text": "The day on which the next period begins."},
            "opened_by": {"help_text": "Id of the event that triggered it, or null."},
            "follows": {"help_text": "Id of the time whose fulfilment triggered it, or null."},
            "original_on": {"help_text": "As it was before extensions."},
            "due_on": {"help_text": DUE_ON},
            "due_at": {"help_text": DUE_AT},
            "reported_at": {"help_text": "When it was first reported as full; UTC."},
            "done_on": {"help_text": f"As its owner says. {LOCAL}"},
            "verified_on": {"help_text": "When it was done, as the verifying body found."},
            "called_off_at": UTC_MOMENT,
        }

    @extend_schema_field(serializers.ChoiceField(choices=State.choices))
    def get_state(self, row: ExpectedOccurrence) -> str:
        return state_of(row).value


class ExpectedOccurrenceFilter(filters.FilterSet):
    process = process_filter("obligation__commitment__process")
    obligation = IdFilter("obligation", "Id of the obligation.")
    due_before = due_before("due_on")
    due_after = due_after("due_on")

    class Meta:
        model = ExpectedOccurrence
        fields = ("process", "obligation", "due_before", "due_after")


class ExpectedOccurrenceViewSet(ScopedViewSet):
    """Each time that something is expected: the periods of what recurs, and the answers to what
    triggers it."""

    queryset = (
        ExpectedOccurrence.objects.filter(obligation__withdrawn_at=None)
        .select_related("obligation__commitment__process")
        .prefetch_related("extensions")
    )
    serializer_class = ExpectedOccurrenceSerializer
    filterset_class = ExpectedOccurrenceFilter


class TriggerEventSerializer(serializers.ModelSerializer):
    """One time that a trigger happened."""

    class Meta:
        model = TriggerEvent
        fields = ("id", "number", "on", "at", "what", "source", "recorded_at")
        extra_kwargs = {
            "on": {"help_text": LOCAL},
            "at": {"help_text": "UTC; null where only the day is known."},
            "recorded_at": UTC_MOMENT,
        }


class TriggerSerializer(serializers.ModelSerializer):
    """Something that may happen many times, and that commitments answer each time."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    events = TriggerEventSerializer(many=True, help_text="Oldest first, without withdrawn ones.")

    class Meta:
        model = Trigger
        fields = ("id", "process", "key", "name", "description", "events")
        extra_kwargs = {"key": {"help_text": "Unique in its process."}}


class NewTriggerEventSerializer(Sent):
    """That a trigger happened."""

    what = serializers.CharField(max_length=240, help_text="What happened.")
    on = DaySent(help_text=f"When it happened. {LOCAL}")
    at = MomentSent(
        allow_null=True,
        default=None,
        help_text="The moment, with its offset, where hours count; it decides the day.",
    )
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=160, allow_blank=True, default="", help_text="Where it is written, or who says."
    )


class TriggerFilter(filters.FilterSet):
    process = process_filter("process")

    class Meta:
        model = Trigger
        fields = ("process",)


class TriggerViewSet(ScopedViewSet):
    """What triggers commitments, with each time that it happened."""

    queryset = Trigger.objects.select_related("process").prefetch_related("events")
    serializer_class = TriggerSerializer
    filterset_class = TriggerFilter

    @extend_schema(
        request=NewTriggerEventSerializer,
        responses={
            201: TriggerEventSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You do not coordinate the process."),
        },
        description="Record that it happened: everybody whom it obliges is expected to answer.",
    )
    @action(detail=True, methods=["post"])
    def events(self, request: Request, pk: str) -> Response:
        trigger = self.get_object()
        if not is_coordinator(request.user, trigger.process):
            raise PermissionDenied("Only coordinators record what triggers commitments.")
        said: dict[str, Any] = given(NewTriggerEventSerializer, request)
        event = act(
            record_trigger_event, actor=request.user, trigger=trigger, origin=Origin.API, **said
        )
        return Response(TriggerEventSerializer(event).data, status=status.HTTP_201_CREATED)
