"""Accepting a gap or an overlap as intended, and taking that back."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Process

from ..gaps import find
from ..models import Acceptance
from ..structure import load


@transaction.atomic
def accept_gap(
    *, actor: Any, process: Process, subject: str, reason: str, origin: str, facts: str = ""
) -> Acceptance:
    """Record that what was found today is meant to be so.

    `facts` are those that the person saw: with others, or where it is closed meanwhile, they are
    asked to look again. An acceptance of earlier facts is withdrawn by this one.
    """
    lock(process)
    gap = next((one for one in find(load(process)) if one.subject == subject), None)
    if gap is None:
        raise Refused(_("This gap or overlap is closed already: there is nothing to accept."))
    if facts and facts != gap.facts:
        raise Refused(_("This changed meanwhile: look at it again before you accept it."))
    if not reason.strip():
        raise Refused(_("Say why it is meant to be so."), "reason")
    earlier = process.acceptances.filter(subject=subject, withdrawn_at=None).first()
    if earlier and earlier.facts == gap.facts:
        return earlier
    if earlier:
        _withdraw(earlier)
    acceptance = Acceptance.objects.create(
        process=process,
        subject=subject,
        facts=gap.facts,
        words=gap.words[:400],
        reason=reason.strip(),
        accepted_by=actor,
    )
    append(
        process=process,
        actor=actor,
        verb="gap.accepted",
        thing=acceptance,
        origin=origin,
        summary=f"Accepted as intended: {gap.words}",
        before=snapshot(earlier) if earlier else {},
        after=snapshot(acceptance),
    )
    return acceptance


@transaction.atomic
def withdraw_acceptance(*, actor: Any, acceptance: Acceptance, origin: str) -> None:
    """Open again what was accepted."""
    lock(acceptance.process)
    acceptance.refresh_from_db()
    if acceptance.withdrawn_at:
        return
    _withdraw(acceptance)
    append(
        process=acceptance.process,
        actor=actor,
        verb="gap.reopened",
        thing=acceptance,
        origin=origin,
        summary=f"No longer accepted: {acceptance.words}",
        before={"withdrawn_at": None},
        after=snapshot(acceptance, "withdrawn_at"),
    )


def _withdraw(acceptance: Acceptance) -> None:
    acceptance.withdrawn_at = timezone.now()
    acceptance.save(update_fields=["withdrawn_at"])
