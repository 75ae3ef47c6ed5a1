"""Changing what many commitments say at once, in few statements however many they are."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from coordination.ledger.actions import News, append_all, lock, snapshot
from coordination.processes.models import Process
from coordination.processes.records import labels_of

from ..models import Commitment
from .dates import recompute_deadlines
from .refusals import refuse_foreign

#: What can be changed of many, with its column: it fits every kind of commitment, and moves no due
#: day.
COLUMNS = {
    "lead_body": "lead_body_id",
    "verifying_body": "verifying_body_id",
    "check_in_rhythm": "check_in_rhythm",
    "priority": "priority",
}
FIELDS = tuple(COLUMNS)
#: Of these it depends on which days the owners are asked.
_ASKED = {"lead_body", "check_in_rhythm"}


@transaction.atomic
def change_many(
    *, actor: Any, process: Process, changes: Mapping[int, Mapping[str, Any]], origin: str
) -> list[Commitment]:
    """Write for each commitment, by its key, some of `FIELDS`; returns those that changed.

    What it comes to, and what the ledger says of each, is as by `change_commitment` one by one.
    What was withdrawn is left.
    """
    lock(process)
    for fields in changes.values():
        refuse_foreign(process, (), (), fields)
    rows = Commitment.objects.filter(process=process, pk__in=changes).select_for_update()
    news, writes, changed = [], dict[tuple[Any, ...], list[int]](), []
    asks: set[int] = set()
    for row in rows.order_by("number"):
        names = {COLUMNS[name]: name for name in changes[row.pk]}
        before = snapshot(row, *names)
        for name, value in changes[row.pk].items():
            setattr(row, name, value)
        after = snapshot(row, *names)
        differs = [attname for attname in names if before[attname] != after[attname]]
        if not differs:
            continue
        said = labels_of(row, [names[attname] for attname in differs])
        summary = f"Changed {row.code}: {said}"
        news.append(News("commitment.changed", row, summary, before, after))
        key = tuple((attname, after[attname]) for attname in differs)
        writes.setdefault(key, []).append(row.pk)
        changed.append(row)
        if _ASKED & {names[attname] for attname in differs}:
            asks.add(row.pk)
    for values, keys in writes.items():
        Commitment.objects.filter(pk__in=keys).update(**dict(values))
    append_all(process=process, actor=actor, origin=origin, news=news)
    if asks:  # plans the next check-ins as well
        recompute_deadlines(actor=actor, process=process, origin=origin, seeds=asks)
    return changed
