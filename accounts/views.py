"""The person's own profile, and their tokens for the API."""

from allauth.account.decorators import reauthentication_required
from allauth.core.internal.httpkit import authenticated_user
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from . import actions
from .models import ApiToken, User
from .profile_forms import ProfileForm, TokenForm


def profile(request: HttpRequest) -> HttpResponse:
    # What is refused must not show in the page's head: the form works on a copy.
    person = User.objects.get(pk=authenticated_user(request).pk)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        person.save(update_fields=form.changed_data or ["name"])
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "account/profile.html", {"form": form})


def tokens(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _make(request)
    return _list(request, TokenForm())


@reauthentication_required
def _make(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer is the only page that ever shows it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    try:
        made, text = actions.make_token(
            actor=request.user,  # type: ignore[arg-type]
            name=form.cleaned_data["name"],
            scope=form.cleaned_data["scope"],
            expires_at=form.expires_at,
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return _list(request, form)
    response = _list(request, TokenForm(), made, text)
    response.headers["Cache-Control"] = "no-store"
    return response


def _list(
    request: HttpRequest, form: TokenForm, made: ApiToken | None = None, text: str = ""
) -> HttpResponse:
    rows = ApiToken.objects.filter(user_id=authenticated_user(request).pk)
    standing = rows.standing()
    context = {
        "form": form,
        "made": made,
        "text": text,
        "standing": standing,
        "ended": rows.exclude(pk__in=standing.values("pk"))[:20],
        "api": f"{settings.SITE_URL}/api/commitments/",
    }
    return render(request, "account/tokens.html", context)


def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, user_id=authenticated_user(request).pk, pk=pk)
    actions.revoke(actor=request.user, token=token)  # type: ignore[arg-type]
    messages.success(request, _("Revoked. What used the token is let in no more."))
    return redirect("tokens")
