"""Answers where something went wrong: a page that says what to do, and JSON for programs.

None of them needs somebody to be signed in; what was typed is shown again where it can be.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.views import defaults

from coordination.base.errors import Refused

from . import drafts
from .models import FormDraft

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
#: Fields that a page shows again; a form of many tables would make it heavy.
MOST_SHOWN, LONGEST_SHOWN = 40, 4000
#: For those who maintain the site: while this file is there, it is closed. Its first line is shown.
CLOSED_BY = "maintenance"
RETRY_SECONDS = 300


def is_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") and not request.path.startswith("/api/docs")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where it was too much."""
    if isinstance(exception, TOO_MUCH):
        if is_program(request):
            return JsonResponse({"detail": "More was sent than is ever needed."}, status=413)
        limits = {
            "words": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "file": settings.EVIDENCE_MAX_BYTES,
        }
        return render(request, "413.html", limits, status=413)
    if is_program(request):
        return JsonResponse({"detail": "The request is not well formed."}, status=400)
    return defaults.bad_request(request, exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_program(request):
        return JsonResponse({"detail": "This is not yours to do."}, status=403)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_program(request):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing is asked of the database or of the page that failed."""
    if is_program(request):
        return JsonResponse({"detail": "Something on our side went wrong."}, status=500)
    return defaults.server_error(request)


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", {"typed": _typed(request)}, status=429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing that was typed is lost, and nothing is recorded that another site may have sent.

    Where the browser says that it was a page of ours, one goes on with a form of one's own; its
    fields are then looked through, and sent, once more.
    """
    if is_program(request):
        return JsonResponse({"detail": "The token of the form is missing."}, status=403)
    elsewhere, draft = not _is_own(request), None
    user = getattr(request, "user", None)
    writer = request.POST.get(drafts.WRITER)
    if not elsewhere and user is not None and user.is_authenticated and writer == str(user.pk):
        draft = _kept(request)
    context = {
        "elsewhere": elsewhere,
        "draft": draft,
        "typed": [] if draft else _typed(request),
        "page": "" if elsewhere else drafts.address_of(request),
        "sent_to": request.get_full_path(),
    }
    return render(request, "403_csrf.html", context, status=403)


def _is_own(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sent it; no other site can say so."""
    said = request.headers.get("Sec-Fetch-Site")
    if said:
        return said == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.get_host()


def _kept(request: HttpRequest) -> FormDraft | None:
    try:
        return drafts.keep(
            owner=request.user,
            page=drafts.address_of(request),
            fields=drafts.fields_sent(request),
        )
    except Refused:
        return None


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Of a form that keeps drafts, so that no page ever shows a password."""
    if drafts.WRITER not in request.POST:
        return []
    rows = [(name, value[:LONGEST_SHOWN]) for name, value in drafts.fields_sent(request) if value]
    hidden = ("what", "seen", "count")
    return [row for row in rows if row[0].rpartition("-")[2] not in hidden][:MOST_SHOWN]


GetResponse = Callable[[HttpRequest], HttpResponse]


class WrongMethod:
    """A page, where a browser comes to what only takes a form, as after it was asked to sign in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content and not is_program(request):
            typed = {"typed": _typed(request)}
            response.content = render_to_string("405.html", typed, request).encode()
        return response


class Maintenance:
    """Closes the site while it is worked on; health and what is cached go on answering.

    It asks neither the database nor who is signed in: both may be what is worked on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.file = Path(settings.VAR_DIR) / CLOSED_BY

    def __call__(self, request: HttpRequest) -> HttpResponse:
        notice = self._notice()
        if notice is None or request.path.startswith("/health/"):
            return self.get_response(request)
        answer: HttpResponse
        if is_program(request):
            answer = JsonResponse({"detail": "Closed for maintenance."}, status=503)
        else:
            context: dict[str, Any] = {"notice": notice, "sent": request.method == "POST"}
            try:
                context["typed"] = _typed(request) if context["sent"] else []
            except TOO_MUCH:
                request._mark_post_parse_error()  # type: ignore[attr-defined]
            answer = HttpResponse(render_to_string("503.html", context), status=503)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        add_never_cache_headers(answer)
        return answer

    def _notice(self) -> str | None:
        """What is said about it, which may be nothing; None while the site is open."""
        try:
            said = self.file.read_text(errors="replace")[:200].strip()
        except OSError:
            return "" if settings.MAINTENANCE else None
        return said.partition("\n")[0]
