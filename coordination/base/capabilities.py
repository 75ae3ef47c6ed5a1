"""Links that are a right in themselves: who holds one may do the one thing that it is for.

A text that is stored holds a placeholder with a nonce. The token is derived from the nonce with
the site's secret when the mail leaves, and the database keeps the token's hash: neither a copy of
the database nor a reader of the outbox can answer for somebody else.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

#: How an address begins that is a right in itself.
_ADDRESS = re.compile(
    r"(/|%2F)(c|invitation|forgotten|feed)(/|%2F)[A-Za-z0-9_-]{16,}", re.IGNORECASE
)
_SEALED = re.compile(r"~sealed:([A-Za-z0-9_=-]+)~")
_PLACEHOLDER = re.compile(r"~capability:([A-Za-z0-9_-]{43})~")


def new_nonce() -> str:
    return secrets.token_urlsafe(32)


def placeholder(nonce: str) -> str:
    """What stands in a stored text where the token will be; safe in an address and in HTML."""
    return f"~capability:{nonce}~"


def seal(secret: str) -> str:
    """A secret that was made elsewhere, as it stands in a stored text: only this site opens it."""
    return f"~sealed:{_sealer().encrypt(secret.encode()).decode()}~"


def _sealer() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(b"entente seal" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in digests])


def _opened(match: re.Match[str]) -> str:
    """What was sealed; somebody's own text that only looks so stays as it is."""
    try:
        return _sealer().decrypt(match[1]).decode()
    except InvalidToken:
        return match[0]


def token_for(nonce: str) -> str:
    """The 256-bit token that belongs to a nonce."""
    key = hashlib.sha256(b"entente capability" + settings.SECRET_KEY.encode()).digest()
    mac = hmac.new(key, nonce.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def reveal(text: str) -> str:
    """The text with its tokens in, as it goes to the recipient."""
    text = _SEALED.sub(_opened, text)
    return _PLACEHOLDER.sub(lambda match: token_for(match[1]), text)


def conceal(text: str) -> str:
    """The text as somebody else may read it."""
    return _PLACEHOLDER.sub("…", _SEALED.sub("…", text))


class ConcealLinks(logging.Filter):
    """For a log's handlers: an address that is a right in itself is written without its token."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _ADDRESS.sub(r"\1\2\3…", record.getMessage()), ()
        return True
