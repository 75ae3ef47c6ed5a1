"""Appending to the chain, and checking it."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.spoken import on_record

from .models import Chain, Entry
from .signing import canonical

GENESIS = "0" * 64


class Origin(models.TextChoices):
    """From where a change came."""

    WEB = "web", _("web")
    ADMIN = "admin", _("admin")
    API = "api", _("API")
    LINK = "link", _("link in a mail")
    FILE = "file", _("process file")
    SYSTEM = "system", _("schedule")
    COMMAND = "command", _("command on the server")


@dataclass(frozen=True)
class News:
    """What an entry is about, and what happened to it. Only what differs between `before` and
    `after` is kept."""

    verb: str
    thing: models.Model
    summary: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def append(
    *,
    process: Any,
    actor: Any,
    verb: str,
    thing: models.Model,
    summary: str,
    origin: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """Add one entry to the process's chain, inside the transaction of the change it records.

    `actor` is None when the schedule acts.
    """
    news = News(verb, thing, summary, before or {}, after or {})
    return append_all(process=process, actor=actor, origin=origin, news=[news])[0]


@transaction.atomic
def append_all(*, process: Any, actor: Any, origin: str, news: Iterable[News]) -> list[Entry]:
    """Add an entry for each piece of news, in this order, in a constant number of statements."""
    chain = lock(process)
    count, head, now, entries = chain.count, chain.head, timezone.now(), []
    for one in news:
        before, after = _jsonable(one.before), _jsonable(one.after)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        entry = Entry(
            process_id=process.pk,
            sequence=count + 1,
            at=now,
            actor=actor,
            actor_name=str(actor)[:160] if actor else "Entente",
            verb=one.verb,
            object_type=str(one.thing._meta.model_name),
            object_id=one.thing.pk,
            object_label=on_record(one.thing.__str__)[:300],
            summary=one.summary[:500],
            before={key: before[key] for key in sorted(changed & before.keys())},
            after={key: after[key] for key in sorted(changed & after.keys())},
            origin=origin,
            salt=secrets.token_hex(32),
            previous_hash=head,
        )
        entry.content_hash = content_hash(entry)
        entry.hash = head = link_hash(entry)
        count += 1
        entries.append(entry)
    if entries:
        Entry.objects.bulk_create(entries, batch_size=500)
        Chain.objects.filter(pk=chain.pk).update(count=count, head=head)
    return entries


def lock(process: Any) -> Chain:
    """Let nobody else change the process until the transaction ends.

    Every action that locks or changes several rows takes this lock first: the ledger takes it in
    the end anyway, and two who lock in different orders would wait for each other.
    """
    return Chain.objects.select_for_update().get_or_create(process_id=process.pk)[0]


def content_of(entry: Entry) -> dict[str, Any]:
    """What the entry says, as it is hashed and exported."""
    return {
        "at": entry.at.isoformat(),
        "actor": entry.actor_id,
        "actor_name": entry.actor_name,
        "verb": entry.verb,
        "object": [entry.object_type, entry.object_id, entry.object_label],
        "summary": entry.summary,
        "before": entry.before,
        "after": entry.after,
        "origin": entry.origin,
    }


def content_hash(entry: Entry) -> str:
    """SHA-256 over the salt and the canonical JSON of what the entry says."""
    return hashlib.sha256(f"{entry.salt}\n{canonical(content_of(entry))}".encode()).hexdigest()


def link_hash(entry: Entry) -> str:
    """SHA-256 over the previous hash, the place in the chain and the content's hash."""
    link = f"{entry.previous_hash}\n{entry.process_id}\n{entry.sequence}\n{entry.content_hash}"
    return hashlib.sha256(link.encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """Where a chain does not hold, and what is wrong there."""

    sequence: int
    problem: str


def verify(process: Any) -> Iterator[Fault]:
    """Every place where the process's chain does not hold; nothing when all of it does."""
    expected, previous = 1, GENESIS
    entries = Entry.objects.filter(process_id=process.pk).order_by("sequence")
    for entry in entries.iterator(chunk_size=1000):
        if entry.sequence != expected:
            yield Fault(expected, f"entry {expected} is missing")
        if entry.previous_hash != previous:
            yield Fault(entry.sequence, "does not follow the entry before it")
        if content_hash(entry) != entry.content_hash:
            yield Fault(entry.sequence, "its content is not what was recorded")
        if link_hash(entry) != entry.hash:
            yield Fault(entry.sequence, "its hash is not that of its content and place")
        expected, previous = entry.sequence + 1, entry.hash
    chain = Chain.objects.filter(process_id=process.pk).first()
    head = (chain.count, chain.head) if chain else (0, GENESIS)
    if head != (expected - 1, previous):
        yield Fault(expected, "the chain's head is not its last entry: entries were cut off")


def snapshot(thing: models.Model, *fields: str) -> dict[str, Any]:
    """The named fields (all concrete ones by default) as they stand, for before and after."""
    names = fields or tuple(field.attname for field in thing._meta.concrete_fields)
    return {name: getattr(thing, name) for name in names}


def _jsonable(state: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, models.Model):
            return str(value)
        if isinstance(value, FieldFile):
            return value.name
        return value

    values = {key: plain(value) for key, value in state.items()}
    return json.loads(json.dumps(values, cls=DjangoJSONEncoder))
