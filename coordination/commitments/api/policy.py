"""When people are reminded, through the API."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import NamedSerializer, ScopedViewSet
from coordination.base.sent import Sent
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin
from coordination.processes.access import is_coordinator
from coordination.processes.api_holidays import visible_process

from ..actions.policies import FIELDS, set_reminder_policy, withdraw_reminder_policy
from ..models import ReminderPolicy
from ..models.policy import MOST_DAYS, MOST_ENTRIES
from .common import NOT_RECORDED, IdField, act, among, given, process_filter

KEPT = "Coordinators say when people are reminded."
RUNG = "Days without a report after which it is told; null for never."


class DaysField(serializers.ListField):
    """Different numbers of days."""

    def __init__(self, **kwargs: Any) -> None:
        number = serializers.IntegerField(min_value=0, max_value=MOST_DAYS)
        super().__init__(child=number, max_length=MOST_ENTRIES, **kwargs)


class ReminderPolicySerializer(serializers.ModelSerializer):
    """Of a process, or in its place of the commitments that one of its bodies leads."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    body = NamedSerializer(allow_null=True, help_text="Null for the process's own.")
    before_due = DaysField(help_text="Days before the due day; 0 is the day itself.")
    after_due = DaysField(help_text="Days after it, while it is overdue.")
    deadline_days = DaysField(help_text="Days before, for who runs the lead body.")
    vacancy_days = DaysField(help_text="Days before a term ends, for who runs the body.")
    urgent = serializers.ListField(
        child=serializers.ChoiceField(ReminderPolicy.Urgent.choices), help_text="Sent at once."
    )

    class Meta:
        model = ReminderPolicy
        fields = ("id", "process", "body", *FIELDS)
        extra_kwargs = {
            "head_after_days": {"help_text": RUNG},
            "chair_after_days": {"help_text": RUNG},
            "dispute_after_days": {"help_text": RUNG},
        }


class Rung(serializers.IntegerField):
    def __init__(self, who: str) -> None:
        super().__init__(
            min_value=1,
            max_value=MOST_DAYS,
            allow_null=True,
            required=False,
            help_text=f"{who}: days without a report; null for never.",
        )


class SetPolicySerializer(Sent):
    """What is left out stays as it is, or as it is without a policy."""

    process = serializers.CharField(max_length=40, help_text="Short address of the process.")
    body = IdField(allow_null=True, default=None, help_text="Id of a body that leads.")
    before_due = DaysField(required=False, help_text="Days before the due day.")
    after_due = DaysField(required=False, help_text="Days after it.")
    then_every_days = serializers.IntegerField(
        min_value=2, max_value=MOST_DAYS, required=False, help_text="And then again."
    )
    head_after_days = Rung("Head of the delegation")
    chair_after_days = Rung("Chair of the lead body")
    dispute_after_days = Rung("First dispute step of its protocol")
    deadline_days = DaysField(required=False, help_text="Days before a due day.")
    vacancy_days = DaysField(required=False, help_text="Days before a term ends.")
    urgent = serializers.ListField(
        child=serializers.ChoiceField(ReminderPolicy.Urgent.choices),
        max_length=len(ReminderPolicy.Urgent.values),
        required=False,
        help_text="What is sent at once.",
    )


class ReminderPolicyFilter(filters.FilterSet):
    process = process_filter("process")

    class Meta:
        model = ReminderPolicy
        fields = ("process",)


class ReminderPolicyViewSet(ScopedViewSet):
    """Policies that were set; where there is none, the usual reminders hold."""

    queryset = ReminderPolicy.objects.select_related("process", "body")
    serializer_class = ReminderPolicySerializer
    filterset_class = ReminderPolicyFilter

    @extend_schema(
        request=SetPolicySerializer,
        responses={
            200: ReminderPolicySerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description=KEPT),
        },
        description="Set the policy of a process or of one of its bodies, or change the one that "
        "is there.",
    )
    def create(self, request: Request) -> Response:
        said = given(SetPolicySerializer, request)
        process = visible_process(request, said.pop("process"))
        if not is_coordinator(request.user, process):
            raise PermissionDenied(KEPT)
        body = among(Body.objects.filter(process=process), said.pop("body"), "body")
        made = act(
            set_reminder_policy,
            actor=request.user,
            process=process,
            body=body,
            fields=said,
            origin=Origin.API,
        )
        return Response(ReminderPolicySerializer(made).data)

    @extend_schema(
        request=None,
        responses={204: None, 400: NOT_RECORDED, 403: OpenApiResponse(description=KEPT)},
        description="Let a body follow its process again, or a process the usual reminders.",
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        policy = self.get_object()
        if not is_coordinator(request.user, policy.process):
            raise PermissionDenied(KEPT)
        act(withdraw_reminder_policy, actor=request.user, policy=policy, origin=Origin.API)
        return Response(status=status.HTTP_204_NO_CONTENT)
