"""Tokens with which a program acts as a person through the API."""

import hashlib
from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from .models import ApiToken, User

#: How exactly it is kept when a token was last used: reading should seldom write.
USED_TO_THE = timedelta(hours=1)

Scope = ApiToken.Scope
_REACH = [Scope.READ, Scope.REPORT, Scope.KEEP]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer entente_…`. Unknown, expired and revoked tokens get one answer."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        text = words[1].decode("latin-1") if len(words) == 2 else ""
        standing = ApiToken.objects.standing().filter(user__is_active=True)
        token = standing.filter(token_hash=digest(text)).select_related("user").first()
        if token is None:
            raise AuthenticationFailed("The token is not valid, or not any more.")
        view = request.parser_context["view"] if request.parser_context else None
        if _REACH.index(Scope(token.scope)) < _REACH.index(needed(request, view)):
            raise PermissionDenied("The token's scope does not reach this far.")
        now = timezone.now()
        if token.last_used_at is None or token.last_used_at < now - USED_TO_THE:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def needed(request: Request, view: Any) -> Scope:
    """The scope that a request takes: a view says in `reports` which of its actions report."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return Scope.READ
    if getattr(view, "action", None) in getattr(view, "reports", ()):
        return Scope.REPORT
    return Scope.KEEP


class TokenScheme(OpenApiAuthenticationExtension):
    """How the API's document speaks of tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that its owner made under “API tokens”. It acts as its owner, "
            "as far as its scope reaches: read, read and report, or all that its owner may do.",
        }
