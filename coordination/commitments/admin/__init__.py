"""The pages on which coordinators keep commitments, their dates, and what came of them.

Nothing is approved, lifted or withdrawn here, and nobody's draft is shown.
"""

from . import (
    anchor,
    breach,
    commitment,
    deadline,
    evidence,
    expected,
    flag,
    measure,
    note,
    obligation,
    policy,
    report,
)

__all__ = [
    "anchor",
    "breach",
    "commitment",
    "deadline",
    "evidence",
    "expected",
    "flag",
    "measure",
    "note",
    "obligation",
    "policy",
    "report",
]
