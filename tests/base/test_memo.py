"""Answers that are kept while a page is read, and no longer."""

from itertools import count

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from coordination.base.memo import AskOnce, once


@pytest.mark.parametrize(("method", "said"), [("get", [0, 0]), ("head", [0, 0]), ("post", [0, 1])])
def test_what_is_asked_twice_is_answered_once_where_nothing_changes(
    method: str, said: list[int]
) -> None:
    numbers = count()
    heard: list[int] = []

    def page(request: object) -> HttpResponse:
        heard.extend(once("who", lambda: next(numbers)) for _ in range(2))
        return HttpResponse()

    AskOnce(page)(getattr(RequestFactory(), method)("/"))
    assert heard == said


def test_the_next_request_asks_anew() -> None:
    numbers = count()
    heard: list[int] = []

    def page(request: object) -> HttpResponse:
        heard.append(once("who", lambda: next(numbers)))
        return HttpResponse()

    for _ in range(2):
        AskOnce(page)(RequestFactory().get("/"))
    heard.append(once("who", lambda: next(numbers)))
    assert heard == [0, 1, 2]
