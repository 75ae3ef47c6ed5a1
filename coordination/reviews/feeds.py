"""What a feed holds, read anew each time: whatever its owner may see at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils import translation
from django.utils.translation import gettext as _

from coordination.bodies.models import Body
from coordination.ledger.models import Entry
from coordination.processes.models import Process

from .calendar import bodies_of, meetings_between
from .ics import feed_of
from .models import CalendarFeed, Review
from .occurrences import Meeting

BEHIND = timedelta(days=60)
AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Feed:
    """A file, and since when it may be as it is."""

    text: str
    changed_at: datetime


def feed_by_hash(token_hash: str) -> CalendarFeed | None:
    """The feed of an address, unless it was revoked or its owner's account is closed."""
    rows = CalendarFeed.objects.filter(token_hash=token_hash, revoked_at=None)
    return rows.filter(owner__is_active=True).select_related("owner", "body__process").first()


def read(feed: CalendarFeed, now: datetime, address_of: Callable[[Meeting], str]) -> Feed | None:
    """The meetings from two months back to a good year ahead, in a constant number of queries;
    None where its owner may not see the body any more.
    """
    first, last = (now - BEHIND).date(), (now + AHEAD).date()
    if feed.body is None:
        bodies, seats = bodies_of(feed.owner, first, last)
        found = meetings_between(bodies, first, last)
        meetings = [one for one in found if seats.sits_in(one.body, one.held_on)]
        name = _("Entente")
    else:
        if not Body.objects.visible_to(feed.owner).filter(pk=feed.body.pk).exists():
            return None
        bodies = [feed.body]
        meetings = meetings_between(bodies, first, last)
        name = feed.body.name
    processes = {body.process_id: body.process for body in bodies}
    changed_at = _changed_at(list(processes), now)
    zones = {process.zone.key: process.zone for process in processes.values()}
    zones.setdefault(feed.owner.zone.key, feed.owner.zone)
    with translation.override(feed.owner.language):
        text = feed_of(
            [
                (one, _title(one), _words(one), settings.SITE_URL + address_of(one))
                for one in meetings
            ],
            name=name,
            zones=[zones[key] for key in sorted(zones)],
            first=datetime.combine(first, time.min, UTC) - timedelta(days=2),
            last=datetime.combine(last, time.min, UTC) + timedelta(days=2),
            stamp=changed_at,
        )
    return Feed(text, changed_at)


def _changed_at(processes: list[int], now: datetime) -> datetime:
    """When the record of the processes was written to last, but no longer ago than this day began:
    with a day, terms begin and end and rhythms come nearer.
    """
    last = Entry.objects.filter(process=OuterRef("pk")).order_by("-sequence").values("at")[:1]
    rows = Process.objects.filter(pk__in=processes).annotate(written_at=Subquery(last))
    moments: list[Any] = [*rows.values_list("written_at", flat=True)]
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return max([today, *(one for one in moments if one)]).replace(microsecond=0)


def _title(meeting: Meeting) -> str:
    if isinstance(meeting, Review):
        return _("%(body)s, review %(n)s") % {"body": meeting.body.name, "n": meeting.number}
    return f"{meeting.body.name}, {meeting.series.name}"


def _words(meeting: Meeting) -> str:
    process = meeting.body.process
    marking = process.marking or _("Restricted to the members of the process")
    why = meeting.called_off_because
    return "\n".join([process.name, marking, *([why] if why else [])])
