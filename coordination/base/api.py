"""What every resource of the API shares: only visible rows, and only known parameters."""

from datetime import UTC
from typing import Any

from django import forms
from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from .errors import Overtaken, Refused
from .sent import PAGES, DayAsked, IdAsked, StrictParser, check_parameters


class TrueOrFalseField(forms.Field):
    """Refuses what is neither, where Django's own fields read it as nothing said."""

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError("Write true or false.")
        return value == "true"


class TrueOrFalseFilter(filters.BooleanFilter):
    field_class = TrueOrFalseField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=forms.TextInput, **kwargs)


class IdFilter(filters.NumberFilter):
    """Rows of another row, by its id."""

    field_class = IdAsked

    def __init__(self, path: str, label: str) -> None:
        super().__init__(path, label=label, widget=forms.TextInput)

    def get_max_validator(self) -> None:
        """None beside the field's own."""


class DayFilter(filters.DateFilter):
    """Rows by a day of theirs, before or after one."""

    field_class = DayAsked

    def __init__(self, path: str, lookup: str, label: str) -> None:
        super().__init__(path, lookup, label=label)


class ScopedViewSet(ReadOnlyModelViewSet):
    """Reads rows through `visible_to`: what one may not see answers like what does not exist."""

    parser_classes = [StrictParser]
    filter_backends = [filters.DjangoFilterBackend]
    #: What is known where one row is read; a list also knows its filters and its pages.
    parameters: tuple[str, ...] = ()
    #: Actions of a row that answer with a list.
    lists: tuple[str, ...] = ()
    #: Actions that a token may take whose scope is to read and report: see accounts/tokens.py.
    reports: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        timezone.activate(UTC)  # moments are written in UTC, whatever the reader's pages show
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            check_parameters(request, self.known_parameters(request))

    def known_parameters(self, request: Request) -> set[str]:
        """A parameter that does nothing is refused: a slip of the pen does not list everything."""
        if request.method not in ("GET", "HEAD"):
            return set()
        if self.action == "list":
            filterset: Any = getattr(self, "filterset_class", None)
            return {*PAGES, *(filterset.base_filters if filterset else ())}
        return set(PAGES if self.action in self.lists else self.parameters)

    def get_queryset(self) -> Any:
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined]


class PersonSerializer(serializers.Serializer):
    """A person, as others of the process meet them."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    function = serializers.CharField(help_text="Office or rank, as signed; may be empty.")


class NamedSerializer(serializers.Serializer):
    """A body or party by its code, which is unique in its process."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class Conflict(APIException):
    """What was sent rests on what is no longer so."""

    status_code = status.HTTP_409_CONFLICT


def bad_request(refused: Refused) -> APIException:
    """A refusal as a 400, beside the field that it concerns; as a 409 where somebody was first."""
    if isinstance(refused, Overtaken):
        return Conflict({"detail": refused.message})
    return ValidationError({refused.field or "detail": [refused.message]})


class NoSuchResource(APIView):
    """Answers in JSON for addresses of the API that lead nowhere."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
