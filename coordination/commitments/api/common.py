"""What the resources of commitments have in common."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Q
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from coordination.base.api import DayFilter, NamedSerializer, bad_request
from coordination.base.errors import Refused
from coordination.base.sent import LARGEST_ID

from .. import standing, timeliness
from ..models import Obligation

Row = TypeVar("Row")

LEVEL = "0 not initiated, 1 minimum, 2 intermediate, 3 full (Peace Accords Matrix)."
DUE_ON = "Last day, in the process's time zone; null without a date."
DUE_AT = "Moment from which it is late, UTC; null without a date."
CODE = "Register number, as in “C-14”."
LOCAL = "Calendar day in the process's time zone."
READ_BY = "Who reads it: everybody in the process, the bodies concerned, or its delegation alone."
UTC_MOMENT = {"help_text": "UTC."}

NOT_RECORDED = OpenApiResponse(description="Not recorded; the answer says what to correct.")


class StandingSerializer(serializers.Serializer):
    """Whether it needs attention, computed now."""

    mark = serializers.ChoiceField(
        choices=standing.ORDER,
        help_text="breach: a confirmed breach that is not cured; over: late, or a number beyond "
        "its bound; contra: found otherwise than reported; risk: due today; rep: to verify; wait: "
        "no date yet, or suspended; none: nothing to say; ok: met.",
    )
    words = serializers.CharField(help_text="The same for people, as in “26 days late”.")


class TimelinessSerializer(serializers.Serializer):
    """Whether it is on time, computed now; of what is expected several times, the one owed next."""

    state = serializers.ChoiceField(
        choices=timeliness.State.choices,
        help_text="undated, not_yet_due, due_today; overdue: past and neither reported nor found "
        "full; unconfirmed: reported full, not found so; passed: a prohibition that ended or a "
        "permission that began; done_on_time, done_late: found full, by its due day or after; "
        "suspended: nothing is late meanwhile.",
    )
    days_late = serializers.IntegerField(help_text="Whole calendar days; 0 when it is not late.")


class OwnerSerializer(NamedSerializer):
    type = serializers.ChoiceField(choices=("party", "body"))


class CommitmentPartSerializer(serializers.Serializer):
    """Another commitment of the process."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text=CODE)
    title = serializers.CharField()


class LevelField(serializers.IntegerField):
    """A level or null; `words` says whose."""

    def __init__(self, words: str, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_value=3, allow_null=True, help_text=f"{words} {LEVEL}", **kwargs
        )


class IdField(serializers.IntegerField):
    """The id of a row that is sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


def process_filter(path: str) -> filters.CharFilter:
    return filters.CharFilter(f"{path}__slug", label="Short address of the process.")


def due_before(path: str) -> DayFilter:
    return DayFilter(path, "lt", "Due before this day, as YYYY-MM-DD.")


def due_after(path: str) -> DayFilter:
    return DayFilter(path, "gt", "Due after this day, as YYYY-MM-DD.")


def owed_by(code: str) -> Any:
    return Obligation.objects.filter(Q(party__code=code) | Q(body__code=code))


def obligation_code(source: str = "obligation.commitment.code") -> serializers.CharField:
    return serializers.CharField(source=source, help_text=CODE)


def given(serializer: Any, request: Request) -> dict[str, Any]:
    """What was sent; 400 where that is not understood."""
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def among(rows: Any, key: int | None, field: str) -> Any:
    """The row of some that was named; 400 beside the field where it is none of them."""
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        raise bad_request(Refused("There is no such row here.", field))
    return found


def act(action: Callable[..., Row], **said: Any) -> Row:
    """What an action comes to; 400 beside the field where it refuses."""
    try:
        return action(**said)
    except Refused as refused:
        raise bad_request(refused) from refused
