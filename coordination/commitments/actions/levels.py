"""Bringing the columns of an obligation up to date with its events."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from ..check_in_plan import check_in_moment, last_asked_on, next_check_in
from ..columns import columns_of, expected_columns, with_events
from ..models import Commitment, Deadline, Obligation

#: When its owner is asked next follows from the other columns, from what was asked, and from today.
PLANNED = ("next_check_in_on", "next_check_in_at")


def bring_up_to_date(obligation: Obligation) -> dict[str, Any]:
    """Write what the events of an obligation say into its columns, and plan its next check-in.

    The caller holds the lock of the process. Returns the columns that changed as they were before;
    the given instance gets the new ones.
    """
    fresh = with_events(Obligation.every.filter(pk=obligation.pk)).get()
    for row, said in expected_columns(fresh):
        write_columns(row, said)
    columns = columns_of(fresh)
    was = {name: getattr(fresh, name) for name in (*columns, *PLANNED)}
    for name, value in columns.items():
        setattr(fresh, name, value)
    plan_check_in(fresh)
    changed = [name for name, value in was.items() if getattr(fresh, name) != value]
    if changed:
        fresh.save(update_fields=changed)
    if fresh.commitment.kind in Commitment.EXPECTED:
        repeat_earliest_due(fresh.commitment)
    for name in was:
        setattr(obligation, name, getattr(fresh, name))
    return {name: was[name] for name in changed}


def write_columns(row: models.Model, columns: Mapping[str, Any]) -> None:
    """Save those columns of a row that differ."""
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, columns[name])
    if changed:
        row.save(update_fields=changed)


def repeat_earliest_due(commitment: Commitment) -> None:
    """A deadline of what is expected several times shows the earliest that any owner owes."""
    owed = Obligation.objects.filter(commitment=commitment, due_at__isnull=False)
    first = owed.order_by("due_at").values("due_on", "due_at").first()
    Deadline.objects.filter(commitment=commitment).update(
        **(first or {"due_on": None, "due_at": None})
    )


def plan_check_in(obligation: Obligation) -> None:
    """Set (without saving) when the owner is asked next, after what was asked and reported."""
    process = obligation.commitment.process
    day = next_check_in(
        obligation,
        today=process.today(),
        last_on=last_asked_on(obligation),
        starts_on=obligation.commitment.created_at.astimezone(process.zone).date(),
    )
    obligation.next_check_in_on = day
    obligation.next_check_in_at = check_in_moment(day, process.zone) if day else None
