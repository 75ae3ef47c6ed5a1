"""Of whom a second step at sign-in is asked, until when, and what happens after that.

Each process says of which roles; whoever opens the admin of a site in production is always asked.
Until the day a line on every page says so. From then on nothing opens but the pages on which it is
set up, and the API answers 403.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from .access import memberships
from .models import Membership

#: What counts as one; recovery codes come with either.
TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ADMINISTRATORS_GRACE = timedelta(days=14)
#: The pages on which it is set up, where one shows again who one is, and those for whoever fears
#: that somebody else is in. By their whole names: the admin's begin with those of its models.
OPEN_PAGES = frozenset(
    {
        *("account_reauthenticate", "account_change_password", "account_set_password"),
        *("mfa_index", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("mfa_activate_totp", "mfa_deactivate_totp"),
        *("mfa_list_webauthn", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
        "usersessions_list",
    }
)


@dataclass(frozen=True)
class Asked:
    """That a person is asked for a second step and has none.

    `by` is the first day on which nothing else opens to them. Without a `process` the site asks.
    """

    since: date
    by: date
    is_over: bool
    process: str = ""
    role: str = ""


def asked_of(user: Any) -> Asked | None:
    """What presses most; None of a person who is not asked, or has it. One query, or two."""
    found = [asked for member in memberships(user) if (asked := asked_as(member))]
    if settings.PRODUCTION and (user.is_staff or user.is_superuser):
        since = user.created_at.date()
        by = since + ADMINISTRATORS_GRACE
        found.append(Asked(since, by, timezone.now().date() >= by))
    if not found or has_one(user):
        return None
    return min(found, key=lambda asked: asked.by)


def asked_as(member: Membership) -> Asked | None:
    """What the process asks of a member, whether they have it or not."""
    process = member.process
    if member.role not in process.second_factor_roles:
        return None
    since = max(process.today(member.role_since), process.second_factor_since)
    by = since + timedelta(days=process.second_factor_grace_days)
    words = str(member.get_role_display())
    return Asked(since, by, process.today() >= by, process.short_name, words)


def has_one(user: Any) -> bool:
    return Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def those_who_have_one(users: Iterable[int]) -> set[int]:
    rows = Authenticator.objects.filter(user__in=users, type__in=TYPES)
    return set(rows.values_list("user", flat=True))


class SecondStepMiddleware:
    """Tells pages what is asked of their reader (`request.second_step`), and closes them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Views that need no sign-in are left alone; those of the API ask `HasSecondStep`."""
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        asked = asked_of(request.user)
        request.second_step = asked  # type: ignore[attr-defined]
        name = request.resolver_match and request.resolver_match.view_name  # with its namespace
        if asked is None or not asked.is_over or name in OPEN_PAGES:
            return None
        return redirect("mfa_index")


class HasSecondStep(BasePermission):
    """For the API, however one signs in to it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        asked = asked_of(request.user) if request.user.is_authenticated else None
        self.message = _("Your account needs a second step: sign in on the site and set it up.")
        return asked is None or not asked.is_over
