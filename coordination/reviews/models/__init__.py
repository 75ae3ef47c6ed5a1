"""Follow-up reviews: series and meetings, agendas, outcomes, minutes, disputes and reports."""

from .agenda import AgendaItem, AgendaReason, AgendaRules, Proposal, StandingItem
from .dispute import Dispute, DisputeStage
from .feed import CalendarFeed
from .meeting import Attendance, Reply, Review
from .minutes import Dispatch, Minutes, MinutesComment, MinutesSection
from .outcome import Ballot, Outcome
from .report import Report, ReportFile, ReportSection
from .series import ReviewSeries, rule_validator

__all__ = [
    "AgendaItem",
    "AgendaReason",
    "AgendaRules",
    "Attendance",
    "Ballot",
    "CalendarFeed",
    "Dispatch",
    "Dispute",
    "DisputeStage",
    "Minutes",
    "MinutesComment",
    "MinutesSection",
    "Outcome",
    "Proposal",
    "Reply",
    "Report",
    "ReportFile",
    "ReportSection",
    "Review",
    "ReviewSeries",
    "StandingItem",
    "rule_validator",
]
