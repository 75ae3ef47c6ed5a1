from .body import (
    Body,
    ChannelTest,
    CompositionPart,
    ContactChannel,
    FormerName,
    ReportingLine,
    Succession,
)
from .protocol import DisputeStep, Protocol, ProtocolSource, QuorumPart, Share
from .responsibility import Acceptance, Assignment, Claim, Responsibility
from .seat import Nomination, RoleTerms, Seat, SuccessionRequest, Term

__all__ = [
    "Acceptance",
    "Assignment",
    "Body",
    "ChannelTest",
    "Claim",
    "CompositionPart",
    "ContactChannel",
    "DisputeStep",
    "FormerName",
    "Nomination",
    "Protocol",
    "ProtocolSource",
    "QuorumPart",
    "ReportingLine",
    "Responsibility",
    "RoleTerms",
    "Seat",
    "Share",
    "Succession",
    "SuccessionRequest",
    "Term",
]
