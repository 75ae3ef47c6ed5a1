"""Signs of life of the worker and of beat: a file, named in HEARTBEAT_FILE, that they touch.

    celery -A config worker --include runtime.heartbeat
    celery -A config beat --scheduler runtime.heartbeat:Scheduler

The worker touches it while its main loop turns and the broker takes its messages; beat whenever
the broker has taken a due task. `runtime/probe.py fresh` reads the file's age, which costs
nothing beside `celery inspect ping`.
"""

import os
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent


def touch() -> None:
    """Leave a sign of life, if anybody asked for it."""
    if name := os.environ.get("HEARTBEAT_FILE"):
        Path(name).touch()


@heartbeat_sent.connect
def _worker_is_alive(**kwargs: Any) -> None:
    touch()


class Scheduler(PersistentScheduler):
    """Celery's own scheduler, which also leaves signs of life."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send a due task; raises when the broker does not take it."""
        result = super().apply_async(*args, **kwargs)
        touch()
        return result
