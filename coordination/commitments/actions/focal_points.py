"""Who reports for an obligation."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock
from coordination.processes.access import membership

from ..models import Obligation
from .fetching import fresh_obligation


@transaction.atomic
def change_focal_point(
    *, actor: Any, obligation: Obligation, person: Any | None, origin: str
) -> None:
    """Let somebody else report for an obligation, or nobody for now; past reports stay whose they
    are."""
    process = obligation.commitment.process
    lock(process)
    obligation = fresh_obligation(obligation)
    before = obligation.focal_point
    if before == person:
        return
    if person is not None and membership(person, process) is None:
        raise Refused(_("%(name)s is no member of the process.") % {"name": person})
    obligation.focal_point = person
    obligation.save(update_fields=["focal_point"])
    append(
        process=process,
        actor=actor,
        verb="focal-point.changed",
        thing=obligation,
        origin=origin,
        summary=f"{person or 'Nobody'} reports for {obligation.commitment.code}, "
        f"{obligation.owner_name}",
        before={"focal_point": str(before) if before else None},
        after={"focal_point": str(person) if person else None},
    )
