"""Positions and internal notes: each delegation's own, and what was shared."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.audiences.models import Audience
from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet
from coordination.base.sent import Sent
from coordination.ledger.actions import Origin

from ..actions.notes import add_note, withdraw_note
from ..models import Commitment, Note
from ..note_access import may_withdraw_note, writes_for
from .common import (
    NOT_RECORDED,
    UTC_MOMENT,
    IdField,
    act,
    among,
    given,
    obligation_code,
    process_filter,
)


class NoteSerializer(serializers.ModelSerializer):
    """What a delegation wrote beside a commitment."""

    commitment_code = obligation_code("commitment.code")
    delegation = NamedSerializer(help_text="The party in whose name it was written.")
    author = PersonSerializer()

    class Meta:
        model = Note
        fields = (
            *("id", "commitment", "commitment_code", "kind", "text", "audience", "delegation"),
            *("author", "written_at"),
        )
        extra_kwargs = {
            "audience": {"help_text": "Who reads it, beside those to whom it was released."},
            "written_at": UTC_MOMENT,
        }


class NewNoteSerializer(Sent):
    """A note in the name of the party that one acts for."""

    commitment = IdField(help_text="Id of the commitment.")
    kind = serializers.ChoiceField(choices=Note.Kind.choices)
    text = serializers.CharField(max_length=4000)
    audience = serializers.ChoiceField(
        choices=Audience.choices,
        default=Audience.DELEGATION,
        help_text="delegation: no coordinator reads it who does not act for the party.",
    )


class WithdrawNoteSerializer(Sent):
    because = serializers.CharField(max_length=300, help_text="Why it is taken back.")


class NoteFilter(filters.FilterSet):
    process = process_filter("commitment__process")
    commitment = IdFilter("commitment", "Id of the commitment.")
    kind = filters.ChoiceFilter(choices=Note.Kind.choices)

    class Meta:
        model = Note
        fields = ("process", "commitment", "kind")


class NoteViewSet(ScopedViewSet):
    """The notes that one may read, without those that were withdrawn."""

    queryset = Note.objects.filter(commitment__withdrawn_at=None).select_related(
        "commitment__process", "delegation", "author"
    )
    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    reports = ("create", "withdraw")

    @extend_schema(
        request=NewNoteSerializer,
        responses={
            201: NoteSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You act for no party."),
        },
        description="Write a note: your delegation's own, unless you share it.",
    )
    def create(self, request: Request) -> Response:
        said = given(NewNoteSerializer, request)
        rows = Commitment.objects.visible_to(request.user).select_related("process")
        commitment = among(rows, said.pop("commitment"), "commitment")
        if writes_for(request.user, commitment.process) is None:
            raise PermissionDenied("Who acts for no party writes no note for one.")
        made = act(add_note, actor=request.user, commitment=commitment, origin=Origin.API, **said)
        return Response(NoteSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=WithdrawNoteSerializer,
        responses={
            204: OpenApiResponse(description="It is taken back, and kept in the record."),
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You may not take it back."),
        },
        description="Take a note back: its author, or the head of the delegation.",
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        note = self.get_object()
        if not may_withdraw_note(request.user, note):
            raise PermissionDenied("Its author takes it back, or the head of the delegation.")
        act(
            withdraw_note,
            actor=request.user,
            note=note,
            origin=Origin.API,
            **given(WithdrawNoteSerializer, request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
