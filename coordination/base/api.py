"""What every resource of the API shares: only visible rows, and only known parameters."""

from datetime import UTC
from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from .errors import Refused


class KnownParameters(filters.DjangoFilterBackend):
    """Refuses a parameter that does nothing, so that a slip of the pen does not list everything."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        known = {"cursor", "page_size"}
        if (filterset := self.get_filterset_class(view, queryset)) is not None:
            known |= filterset.base_filters.keys()
        if view.action == "list" and (unknown := sorted(request.query_params.keys() - known)):
            words = f"There is no such parameter; those known here are {', '.join(sorted(known))}."
            raise ValidationError({name: [words] for name in unknown})
        return super().filter_queryset(request, queryset, view)


class ScopedViewSet(ReadOnlyModelViewSet):
    """Reads rows through `visible_to`: what one may not see answers like what does not exist."""

    permission_classes = [IsAuthenticated]
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
