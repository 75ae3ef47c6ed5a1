"""Numbers that agreements set, and what was measured against them."""

from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.db.models.lookups import IsNull
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet
from coordination.base.sent import DaySent, Sent
from coordination.ledger.actions import Origin

from ..actions.measures import record_measurement
from ..flag_access import sides
from ..models import Bound, Measurement
from .common import (
    LOCAL,
    NOT_RECORDED,
    UTC_MOMENT,
    IdField,
    act,
    among,
    given,
    obligation_code,
    process_filter,
)
from .flag import owed_under


class ValueSerializer(serializers.Serializer):
    """A number on a day."""

    value = serializers.DecimalField(max_digits=14, decimal_places=2)
    on = serializers.DateField(help_text=LOCAL)
    within = serializers.BooleanField(help_text="Whether the bound allows it.")


class BoundSerializer(serializers.ModelSerializer):
    """A number that something may not pass, or has to reach."""

    last_reported = serializers.SerializerMethodField(help_text="As an owner last reported it.")
    last_measured = serializers.SerializerMethodField(
        help_text="As the verifying body last measured it."
    )

    class Meta:
        model = Bound
        fields = (
            *("id", "obligation", "comparison", "value", "of_what", "last_reported"),
            "last_measured",
        )
        extra_kwargs = {
            "obligation": {"help_text": "Id of the one that it binds; null for all together."},
            "of_what": {"help_text": "The unit, as in “personnel” or “km”."},
        }

    @extend_schema_field(ValueSerializer(allow_null=True))
    def get_last_reported(self, bound: Bound) -> Any:
        return self._last(bound, by_verifier=False)

    @extend_schema_field(ValueSerializer(allow_null=True))
    def get_last_measured(self, bound: Bound) -> Any:
        return self._last(bound, by_verifier=True)

    def _last(self, bound: Bound, *, by_verifier: bool) -> Any:
        rows: Any = bound.last_values  # type: ignore[attr-defined]
        row = next((one for one in rows if (one.body_id is not None) == by_verifier), None)
        if row is None:
            return None
        said = {"value": row.value, "on": row.on, "within": bound.allows(row.value)}
        return ValueSerializer(said).data


def last_values() -> QuerySet[Measurement]:
    """The last number of either side against each bound, however many there are."""
    newest = Window(
        RowNumber(),
        partition_by=[F("bound"), IsNull(F("body"), True)],
        order_by=[F("on").desc(), F("pk").desc()],
    )
    return Measurement.objects.annotate(place=newest).filter(place=1).order_by("pk")


class MeasurementSerializer(serializers.ModelSerializer):
    """A number on a day, as an owner reports it or as the verifying body measured it."""

    commitment = serializers.IntegerField(source="bound.commitment_id")
    commitment_code = obligation_code("bound.commitment.code")
    body = NamedSerializer(
        allow_null=True, help_text="The verifying body; null for what an owner reports."
    )
    within = serializers.SerializerMethodField(help_text="Whether the bound allows it.")
    author = PersonSerializer()

    class Meta:
        model = Measurement
        fields = (
            *("id", "bound", "commitment", "commitment_code", "value", "on", "within", "body"),
            *("source", "author", "recorded_at"),
        )
        extra_kwargs = {
            "value": {"help_text": "In the unit of the bound."},
            "on": {"help_text": f"When it was so. {LOCAL}"},
            "recorded_at": UTC_MOMENT,
        }

    def get_within(self, measurement: Measurement) -> bool:
        return measurement.bound.allows(measurement.value)


class NewMeasurementSerializer(Sent):
    """A number against a bound."""

    bound = IdField(help_text="Id of the bound, as its commitment lists it.")
    value = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, help_text="In the unit of the bound."
    )
    on = DaySent(help_text=f"When it was so. {LOCAL}")
    side = serializers.ChoiceField(
        choices=("reported", "measured"),
        help_text="reported: by who owes it; measured: by the verifying body.",
    )
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=160, allow_blank=True, default="", help_text="Where it is written, or who says."
    )


class MeasurementFilter(filters.FilterSet):
    process = process_filter("bound__commitment__process")
    commitment = IdFilter("bound__commitment", "Id of the commitment.")
    bound = IdFilter("bound", "Id of the bound.")

    class Meta:
        model = Measurement
        fields = ("process", "commitment", "bound")


class MeasurementViewSet(ScopedViewSet):
    """Numbers that were measured, without those that were withdrawn."""

    queryset = Measurement.objects.filter(bound__commitment__withdrawn_at=None).select_related(
        "bound__commitment", "body", "author"
    )
    serializer_class = MeasurementSerializer
    filterset_class = MeasurementFilter
    reports = ("create",)

    @extend_schema(
        request=NewMeasurementSerializer,
        responses={
            201: MeasurementSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You do not speak for that side."),
        },
        description="Record a number: as who reports for an obligation that the bound binds, or as "
        "a member of the verifying body.",
    )
    def create(self, request: Request) -> Response:
        said = given(NewMeasurementSerializer, request)
        bounds = Bound.objects.visible_to(request.user).filter(commitment__withdrawn_at=None)
        bound = among(
            bounds.select_related("commitment__process", "commitment__verifying_body"),
            said.pop("bound"),
            "bound",
        )
        may = sides(request.user, bound, owed_under(bound.commitment))
        measured = said.pop("side") == "measured"
        if not (may.verifies if measured else may.reports):
            raise PermissionDenied("You do not speak for that side.")
        made = act(
            record_measurement,
            actor=request.user,
            bound=bound,
            body=bound.commitment.verifying_body if measured else None,
            origin=Origin.API,
            **said,
        )
        return Response(MeasurementSerializer(made).data, status=status.HTTP_201_CREATED)
