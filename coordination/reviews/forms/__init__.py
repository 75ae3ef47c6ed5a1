from .session import (
    ActionForm,
    AttendanceForm,
    DecisionForm,
    FindingForm,
    OutcomeForm,
    WithdrawForm,
)

__all__ = [
    "ActionForm",
    "AttendanceForm",
    "DecisionForm",
    "FindingForm",
    "OutcomeForm",
    "WithdrawForm",
]
