"""Who writes notes on a commitment for their delegation, and who takes them back."""

from typing import Any

from coordination.audiences.access import heads
from coordination.processes.access import membership
from coordination.processes.models import Membership, Party, Process

from .models import Note


def writes_for(user: Any, process: Process) -> Party | None:
    """The party that the person writes notes for: the one they act for. Observers only read."""
    member = membership(user, process)
    if member is None or member.role == Membership.Role.OBSERVER:
        return None
    return member.party


def may_withdraw_note(user: Any, note: Note) -> bool:
    """Its author, while they act for the delegation, and who decides on its papers."""
    delegation = writes_for(user, note.commitment.process)
    if delegation is None or delegation.pk != note.delegation_id:
        return False
    return note.author_id == user.pk or heads(delegation).filter(user=user).exists()
