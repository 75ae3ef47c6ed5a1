import uuid
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import (
    NamedSerializer,
    PersonSerializer,
    ScopedViewSet,
    TrueOrFalseFilter,
    bad_request,
    refuse_unknown,
)
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin

from . import standing, timeliness
from .access import may_report
from .actions import submit_check_in
from .models import CheckIn, Commitment, Level, Obligation
from .queries import obligations_in

LEVEL = "0 not initiated, 1 minimum, 2 intermediate, 3 full (Peace Accords Matrix)."
DUE_ON = "Last day, in the process's time zone; null without a date."
DUE_AT = "Moment from which it is late, UTC; null without a date."


class StandingSerializer(serializers.Serializer):
    """Whether it needs attention, computed now."""

    mark = serializers.ChoiceField(
        choices=standing.ORDER,
        help_text="over: late; contra: found otherwise than reported; risk: due today; "
        "rep: to verify; wait: no date yet; none: nothing to say; ok: met.",
    )
    words = serializers.CharField(help_text="The same for people, as in “26 days late”.")


class TimelinessSerializer(serializers.Serializer):
    """Whether it is on time, computed now."""

    state = serializers.ChoiceField(
        choices=timeliness.State.choices,
        help_text="undated, not_yet_due, due_today; overdue: past and neither reported nor found "
        "full; unconfirmed: reported full, not found so; passed: a prohibition that ended or a "
        "permission that began; done_on_time, done_late: found full, by its due day or after.",
    )
    days_late = serializers.IntegerField(help_text="Whole calendar days; 0 when it is not late.")


class OwnerSerializer(NamedSerializer):
    type = serializers.ChoiceField(choices=("party", "body"))


class LevelField(serializers.IntegerField):
    """A level or null; `words` says whose."""

    def __init__(self, words: str, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_value=3, allow_null=True, help_text=f"{words} {LEVEL}", **kwargs
        )


class ObligationPartSerializer(serializers.ModelSerializer):
    """A commitment as one party or body owes it."""

    owner = serializers.SerializerMethodField(help_text="The party or body that owes it.")
    focal_point = PersonSerializer(allow_null=True, help_text="Reports for it.")
    reported_level = LevelField("What its owner last said; null without a report.")
    verified_level = LevelField("What the verifying body last found; null before it did.")
    standing = serializers.SerializerMethodField()
    timeliness = serializers.SerializerMethodField()

    class Meta:
        model = Obligation
        fields: tuple[str, ...] = (
            *("id", "owner", "share", "focal_point", "reported_level", "reported_at"),
            *("verified_level", "verified_at", "completed_on", "due_on", "due_at"),
            *("next_check_in_on", "standing", "timeliness"),
        )
        extra_kwargs = {
            "reported_at": {"help_text": "UTC."},
            "verified_at": {"help_text": "UTC."},
            "due_on": {"help_text": DUE_ON},
            "due_at": {"help_text": DUE_AT},
            "completed_on": {"help_text": "The day on which it was found to be full."},
            "next_check_in_on": {"help_text": "When its owner is asked next; local calendar day."},
        }

    @extend_schema_field(OwnerSerializer)
    def get_owner(self, obligation: Obligation) -> dict[str, Any]:
        owner = obligation.owner
        kind = "party" if obligation.party_id else "body"
        return {"type": kind, "id": owner.pk, "code": owner.code, "name": owner.name}

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
    commitment_code = serializers.CharField(
        source="commitment.code", help_text="Register number, as in “C-14”."
    )

    class Meta(ObligationPartSerializer.Meta):
        fields = (
            *("process", "commitment", "commitment_code"),
            *ObligationPartSerializer.Meta.fields,
        )


class CommitmentSerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    code = serializers.CharField(help_text="Register number, as in “C-14”.")
    lead_body = NamedSerializer(allow_null=True)
    verifying_body = NamedSerializer(allow_null=True)
    due_on = serializers.DateField(source="deadline.due_on", allow_null=True, help_text=DUE_ON)
    due_at = serializers.DateTimeField(source="deadline.due_at", allow_null=True, help_text=DUE_AT)
    latest_on = serializers.DateField(
        source="deadline.latest_on", allow_null=True, help_text="Latest day that is permitted."
    )
    is_projected = serializers.BooleanField(
        source="deadline.is_projected",
        help_text="Counted from something that is planned and has not happened.",
    )
    precision = serializers.ChoiceField(
        source="deadline.precision", choices=("moment", "day", "month", "season", "year")
    )
    deadline_wording = serializers.CharField(
        source="deadline.wording", help_text="As the agreement has it."
    )
    reported_level = LevelField("The lowest of its obligations; null while one has no report.")
    verified_level = LevelField("The lowest of its obligations; null while one is unverified.")
    standing = serializers.SerializerMethodField()
    obligations = ObligationPartSerializer(many=True)

    class Meta:
        model = Commitment
        fields = (
            *("id", "process", "code", "reference", "title", "text", "kind", "rhythm", "track"),
            *("priority", "lead_body", "verifying_body", "due_on", "due_at", "latest_on"),
            *("is_projected", "precision", "deadline_wording", "reported_level"),
            *("verified_level", "standing", "obligations"),
        )

    @extend_schema_field(StandingSerializer)
    def get_standing(self, commitment: Commitment) -> dict[str, Any]:
        return StandingSerializer(standing.of_commitment(commitment)).data


class CheckInSerializer(serializers.ModelSerializer):
    commitment_code = serializers.CharField(
        source="obligation.commitment.code", help_text="Register number, as in “C-14”."
    )
    author = PersonSerializer(help_text="Who reports.")
    recorded_by = PersonSerializer(help_text="Who entered it.")

    class Meta:
        model = CheckIn
        fields = (
            *("id", "obligation", "commitment_code", "number", "period_on", "level", "account"),
            *("obstacle", "author", "recorded_by", "revises", "submission", "submitted_at"),
        )
        extra_kwargs = {
            "level": {"help_text": LEVEL},
            "revises": {"help_text": "The earlier check-in of the same day that it corrects."},
            "submitted_at": {"help_text": "UTC."},
        }


class NewCheckInSerializer(serializers.Serializer):
    """What the owner of an obligation reports."""

    level = serializers.ChoiceField(choices=Level.choices, help_text=LEVEL)
    account = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="What was done, in words."
    )
    obstacle = serializers.ChoiceField(
        choices=CheckIn.Obstacle.choices, default=CheckIn.Obstacle.NOTHING.value
    )
    period_on = serializers.DateField(
        allow_null=True,
        default=None,
        help_text="The local day on which the check-in was asked for, where it was. A second "
        "check-in for the same day revises the first.",
    )
    submission = serializers.UUIDField(
        default=uuid.uuid4,
        help_text="Your own key: sent again with the same key, nothing is recorded twice.",
    )


class CommitmentFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    kind = filters.ChoiceFilter(choices=Commitment.Kind.choices)
    lead_body = filters.CharFilter("lead_body__code", label="Code of the body that leads it.")
    owner = filters.CharFilter(method="owed_by", label="Code of a party or body that owes it.")
    overdue = TrueOrFalseFilter(
        method="late", label="Whether an obligation is past due, and neither reported nor full."
    )

    class Meta:
        model = Commitment
        fields = ("process", "kind", "lead_body", "owner", "overdue")

    def owed_by(self, rows: Any, name: str, code: str) -> Any:
        return rows.filter(pk__in=_owed_by(code).values("commitment"))

    def late(self, rows: Any, name: str, wanted: bool) -> Any:
        late = Q(pk__in=obligations_in("overdue", timezone.now()).values("commitment"))
        return rows.filter(late if wanted else ~late)


class ObligationFilter(filters.FilterSet):
    process = filters.CharFilter("commitment__process__slug", label="Short address of the process.")
    kind = filters.ChoiceFilter("commitment__kind", choices=Commitment.Kind.choices)
    lead_body = filters.CharFilter(
        "commitment__lead_body__code", label="Code of the body that leads the commitment."
    )
    owner = filters.CharFilter(method="owed_by", label="Code of the party or body that owes it.")
    overdue = TrueOrFalseFilter(
        method="late", label="Whether it is past due, and neither reported nor found full."
    )

    class Meta:
        model = Obligation
        fields = ("process", "kind", "lead_body", "owner", "overdue")

    def owed_by(self, rows: Any, name: str, code: str) -> Any:
        return rows.filter(pk__in=_owed_by(code).values("pk"))

    def late(self, rows: Any, name: str, wanted: bool) -> Any:
        late = Q(pk__in=obligations_in("overdue", timezone.now()).values("pk"))
        return rows.filter(late if wanted else ~late)


class CheckInFilter(filters.FilterSet):
    process = filters.CharFilter(
        "obligation__commitment__process__slug", label="Short address of the process."
    )
    obligation = filters.NumberFilter(
        "obligation", label="Id of the obligation.", decimal_places=0, max_value=2**63 - 1
    )

    class Meta:
        model = CheckIn
        fields = ("process", "obligation")


def _owed_by(code: str) -> Any:
    return Obligation.objects.filter(Q(party__code=code) | Q(body__code=code))


class CommitmentViewSet(ScopedViewSet):
    """What was undertaken, who owes it, and where it stands."""

    queryset = Commitment.objects.select_related(
        "process", "lead_body", "verifying_body", "deadline"
    ).prefetch_related(
        Prefetch(
            "obligations",
            Obligation.objects.select_related("party", "body", "focal_point").order_by("pk"),
        )
    )
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter


class CheckInViewSet(ScopedViewSet):
    """What owners reported, oldest first; nothing is ever overwritten."""

    queryset = CheckIn.objects.select_related("obligation__commitment", "author", "recorded_by")
    serializer_class = CheckInSerializer
    filterset_class = CheckInFilter


class ObligationViewSet(ScopedViewSet):
    """Commitments as each party or body owes them: it reports, is verified and is late alone."""

    queryset = Obligation.objects.select_related(
        "commitment__process", "party", "body", "focal_point"
    )
    serializer_class = ObligationSerializer
    filterset_class = ObligationFilter

    @extend_schema(
        methods=["get"],
        filters=False,
        responses=CheckInSerializer(many=True),
        description="What was reported for the obligation, oldest first.",
    )
    @extend_schema(
        methods=["post"],
        request=NewCheckInSerializer,
        responses={
            201: CheckInSerializer,
            200: OpenApiResponse(CheckInSerializer, "It was recorded before under this key."),
            400: OpenApiResponse(description="Not recorded; the answer says what to correct."),
            403: OpenApiResponse(description="You do not report for this obligation."),
        },
        description="Record a check-in, as the obligation's focal point; a coordinator records "
        "what the focal point told them, and the record says so.",
    )
    @action(detail=True, methods=["get", "post"], url_path="check-ins")
    def check_ins(self, request: Request, pk: str) -> Response:
        reads = request.method in ("GET", "HEAD")
        if reads:
            refuse_unknown(request)
        obligation = self.get_object()
        if reads:
            rows = CheckInViewSet.queryset.filter(obligation=obligation)
            page = self.paginate_queryset(rows)
            return self.get_paginated_response(CheckInSerializer(page, many=True).data)
        if not may_report(request.user, obligation):
            raise PermissionDenied("Only the obligation's focal point reports for it.")
        given = NewCheckInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            check_in, is_new = submit_check_in(
                obligation=obligation,
                author=obligation.focal_point,
                recorded_by=request.user,
                origin=Origin.API,
                **given.validated_data,
            )
        except Refused as refused:
            raise bad_request(refused) from refused
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(CheckInSerializer(check_in).data, status=code)
