"""Entering and changing the rhythm in which a body meets."""

from typing import Any

from django.db import transaction

from coordination.bodies.models import Body
from coordination.ledger.actions import lock
from coordination.processes import records

from ..models import ReviewSeries
from .planning import plan_next

_FIELDS = {"series_name_once_in_body": "name"}


@transaction.atomic
def enter_series(*, actor: Any, body: Body, origin: str, **fields: Any) -> ReviewSeries:
    """Begin a rhythm; its next meeting is planned at once."""
    lock(body.process)
    series = ReviewSeries(body=body, **fields)
    records.enter(
        series,
        process=body.process,
        actor=actor,
        verb="series.entered",
        summary=f"Entered the review series {series}",
        origin=origin,
        beside=_FIELDS,
    )
    plan_next(actor=actor, series=series, origin=origin)
    return series


@transaction.atomic
def change_series(*, actor: Any, series: ReviewSeries, origin: str, **fields: Any) -> list[str]:
    """Change a rhythm; returns the changed fields.

    Meetings that stand for a day of it already, planned, moved or called off, stay as they are.
    """
    changed = records.change(
        series,
        fields,
        process=series.body.process,
        actor=actor,
        verb="series.changed",
        summary=f"Changed the review series {series}:",
        origin=origin,
        beside=_FIELDS,
    )
    if changed:
        plan_next(actor=actor, series=series, origin=origin)
    return changed
