"""Disputed, suspended, at risk: raised with a reason, and lifted with one."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.spoken import on_record
from coordination.ledger.actions import Origin, lock
from coordination.processes.records import change, enter

from ..models import Commitment, Flag, Obligation
from .fetching import refuse_withdrawn
from .levels import bring_up_to_date
from .triggers import call_off_suspended


@transaction.atomic
def raise_flag(
    *,
    actor: Any,
    commitment: Commitment,
    kind: str,
    reason: str,
    origin: str,
    obligation: Obligation | None = None,
) -> Flag:
    """Flag a commitment for all who owe it, or for one of them."""
    process = commitment.process
    lock(process)
    if obligation is not None and obligation.commitment_id != commitment.pk:
        raise Refused(_("This is owed under another commitment."), "obligation")
    refuse_withdrawn(commitment, obligation)
    if kind not in Flag.Kind.values:
        raise Refused(_("Choose one of the flags."), "kind")
    if not reason.strip():
        raise Refused(_("Say why."), "reason")
    flag = Flag(
        commitment=commitment,
        obligation=obligation,
        kind=kind,
        reason=reason.strip(),
        author=actor,
        raised_at=timezone.now(),
    )
    enter(
        flag,
        process=process,
        actor=actor,
        verb="flag.raised",
        summary=f"Flagged {_about(flag)} as {on_record(flag.get_kind_display)}: {flag.reason}",
        origin=origin,
        beside={"flag_raised_once_for_an_owner": "kind", "flag_raised_once_for_all": "kind"},
    )
    _bring_up_to_date(flag)
    return flag


@transaction.atomic
def lift_flag(*, actor: Any, flag: Flag, because: str, origin: str) -> Flag:
    """Take a flag down; it stays in the record. Twice is as good as once."""
    process = flag.commitment.process
    lock(process)
    flag.refresh_from_db()
    if flag.lifted_at:
        return flag
    if not because.strip():
        raise Refused(_("Say why it no longer holds."), "because")
    change(
        flag,
        {"lifted_at": timezone.now(), "lifted_by": actor, "lifted_because": because.strip()},
        process=process,
        actor=actor,
        verb="flag.lifted",
        summary=f"{_about(flag)} is no longer {on_record(flag.get_kind_display)}:"
        f" {because.strip()}",
        origin=origin,
    )
    if flag.kind == Flag.Kind.SUSPENDED and origin != Origin.FILE:  # a file's days come later
        call_off_suspended(actor=actor, commitment=flag.commitment, origin=origin)
    _bring_up_to_date(flag)
    return flag


def _about(flag: Flag) -> str:
    code = flag.commitment.code
    return f"{code}, {flag.obligation.owner_name}" if flag.obligation else code


def _bring_up_to_date(flag: Flag) -> None:
    obligations = [flag.obligation] if flag.obligation else flag.commitment.obligations.all()
    for obligation in obligations:
        bring_up_to_date(obligation)
