"""The holidays of a process, through the API."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coordination.base.api import ScopedViewSet, bad_request
from coordination.base.errors import Refused
from coordination.base.sent import DaySent, Sent
from coordination.ledger.actions import Origin

from .access import is_coordinator
from .holidays import change_holiday, enter_holiday, remove_holiday
from .models import Holiday, Process

KEPT = "Coordinators enter holidays."
NOT_RECORDED = OpenApiResponse(description="Not recorded; the answer says what to correct.")
DAYS = "In the process's time zone."


class HolidaySerializer(serializers.ModelSerializer):
    """Days on which nobody is reminded of anything."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )

    class Meta:
        model = Holiday
        fields = ("id", "process", "name", "first_on", "last_on")
        extra_kwargs = {"first_on": {"help_text": DAYS}, "last_on": {"help_text": DAYS}}


class HolidaySaysSerializer(Sent):
    name = serializers.CharField(max_length=120)
    first_on = DaySent(help_text=DAYS)
    last_on = DaySent(help_text=f"The same day, or a later one. {DAYS}")


class NewHolidaySerializer(HolidaySaysSerializer):
    process = serializers.CharField(max_length=40, help_text="Short address of the process.")


class HolidayFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")

    class Meta:
        model = Holiday
        fields = ("process",)


def visible_process(request: Request, slug: str) -> Process:
    """The process that was named by its short address; 400 where there is none to the reader."""
    found = Process.objects.visible_to(request.user).filter(slug=slug).first()
    if found is None:
        raise bad_request(Refused("There is no such process.", "process"))
    return found


class HolidayViewSet(ScopedViewSet):
    """Days on which nobody is reminded, besides the weekend of the process."""

    queryset = Holiday.objects.select_related("process")
    serializer_class = HolidaySerializer
    filterset_class = HolidayFilter

    @extend_schema(
        request=NewHolidaySerializer,
        responses={
            201: HolidaySerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description=KEPT),
        },
        description="Enter a holiday.",
    )
    def create(self, request: Request) -> Response:
        said = _said(NewHolidaySerializer, request)
        process = visible_process(request, said.pop("process"))
        _refuse_others(request, process)
        made = _act(enter_holiday, actor=request.user, process=process, origin=Origin.API, **said)
        return Response(HolidaySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=HolidaySaysSerializer,
        responses={
            200: HolidaySerializer,
            400: NOT_RECORDED,
            403: OpenApiResponse(description=KEPT),
        },
        description="Correct a holiday.",
    )
    def update(self, request: Request, pk: str) -> Response:
        holiday = self.get_object()
        _refuse_others(request, holiday.process)
        said = _said(HolidaySaysSerializer, request)
        _act(change_holiday, actor=request.user, holiday=holiday, origin=Origin.API, **said)
        return Response(HolidaySerializer(holiday).data)

    @extend_schema(
        responses={204: None, 400: NOT_RECORDED, 403: OpenApiResponse(description=KEPT)},
        description="Make working days of its days again.",
    )
    def destroy(self, request: Request, pk: str) -> Response:
        holiday = self.get_object()
        _refuse_others(request, holiday.process)
        _act(remove_holiday, actor=request.user, holiday=holiday, origin=Origin.API)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _refuse_others(request: Request, process: Process) -> None:
    if not is_coordinator(request.user, process):
        raise PermissionDenied(KEPT)


def _said(serializer: Any, request: Request) -> dict[str, Any]:
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def _act(action: Any, **said: Any) -> Any:
    try:
        return action(**said)
    except Refused as refused:
        raise bad_request(refused) from refused
