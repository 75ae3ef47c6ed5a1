"""Who may report for an obligation."""

from typing import Any

from coordination.processes.access import is_coordinator, membership

from .models import Obligation


def may_report(user: Any, obligation: Obligation) -> bool:
    """Its focal point; a coordinator may enter what the focal point told them.

    A focal point who is no longer a member reports nothing, and nothing is reported as theirs.
    """
    process = obligation.commitment.process
    if obligation.focal_point is None or membership(obligation.focal_point, process) is None:
        return False
    return obligation.focal_point_id == user.pk or is_coordinator(user, process)
