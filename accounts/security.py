"""Sign-in and the account's security: allauth's pages where they write although one only looks.

What has to be kept between two steps is asked for with a POST, or goes out signed with the page:
opening a page changes nothing here.
"""

from typing import Any
from urllib.parse import quote

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.account.forms import UserTokenForm
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import httpkit
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import view_recovery_codes
from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.internal import auth
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView
from requests import RequestException

from .models import User
from .user_agents import device


class PasskeySignIn(passkeys.LoginWebAuthnView):
    """The page's script asks for a challenge first, and then sends what the device made of it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "begin" in request.POST:
            return JsonResponse(auth.begin_authentication(user=None))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = passkeys.Login(
            user=authenticator.user, redirect_url=get_next_redirect_url(self.request)
        )
        return passkeys.flows.perform_passwordless_login(self.request, authenticator, login)


class SecondStep(AuthenticateView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "begin" in request.POST:
            return JsonResponse(auth.begin_authentication(self.stage.login.user))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = Authenticator.objects.filter(user=self.stage.login.user)
        return {
            "form": self.auth_form,
            "passkey_form": self.webauthn_form,
            "kinds": set(kinds.values_list("type", flat=True)),
        }


class PasskeyAgain(passkeys.ReauthenticateWebAuthnView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "begin" in request.POST:
            return JsonResponse(auth.begin_authentication(httpkit.authenticated_user(request)))
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super(passkeys.ReauthenticateWebAuthnView, self).get_context_data(**kwargs)


class AddPasskey(passkeys.AddWebAuthnView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "begin" in request.POST:
            alone = "passwordless" in request.POST
            user = httpkit.authenticated_user(request)
            return JsonResponse(auth.begin_registration(user, alone))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return FormView.get_context_data(self, **kwargs)


@method_decorator([login_not_required, never_cache], name="dispatch")
class ResetPassword(account.PasswordResetFromKeyView):
    """The link of the mail is good until it is used; only who may sign in gets one that works."""

    success_url = reverse_lazy("account_login")

    def dispatch(
        self, request: HttpRequest, uidb36: str, key: str, **kwargs: Any
    ) -> HttpResponseBase:
        self.request, self.key, self.reset_user = request, key, None
        link = UserTokenForm(data={"uidb36": uidb36, "key": key})
        if not link.is_valid() or not link.reset_user.is_active:
            return render(request, self.template_name, {"dead": True}, status=404)
        self.reset_user = link.reset_user
        return FormView.dispatch(self, request, uidb36=uidb36, key=key)

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.user.is_authenticated:
            self.logout()
        return super().form_valid(form)


#: Whoever has no password yet, and came in another way, shows again who they are.
set_password = reauthentication_required(app="allauth.mfa")(account.password_set)


@never_cache
@reauthentication_required(app="allauth.mfa")
@transaction.atomic
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The codes are shown to a POST, once; a page that is only opened says how many are left."""
    row = get_object_or_404(
        Authenticator.objects.select_for_update(),
        user=httpkit.authenticated_user(request),
        type=Authenticator.Type.RECOVERY_CODES,
    )
    codes = row.wrap()
    shown: list[str] = []
    if request.method == "POST" and not codes.did_view:
        view_recovery_codes(request)
        shown = codes.get_unused_codes()
    context = {
        "codes": shown,
        "download": quote("".join(f"{code}\r\n" for code in shown)),
        "left": len(codes.get_unused_codes()),
        "were_shown": codes.did_view and not shown,
    }
    return render(request, "mfa/recovery_codes/index.html", context)


def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in; one session is ended, or all but this one."""
    user = httpkit.authenticated_user(request)
    rows = open_sessions(user)
    if request.method == "POST":
        chosen = request.POST.get("session")
        ending = [
            row
            for row in rows
            if not row.is_current() and (chosen is None or str(row.pk) == chosen)
        ]
        if chosen is not None and not ending:
            raise Http404
        end_sessions(request, ending)
        messages.success(request, _("Ended. That device has to sign in again."))
        return redirect("usersessions_list")
    context = {
        "sessions": [(row, device(row.user_agent)) for row in rows],
        "others": [row for row in rows if not row.is_current()],
    }
    return render(request, "usersessions/usersession_list.html", context)


def open_sessions(user: User) -> list[UserSession]:
    """The sessions that still let somebody in, the newest first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    stored = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
    )
    digest = user.get_session_auth_hash()
    good = {
        one.session_key
        for one in stored
        if constant_time_compare(one.get_decoded().get(HASH_SESSION_KEY, ""), digest)
    }
    return [row for row in rows if row.session_key in good]


@login_not_required
def single_sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """On to the provider by a page: the policy lets no form lead, or be led, elsewhere."""
    try:
        response = openid_connect.login(request, provider_id)
    except RequestException:
        return render(request, "socialaccount/authentication_error.html", status=503)
    if isinstance(response, HttpResponseRedirect):
        return render(request, "socialaccount/login_redirect.html", {"address": response.url})
    return response
