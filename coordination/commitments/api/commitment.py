"""Commitments: what was undertaken, when it is due, who owes it, and where it stands."""

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

from coordination.base.api import NamedSerializer, ScopedViewSet, TrueOrFalseFilter
from coordination.ledger.actions import Origin

from .. import standing
from ..actions.flags import raise_flag
from ..flag_access import flaggable
from ..models import Bound, Commitment, Dependency, Flag, Obligation
from ..register import obligations_in
from ..report_queries import next_expected
from .common import (
    CODE,
    DUE_AT,
    DUE_ON,
    NOT_RECORDED,
    CommitmentPartSerializer,
    LevelField,
    StandingSerializer,
    act,
    among,
    due_after,
    due_before,
    given,
    owed_by,
    process_filter,
)
from .deadline import DeadlineSerializer, deadlines
from .flag import FlagPartSerializer, FlagSerializer, NewFlagSerializer, owed_under
from .measure import BoundSerializer, last_values
from .obligation import FLAGGED, ObligationPartSerializer


class TriggerPartSerializer(serializers.Serializer):
    """What triggers it."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()


class WaitsOnSerializer(serializers.ModelSerializer):
    """A commitment that has to be met first."""

    commitment = CommitmentPartSerializer(source="on")

    class Meta:
        model = Dependency
        fields = ("id", "commitment", "reason", "source")


class AwaitedBySerializer(serializers.ModelSerializer):
    """A commitment that cannot go ahead before this one is met."""

    commitment = CommitmentPartSerializer()

    class Meta:
        model = Dependency
        fields = ("id", "commitment", "reason", "source")


class CommitmentSerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    code = serializers.CharField(help_text=CODE)
    rhythm = serializers.CharField(help_text="How often it recurs, in words; else empty.")
    trigger = TriggerPartSerializer(
        allow_null=True, help_text="Of what is triggered: each event is answered by itself."
    )
    follows = CommitmentPartSerializer(
        allow_null=True, help_text="Of what is triggered: by each fulfilment of this one."
    )
    lead_body = NamedSerializer(allow_null=True)
    verifying_body = NamedSerializer(allow_null=True)
    due_on = serializers.DateField(source="deadline.due_on", allow_null=True, help_text=DUE_ON)
    due_at = serializers.DateTimeField(source="deadline.due_at", allow_null=True, help_text=DUE_AT)
    deadline = DeadlineSerializer()
    bounds = BoundSerializer(many=True, help_text="The numbers that it sets.")
    reported_level = LevelField("The lowest of its obligations; null while one has no report.")
    verified_level = LevelField("The lowest of its obligations; null while one is unverified.")
    standing = serializers.SerializerMethodField()
    flags = FlagPartSerializer(many=True, source="raised", help_text="Those that stand.")
    waits_on = WaitsOnSerializer(many=True, help_text="Beside what its deadline counts from.")
    awaited_by = AwaitedBySerializer(many=True)
    obligations = ObligationPartSerializer(many=True)

    class Meta:
        model = Commitment
        fields = (
            *("id", "process", "code", "reference", "title", "text", "provision", "kind"),
            *("rhythm", "every_amount", "every_unit", "times", "trigger", "follows"),
            *("otherwise", "track", "priority", "lead_body", "verifying_body", "due_on"),
            *("due_at", "deadline", "bounds", "reported_level", "verified_level", "standing"),
            *("flags", "waits_on", "awaited_by", "check_in_rhythm", "remarks", "obligations"),
        )
        extra_kwargs = {
            "provision": {"help_text": "Id of the provision that it comes from, or null."},
            "kind": {
                "help_text": "What “due” means depends on it: by then an act is owed (dated, "
                "quantity), a prohibition ends (until) or a permission begins (not_before). What "
                "is standing, limit or recurring starts and ends instead; what is recurring or "
                "triggered is due once for each time expected; undated has no day."
            },
            "every_amount": {"help_text": "Of what recurs: once in so many units; else null."},
            "every_unit": {"help_text": "Unit of `every_amount`; else empty."},
            "times": {"help_text": "Times in each period, as in “twice a month”."},
            "otherwise": {"help_text": "What applies where it is not met."},
            "priority": {"help_text": "1 high, 2 normal, 3 low."},
            "check_in_rhythm": {"help_text": "How often its owners are asked, besides around the "
                "due day; may be empty."},
        }  # fmt: skip

    @extend_schema_field(StandingSerializer)
    def get_standing(self, commitment: Commitment) -> dict[str, Any]:
        return StandingSerializer(standing.of_commitment(commitment)).data


class CommitmentFilter(filters.FilterSet):
    process = process_filter("process")
    kind = filters.ChoiceFilter(choices=Commitment.Kind.choices)
    lead_body = filters.CharFilter("lead_body__code", label="Code of the body that leads it.")
    owner = filters.CharFilter(method="of_owner", label="Code of a party or body that owes it.")
    overdue = TrueOrFalseFilter(
        method="late", label="Whether an obligation is past due, and neither reported nor full."
    )
    in_breach = TrueOrFalseFilter(
        method="broken", label="Whether a breach of an obligation is confirmed and not cured."
    )
    flagged = TrueOrFalseFilter(method="marked", label="Whether a flag stands on an obligation.")
    due_before = due_before("deadline__due_on")
    due_after = due_after("deadline__due_on")

    class Meta:
        model = Commitment
        fields = (
            *("process", "kind", "lead_body", "owner", "overdue", "in_breach", "flagged"),
            *("due_before", "due_after"),
        )

    def of_owner(self, rows: Any, name: str, code: str) -> Any:
        return rows.filter(pk__in=owed_by(code).values("commitment"))

    def late(self, rows: Any, name: str, wanted: bool) -> Any:
        return self._with(rows, obligations_in("overdue", timezone.now()), wanted)

    def broken(self, rows: Any, name: str, wanted: bool) -> Any:
        return self._with(rows, Obligation.objects.filter(in_breach=True), wanted)

    def marked(self, rows: Any, name: str, wanted: bool) -> Any:
        return self._with(rows, Obligation.objects.filter(FLAGGED), wanted)

    def _with(self, rows: Any, obligations: Any, wanted: bool) -> Any:
        has = Q(pk__in=obligations.values("commitment"))
        return rows.filter(has if wanted else ~has)


def _commitments() -> Any:
    """With everything that a row shows besides its obligations, in a constant number of queries."""
    bounds = Bound.objects.prefetch_related(
        Prefetch("measurements", last_values(), to_attr="last_values")
    )
    waits = Dependency.objects.order_by("pk")
    return Commitment.objects.select_related(
        *("process", "lead_body", "verifying_body", "deadline", "trigger", "follows")
    ).prefetch_related(
        *deadlines(),
        Prefetch("bounds", bounds.order_by("pk")),
        Prefetch(
            "flags",
            Flag.objects.filter(lifted_at=None).select_related("author").order_by("pk"),
            to_attr="raised",
        ),
        Prefetch("waits_on", waits.filter(on__withdrawn_at=None).select_related("on")),
        Prefetch(
            "awaited_by",
            waits.filter(commitment__withdrawn_at=None).select_related("commitment"),
        ),
    )


class CommitmentViewSet(ScopedViewSet):
    """What was undertaken, who owes it, and where it stands; without what was withdrawn."""

    queryset = _commitments()
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter

    def get_queryset(self) -> Any:
        """What an owner expects is told to whom its report is for."""
        owed = Obligation.objects.annotate(told_on=next_expected(self.request.user))
        owed = owed.select_related("party", "body", "focal_point").order_by("pk")
        return super().get_queryset().prefetch_related(Prefetch("obligations", owed))

    @extend_schema(
        request=NewFlagSerializer,
        responses={
            201: FlagSerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description="You may not flag this."),
        },
        description="Flag it for all who owe it, or for one of them: as who keeps the commitment; "
        "or as who reports for, or verifies, what is flagged.",
    )
    @action(detail=True, methods=["post"])
    def flags(self, request: Request, pk: str) -> Response:
        commitment = self.get_object()
        may = flaggable(request.user, commitment, owed_under(commitment))
        if not may:
            raise PermissionDenied("You may not flag this.")
        said = given(NewFlagSerializer, request)
        owing = Obligation.objects.filter(commitment=commitment)
        said["obligation"] = among(owing, said["obligation"], "obligation")
        if not may.has(Flag(obligation=said["obligation"])):
            raise PermissionDenied("You may flag only what you report for or verify.")
        flag = act(raise_flag, actor=request.user, commitment=commitment, origin=Origin.API, **said)
        return Response(FlagSerializer(flag).data, status=status.HTTP_201_CREATED)
