"""What is asked again and again while one page is read, answered once.

Only for requests that change nothing: whoever loses a right loses it at the next request, and an
action always reads anew.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

Answer = TypeVar("Answer")

_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer, kept until the page is there; asked anew outside of reading a page."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def is_reading() -> bool:
    """Whether a page is being read, so that answers are kept."""
    return _answers.get() is not None


class AskOnce:
    """Keeps answers while a page is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reads = request.method in ("GET", "HEAD")
        token = _answers.set({} if reads else None)
        try:
            return self.get_response(request)
        finally:
            _answers.reset(token)
