import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from . import known_devices

GetResponse = Callable[[HttpRequest], HttpResponse]


class ReaderMiddleware:
    """Speaks to people in their language, and shows moments in their time zone.

    Who is not signed in is answered in the language that the browser asks for. What programs read
    says the same to all of them, in English.
    """

    PROGRAMS = "/api/"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        with translation.override(self._language(request)):
            if not user.is_authenticated:
                return self.get_response(request)
            with timezone.override(user.zone):
                return self.get_response(request)

    def _language(self, request: HttpRequest) -> str:
        if request.path.startswith(self.PROGRAMS):
            return settings.LANGUAGE_CODE
        if request.user.is_authenticated:
            return request.user.language
        return translation.get_language_from_request(request)


class KnownDevices:
    """Lets a browser in which somebody signed in carry that it is known."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known_devices.leave(request, response)
        return response


class EvenAnswers:
    """Answers forms that name an account at fixed times after they arrived.

    How long it takes tells then not whether the account is there. It is the outermost, for all that
    is done for an answer to be done before. Each answer leaves at the next multiple of the setting.
    """

    #: Of the forms' routes. A sign-in that succeeds need not hide that it did.
    ROUTES = frozenset(
        {"account_login", "account_reset_password", "invitation", "check-in-new-link"}
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        arrived = time.monotonic()
        response = self.get_response(request)
        step, match = settings.EVEN_ANSWERS_SECONDS, request.resolver_match
        if (
            step
            and request.method == "POST"
            and match is not None
            and match.view_name in self.ROUTES
            and not hasattr(request, "signed_in_to")
        ):
            time.sleep(step - (time.monotonic() - arrived) % step)
        return response
