"""Addresses that no mail reaches, and those whose holders want none."""

import re
from collections.abc import Iterable

from .models import AddressProblem, Message
from .texts import storable

Kind = AddressProblem.Kind

#: RFC 3463: class, subject and detail of an answer.
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
#: Of those about addresses (5.1.x): two are about the sender's.
_OF_SENDER = {"7", "8"}
_NO_MAILBOX = {550, 551, 553}
#: What the log of a message says of it in a provider's words begins so; and that it came back.
PROVIDER_SAYS = "The mail provider says: it "
CAME_BACK = f"{PROVIDER_SAYS}came back."


def is_of_address(answer: str) -> bool | None:
    """Whether a server's no is about the address itself, and so about every mail to it.

    A mailbox that is full (5.2.2) or a rule of the server (5.7.x) refuses one mail. None where the
    answer does not say.
    """
    found = _ENHANCED.search(answer)
    if found is None:
        return None
    kind, subject, detail = found.groups()
    if kind != "5":
        return False
    if subject == "2":
        return detail == "1"  # the mailbox was closed
    return subject == "1" and detail not in _OF_SENDER


def names_mailbox(code: int, answer: str, *, to_recipient: bool) -> bool:
    """The same of what a server answered while a mail was handed over."""
    said = is_of_address(answer)
    return to_recipient and code in _NO_MAILBOX if said is None else said


def problems_of(addresses: Iterable[str]) -> dict[str, AddressProblem]:
    """The open problem of each address that has one, in one query."""
    wanted = {address: address.lower() for address in addresses}
    rows = AddressProblem.objects.filter(address__in=set(wanted.values()), cleared_at=None)
    found = {row.address: row for row in rows}
    return {address: found[lower] for address, lower in wanted.items() if lower in found}


def open_problem(address: str, kind: str, answer: str, message: Message | None = None) -> bool:
    """Mark an address; False where it was marked already."""
    address = address.lower()
    if AddressProblem.objects.filter(address=address, cleared_at=None).exists():
        return False
    row = AddressProblem(address=address, kind=kind, answer=storable(answer, 500), message=message)
    # Two who find it at the same time mark it once.
    AddressProblem.objects.bulk_create([row], ignore_conflicts=True)
    return True


def words_of(problem: AddressProblem) -> str:
    """Why nothing is sent to an address, for the log."""
    since = f"{problem.found_at:%d %b %Y}"
    if problem.kind == Kind.COMPLAINED:
        why = f"The holder of this address marked a mail as spam on {since}."
    else:
        why = f"Mail to this address came back on {since}."
    return f"{why} Nothing is sent there until a coordinator clears it."
