"""What changes a commitment; a verb each. Every action is one transaction and leaves a ledger
entry."""

from .dates import Move, move_anchor, recompute_deadlines
from .entering import Bounded, Owed, create_commitment
from .findings import record_verification
from .levels import plan_check_in
from .reports import submit_check_in

__all__ = [
    "Bounded",
    "Move",
    "Owed",
    "create_commitment",
    "move_anchor",
    "plan_check_in",
    "recompute_deadlines",
    "record_verification",
    "submit_check_in",
]
