"""Writing one row of a process's record, and saying so in its ledger."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from django.db import models
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
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
        labels = [str(row._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]
        summary = f"{summary} {get_text_list(labels, 'and')}"
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


def end(
    row: Lasting,
    ended_on: date,
    *,
    process: Process,
    actor: Any,
    verb: str,
    summary: str,
    origin: str,
) -> None:
    """Record from which day something is no longer so; `Refused` where it has another end."""
    lock(process)
    row.refresh_from_db(fields=["ended_on"])
    if row.ended_on not in (None, ended_on):
        raise Refused(
            _("It was ended already, from %(day)s on.") % {"day": in_words(row.ended_on)},
            "ended_on",
        )
    change(
        row,
        {"ended_on": ended_on},
        process=process,
        actor=actor,
        verb=verb,
        summary=summary,
        origin=origin,
    )
