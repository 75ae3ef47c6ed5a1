"""Whether reminders are running, and what is in the outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from coordination.commitments.models import Obligation
from coordination.outbox.models import Heartbeat, Message
from coordination.processes.models import Process


@dataclass(frozen=True)
class Health:
    """When the schedule last ran and what is waiting for it."""

    last_tick: datetime | None
    is_late: bool
    due: int
    waiting: int
    uncertain: int

    @property
    def is_ready(self) -> bool:
        return not self.is_late

    @property
    def words(self) -> str:
        if self.last_tick is None:
            return _("The schedule has not run yet.")
        if self.is_late:
            return _("The schedule last ran %s ago.") % timesince(self.last_tick)
        return _("The schedule ran less than %(n)s seconds ago.") % {
            "n": int(_allowed().total_seconds())
        }


def _allowed() -> timedelta:
    """How old the last tick may be: five sweeps, a minute at least."""
    return timedelta(seconds=max(5 * settings.SWEEP_SECONDS, 60))


def health() -> Health:
    now = timezone.now()
    beat = Heartbeat.objects.filter(name="tick").first()
    states = Message.State
    counts = dict(
        Message.objects.filter(state__in=[states.PENDING, states.UNCERTAIN])
        .values_list("state")
        .annotate(n=Count("pk"))
    )
    return Health(
        last_tick=beat.at if beat else None,
        is_late=beat is None or beat.at < now - _allowed(),
        due=Obligation.objects.filter(next_check_in_at__lte=now, focal_point__isnull=False).count(),
        waiting=counts.get(states.PENDING, 0),
        uncertain=counts.get(states.UNCERTAIN, 0),
    )


def message_counts(process: Process) -> list[tuple[str, str, int]]:
    """Each state that messages of the process are in: value, word, how many."""
    counts = dict(process.messages.order_by().values_list("state").annotate(n=Count("pk")))
    return [
        (value, str(label), counts[value])
        for value, label in Message.State.choices
        if value in counts
    ]
