"""Doing what is due by the hundred: most of what the database is asked is asked once for all."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.db import transaction

log = logging.getLogger(__name__)

Done = TypeVar("Done")
#: So many are done in one transaction: others wait for what it holds.
BATCH = 100


def in_batches(
    keys: Sequence[int], work: Callable[[Sequence[int]], Done], failed: str
) -> Iterator[Done]:
    """Do the work for all keys, in one transaction for each batch, and yield what came of each.

    A batch that fails leaves nothing behind and is done anew by halves: one that cannot be done
    stops no other. It is logged as `failed`, and stays due.
    """
    for first in range(0, len(keys), BATCH):
        yield from _done(keys[first : first + BATCH], work, failed)


def _done(
    keys: Sequence[int], work: Callable[[Sequence[int]], Done], failed: str
) -> Iterator[Done]:
    try:
        with transaction.atomic():
            done = work(keys)
    except Exception:
        if len(keys) == 1:
            log.exception(failed, keys[0])
            return
    else:
        yield done
        return
    half = len(keys) // 2
    yield from _done(keys[:half], work, failed)
    yield from _done(keys[half:], work, failed)
