"""Processes and their members, their parties, anchor events and holidays."""

from .anchor import AnchorDate, AnchorEvent
from .draft import FormDraft
from .holiday import Holiday
from .party import Affiliation, Party
from .process import (
    Invitation,
    Membership,
    Process,
    Track,
    ask_coordinators,
    saturday_and_sunday,
    today_utc,
    validate_weekend,
)

__all__ = [
    "Affiliation",
    "AnchorDate",
    "AnchorEvent",
    "FormDraft",
    "Holiday",
    "Invitation",
    "Membership",
    "Party",
    "Process",
    "Track",
    "ask_coordinators",
    "saturday_and_sunday",
    "today_utc",
    "validate_weekend",
]
