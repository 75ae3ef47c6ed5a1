"""What changes a process: its members and the dates of its anchor events."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, snapshot

from .models import AnchorDate, AnchorEvent, Membership, Party, Process


@transaction.atomic
def create_process(*, actor: Any, origin: str, **fields: Any) -> Process:
    """Open a process; whoever opens it is its first coordinator."""
    process = Process.objects.create(**fields)
    append(
        process=process,
        actor=actor,
        verb="process.opened",
        thing=process,
        origin=origin,
        summary=f"Opened the process {process.name}",
        after=snapshot(process),
    )
    if actor is not None:
        add_member(
            actor=actor,
            process=process,
            user=actor,
            role=Membership.Role.COORDINATOR,
            origin=origin,
        )
    return process


@transaction.atomic
def add_member(
    *, actor: Any, process: Process, user: Any, role: str, origin: str, party: Party | None = None
) -> Membership:
    """Let a person into a process, for a party where they act for one."""
    if party and party.process_id != process.pk:
        raise Refused(_("The party belongs to another process."), "party")
    if process.memberships.filter(user=user, ended_at=None).exists():
        raise Refused(_("%(name)s is a member already.") % {"name": user}, "user")
    member = Membership.objects.create(process=process, user=user, role=role, party=party)
    append(
        process=process,
        actor=actor,
        verb="member.added",
        thing=member,
        origin=origin,
        summary=f"Added {user} as {member.get_role_display()}"
        + (f" for {party.code}" if party else ""),
        after=snapshot(member),
    )
    return member


@transaction.atomic
def end_membership(*, actor: Any, member: Membership, origin: str) -> None:
    """Close the process to a person from the next request on."""
    if member.ended_at:
        return
    before = snapshot(member)
    member.ended_at = timezone.now()
    member.save(update_fields=["ended_at"])
    append(
        process=member.process,
        actor=actor,
        verb="member.removed",
        thing=member,
        origin=origin,
        summary=f"Ended the membership of {member.user}",
        before=before,
        after=snapshot(member),
    )


@transaction.atomic
def record_anchor_date(
    *,
    actor: Any,
    anchor: AnchorEvent,
    status: str,
    on: date,
    origin: str,
    at: datetime | None = None,
    decided_by: str = "",
) -> AnchorEvent:
    """Give an anchor event a date; earlier ones are kept.

    What is counted from the anchor moves with `commitments.actions.move_anchor`, which is the one
    to call.
    """
    before = snapshot(anchor, "on", "at", "has_happened")
    if at is not None:
        on = at.astimezone(anchor.process.zone).date()
    AnchorDate.objects.create(anchor=anchor, status=status, on=on, at=at, decided_by=decided_by)
    actual = anchor.dates.filter(status=AnchorDate.Status.ACTUAL).last()
    in_force = actual or anchor.dates.last()
    assert in_force is not None
    anchor.on, anchor.at, anchor.has_happened = in_force.on, in_force.at, actual is not None
    anchor.save(update_fields=["on", "at", "has_happened"])
    append(
        process=anchor.process,
        actor=actor,
        verb=f"anchor.{status}",
        thing=anchor,
        origin=origin,
        summary=f"{anchor.name}: {AnchorDate.Status(status).label} {in_words(on)}"
        + (f", decided by {decided_by}" if decided_by else ""),
        before=before,
        after=snapshot(anchor, "on", "at", "has_happened"),
    )
    return anchor
