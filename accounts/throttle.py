"""Counting attempts, so that nobody tries passwords for long and nobody locks another out.

Wrong passwords are counted for an account by device: a browser that has signed in to it before
carries a signed cookie (`known_devices.py`) and has a count of its own. All browsers that have not
share one count for the account, from however many networks they come. When that is used up, the
account's own devices still sign in, and a link by mail makes any other device one of them. Besides,
each network has a count across all accounts, of what comes from devices that do not know them.

An account is told by its address as it was typed, so that one which is not there is counted, and
refused, exactly as one that is. What succeeds is given back.
"""

import hashlib
import hmac
import ipaddress
import math
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from . import known_devices
from .models import Attempts

WINDOW = timedelta(hours=1)

#: For one account, from one device that knows it, or from all that do not.
PASSWORDS = 10
SECOND_STEPS = 20
SECOND_STEPS_A_SESSION = 6
#: From one network, whatever account it is about: a delegation may share one address.
PASSWORDS_A_NETWORK = 100
#: Other things that are asked for without being signed in: for one address, and from one network.
ASKED = {"reset": (5, 50), "invitation": (20, 100)}
#: From one network, of forms that were sent by somebody who is signed out by then.
WAITING_FORMS_A_NETWORK = 100


class Count(NamedTuple):
    """What is counted, and how often it may be within the window."""

    kind: str
    whom: str
    allowed: int

    @property
    def key(self) -> str:
        """What the count is kept under: it tells nothing about whom it counts."""
        secret = hashlib.sha256(b"entente attempts" + settings.SECRET_KEY.encode()).digest()
        return hmac.new(secret, f"{self.kind}\n{self.whom}".encode(), hashlib.sha256).hexdigest()


class UsedUp(Exception):
    """An allowance is used up; says which, and for how many minutes."""

    def __init__(self, count: Count, minutes: int) -> None:
        super().__init__(count.kind)
        self.kind, self.minutes = count.kind, minutes


@transaction.atomic
def spend(*counts: Count) -> None:
    """Count one attempt under each; where one of them is used up nothing is counted."""
    now, rows = timezone.now(), []
    for count in counts:
        row, _new = Attempts.objects.select_for_update().get_or_create(
            key=count.key, defaults={"window_ends_at": now + WINDOW}
        )
        if row.window_ends_at <= now:
            row.count, row.window_ends_at = 0, now + WINDOW
        if row.count >= count.allowed:
            minutes = math.ceil((row.window_ends_at - now) / timedelta(minutes=1))
            raise UsedUp(count, minutes)
        rows.append(row)
    for row in rows:
        row.count += 1
        row.save(update_fields=["count", "window_ends_at"])


@transaction.atomic
def give_back(*counts: Count) -> None:
    """Take back one attempt that was counted and succeeded."""
    for count in counts:
        row = Attempts.objects.select_for_update().filter(key=count.key).first()
        if row is not None and row.count:
            row.count -= 1
            row.save(update_fields=["count"])


def forget_old() -> int:
    """Remove the counts whose time is over."""
    return Attempts.objects.filter(window_ends_at__lt=timezone.now()).delete()[0]


def passwords(request: HttpRequest, address: str) -> tuple[Count, ...]:
    """What a try of a password is counted under."""
    by_device = _by_device("passwords", request, address, PASSWORDS)
    if by_device.kind == "passwords, device":  # else whoever shares its network could lock it out
        return (by_device,)
    return Count("passwords, network", network(request), PASSWORDS_A_NETWORK), by_device


def present_password(request: HttpRequest, address: str) -> Count:
    """What a try of the present password is counted under where a new one is chosen.

    By session: whoever stole one must not use up what the owner's other browsers may.
    """
    session = request.session.session_key or ""
    return Count("passwords, session", f"{session} {address.lower()}", PASSWORDS)


def waiting_form(request: HttpRequest) -> Count:
    """What a form of somebody who is signed out by now is counted under.

    By network alone: anybody can write another's name into a form, and would use up theirs.
    """
    return Count("waiting form, network", network(request), WAITING_FORMS_A_NETWORK)


def second_steps(request: HttpRequest, address: str) -> tuple[Count, ...]:
    """What a try of a code is counted under, from an app or a list of recovery codes alike."""
    session = request.session.session_key or ""
    return (
        Count("codes, session", f"{session} {address.lower()}", SECOND_STEPS_A_SESSION),
        _by_device("codes", request, address, SECOND_STEPS),
    )


def _by_device(kind: str, request: HttpRequest, address: str, allowed: int) -> Count:
    address = address.strip().lower()
    device = known_devices.known_for(request, address)
    if device:
        return Count(f"{kind}, device", f"{device} {address}", allowed)
    return Count(f"{kind}, other devices", address, allowed)


def allowed(request: HttpRequest, doing: str, address: str) -> bool:
    """Count that somebody asks for something of `ASKED`, for an address and for the network.

    False where it is used up. The answer must then be the same, and nothing may come of it.
    """
    try:
        spend(*_asked(request, doing, address))
    except UsedUp:
        return False
    return True


def used_up(request: HttpRequest, doing: str, address: str) -> bool:
    """Whether `allowed` would say no, for a page that is only opened: it counts nothing."""
    counts = {count.key: count.allowed for count in _asked(request, doing, address)}
    rows = Attempts.objects.filter(key__in=counts, window_ends_at__gt=timezone.now())
    return any(row.count >= counts[row.key] for row in rows)


def _asked(request: HttpRequest, doing: str, address: str) -> tuple[Count, Count]:
    for_address, for_network = ASKED[doing]
    return (
        Count(f"{doing}, network", network(request), for_network),
        Count(f"{doing}, address", address.strip().lower(), for_address),
    )


def network(request: HttpRequest) -> str:
    """The network that a request comes from: an IPv4 address, or the /64 that one customer gets."""
    address = ipaddress.ip_address(client_address(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def client_address(request: HttpRequest) -> str:
    """Where a request comes from.

    Behind a proxy that is what the proxy added to X-Forwarded-For, its last entry: whatever stands
    before it was written by the client. Anywhere else the header is worth nothing.
    """
    said = request.META.get("REMOTE_ADDR") or ""
    if settings.BEHIND_PROXY:
        said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or said
    if said.startswith("["):
        said = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        said = said.partition(":")[0]
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return "0.0.0.0"  # noqa: S104 a server on a socket knows no address
    return str(getattr(address, "ipv4_mapped", None) or address)
