"""Writing one row of a process's record, and saying so in its ledger."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import models
from django.utils.text import get_text_list

from coordination.base.dates import in_words
from coordination.base.lasting import Lasting
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.ledger.actions import append, lock, snapshot

from .models import Process

Row = TypeVar("Row", bound=models.Model)


def enter(
    row: Row,
    *,
    process: Process,
    actor: Any,
    verb: str,
    summary: str,
    origin: str,
    beside: Mapping[str, str] | None = None,
) -> Row:
    """Save a new row; `Refused` where a constraint of its model does not allow it."""
    lock(process)
    refuse_what_is_not_allowed(row, beside)
    row.save()
    append(
        process=process,
        actor=actor,
        verb=verb,
        thing=row,
        origin=origin,
        summary=summary,
        after=snapshot(row),
    )
    return row


def change(
    row: models.Model,
    fields: Mapping[str, Any],
    *,
    process: Process,
    actor: Any,
    verb: str,
    summary: str,
    origin: str,
    beside: Mapping[str, str] | None = None,
    also: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write what differs from the row as it stands in the database; returns those fields.

    The summary ends with their names where it ends with a colon. `also` is what else the entry of
    the ledger keeps. Nothing is recorded where nothing differs.
    """
    lock(process)
    row.refresh_from_db()
    before = snapshot(row)
    for name, value in fields.items():
        setattr(row, name, value)
    after = snapshot(row)
    attnames = {field.attname: field.name for field in row._meta.concrete_fields}
    changed = [name for attname, name in attnames.items() if before[attname] != after[attname]]
    if not changed:
        return []
    refuse_what_is_not_allowed(row, beside)
    row.save(update_fields=changed)
    if summary.endswith(":"):
        summary = f"{summary} {labels_of(row, changed)}"
    append(
        process=process,
        actor=actor,
        verb=verb,
        thing=row,
        origin=origin,
        summary=summary,
        before=before,
        after=after | dict(also or {}),
    )
    return changed


def labels_of(row: models.Model, names: Iterable[str]) -> str:
    """The names of fields as a page has them, for a summary."""
    labels = [str(row._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    return get_text_list(labels, "and")


def change_span(
    row: Lasting,
    fields: Mapping[str, Any],
    *,
    mistaken: bool,
    process: Process,
    actor: Any,
    what: str,
    origin: str,
    beside: Mapping[str, str] | None = None,
) -> None:
    """Record from when to when something holds, and what else is said of it.

    What was entered by mistake ends on its first day: it never held. `what` begins the verb.
    """
    lock(process)
    row.refresh_from_db()
    said = dict(fields)
    if mistaken:
        first = said.get("started_on") or said.get("ended_on") or process.today()
        said |= {"started_on": first, "ended_on": first}
    ended_on = said.get("ended_on", row.ended_on)
    if mistaken:
        verb, summary = f"{what}.mistaken", f"Entered by mistake: {row}"
    elif row.ended_on is None and ended_on is not None:
        verb, summary = f"{what}.ended", f"No longer from {in_words(ended_on)}: {row}"
    else:
        verb, summary = f"{what}.changed", f"Changed {row}:"
    change(
        row,
        said,
        process=process,
        actor=actor,
        verb=verb,
        summary=summary,
        origin=origin,
        beside=beside,
    )
