"""Doing what is due by the hundred: most of what the database is asked is asked once for all."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.db import connection, transaction

log = logging.getLogger(__name__)

Done = TypeVar("Done")
#: So many are done in one transaction: others wait for what it holds.
BATCH = 100
#: Seconds between two batches on SQLite, where who waits to write asks every tenth of a second, and
#: whoever asks first has it: without them a worker would wait until all is planned.
BREATH = 0.1


def in_batches(
    keys: Sequence[int], work: Callable[[Sequence[int]], Done], failed: str
) -> Iterator[Done]:
    """Do the work for all keys, in one transaction for each batch, and yield what came of each.

    A batch that fails leaves nothing behind and is done anew by halves: one that cannot be done
    stops no other. It is logged as `failed`, and stays due.
    """
    for first in range(0, len(keys), BATCH):
        if first and connection.vendor == "sqlite":
            time.sleep(BREATH)
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
