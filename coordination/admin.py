"""Registry: one line a slice; and the one way in."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from .agreements import admin as agreements
from .bodies import admin as bodies
from .commitments import admin as commitments
from .ledger import admin as ledger
from .outbox import admin as outbox
from .portability import admin as portability
from .processes import admin as processes
from .reminders import admin as reminders
from .reviews import admin as reviews

__all__ = [
    "agreements",
    "bodies",
    "commitments",
    "ledger",
    "outbox",
    "portability",
    "processes",
    "reminders",
    "reviews",
]


@never_cache
@login_not_required
def sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The product's own sign-in; whoever is in already and may not open the admin gets a 403."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(target, resolve_url(settings.LOGIN_URL))
    if not admin.site.has_permission(request):
        raise PermissionDenied
    return HttpResponseRedirect(target)


def change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The account's own page: it counts the tries of the present one, and revokes the tokens."""
    return redirect("account_change_password")


def without_shortcut() -> list[Any]:
    """Without Django's redirect to any object's page: it asks nobody who may see the object."""
    return [url for url in _urls() if getattr(url, "name", None) != "view_on_site"]


_urls = admin.site.get_urls
admin.site.get_urls = without_shortcut  # type: ignore[method-assign]
admin.site.login = sign_in  # type: ignore[method-assign]
admin.site.password_change = change_password  # type: ignore[method-assign,assignment]
admin.site.disable_action("delete_selected")
admin.site.site_header = admin.site.site_title = "Entente"
admin.site.index_title = _("The record")
admin.site.empty_value_display = "—"
