"""The overview of a process: what is counted, drawn and pointed out, of today or of a past day."""

from .drawn import Drawn, draw
from .seen import Overview, overview

__all__ = ["Drawn", "Overview", "draw", "overview"]
