from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """Pages by primary key: the last page of a million rows costs what the first does."""

    ordering = "pk"
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The key, whatever a view or a query asks for."""
        return ("pk",)

    def decode_cursor(self, request: Any) -> Any:
        cursor = super().decode_cursor(request)
        # A position that was made up would otherwise reach the database as it is.
        if cursor and cursor.position is not None and not str(cursor.position).isdecimal():
            raise NotFound(self.invalid_cursor_message)
        return cursor
