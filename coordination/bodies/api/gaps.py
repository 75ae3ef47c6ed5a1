"""Gaps and overlaps of a process: found anew whenever they are asked for."""

from datetime import UTC
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from coordination.base.api import bad_request
from coordination.base.errors import Refused
from coordination.base.pagination import ByPage
from coordination.base.sent import Sent, StrictParser, check_parameters
from coordination.ledger.actions import Origin
from coordination.processes.access import is_coordinator
from coordination.processes.api_days import AS_OF, asked_day
from coordination.processes.models import Process

from ..actions.gaps import accept_gap, withdraw_acceptance
from ..gaps import Kind
from ..models import Acceptance
from ..queries import Found, found
from ..structure import Structure, load


class AcceptedSerializer(serializers.Serializer):
    """That it is meant to be so, and why."""

    reason = serializers.CharField()
    by = serializers.CharField(source="accepted_by.name", help_text="Name of the person.")
    at = serializers.DateTimeField(source="accepted_at", default_timezone=UTC, help_text="UTC.")


class NamedPersonSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class GapSerializer(serializers.Serializer):
    """One gap or overlap, whom it touches, and what would close it."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    is_overlap = serializers.BooleanField(help_text="Held or claimed twice, rather than by nobody.")
    subject = serializers.CharField(help_text="Names it over time; the key to accept it by.")
    facts = serializers.CharField(help_text="Digest of what it rests on: changes when that does.")
    title = serializers.CharField()
    why = serializers.CharField()
    closes = serializers.CharField(help_text="What would close it.")
    since = serializers.DateField(allow_null=True, help_text="Null where it was always so.")
    bodies = serializers.ListField(child=serializers.CharField(), help_text="Their codes.")
    seats = serializers.ListField(child=serializers.IntegerField(), help_text="Their ids.")
    people = NamedPersonSerializer(many=True)
    parties = serializers.ListField(child=serializers.CharField(), help_text="Their codes.")
    responsibility = serializers.IntegerField(allow_null=True, help_text="Its id, or null.")
    accepted = AcceptedSerializer(allow_null=True, help_text="Null while it is open.")
    reopened = serializers.BooleanField(
        help_text="It was accepted, and the facts have changed since."
    )


class GapQuerySerializer(serializers.Serializer):
    process = serializers.CharField(help_text="Short address of the process.")
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    accepted = serializers.ChoiceField(
        choices=("true", "false"), required=False, help_text="Only those accepted, or only others."
    )


class AcceptSerializer(Sent):
    """What is accepted as intended, and why."""

    process = serializers.CharField(help_text="Short address of the process.")
    subject = serializers.CharField(max_length=120, help_text="As the list gives it.")
    reason = serializers.CharField(
        max_length=Acceptance._meta.get_field("reason").max_length, help_text="Why it is meant so."
    )
    facts = serializers.CharField(
        max_length=64,
        allow_blank=True,
        default="",
        help_text="As the list gave it: where they have changed since, nothing is accepted.",
    )


class ReopenSerializer(Sent):
    """Whose acceptance is taken back."""

    process = serializers.CharField(help_text="Short address of the process.")
    subject = serializers.CharField(max_length=120, help_text="As the list gives it.")


class GapViewSet(GenericViewSet):
    """Gaps and overlaps in who does what, the most pressing kinds first."""

    parser_classes = [StrictParser]
    pagination_class = ByPage
    serializer_class = GapSerializer

    @extend_schema(
        filters=False,
        parameters=[GapQuerySerializer, AS_OF],
        responses={
            200: GapSerializer(many=True),
            404: OpenApiResponse(description="There are not so many pages."),
        },
    )
    def list(self, request: Request) -> Response:
        check_parameters(request, ("process", "as_of", "kind", "accepted", "page", "page_size"))
        day = asked_day(request)
        asked = GapQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        process = _processes(request).filter(slug=asked.validated_data["process"]).first()
        page = self.paginate_queryset(_entries(process, day, asked.validated_data))
        return self.get_paginated_response(GapSerializer(page, many=True).data)

    @extend_schema(
        request=AcceptSerializer,
        responses={
            201: GapSerializer,
            400: OpenApiResponse(description="Not accepted; the answer says why."),
            403: OpenApiResponse(description="You do not coordinate the process."),
            404: OpenApiResponse(description="You belong to no such process."),
        },
        description="Accept a gap or an overlap of today as intended. It comes back when the "
        "facts change.",
    )
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        process, given = _asked_to(request, AcceptSerializer)
        try:
            with transaction.atomic():  # what was accepted is still there to be answered with
                acceptance = accept_gap(
                    actor=request.user, process=process, origin=Origin.API, **given
                )
                entries = {one["subject"]: one for one in _entries(process)}
        except Refused as refused:
            raise bad_request(refused) from refused
        entry = entries[acceptance.subject]
        return Response(GapSerializer(entry).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=ReopenSerializer,
        responses={
            204: OpenApiResponse(description="It is open, as long as it is found."),
            403: OpenApiResponse(description="You do not coordinate the process."),
            404: OpenApiResponse(description="No such process, or nothing was accepted."),
        },
        description="Take back the acceptance of a gap or an overlap.",
    )
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request) -> Response:
        process, given = _asked_to(request, ReopenSerializer)
        accepted = process.acceptances.filter(withdrawn_at=None)
        acceptance = get_object_or_404(accepted, subject=given["subject"])
        withdraw_acceptance(actor=request.user, acceptance=acceptance, origin=Origin.API)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _asked_to(request: Request, serializer: Any) -> tuple[Process, dict[str, Any]]:
    """The process that a coordinator named, and the rest of what was sent."""
    check_parameters(request, ())
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    fields = dict(given.validated_data)
    process = get_object_or_404(_processes(request), slug=fields.pop("process"))
    if not is_coordinator(request.user, process):
        raise PermissionDenied("Only coordinators accept what was found.")
    return process, fields


def _processes(request: Request) -> Any:
    return Process.objects.visible_to(request.user)


def _entries(process: Process | None, day: Any = None, asked: Any = None) -> list[dict[str, Any]]:
    """What is found and asked for; nothing where one belongs to no such process."""
    if process is None:
        return []
    structure = load(process, day)
    kind, accepted = (asked or {}).get("kind"), (asked or {}).get("accepted")
    people = {seat.holder_id: seat.holder for seat in structure.seats.values()}
    return [
        _entry(one, structure, people)
        for one in found(process, structure=structure)
        if kind in (None, one.gap.kind) and accepted in (None, "false" if one.is_open else "true")
    ]


def _entry(one: Found, structure: Structure, people: dict[int | None, str]) -> dict[str, Any]:
    gap = one.gap
    return {
        "kind": gap.kind,
        "is_overlap": gap.is_overlap,
        "subject": gap.subject,
        "facts": gap.facts,
        "title": gap.title,
        "why": gap.why,
        "closes": gap.closes,
        "since": gap.since,
        "bodies": [structure.bodies[pk].code for pk in gap.body_ids],
        "seats": gap.seat_ids,
        "people": [{"id": pk, "name": people.get(pk, "")} for pk in dict.fromkeys(gap.person_ids)],
        "parties": [structure.parties[pk] for pk in gap.party_ids],
        "responsibility": gap.responsibility_id,
        "accepted": one.acceptance,
        "reopened": one.outdated is not None,
    }
