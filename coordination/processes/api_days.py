"""What held on a day: on the one that is asked about, else on today in each process's calendar."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as NotADay
from django.db.models import Q
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from coordination.base.api import ScopedViewSet
from coordination.base.dates import day_starts_at
from coordination.base.lasting import held_on
from coordination.base.sent import DayAsked

from .models import Process

AS_OF = OpenApiParameter(
    "as_of",
    OpenApiTypes.DATE,
    description="What held on this day, as YYYY-MM-DD; without it, on today in the process's "
    "time zone.",
)

_DAY = DayAsked(required=False)


def asked_day(request: Any) -> date | None:
    """The day of `?as_of=`; 400 for what is none."""
    try:
        return _DAY.clean(request.query_params.get("as_of"))
    except NotADay as error:
        raise ValidationError({"as_of": error.messages}) from error


class AsOfFilter(filters.CharFilter):
    """Known as a parameter; `AsOf` reads it, since it says what is shown of each row."""

    def __init__(self) -> None:
        super().__init__(label=str(AS_OF.description))

    def filter(self, qs: Any, value: Any) -> Any:
        return qs


class Days:
    """The day that each process is shown as of."""

    def __init__(self, user: Any, as_of: date | None = None) -> None:
        self.of: dict[int, date] = {}
        self.groups: dict[tuple[date, datetime], list[int]] = defaultdict(list)
        for process in Process.objects.visible_to(user).only("time_zone"):
            day = self.of[process.pk] = as_of or process.today()
            over = day_starts_at(day + timedelta(days=1), process.zone)
            self.groups[day, over].append(process.pk)

    def held(self, path: str) -> Q:
        """What lasts and held on the day; `path` leads from it to its process."""
        return self.where(path, lambda day, over: held_on(day))

    def where(self, path: str, rule: Callable[[date, datetime], Q]) -> Q:
        """A rule of the day, and of the moment at which it is over, for each process."""
        found = Q(pk__in=[])
        for (day, over), processes in self.groups.items():
            found |= rule(day, over) & Q(**{f"{path}__in": processes})
        return found


class AsOf(ScopedViewSet):
    """Resources that are shown as of a day."""

    parameters = ("as_of",)
    as_of: date | None = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.as_of = asked_day(request)
        self.days = Days(request.user, self.as_of)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "days": getattr(self, "days", None)}
