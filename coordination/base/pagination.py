"""Pages of lists: cheap to walk, and of no more rows than are asked for and may be."""

import re
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor as Place
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

LARGEST_PAGE, LAST_PAGE = 200, 10**6
#: A place in a list. Keys have at most so many digits as fit into 64 bits whichever they are.
A_CURSOR = r"(after|before)-[0-9]{1,18}"


def _number(request: Any, name: str, most: int, otherwise: int) -> int:
    """A parameter that counts; 400 where it does not."""
    said = request.query_params.get(name)
    if said is None:
        return otherwise
    if not re.fullmatch("[0-9]{1,18}", said) or not 1 <= int(said) <= most:
        raise ValidationError({name: [f"Write a whole number from 1 to {most}."]})
    return int(said)


def _size(request: Any) -> int:
    return _number(request, "page_size", LARGEST_PAGE, api_settings.PAGE_SIZE or LARGEST_PAGE)


class ByPage(PageNumberPagination):
    """Pages by number, for what is computed and has no key of its own."""

    page_size_query_param = "page_size"

    def get_page_size(self, request: Any) -> int:
        return _size(request)

    def get_page_number(self, request: Any, paginator: Any) -> int:
        return _number(request, self.page_query_param, LAST_PAGE, 1)


class ByKey(CursorPagination):
    """Pages by primary key: the last page of a million rows costs what the first does."""

    ordering = "pk"
    page_size_query_param = "page_size"

    def get_page_size(self, request: Any) -> int:
        return _size(request)

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The key, whatever a view or a query asks for."""
        return ("pk",)

    def decode_cursor(self, request: Any) -> Place | None:
        said = request.query_params.get(self.cursor_query_param)
        if said is None:
            return None
        if not re.fullmatch(A_CURSOR, said):
            words = "Follow the links to the next and the previous page."
            raise ValidationError({self.cursor_query_param: [words]})
        side, key = said.split("-")
        return Place(offset=0, reverse=side == "before", position=key)

    def encode_cursor(self, cursor: Place) -> str:
        side = "before" if cursor.reverse else "after"
        return replace_query_param(
            self.base_url or "", self.cursor_query_param, f"{side}-{cursor.position}"
        )
