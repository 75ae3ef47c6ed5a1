"""How many things need somebody, for the bar over every page."""

from typing import Any

from django.core.cache import caches

from .needs import how_many
from .place import place_of

#: For so many seconds the number is kept; 0 counts nothing.
KEPT_FOR = 60


def count_for(user: Any) -> int:
    """Counted at most once a minute a person, in a few queries."""
    if not KEPT_FOR:
        return 0
    count = caches["pages"].get(_key(user))
    if count is None:
        count = how_many(place_of(user))
        keep(user, count)
    return int(count)


def keep(user: Any, count: int) -> None:
    """The desk itself has just counted."""
    if KEPT_FOR:
        caches["pages"].set(_key(user), count, KEPT_FOR)


def _key(user: Any) -> str:
    return f"desk:{user.pk}"
