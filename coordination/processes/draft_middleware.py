"""Forms that somebody sends who is signed out by now, and drafts that are gone on with."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import throttle
from coordination.base.errors import Refused
from coordination.base.forms import GOING_ON

from .drafts import LONGEST_PAGE, MOST_BYTES, WRITER, as_sent, fields_sent, forget, keep
from .models import FormDraft
from .wrong import too_many

#: In the session of a browser whose reader is signed out: what was sent meanwhile, and how long it
#: waits for them.
WAITING, WAITS = "waiting_form", timedelta(hours=1)

GetResponse = Callable[[HttpRequest], HttpResponse]


class KeepWhatWasSent:
    """Keeps a form whose sender is signed out by now; stands before what asks them to sign in.

    In the session, for an hour: nobody but this browser has it, and only its writer gets it back.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if (
            request.method != "POST"
            or request.user.is_authenticated
            or not getattr(view, "login_required", True)
            or not request.POST.get(WRITER, "").isdecimal()
        ):
            return None
        fields, page = fields_sent(request), request.get_full_path()
        if len(json.dumps(fields)) > MOST_BYTES or len(page) > LONGEST_PAGE:
            messages.warning(request, _("You are signed out, and what you sent was not recorded."))
            return None
        writer = request.POST[WRITER]
        if not throttle.allowed(request, "waiting form", writer):
            return too_many(request)
        at = timezone.now().timestamp()
        request.session[WAITING] = {"writer": writer, "page": page, "fields": fields, "at": at}
        messages.warning(
            request,
            _("You are signed out. What you typed is kept: sign in here, and go on with it."),
        )
        return None


class FormDrafts:
    """Brings what was typed back, and forgets it once it was recorded."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and WAITING in request.session:
            self._take_up(request)
        response = self.get_response(request)
        if getattr(request, "sent_by_writer", False) and response.status_code in (302, 303):
            forget(owner=request.user, page=request.get_full_path())
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method != "POST" or not request.user.is_authenticated:
            return
        number = request.POST.get(GOING_ON)
        if number is None:
            # For the answer: what is found here has passed all that keeps people out.
            request.sent_by_writer = WRITER in request.POST  # type: ignore[attr-defined]
            return
        if not number.isdecimal() or len(number) > 18:
            raise SuspiciousOperation("A draft has a number.")
        draft = FormDraft.objects.visible_to(request.user).filter(
            pk=number, page=request.get_full_path()
        )
        found = draft.first()
        if found is None:
            raise Http404
        request.POST = as_sent(found)  # type: ignore[assignment]
        request.draft = found  # type: ignore[attr-defined]

    def _take_up(self, request: HttpRequest) -> None:
        waiting = request.session.pop(WAITING)
        age = timezone.now().timestamp() - waiting["at"]
        if waiting["writer"] != str(request.user.pk) or age > WAITS.total_seconds():
            return
        try:
            keep(owner=request.user, page=waiting["page"], fields=waiting["fields"])
        except Refused:
            return  # the page is no more
