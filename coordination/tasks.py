"""Registry: one line a slice."""

from .outbox import tasks as outbox
from .reminders import tasks as reminders
from .reviews import tasks as reviews

__all__ = ["outbox", "reminders", "reviews"]
