"""Storing rows that have a key which exists once, however many store them at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction


def keys_there(model: Any, keys: Iterable[str]) -> set[str]:
    """Those of the keys that are there already."""
    return set(model.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def store_new(rows: Sequence[Any]) -> list[Any]:
    """Store rows of one model together; returns those whose key nobody else stored meanwhile."""
    if not rows:
        return []
    model = type(rows[0])
    try:
        with transaction.atomic():
            return list(model.objects.bulk_create(rows))
    except IntegrityError:
        there = keys_there(model, [row.key for row in rows])
        if not there:
            raise  # something else is wrong with them
        return store_new([row for row in rows if row.key not in there])
