"""What the forms of sign-in share: how often they may be sent (see `throttle.py`)."""

from typing import Any

from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from . import throttle


def refusal(used_up: throttle.UsedUp) -> ValidationError:
    """Why nothing was looked at, and what one can do; the same for every address."""
    n = used_up.minutes
    if used_up.kind == "passwords, other devices":
        words = ngettext(
            "Not signed in. Too many wrong passwords were tried for this address in browsers that "
            "never signed in to it. A browser that did still signs in, and so does this one after "
            "“Forgotten your password?”; or try again in %(n)d minute.",
            "Not signed in. Too many wrong passwords were tried for this address in browsers that "
            "never signed in to it. A browser that did still signs in, and so does this one after "
            "“Forgotten your password?”; or try again in %(n)d minutes.",
            n,
        )
    elif used_up.kind.startswith("codes"):
        words = ngettext(
            "Too many codes that were not right. Try again in %(n)d minute.",
            "Too many codes that were not right. Try again in %(n)d minutes.",
            n,
        )
    elif used_up.kind == "passwords, network":
        words = ngettext(
            "Not signed in. Too many wrong passwords came from your network. Try again in %(n)d "
            "minute, or from another network.",
            "Not signed in. Too many wrong passwords came from your network. Try again in %(n)d "
            "minutes, or from another network.",
            n,
        )
    else:
        words = ngettext(
            "Too many wrong passwords in this browser. Have a link sent with “Forgotten your "
            "password?”, or try again in %(n)d minute.",
            "Too many wrong passwords in this browser. Have a link sent with “Forgotten your "
            "password?”, or try again in %(n)d minutes.",
            n,
        )
    return ValidationError(words % {"n": n}, code="too_many")


class LimitedReset:
    """Sends no more mails than it may, and says the same."""

    cleaned_data: dict[str, Any]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        address: str = self.cleaned_data["email"]
        if throttle.allowed(request, "reset", address):
            super().save(request, **kwargs)  # type: ignore[misc]
        return address


class LimitedPassword:
    """Counts the tries of the present password, where a new one is chosen."""

    user: Any

    def clean_oldpassword(self) -> str:
        count = throttle.present_password(context.request, self.user.email)
        try:
            throttle.spend(count)
        except throttle.UsedUp as used_up:
            raise refusal(used_up) from used_up
        password: str = super().clean_oldpassword()  # type: ignore[misc]
        throttle.give_back(count)
        return password


class LimitedCode:
    """Counts the codes that are tried, from an app or a list; one that is right is given back."""

    user: Any

    def clean_code(self) -> str:
        counts = throttle.second_steps(context.request, self.user.email)
        try:
            throttle.spend(*counts)
        except throttle.UsedUp as used_up:
            raise refusal(used_up) from used_up
        code: str = super().clean_code()  # type: ignore[misc]
        throttle.give_back(*counts)
        return code
