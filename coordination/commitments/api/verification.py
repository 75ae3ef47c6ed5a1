"""Findings of verifying bodies: prepared, approved by somebody else, then released."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import IdFilter, NamedSerializer, PersonSerializer, ScopedViewSet
from coordination.base.sent import DaySent, Sent
from coordination.ledger.actions import Origin

from ..access import may_approve, may_verify
from ..actions.findings import approve_verification, release_verification
from ..models import Level, Verification
from ..rests_on import changed_since
from .common import (
    LEVEL,
    LOCAL,
    NOT_RECORDED,
    UTC_MOMENT,
    IdField,
    act,
    given,
    obligation_code,
    process_filter,
)


class VerificationSerializer(serializers.ModelSerializer):
    """What a verifying body finds of an obligation."""

    commitment_code = obligation_code()
    body = NamedSerializer(help_text="The verifying body.")
    author = PersonSerializer(help_text="Who prepared it.")
    state = serializers.SerializerMethodField(
        help_text="Only what is released counts, and is there for every member."
    )

    class Meta:
        model = Verification
        fields: tuple[str, ...] = (
            *("id", "obligation", "commitment_code", "number", "version", "state", "body"),
            *("expected", "level", "found", "article", "method", "proof", "confidence"),
            *("occurred_on", "learned_on", "author", "recorded_at"),
        )
        extra_kwargs = {
            "version": {"help_text": "Grows while it is being prepared; what one approves."},
            "expected": {"help_text": "Id of the expected occurrence that it is about, or null."},
            "level": {"help_text": LEVEL},
            "article": {"help_text": "The article that it was held to."},
            "proof": {
                "help_text": "Standard of proof: suspicion, reasonable grounds, balance of "
                "probabilities, clear and convincing."
            },
            "confidence": {"help_text": "How sure the body is that the standard is reached."},
            "occurred_on": {"help_text": f"When what was found was so. {LOCAL}"},
            "learned_on": {"help_text": f"When the body learned of it. {LOCAL}"},
            "recorded_at": UTC_MOMENT,
        }

    @extend_schema_field(serializers.ChoiceField(choices=("prepared", "approved", "released")))
    def get_state(self, verification: Verification) -> str:
        if verification.released_at:
            return "released"
        return "approved" if verification.approved_at else "prepared"


class VerificationDetailSerializer(VerificationSerializer):
    """A finding, with its approval and what has changed since."""

    approved_by = PersonSerializer(
        allow_null=True, help_text="Null before that, and where a meeting of the body found it."
    )
    released_by = PersonSerializer(allow_null=True)
    changed_since = serializers.SerializerMethodField(
        help_text="What it rested on and has changed since the approval, in words."
    )

    class Meta(VerificationSerializer.Meta):
        fields = (
            *VerificationSerializer.Meta.fields,
            *("approved_by", "approved_at", "released_by", "released_at", "changed_since"),
        )
        extra_kwargs = {
            **VerificationSerializer.Meta.extra_kwargs,
            "approved_at": UTC_MOMENT,
            "released_at": UTC_MOMENT,
        }

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_changed_since(self, verification: Verification) -> list[str]:
        return changed_since(verification)


class NewVerificationSerializer(Sent):
    """What the verifying body finds."""

    level = serializers.ChoiceField(choices=Level.choices, help_text=LEVEL)
    found = serializers.CharField(max_length=4000, help_text="What was found, in words.")
    occurred_on = DaySent(help_text=f"When what was found was so. {LOCAL}")
    learned_on = DaySent(
        allow_null=True, default=None, help_text=f"When the body learned of it. {LOCAL}"
    )
    article = serializers.CharField(
        max_length=160, allow_blank=True, default="", help_text="The article it was held to."
    )
    method = serializers.ChoiceField(
        choices=Verification.Method.choices, default=Verification.Method.DOCUMENT.value
    )
    proof = serializers.ChoiceField(
        choices=Verification.Proof.choices, default=Verification.Proof.GROUNDS.value
    )
    confidence = serializers.ChoiceField(
        choices=Verification.Confidence.choices, default=Verification.Confidence.MODERATE.value
    )
    expected = IdField(
        allow_null=True,
        default=None,
        help_text="Of what is expected several times, the id of the time that it is about.",
    )


class ApprovalSerializer(Sent):
    """What is approved, as it was read."""

    version = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version that you read: refused where the finding was revised meanwhile.",
    )
    release = serializers.BooleanField(default=False, help_text="Release it at once.")


class VerificationFilter(filters.FilterSet):
    process = process_filter("obligation__commitment__process")
    obligation = IdFilter("obligation", "Id of the obligation.")

    class Meta:
        model = Verification
        fields = ("process", "obligation")


class VerificationViewSet(ScopedViewSet):
    """What verifying bodies found, oldest first. What is not released is there for its author, for
    those who sit in the verifying body, and for coordinators."""

    queryset = Verification.objects.filter(obligation__withdrawn_at=None).select_related(
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("body", "author", "approved_by", "released_by"),
    )
    serializer_class = VerificationSerializer
    filterset_class = VerificationFilter

    def get_serializer_class(self) -> Any:
        return VerificationSerializer if self.action == "list" else VerificationDetailSerializer

    @extend_schema(
        request=ApprovalSerializer,
        responses={
            200: VerificationDetailSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(
                description="You prepared or revised it, or do not sit in the body."
            ),
        },
        description="Approve a finding that others prepared and revised, in the version that you "
        "read.",
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        verification = self.get_object()
        if not may_approve(request.user, verification):
            raise PermissionDenied("Somebody of the verifying body who wrote no version of it may.")
        act(
            approve_verification,
            actor=request.user,
            verification=verification,
            origin=Origin.API,
            **given(ApprovalSerializer, request),
        )
        return self._answer(pk)

    @extend_schema(
        request=None,
        responses={
            200: VerificationDetailSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You do not sit in the body that verifies it."),
        },
        description="Let every member of the process read an approved finding; its level becomes "
        "the verified one. What is released already stays so.",
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        verification = self.get_object()
        if not may_verify(request.user, verification.obligation):
            raise PermissionDenied("Only members of the body that verifies it release findings.")
        act(
            release_verification,
            actor=request.user,
            verification=verification,
            origin=Origin.API,
        )
        return self._answer(pk)

    def _answer(self, pk: str) -> Response:
        """The finding as it stands now."""
        return Response(VerificationDetailSerializer(self.get_queryset().get(pk=pk)).data)
