"""The text that hashes and signatures are made of, and Ed25519 keys as hexadecimal digits."""

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(value: Any) -> str:
    """The one way to write a value as JSON, so that two who hash it hash the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: Any) -> str:
    """The SHA-256 of a value as canonical JSON, in hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def public_key(secret: str) -> str:
    """The public half of a secret key."""
    return _private(secret).public_key().public_bytes_raw().hex()


def key_id(public: str) -> str:
    """The short name by which people tell keys apart."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def sign(text: str, secret: str) -> str:
    return _private(secret).sign(text.encode()).hex()


def is_signed(text: str, signature: str, public: str) -> bool:
    """Whether the holder of the key's secret half signed exactly this text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
