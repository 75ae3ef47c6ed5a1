"""What becomes of a body: when it is wound up, and which bodies take over from it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.records import change, enter

from ..models import Body, Succession

Heir = Mapping[str, Any]


def successions_of(body: Body) -> list[dict[str, Any]]:
    """Which bodies take over from a body, as the form of its end has them."""
    return [
        {"body": one.successor_id, "kind": one.kind, "on": one.on, "source": one.source}
        for one in body.successions.order_by("pk")
    ]


@transaction.atomic
def wind_up(
    *,
    actor: Any,
    body: Body,
    ended_on: date | None,
    origin: str,
    successors: Sequence[Heir] = (),
) -> None:
    """Record the first day without a body, or that it goes on, and which bodies take over from it.

    Each of those comes with its `body`, `kind`, `on` (else the day of the end) and `source`; one
    that is left out is taken off the list. Seats and lines are left as they are: a body that is no
    more has none that count, and what still leads to it is found as a gap.
    """
    process = body.process
    lock(process)
    change(
        body,
        {"ended_on": ended_on},
        process=process,
        actor=actor,
        verb="body.wound-up" if ended_on else "body.continued",
        origin=origin,
        summary=f"{body.code} is wound up from {in_words(ended_on)} on"
        if ended_on
        else f"{body.code} is not wound up after all",
        beside={"body_ends_after_it_was_established": "ended_on"},
    )
    known = {one.successor_id: one for one in body.successions.select_related("successor")}
    heirs: list[int] = []
    for n, one in enumerate(successors):
        if one["body"].pk in heirs:
            raise Refused(
                _("%(code)s stands in two rows.") % {"code": one["body"].code},
                f"successors-{n}-body",
            )
        heirs.append(one["body"].pk)
        _succeed(actor, body, one, known.pop(one["body"].pk, None), ended_on, origin, n)
    for lost in known.values():
        append(
            process=process,
            actor=actor,
            verb="succession.removed",
            thing=lost,
            origin=origin,
            summary=f"{lost.successor.code} does not succeed {body.code} after all",
            before=snapshot(lost),
        )
        lost.delete()


def _succeed(
    actor: Any,
    body: Body,
    one: Heir,
    known: Succession | None,
    ended_on: date | None,
    origin: str,
    row: int,
) -> None:
    heir, cell = one["body"], f"successors-{row}"
    on = one.get("on") or ended_on
    if heir.process_id != body.process_id:
        raise Refused(_("The body belongs to another process."), f"{cell}-body")
    if heir.pk == body.pk:
        raise Refused(_("A body does not succeed itself."), f"{cell}-body")
    if on is None:
        raise Refused(_("Say from which day it takes over."), f"{cell}-on")
    fields = {"kind": one["kind"], "on": on, "source": one.get("source", "")}
    if known and all(getattr(known, name) == value for name, value in fields.items()):
        return
    if heir.ended_on and heir.ended_on <= on:
        raise Refused(
            _("%(code)s was wound up before that day.") % {"code": heir.code}, f"{cell}-body"
        )
    common = {"process": body.process, "actor": actor, "origin": origin}
    if known:
        summary = f"Changed how {heir.code} succeeds {body.code}:"
        change(known, fields, verb="succession.changed", summary=summary, **common)
    else:
        new = Succession(predecessor=body, successor=heir, **fields)
        enter(new, verb="succession.entered", summary=str(new), **common)
