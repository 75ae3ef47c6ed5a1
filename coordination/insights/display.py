"""How a browser shows the pages, and what helps to read and use them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

#: What a browser keeps, with its values; the empty one is how it is without.
KEPT = {"display": ("", "projector"), "keys": ("", "off")}
A_YEAR = 365 * 24 * 60 * 60


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "insights/accessibility.html", {"tab": "accessibility"})


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keep a choice in this browser, and go back to the page on which it was made."""
    back = request.headers.get("Referer", "")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(back, here, require_https=request.is_secure()):
        back = reverse("accessibility")
    response = redirect(back)
    for name, values in KEPT.items():
        said = request.POST.get(name)
        if said in values and said:
            response.set_cookie(
                name,
                said,
                max_age=A_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        elif said == "":
            response.delete_cookie(name, samesite="Lax")
    return response
