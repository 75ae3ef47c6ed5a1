"""What pages are held against: views as bare as Django and DRF allow, on the same rows.

The page lists fifty commitments from one hand-written statement, for who is signed in by the same
session; the list is DRF's own cursor pagination over a plain serializer. Nothing else is around
them: no policy of content, no middleware but sessions and sign-in.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated

from coordination.commitments.models import Commitment

MIDDLEWARE = [
    "benchmarks._bare.bare_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROWS = """
    SELECT c.number, c.reference, c.title, lead.code, verifying.code, d.due_on,
           array_agg(party.code ORDER BY o.id), min(o.reported_level), min(o.verified_level)
    FROM (
        SELECT commitment_id, due_on, due_at FROM coordination_deadline
        WHERE process_id = %s ORDER BY due_at, commitment_id LIMIT 50
    ) d
    JOIN coordination_commitment c ON c.id = d.commitment_id
    JOIN coordination_body lead ON lead.id = c.lead_body_id
    JOIN coordination_body verifying ON verifying.id = c.verifying_body_id
    JOIN coordination_obligation o ON o.commitment_id = c.id
    JOIN coordination_party party ON party.id = o.party_id
    GROUP BY c.id, lead.id, verifying.id, d.due_on, d.due_at ORDER BY d.due_at, c.id
"""
PAGE = """<!doctype html><title>Commitments</title><table>{% for row in rows %}<tr>
{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</table>"""


def bare_addresses(get_response: Any) -> Any:
    """As a middleware: the addresses are those of this module."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = "benchmarks._bare"  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


@login_required
def page(request: HttpRequest, process: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [process])
        rows = cursor.fetchall()
    template = engines["django"].from_string(PAGE) if not _made else _made[0]
    _made[:] = [template]
    return HttpResponse(template.render({"rows": rows}))


_made: list[Any] = []


class Row(serializers.ModelSerializer):
    class Meta:
        model = Commitment
        fields = ["id", "number", "reference", "title", "text", "kind", "priority", "remarks"]


class ByKey(CursorPagination):
    ordering, page_size = "pk", 50


class Rows(ListAPIView):
    queryset = Commitment.objects.all()
    serializer_class = Row
    pagination_class = ByKey
    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes: list[Any] = []
    filter_backends: list[Any] = []


urlpatterns = [path("page/<int:process>/", page), path("rows/", Rows.as_view())]
