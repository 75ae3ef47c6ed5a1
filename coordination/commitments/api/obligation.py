"""Obligations: a commitment as each owes it, and what is reported of it."""

import uuid
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.audiences.models import Audience
from coordination.base.api import IdFilter, PersonSerializer, ScopedViewSet, TrueOrFalseFilter
from coordination.base.sent import DaySent, Sent
from coordination.ledger.actions import Origin

from .. import standing, timeliness
from ..access import may_report, may_verify
from ..actions.findings import prepare_verification
from ..actions.reports import submit_check_in
from ..models import CheckIn, Commitment, Flag, Level, Obligation
from ..register import obligations_in
from ..report_queries import next_expected
from .common import (
    DUE_AT,
    DUE_ON,
    LEVEL,
    LOCAL,
    NOT_RECORDED,
    READ_BY,
    UTC_MOMENT,
    IdField,
    LevelField,
    OwnerSerializer,
    StandingSerializer,
    TimelinessSerializer,
    act,
    among,
    due_after,
    due_before,
    given,
    obligation_code,
    owed_by,
    process_filter,
)
from .verification import NewVerificationSerializer, VerificationDetailSerializer

FLAGGED = Q(is_disputed=True) | Q(is_suspended=True) | Q(is_at_risk=True)


class ObligationPartSerializer(serializers.ModelSerializer):
    """A commitment as one party or body owes it."""

    owner = serializers.SerializerMethodField(help_text="The party or body that owes it.")
    focal_point = PersonSerializer(allow_null=True, help_text="Reports for it.")
    reported_level = LevelField("What its owner last said; null without a report.")
    verified_level = LevelField("What the verifying body last found; null before it did.")
    next_expected_on = serializers.DateField(
        source="told_on",
        allow_null=True,
        help_text="When its owner says that it will be done, where you may read that report.",
    )
    flags = serializers.SerializerMethodField(
        help_text="Those that stand, on it or on the whole commitment."
    )
    standing = serializers.SerializerMethodField()
    timeliness = serializers.SerializerMethodField()

    class Meta:
        model = Obligation
        fields: tuple[str, ...] = (
            *("id", "owner", "share", "focal_point", "reported_level", "reported_at"),
            *("verified_level", "verified_at", "completed_on", "due_on", "due_at", "missed"),
            *("next_expected_on", "next_check_in_on", "flags", "in_breach", "out_of_bounds"),
            *("standing", "timeliness"),
        )
        extra_kwargs = {
            "share": {"help_text": "As in “four of nine members”."},
            "reported_at": UTC_MOMENT,
            "verified_at": UTC_MOMENT,
            "due_on": {"help_text": f"{DUE_ON} Of what is expected several times, the next."},
            "due_at": {"help_text": DUE_AT},
            "completed_on": {"help_text": "The day on which it was found to be full."},
            "missed": {"help_text": "Of what recurs, how many periods before the last stay open."},
            "next_check_in_on": {"help_text": "When its owner is asked next; local calendar day."},
        }

    @extend_schema_field(OwnerSerializer)
    def get_owner(self, obligation: Obligation) -> dict[str, Any]:
        owner = obligation.owner
        kind = "party" if obligation.party_id else "body"
        return {"type": kind, "id": owner.pk, "code": owner.code, "name": owner.name}

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(choices=Flag.Kind.choices))
    )
    def get_flags(self, obligation: Obligation) -> list[str]:
        return [str(kind) for kind in Flag.Kind if getattr(obligation, f"is_{kind}")]

    @extend_schema_field(StandingSerializer)
    def get_standing(self, obligation: Obligation) -> dict[str, Any]:
        return StandingSerializer(standing.of_obligation(obligation)).data

    @extend_schema_field(TimelinessSerializer)
    def get_timeliness(self, obligation: Obligation) -> dict[str, Any]:
        return TimelinessSerializer(timeliness.of_obligation(obligation)).data


class ObligationSerializer(ObligationPartSerializer):
    process = serializers.CharField(
        source="commitment.process.slug", help_text="Short address of the process."
    )
    commitment_code = obligation_code("commitment.code")

    class Meta(ObligationPartSerializer.Meta):
        fields = (
            *("process", "commitment", "commitment_code"),
            *ObligationPartSerializer.Meta.fields,
        )


class CheckInSerializer(serializers.ModelSerializer):
    commitment_code = obligation_code()
    author = PersonSerializer(help_text="Who reports.")
    recorded_by = PersonSerializer(help_text="Who entered it.")

    class Meta:
        model = CheckIn
        fields = (
            *("id", "obligation", "commitment_code", "number", "period_on", "expected", "level"),
            *("account", "obstacle", "done_on", "next_expected_on", "author", "recorded_by"),
            *("audience", "revises", "submission", "submitted_at"),
        )
        extra_kwargs = {
            "expected": {"help_text": "Id of the expected occurrence that it is about, or null."},
            "level": {"help_text": LEVEL},
            "done_on": {"help_text": f"Where the level is full. {LOCAL}"},
            "next_expected_on": {"help_text": "When its owner expects it to be done."},
            "audience": {"help_text": READ_BY},
            "revises": {"help_text": "The earlier check-in of the same day that it corrects."},
            "submitted_at": UTC_MOMENT,
        }


class NewCheckInSerializer(Sent):
    """What the owner of an obligation reports."""

    level = serializers.ChoiceField(choices=Level.choices, help_text=LEVEL)
    account = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="What was done, in words."
    )
    obstacle = serializers.ChoiceField(
        choices=CheckIn.Obstacle.choices, default=CheckIn.Obstacle.NOTHING.value
    )
    period_on = DaySent(
        allow_null=True,
        default=None,
        help_text="The local day on which the check-in was asked for, where it was. A second "
        "check-in for the same day revises the first.",
    )
    expected = IdField(
        allow_null=True,
        default=None,
        help_text="Of what is expected several times, the id of the time that it is about; without "
        "it, the one that is owed next.",
    )
    done_on = DaySent(
        allow_null=True, default=None, help_text=f"Only where the level is full. {LOCAL}"
    )
    next_expected_on = DaySent(
        allow_null=True, default=None, help_text=f"When you expect it to be done. {LOCAL}"
    )
    audience = serializers.ChoiceField(
        choices=Audience.choices,
        allow_null=True,
        default=None,
        help_text="Who reads it; everybody in the process sees the level. Without it that of what "
        "it revises, or else the bodies concerned. The delegation alone only for who acts for the "
        "party that owes it.",
    )
    submission = serializers.UUIDField(
        default=uuid.uuid4,
        help_text="Your own key: sent again with the same key, nothing is recorded twice.",
    )


class ObligationFilter(filters.FilterSet):
    process = process_filter("commitment__process")
    kind = filters.ChoiceFilter("commitment__kind", choices=Commitment.Kind.choices)
    lead_body = filters.CharFilter(
        "commitment__lead_body__code", label="Code of the body that leads the commitment."
    )
    owner = filters.CharFilter(method="of_owner", label="Code of the party or body that owes it.")
    overdue = TrueOrFalseFilter(
        method="late", label="Whether it is past due, and neither reported nor found full."
    )
    in_breach = TrueOrFalseFilter("in_breach", label="Whether a breach is confirmed and not cured.")
    flagged = TrueOrFalseFilter(method="marked", label="Whether a flag stands on it.")
    due_before = due_before("due_on")
    due_after = due_after("due_on")

    class Meta:
        model = Obligation
        fields = (
            *("process", "kind", "lead_body", "owner", "overdue", "in_breach", "flagged"),
            *("due_before", "due_after"),
        )

    def of_owner(self, rows: Any, name: str, code: str) -> Any:
        return rows.filter(pk__in=owed_by(code).values("pk"))

    def late(self, rows: Any, name: str, wanted: bool) -> Any:
        late = Q(pk__in=obligations_in("overdue", timezone.now()).values("pk"))
        return rows.filter(late if wanted else ~late)

    def marked(self, rows: Any, name: str, wanted: bool) -> Any:
        return rows.filter(FLAGGED if wanted else ~FLAGGED)


class CheckInFilter(filters.FilterSet):
    process = process_filter("obligation__commitment__process")
    obligation = IdFilter("obligation", "Id of the obligation.")

    class Meta:
        model = CheckIn
        fields = ("process", "obligation")


class CheckInViewSet(ScopedViewSet):
    """What owners reported, to whom it is for, oldest first; nothing is ever overwritten. The
    level that they reported is with the obligation, for everybody in the process."""

    queryset = CheckIn.objects.filter(
        obligation__withdrawn_at=None, obligation__commitment__withdrawn_at=None
    ).select_related("obligation__commitment", "author", "recorded_by")
    serializer_class = CheckInSerializer
    filterset_class = CheckInFilter


class ObligationViewSet(ScopedViewSet):
    """Commitments as each party or body owes them: it reports, is verified and is late alone."""

    queryset = Obligation.objects.select_related(
        "commitment__process", "commitment__deadline", "party", "body", "focal_point"
    )
    serializer_class = ObligationSerializer
    filterset_class = ObligationFilter
    lists = ("check_ins",)
    reports = ("check_ins",)

    def get_queryset(self) -> Any:
        return super().get_queryset().annotate(told_on=next_expected(self.request.user))

    @extend_schema(
        methods=["get"],
        filters=False,
        responses=CheckInSerializer(many=True),
        description="What was reported for the obligation as far as you may read it, oldest first.",
    )
    @extend_schema(
        methods=["post"],
        request=NewCheckInSerializer,
        responses={
            201: CheckInSerializer,
            200: OpenApiResponse(CheckInSerializer, "It was recorded before under this key."),
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You do not report for this obligation."),
        },
        description="Record a check-in, as the obligation's focal point; a coordinator records "
        "what the focal point told them, and the record says so.",
    )
    @action(detail=True, methods=["get", "post"], url_path="check-ins")
    def check_ins(self, request: Request, pk: str) -> Response:
        reads = request.method in ("GET", "HEAD")
        obligation = self.get_object()
        if reads:
            rows = CheckInViewSet.queryset.visible_to(request.user).filter(obligation=obligation)
            page = self.paginate_queryset(rows)
            return self.get_paginated_response(CheckInSerializer(page, many=True).data)
        if not may_report(request.user, obligation):
            raise PermissionDenied("Only the obligation's focal point reports for it.")
        said = given(NewCheckInSerializer, request)
        said["expected"] = among(obligation.expected, said["expected"], "expected")
        check_in, is_new = act(
            submit_check_in,
            obligation=obligation,
            author=obligation.focal_point,
            recorded_by=request.user,
            origin=Origin.API,
            **said,
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(CheckInSerializer(check_in).data, status=code)

    @extend_schema(
        request=NewVerificationSerializer,
        responses={
            201: VerificationDetailSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You do not sit in the body that verifies it."),
        },
        description="Prepare a finding of the verifying body. It changes no level before somebody "
        "else approves it and it is released.",
    )
    @action(detail=True, methods=["post"])
    def verifications(self, request: Request, pk: str) -> Response:
        obligation = self.get_object()
        if not may_verify(request.user, obligation):
            raise PermissionDenied("Only members of the body that verifies it prepare findings.")
        said = given(NewVerificationSerializer, request)
        said["expected"] = among(obligation.expected, said["expected"], "expected")
        made = act(
            prepare_verification,
            actor=request.user,
            obligation=obligation,
            body=obligation.commitment.verifying_body,
            origin=Origin.API,
            **said,
        )
        return Response(VerificationDetailSerializer(made).data, status=status.HTTP_201_CREATED)
