"""What every resource of the API shares: only visible rows, and only known parameters."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django import forms
from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from .errors import Refused

#: Parameters that every list knows.
PAGES = ("cursor", "page_size")


def refuse_unknown(request: Any, known: Iterable[str] = PAGES) -> None:
    """Answer 400 to a parameter that is not known."""
    if unknown := sorted(request.query_params.keys() - set(known)):
        words = f"There is no such parameter; those known here are {', '.join(sorted(known))}."
        raise ValidationError({name: [words] for name in unknown})


class StrictParser(JSONParser):
    """Answers 400 also to brackets that open deeper than the interpreter can go."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


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


class KnownParameters(filters.DjangoFilterBackend):
    """Refuses a parameter that does nothing, so that a slip of the pen does not list everything."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        known = set(PAGES)
        if (filterset := self.get_filterset_class(view, queryset)) is not None:
            known |= filterset.base_filters.keys()
        if view.action == "list":
            refuse_unknown(request, known)
        return super().filter_queryset(request, queryset, view)


class ScopedViewSet(ReadOnlyModelViewSet):
    """Reads rows through `visible_to`: what one may not see answers like what does not exist."""

    permission_classes = [IsAuthenticated]
    parser_classes = [StrictParser]
    filter_backends = [KnownParameters]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        timezone.activate(UTC)  # moments are written in UTC, whatever the reader's pages show
        super().initial(request, *args, **kwargs)

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


def bad_request(refused: Refused) -> ValidationError:
    """A refusal as a 400, beside the field that it concerns."""
    return ValidationError({refused.field or "detail": [refused.message]})


class NoSuchResource(APIView):
    """Answers in JSON for addresses of the API that lead nowhere."""

    permission_classes = [IsAuthenticated]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
