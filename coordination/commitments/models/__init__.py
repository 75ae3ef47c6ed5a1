from .commitment import Commitment, Level, Obligation
from .deadline import Deadline, DeadlineTerm
from .report import CheckIn, Verification

__all__ = [
    "CheckIn",
    "Commitment",
    "Deadline",
    "DeadlineTerm",
    "Level",
    "Obligation",
    "Verification",
]
