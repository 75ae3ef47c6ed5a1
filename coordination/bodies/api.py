from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coordination.base.api import PersonSerializer, ScopedViewSet
from coordination.processes.models import Track

from .models import Body, Seat, Term


class TermSerializer(serializers.ModelSerializer):
    """Who holds a seat today, in the process's time zone."""

    holder = PersonSerializer()
    alternate = PersonSerializer(allow_null=True)

    class Meta:
        model = Term
        fields = ("holder", "alternate", "starts_on", "ends_on")


class SeatSerializer(serializers.ModelSerializer):
    party: serializers.Field = serializers.SlugRelatedField(
        slug_field="code", read_only=True, help_text="Code of the party that it is held for."
    )
    terms = serializers.SerializerMethodField(
        help_text="Who holds it today; empty when it is vacant."
    )

    class Meta:
        model = Seat
        fields = ("id", "number", "role", "title", "authority", "party", "group", "vote", "terms")

    @extend_schema_field(TermSerializer(many=True))
    def get_terms(self, seat: Seat) -> Any:
        return TermSerializer(seat.terms_today, many=True).data


class BodySerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    seats = SeatSerializer(many=True, read_only=True)

    class Meta:
        model = Body
        fields = (
            *("id", "process", "code", "name", "track", "legal_basis", "mandate"),
            *("authority", "composition", "established_on", "ended_on", "seats"),
        )


class BodyFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    track = filters.ChoiceFilter(choices=Track.choices)

    class Meta:
        model = Body
        fields = ("process", "track")


class BodyViewSet(ScopedViewSet):
    """Boards, commissions, missions and groups, with their seats and who holds them today."""

    queryset = Body.objects.select_related("process")
    serializer_class = BodySerializer
    filterset_class = BodyFilter

    def get_queryset(self) -> Any:
        seats = Seat.objects.select_related("party").with_late_terms().order_by("number")
        return super().get_queryset().prefetch_related(Prefetch("seats", seats))
