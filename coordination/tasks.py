"""Registry: one line a slice."""

from .reminders import tasks as reminders
from .reviews import tasks as reviews

__all__ = ["reminders", "reviews"]
