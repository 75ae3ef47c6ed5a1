"""What a commitment waits on, beside what its dates count from."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import lock
from coordination.processes.models import Process
from coordination.processes.records import change, enter

from ..chain_facts import edges
from ..chains import Edge, makes_circle
from ..models import Commitment, Dependency
from .refusals import read_again, refuse_withdrawn

#: Of a longer circle only its beginning and its end are named.
_MOST_CODES = 12


@transaction.atomic
def enter_dependency(
    *,
    actor: Any,
    commitment: Commitment,
    on: Commitment,
    origin: str,
    reason: str = "",
    source: str = "",
) -> Dependency:
    """Record that a commitment cannot go ahead before another is met.

    Raises `Refused` where it would wait on itself through others, whoever entered those meanwhile.
    """
    process = commitment.process
    lock(process)
    read_again(commitment)
    if on.process_id != process.pk:
        raise Refused(_("%(name)s belongs to another process.") % {"name": on.code}, "on")
    refuse_withdrawn([on], "on")
    if on.pk != commitment.pk:
        refuse_circle(process, Edge(on.pk, commitment.pk), "on")
    row = Dependency(commitment=commitment, on=on, reason=reason.strip(), source=source.strip())
    return enter(
        row,
        process=process,
        actor=actor,
        verb="dependency.entered",
        summary=f"{commitment.code} waits on {on.code}",
        origin=origin,
        beside={"dependency_once": "on", "nothing_waits_on_itself": "on"},
    )


def refuse_circle(process: Process, new: Edge, field: str | None = None) -> None:
    """Raise `Refused` where a new edge would let a commitment wait on itself, through entered
    dependencies, deadlines or what follows what. The caller holds the lock of the process."""
    if path := makes_circle(edges(process), new):
        raise _closes(path, field)


def refuse_circle_through(commitment: Commitment, field: str | None = None) -> None:
    """Raise `Refused` where a commitment waits on itself by what was just written, as by another
    deadline; the transaction takes that back. The caller holds the lock of the process."""
    known = edges(commitment.process)
    for edge in known:
        if edge.after == commitment.pk and (path := makes_circle(known, edge)):
            raise _closes(path, field)


def _closes(path: list[int], field: str | None) -> Refused:
    rows = Commitment.every.filter(pk__in=path).in_bulk()
    codes = [rows[key].code for key in path]
    if len(codes) > _MOST_CODES:
        codes[_MOST_CODES // 2 : -_MOST_CODES // 2] = ["…"]
    words = _(
        "%(code)s would wait on itself: %(codes)s, each waiting on the next. "
        "Take one of these steps out first."
    )
    return Refused(words % {"code": codes[0], "codes": ", ".join(codes)}, field)


@transaction.atomic
def withdraw_dependency(
    *, actor: Any, dependency: Dependency, because: str, origin: str
) -> Dependency:
    """Take back that one waits on another; the row is kept. Twice is as good as once."""
    process = dependency.commitment.process
    lock(process)
    dependency.refresh_from_db()
    if dependency.withdrawn_at:
        return dependency
    if not because.strip():
        raise Refused(_("Say why it is withdrawn."), "because")
    withdrawn = {
        "withdrawn_at": timezone.now(),
        "withdrawn_by": actor,
        "withdrawn_because": because.strip(),
    }
    change(
        dependency,
        withdrawn,
        process=process,
        actor=actor,
        verb="dependency.withdrawn",
        summary=f"{dependency.commitment.code} no longer waits on {dependency.on.code}",
        origin=origin,
    )
    return dependency
