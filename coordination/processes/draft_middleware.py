"""Forms that somebody sends who is signed out by now, and drafts that are gone on with."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import throttle
from coordination.base.errors import Refused
from coordination.base.forms import GOING_ON

from .drafts import (
    LONGEST_ADDRESS,
    MOST_BYTES,
    WRITER,
    address_of,
    as_sent,
    fields_sent,
    forget,
    keep,
    key_of,
    of_page,
)
from .wrong import is_program, too_many

log = logging.getLogger(__name__)

#: In the session of a browser whose reader is signed out: what was sent meanwhile, and how long it
#: waits for them.
WAITING, WAITS = "waiting_form", timedelta(hours=1)
#: Digits of the number of a person or a draft, as the database takes it.
LONGEST_NUMBER = 18

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
        if is_program(request):  # it reads for itself what programs send
            return None
        writer = request.POST.get(WRITER, "") if request.method == "POST" else ""
        if (
            request.method != "POST"
            or request.user.is_authenticated
            or not getattr(view, "login_required", True)
            or not writer.isdecimal()
            or len(writer) > LONGEST_NUMBER
        ):
            return None
        fields, page = fields_sent(request), address_of(request)
        if len(json.dumps(fields)) > MOST_BYTES or len(key_of(page)) > LONGEST_ADDRESS:
            messages.warning(request, _("You are signed out, and what you sent was not recorded."))
            return None
        try:
            throttle.spend(throttle.waiting_form(request))
        except throttle.UsedUp:
            return too_many(request)
        at = timezone.now().timestamp()
        request.session[WAITING] = {"writer": writer, "page": page, "fields": fields, "at": at}
        messages.warning(
            request,
            _("You are signed out. What you typed is kept: sign in here, and go on with it."),
        )
        # What takes a form may show nothing: one comes back to the page that does.
        return None if page == request.get_full_path() else redirect_to_login(page)


class FormDrafts:
    """Brings what was typed back, and forgets it once it was recorded."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and WAITING in request.session:
            self._take_up(request)
        response = self.get_response(request)
        if getattr(request, "sent_by_writer", False) and response.status_code in (302, 303):
            what = request.POST.get("what", "")
            forget(owner=request.user, page=address_of(request), what=what)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method != "POST" or not request.user.is_authenticated or is_program(request):
            return
        number = request.POST.get(GOING_ON)
        if number is None:
            # For the answer: what is found here has passed all that keeps people out.
            request.sent_by_writer = WRITER in request.POST  # type: ignore[attr-defined]
            return
        if not number.isdecimal() or len(number) > LONGEST_NUMBER:
            raise SuspiciousOperation("A draft has a number.")
        found = of_page(request.user, address_of(request)).filter(pk=number).first()
        if found is None:
            raise Http404
        request.POST = as_sent(found)  # type: ignore[assignment]
        request.draft = found  # type: ignore[attr-defined]

    def _take_up(self, request: HttpRequest) -> None:
        """Whatever is wrong with it breaks no page: it is taken up once, or dropped."""
        waiting = request.session.pop(WAITING)
        try:
            at = datetime.fromtimestamp(waiting["at"], UTC)
            if waiting["writer"] != str(request.user.pk) or timezone.now() - at > WAITS:
                return
            page, fields = waiting["page"], waiting["fields"]
            keep(owner=request.user, page=page, fields=fields, typed_at=at)
        except Refused:
            return  # the page is no more
        except Exception as error:  # what is kept for somebody never keeps them out
            log.warning("A waiting form was dropped: %s", type(error).__name__)
