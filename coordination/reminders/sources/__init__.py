"""What people are reminded of besides their check-ins.

A source is one function: from a moment of the last tick to one of this, what is somebody to be
reminded of? It yields each thing for each person; what it yields again is not written again. To
add one, write the function, name its kind in `Reminder.Kind`, give it a title and a label in
`digest_lines`, and list it here.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from coordination.outbox.models import Heartbeat

from ..planned import Planned, remind
from .addresses import failing_addresses
from .breaches import breach_steps
from .deadlines import coming_deadlines
from .disputes import disputes_to_settle
from .minutes import minutes_to_approve, minutes_to_comment_on
from .reviews import closing_agendas
from .silences import silences_ended, silences_running
from .vacancies import seats_falling_vacant
from .verifications import reports_to_verify

log = logging.getLogger(__name__)

Source = Callable[[datetime, datetime], Iterator[Planned]]

SOURCES: tuple[Source, ...] = (
    breach_steps,
    reports_to_verify,
    disputes_to_settle,
    silences_running,
    silences_ended,
    minutes_to_approve,
    minutes_to_comment_on,
    closing_agendas,
    failing_addresses,
    seats_falling_vacant,
    coming_deadlines,
)
#: How far a source looks back: over the last time, since two may overlap, and over an outage ...
OVERLAP = timedelta(hours=1)
#: ... but not farther than this: what is older has a page, and a mail would come too late.
FARTHEST = timedelta(days=30)
#: The first time.
FIRST = timedelta(days=1)


def plan_all(now: datetime) -> int:
    """Write down what every source finds; returns how many reminders are new."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    count, done = 0, []
    for source in SOURCES:
        # Each has a mark of its own, which moves when all that it found is written down.
        mark = source.__name__[:20]
        last = min(beats.get(mark, now - FIRST), now)
        since = max(last - OVERLAP, now - FARTHEST)
        try:
            count += sum(remind(planned, now) for planned in source(since, now))
        except Exception:  # one source that fails stops no other
            log.exception("The reminders of %s could not be planned.", source.__name__)
        else:
            done.append(Heartbeat(name=mark, at=now))
    Heartbeat.objects.bulk_create(
        done, update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )
    return count
