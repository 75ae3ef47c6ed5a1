"""What people type about a commitment."""

from .dates import AnchorDateForm
from .reporting import LEVEL_HINTS, CheckInForm, LevelField

__all__ = ["LEVEL_HINTS", "AnchorDateForm", "CheckInForm", "LevelField"]
