"""Bodies, responsibilities, and gaps and overlaps, through the API."""

from .body import BodyViewSet
from .gaps import GapViewSet
from .responsibility import ResponsibilityViewSet

__all__ = ["BodyViewSet", "GapViewSet", "ResponsibilityViewSet"]
