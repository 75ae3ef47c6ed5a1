"""Who does what: responsibilities with the claims and the letters of a day."""

from typing import Any

from django.db.models import Prefetch, Q
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import Conflict, NamedSerializer, bad_request
from coordination.base.errors import Refused
from coordination.base.sent import LARGEST_ID, Sent
from coordination.ledger.actions import Origin
from coordination.processes.api_days import AS_OF, AsOf, AsOfFilter

from ..access import may_assign, rights
from ..actions.matrix import Cell, ChangedMeanwhile, assign
from ..models import Assignment, Body, Claim, Responsibility, Seat
from ..queries import LETTERS, letters_today
from .body import LASTS

REFUSED = "Who keeps a body says what it and its seats do: you do not keep the body of every cell."
WORDS = "A accountable, R responsible, C consulted, I informed."


class SeatNameSerializer(serializers.ModelSerializer):
    """A seat by its number, which is unique in its body."""

    body = serializers.CharField(source="body.code", help_text="Code of its body.")
    party: serializers.Field = serializers.SlugRelatedField(
        slug_field="code",
        read_only=True,
        allow_null=True,
        help_text="Code of the party that it is held for.",
    )
    name = serializers.CharField(help_text="Its title, else its role.")

    class Meta:
        model = Seat
        fields = ("id", "body", "number", "name", "party")


class AssignmentSerializer(serializers.ModelSerializer):
    """What a seat, or a body as a whole, is for the responsibility; the other is null."""

    seat = SeatNameSerializer(allow_null=True)
    body = NamedSerializer(allow_null=True)

    class Meta:
        model = Assignment
        fields = ("letter", "seat", "body", "started_on", "ended_on")
        extra_kwargs = {"letter": {"help_text": WORDS}, **LASTS}


class ClaimSerializer(serializers.ModelSerializer):
    """A body whose mandate says that the function is its own."""

    body = NamedSerializer()

    class Meta:
        model = Claim
        fields = ("body", "source", "started_on", "ended_on")
        extra_kwargs = LASTS


class ResponsibilitySerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    claims = ClaimSerializer(source="claims_of_day", many=True, help_text="Those of the day.")
    assignments = AssignmentSerializer(
        source="assignments_of_day", many=True, help_text="Those of the day."
    )

    class Meta:
        model = Responsibility
        fields = (
            *("id", "process", "name", "description", "source", "started_on", "ended_on"),
            *("claims", "assignments"),
        )
        extra_kwargs = LASTS


class ResponsibilityFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    body = filters.CharFilter(
        method="touches",
        label="Code of a body that claims it on the day, or that has a part in it, by a seat or "
        "as a whole.",
    )
    as_of = AsOfFilter()

    class Meta:
        model = Responsibility
        fields = ("process", "body", "as_of")

    def touches(self, rows: Any, name: str, code: str) -> Any:
        held = self.request.parser_context["view"].days.held("responsibility__process")
        claims = Claim.objects.filter(held, body__code=code)
        parts = Assignment.objects.filter(held, Q(body__code=code) | Q(seat__body__code=code))
        return rows.filter(
            Q(pk__in=claims.values("responsibility")) | Q(pk__in=parts.values("responsibility"))
        )


class CellSerializer(Sent):
    """What a seat or a body is to be, and what it was when you read it."""

    seat = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="Id of a seat, or else:"
    )
    body = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="Id of a body."
    )
    letters = serializers.ChoiceField(LETTERS, allow_blank=True, help_text=WORDS)
    seen = serializers.ChoiceField(
        LETTERS,
        allow_blank=True,
        help_text="What it said when you read it: not overwritten where it says more by now.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("seat" in attrs) == ("body" in attrs):
            raise serializers.ValidationError("Name a seat or a body, and only one of them.")
        return attrs


class CellsSerializer(Sent):
    cells = serializers.ListField(child=CellSerializer(), min_length=1, max_length=500)

    def validate_cells(self, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        named = [(cell.get("seat"), cell.get("body")) for cell in cells]
        if len(set(named)) < len(named):
            raise serializers.ValidationError("Name each cell once.")
        return cells


class LettersSerializer(serializers.Serializer):
    """What each cell says now; empty ones are left out."""

    cells = serializers.DictField(
        child=serializers.CharField(), help_text="Letters by cell, as in “seat-12” or “body-3”."
    )


@extend_schema(parameters=[AS_OF])
class ResponsibilityViewSet(AsOf):
    """The functions of a process, who claims them, and who is accountable for them when."""

    queryset = Responsibility.objects.select_related("process")
    serializer_class = ResponsibilitySerializer
    filterset_class = ResponsibilityFilter

    def get_queryset(self) -> Any:
        held = self.days.held("responsibility__process")
        rows = super().get_queryset()
        if self.action == "list":
            rows = rows.filter(self.days.held("process"))
        claims = Claim.objects.filter(held).select_related("body")
        given = Assignment.objects.filter(held).select_related("seat__body", "seat__party", "body")
        return rows.prefetch_related(
            Prefetch("claims", claims, to_attr="claims_of_day"),
            Prefetch("assignments", given, to_attr="assignments_of_day"),
        )

    @extend_schema(
        request=CellsSerializer,
        parameters=[OpenApiParameter("as_of", exclude=True)],
        responses={
            200: LettersSerializer,
            400: OpenApiResponse(description="Not recorded; the answer says what to correct."),
            403: OpenApiResponse(description="You do not keep the body of every cell."),
            409: OpenApiResponse(
                LettersSerializer,
                "Somebody else changed a cell since you read it; nothing is recorded.",
            ),
        },
        description="Write cells of the matrix, all of them or none, as from today: what was "
        "before is kept. For coordinators; and for chairs, co-chairs and secretaries, who write "
        "the cells of their own body and of its seats, whoever claims the responsibility.",
    )
    @action(detail=True, methods=["put"])
    def assignments(self, request: Request, pk: str) -> Response:
        responsibility = self.get_object()
        own = rights(request.user, responsibility.process)
        if not (own.coordinates or own.bodies):
            raise PermissionDenied(REFUSED)
        given = CellsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        cells = _cells(given.validated_data["cells"], responsibility)
        if not may_assign(request.user, [cell.holder for cell in cells]):
            raise PermissionDenied(REFUSED)
        try:
            assign(
                actor=request.user,
                responsibility=responsibility,
                cells=cells,
                origin=Origin.API,
            )
        except ChangedMeanwhile as changed:
            now = letters_today(responsibility)
            raise Conflict({"detail": changed.message, "cells": now}) from changed
        except Refused as refused:
            raise bad_request(refused) from refused
        return Response({"cells": letters_today(responsibility)})


def _cells(given: list[dict[str, Any]], responsibility: Responsibility) -> list[Cell]:
    """The cells with their seats and bodies; 400 where one is not of the process."""
    process = responsibility.process
    asked = {name: [cell[name] for cell in given if name in cell] for name in ("seat", "body")}
    known: dict[str, dict[int, Any]] = {
        "seat": Seat.objects.select_related("body")
        .filter(body__process=process)
        .in_bulk(asked["seat"]),
        "body": Body.objects.filter(process=process).in_bulk(asked["body"]),
    }
    cells = []
    for cell in given:
        kind = "seat" if "seat" in cell else "body"
        holder = known[kind].get(cell[kind])
        if holder is None:
            raise bad_request(
                Refused(f"The process has no {kind} with the id {cell[kind]}.", "cells")
            )
        cells.append(Cell(holder, cell["letters"], cell["seen"]))
    return cells
