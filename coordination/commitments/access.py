"""Who may report for an obligation."""

from typing import Any

from coordination.processes.access import is_coordinator

from .models import Obligation


def may_report(user: Any, obligation: Obligation) -> bool:
    """Its focal point; a coordinator may enter what the focal point told them."""
    if obligation.focal_point_id is None:
        return False
    if obligation.focal_point_id == user.pk:
        return True
    return is_coordinator(user, obligation.commitment.process)
