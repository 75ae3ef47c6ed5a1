"""The whole chain as text that anybody can check without this installation.

JSON Lines in UTF-8, each line canonical: the first says how long the chain is and where it ends,
and each of the others is an entry. Who may not read an entry gets its hashes alone.
"""

from collections.abc import Iterator
from typing import Any

from .actions import append, content_of
from .models import Entry
from .signing import canonical

FORMAT = "entente-ledger-1"
#: Entries read at once.
CHUNK = 500


def begin_export(*, process: Any, actor: Any, reader: Any, origin: str) -> Entry:
    """Record that the ledger leaves; the entry of it is the last that the export holds.

    What the export shows is what `reader` may read; without one it shows hashes only.
    """
    what = f"as {reader} may read it" if reader else "as hashes only"
    return append(
        process=process,
        actor=actor,
        verb="ledger.exported",
        thing=process,
        summary=f"Exported the ledger, {what}",
        origin=origin,
    )


def file_name(process: Any, last: int | str) -> str:
    """How the file is called: of which process, and up to which entry."""
    return f"{process.slug}-ledger-{last}.jsonl"


def lines(process: Any, last: Entry, reader: Any) -> Iterator[bytes]:
    """The lines up to the entry that recorded the export, whatever is appended meanwhile."""
    head = {"process": process.slug, "process_id": process.pk, "format": FORMAT}
    yield _line({**head, "count": last.sequence, "head": last.hash})
    for start in range(1, last.sequence + 1, CHUNK):
        span = (start, min(start + CHUNK - 1, last.sequence))
        entries = Entry.objects.filter(process_id=process.pk, sequence__range=span)
        shown = set(entries.visible_to(reader).values_list("pk", flat=True)) if reader else set()
        for entry in entries.order_by("sequence"):
            yield line(entry, shown=entry.pk in shown)


def line(entry: Entry, *, shown: bool) -> bytes:
    """One entry as its line of an export, which also proves it by itself."""
    described: dict[str, Any] = {
        "sequence": entry.sequence,
        "previous_hash": entry.previous_hash,
        "content_hash": entry.content_hash,
        "hash": entry.hash,
    }
    if shown:
        described |= {"content": content_of(entry), "salt": entry.salt}
    return _line(described)


def _line(value: dict[str, Any]) -> bytes:
    return canonical(value).encode() + b"\n"
