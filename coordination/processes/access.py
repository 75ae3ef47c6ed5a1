"""Who may see and do what in a process."""

from typing import Any

from coordination.base.memo import once

from .models import Membership, Process


def memberships(user: Any) -> list[Membership]:
    """The person's current memberships, each with its process and its party."""

    def ask() -> list[Membership]:
        rows = Membership.objects.current().filter(user=user)
        return list(rows.select_related("process", "party"))

    return once(("memberships", user.pk), ask)


def membership(user: Any, process: Process) -> Membership | None:
    """The person's current membership of the process."""
    if not user.is_authenticated:
        return None
    return next((own for own in memberships(user) if own.process_id == process.pk), None)


def is_coordinator(user: Any, process: Process) -> bool:
    """Coordinators keep the process's record: its bodies, commitments, people and outbox."""
    member = membership(user, process)
    return member is not None and member.is_coordinator


def acts_for(user: Any, process: Process) -> int | None:
    """The id of the party that the person acts for."""
    member = membership(user, process)
    return member.party_id if member else None
