"""Flags: disputed, suspended, at risk."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import IdFilter, PersonSerializer, ScopedViewSet, TrueOrFalseFilter
from coordination.base.sent import Sent
from coordination.ledger.actions import Origin

from ..actions.flags import lift_flag
from ..flag_access import flaggable
from ..models import Commitment, Flag, Obligation
from .common import (
    NOT_RECORDED,
    UTC_MOMENT,
    IdField,
    act,
    given,
    obligation_code,
    process_filter,
)


class FlagPartSerializer(serializers.ModelSerializer):
    """What is said of a commitment beside its levels."""

    author = PersonSerializer()

    class Meta:
        model = Flag
        fields: tuple[str, ...] = ("id", "kind", "obligation", "reason", "author", "raised_at")
        extra_kwargs = {
            "obligation": {"help_text": "Id of the one that it is about; null for all of them."},
            "raised_at": UTC_MOMENT,
        }


class FlagSerializer(FlagPartSerializer):
    commitment_code = obligation_code("commitment.code")
    lifted_by = PersonSerializer(allow_null=True)

    class Meta(FlagPartSerializer.Meta):
        fields = (
            *("commitment", "commitment_code", *FlagPartSerializer.Meta.fields),
            *("lifted_at", "lifted_by", "lifted_because"),
        )
        extra_kwargs = {
            **FlagPartSerializer.Meta.extra_kwargs,
            "lifted_at": {"help_text": "UTC; null while it stands."},
        }


class NewFlagSerializer(Sent):
    """What is flagged, and why."""

    kind = serializers.ChoiceField(
        choices=Flag.Kind.choices,
        help_text="While something is suspended nobody is asked and nothing is late.",
    )
    reason = serializers.CharField(max_length=500, help_text="Every member reads it.")
    obligation = IdField(
        allow_null=True,
        default=None,
        help_text="Id of the one that it is about; without it, all who owe the commitment.",
    )


class LiftSerializer(Sent):
    because = serializers.CharField(max_length=500, help_text="Why it no longer holds.")


class FlagFilter(filters.FilterSet):
    process = process_filter("commitment__process")
    commitment = IdFilter("commitment", "Id of the commitment.")
    kind = filters.ChoiceFilter(choices=Flag.Kind.choices)
    lifted = TrueOrFalseFilter(
        "lifted_at", "isnull", exclude=True, label="Whether it was lifted, or still stands."
    )

    class Meta:
        model = Flag
        fields = ("process", "commitment", "kind", "lifted")


def owed_under(commitment: Commitment) -> list[Obligation]:
    rows = Obligation.objects.filter(commitment=commitment).order_by("pk")
    return list(rows.select_related("party", "body", "focal_point"))


class FlagViewSet(ScopedViewSet):
    """Flags that were raised on commitments, those that were lifted too."""

    queryset = Flag.objects.filter(commitment__withdrawn_at=None).select_related(
        *("commitment__process", "commitment__lead_body", "author", "lifted_by"),
        *("obligation__party", "obligation__body"),
    )
    serializer_class = FlagSerializer
    filterset_class = FlagFilter

    @extend_schema(
        request=LiftSerializer,
        responses={
            200: FlagSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You may not flag this."),
        },
        description="Take a flag down, with the reason; it stays in the record.",
    )
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        flag = self.get_object()
        commitment = flag.commitment
        if not flaggable(request.user, commitment, owed_under(commitment)).has(flag):
            raise PermissionDenied("Who may raise it may lift it.")
        act(
            lift_flag,
            actor=request.user,
            flag=flag,
            origin=Origin.API,
            **given(LiftSerializer, request),
        )
        return Response(FlagSerializer(self.get_queryset().get(pk=pk)).data)
