"""Commitments, what is owed under them, and what came of it, through the API."""

from .breach import BreachViewSet
from .commitment import CommitmentViewSet
from .evidence import EvidenceViewSet
from .expected import ExpectedOccurrenceViewSet, TriggerViewSet
from .flag import FlagViewSet
from .measure import MeasurementViewSet
from .note import NoteViewSet
from .obligation import CheckInViewSet, ObligationViewSet
from .policy import ReminderPolicyViewSet
from .verification import VerificationViewSet

__all__ = [
    "BreachViewSet",
    "CheckInViewSet",
    "CommitmentViewSet",
    "EvidenceViewSet",
    "ExpectedOccurrenceViewSet",
    "FlagViewSet",
    "MeasurementViewSet",
    "NoteViewSet",
    "ObligationViewSet",
    "ReminderPolicyViewSet",
    "TriggerViewSet",
    "VerificationViewSet",
]
