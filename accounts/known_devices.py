"""Browsers that have signed in to an account before.

Each carries a signed cookie with the accounts that it knows, told by a hash, and a random id for
each. It opens nothing: it only keeps the wrong passwords of others from counting against it (the
“device cookie” that OWASP describes).
"""

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "device"
SALT = "accounts.known_devices"
LIFETIME = 400 * 24 * 60 * 60  # as long as browsers keep one
#: Nothing else is asked of it anywhere else.
PATH = "/sign-in/"
#: As many accounts as people have who share a browser.
REMEMBERED = 8


def known_for(request: HttpRequest, address: str) -> str:
    """The device's id for the account with this address; empty where it never signed in to it."""
    return dict(_carried(request)).get(_account(address), "")


def learn(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Note that the browser has shown that the account is its user's: see `leave`."""
    request.signed_in_to = user.email  # type: ignore[attr-defined]


def leave(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser carry what was noted. The id is new each time, and so are its counts."""
    address = getattr(request, "signed_in_to", None)
    if address is None:
        return
    account = _account(address)
    others = [pair for pair in _carried(request) if pair[0] != account]
    pairs = [(account, secrets.token_urlsafe(12)), *others]
    response.set_cookie(
        COOKIE,
        signing.dumps(pairs[:REMEMBERED], salt=SALT),
        max_age=LIFETIME,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        pairs = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return []
    return [(account, device) for account, device in pairs]


def _account(address: str) -> str:
    secret = hashlib.sha256(b"entente devices" + settings.SECRET_KEY.encode()).digest()
    text = address.strip().lower().encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()[:24]
