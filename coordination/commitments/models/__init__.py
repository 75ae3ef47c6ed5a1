from .breach import Breach, BreachStep
from .commitment import Commitment, Level, Obligation
from .deadline import Deadline, DeadlineTerm, Extension, Reading
from .evidence import Evidence
from .expected import ExpectedOccurrence, Trigger, TriggerEvent
from .flag import Dependency, Flag
from .measure import Bound, Measurement
from .note import Note
from .policy import ReminderPolicy
from .report import CheckIn, CheckInDraft, Verification
from .view import BulkChange, SavedView

__all__ = [
    "Bound",
    "Breach",
    "BreachStep",
    "BulkChange",
    "CheckIn",
    "CheckInDraft",
    "Commitment",
    "Deadline",
    "DeadlineTerm",
    "Dependency",
    "Evidence",
    "ExpectedOccurrence",
    "Extension",
    "Flag",
    "Level",
    "Measurement",
    "Note",
    "Obligation",
    "Reading",
    "ReminderPolicy",
    "SavedView",
    "Trigger",
    "TriggerEvent",
    "Verification",
]
