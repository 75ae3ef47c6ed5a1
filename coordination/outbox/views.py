"""Where a mail provider reports what came back."""

from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .webhooks import PROVIDERS


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_events(request: HttpRequest) -> Any:
    """Hand a report to whoever reads it; there is nothing here unless a provider is set.

    Who reports signs in with a user's name and password that only the provider knows.
    """
    if settings.MAIL_PROVIDER not in PROVIDERS or not settings.MAIL_EVENTS_SECRET:
        raise Http404
    try:
        return PROVIDERS[settings.MAIL_PROVIDER].as_view()(request)
    except AnymailWebhookValidationFailure:
        return HttpResponse(status=403)
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest()
