"""Signed statements of how long a chain is and where it ends.

Whoever keeps one can show later that nothing before it was changed, whatever happened to the
database: see docs/ledger.md.
"""

import json
import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import signing
from .actions import Fault, lock
from .models import Checkpoint, Entry, SigningKey

FORMAT = "entente-checkpoint-1"
BEGIN, END = "-----BEGIN ENTENTE CHECKPOINT-----", "-----END ENTENTE CHECKPOINT-----"


@transaction.atomic
def make_checkpoint(*, process: Any, now: datetime | None = None) -> Checkpoint | None:
    """Sign where the chain stands, once a day of the process; None where there is nothing to sign.

    Any number of schedules may call it at once: the chain's lock lets one after the other look
    whether the day has its checkpoint.
    """
    chain = lock(process)
    now = now or timezone.now()
    last = Checkpoint.objects.filter(process_id=process.pk).select_related("key").first()
    if not chain.count or (last and process.today(last.at) >= process.today(now)):
        return None
    secret, about_keys = _who_signs(last)
    public = signing.public_key(secret)
    number = last.number + 1 if last else 1
    statement = signing.canonical(
        {
            "format": FORMAT,
            "process": process.slug,
            "process_id": process.pk,
            "number": number,
            "at": now.isoformat(),
            "count": chain.count,
            "head": chain.head,
            "key": signing.key_id(public),
            "public_key": public,
            **about_keys,
        }
    )
    return Checkpoint.objects.create(
        process_id=process.pk,
        number=number,
        at=now,
        count=chain.count,
        head=chain.head,
        key=_recorded(public),
        statement=statement,
        signature=signing.sign(statement, secret),
    )


def _who_signs(last: Checkpoint | None) -> tuple[str, dict[str, str]]:
    """The secret key that signs next, and what the statement says of a change of key.

    The key that signs is the one that the last checkpoint leads to. Where the environment has
    another one now, the former signs once more and announces it; where the former is lost, the
    statement says that nothing proves who signs from here on.
    """
    secret: str = settings.LEDGER_KEY
    if last is None:
        return secret, {}
    expected = json.loads(last.statement).get("next_key") or last.key.public_key
    public = signing.public_key(secret)
    if public == expected:
        return secret, {}
    former: str = settings.LEDGER_KEY_BEFORE
    if former and signing.public_key(former) == expected:
        return former, {"next_key": public}
    return secret, {"lost_key": signing.key_id(expected)}


def _recorded(public: str) -> SigningKey:
    named = {"public_key": public}
    return SigningKey.objects.get_or_create(key_id=signing.key_id(public), defaults=named)[0]


def as_text(checkpoint: Checkpoint) -> str:
    """The lines to keep, which `verify_entente_ledger.py` reads.

    Neither statement nor signature holds a space, so that where a mail breaks a line says nothing.
    """
    lines = textwrap.wrap(checkpoint.statement, 48, break_on_hyphens=False)
    return "\n".join([BEGIN, *lines, *textwrap.wrap(checkpoint.signature, 48), END]) + "\n"


def verify_checkpoints(process: Any) -> Iterator[Fault]:
    """Every checkpoint of the process that does not fit its chain, its signature or its key."""
    last: Checkpoint | None = None
    rows = Checkpoint.objects.filter(process_id=process.pk).select_related("key")
    for checkpoint in rows.order_by("number").iterator(chunk_size=1000):
        for problem in _problems(checkpoint, last):
            yield Fault(checkpoint.count, f"checkpoint {checkpoint.number} {problem}")
        last = checkpoint


def _problems(checkpoint: Checkpoint, last: Checkpoint | None) -> Iterator[str]:
    if checkpoint.number != (last.number + 1 if last else 1):
        yield "does not follow the one before it: some are missing"
    entry = Entry.objects.filter(process_id=checkpoint.process_id, sequence=checkpoint.count)
    if entry.values_list("hash", flat=True).first() != checkpoint.head:
        yield f"names another hash for entry {checkpoint.count}: what came before was rewritten"
    public = checkpoint.key.public_key
    if not signing.is_signed(checkpoint.statement, checkpoint.signature, public):
        yield "is not signed by its key"
        return
    said = json.loads(checkpoint.statement)
    stored = {
        "process_id": checkpoint.process_id,
        "number": checkpoint.number,
        "at": checkpoint.at.isoformat(),
        "count": checkpoint.count,
        "head": checkpoint.head,
        "public_key": public,
    }
    if any(said.get(name) != value for name, value in stored.items()):
        yield "says something else in its signed text than in its columns"
    if last and not said.get("lost_key"):
        before = json.loads(last.statement)
        if public != (before.get("next_key") or before.get("public_key")):
            yield "is signed by a key that nothing announced"
