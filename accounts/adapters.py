"""How sign-in, as allauth does it, is done here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _

from . import throttle, words
from .actions import end_half_open, revoke_all
from .limits import refusal
from .models import User

#: The name of a notice of ours among allauth's.
SECOND_STEPS_REMOVED = "mfa/email/removed_by_an_administrator"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | words.ACCOUNT

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return throttle.client_address(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Compare a password, at sign-in or before something that matters, if it may be tried."""
        counts = throttle.passwords(request, credentials.get("email") or "")
        try:
            throttle.spend(*counts)
        except throttle.UsedUp as used_up:
            raise refusal(used_up) from used_up
        person = super().authenticate(request, **credentials)
        if person is not None:
            throttle.give_back(*counts)
        return person

    @transaction.atomic
    def set_password(self, user: Any, password: str) -> None:
        """However it comes to a new one: what somebody else may hold of the account ends."""
        super().set_password(user, password)
        revoke_all(user)
        end_half_open(user)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Whom a provider vouches for signs in to the account that has this address at the moment.

    Nothing ties the two: an address that passes to somebody else takes the account with it only
    when it is changed here, and one that is taken away here opens nothing any more.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """An address that has no account here gets none by signing in elsewhere."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[Any]:
        """The environment's alone: one in the database could be anybody's."""
        apps = super().list_apps(request, provider=provider, client_id=client_id)
        return [app for app in apps if app.pk is None]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the person by what the provider said, or stop here."""
        said = sociallogin.account.extra_data
        signed = said.get("id_token") or {}
        claims = said.get("userinfo") or signed
        address = claims.get("email")
        refused = ""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            refused = _("Accounts are not tied to others here. Sign in.")
        elif not signed or claims.get("sub") != signed.get("sub"):
            refused = _("The provider’s answer does not hold together. Try again.")
        elif not isinstance(address, str) or claims.get("email_verified") is not True:
            refused = _(
                "The provider does not confirm your e-mail address. Confirm it there and try "
                "again, or sign in with your password."
            )
        else:
            person = User.objects.filter(email=address.strip().lower(), is_active=True).first()
            if person is None:
                refused = _(
                    "No account here has the address %(address)s. Ask the secretariat of your "
                    "process for an invitation."
                ) % {"address": address}
        if refused:
            context = {"refused": refused}
            page = render(request, "socialaccount/authentication_error.html", context, status=403)
            raise ImmediateHttpResponse(page)
        sociallogin.user = person
