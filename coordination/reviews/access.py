"""Who may run a review."""

from typing import Any

from coordination.bodies.access import may_keep

from .models import Review


def may_run(user: Any, review: Review) -> bool:
    """Whoever keeps the body that meets: those who run it, or a coordinator."""
    return may_keep(user, review.body)
