"""Which parties belong to which, and who acts for which, on a day: each with since when.

A tie over several steps is as old as its youngest step; of several ways the oldest counts.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from django.utils import timezone

from coordination.base.dates import day_starts_at
from coordination.processes.models import Affiliation, Membership, Process

#: Parties, and since when; no day where it was always so.
Since = dict[int, date | None]


def parties_above(process: Process, day: date) -> dict[int, Since]:
    """For each party those that it belongs to, over any number of steps, itself included."""
    above: dict[int, dict[int, date]] = defaultdict(dict)
    ties = Affiliation.objects.on(day).filter(party__process=process)
    for party, other, started_on in ties.values_list("party", "other", "started_on"):
        since = started_on or date.min
        above[party][other] = min(above[party].get(other, since), since)
    return {party: _reached(party, above) for party in list(above)}


def _reached(start: int, above: dict[int, dict[int, date]]) -> Since:
    reached: dict[int, date] = {}
    waiting = [(date.min, start)]
    while waiting:
        since, party = heappop(waiting)
        if party not in reached:
            reached[party] = since
            for other, begun in above.get(party, {}).items():
                heappush(waiting, (max(since, begun), other))
    return {party: None if since == date.min else since for party, since in reached.items()}


def delegates(process: Process, day: date) -> dict[int, tuple[int, date | None]]:
    """By person the party that they act for at the end of the day, or now, and since when."""
    moment = min(_end_of(process, day), timezone.now())
    rows = Membership.objects.at(moment).filter(process=process, party__isnull=False)
    return {
        user: (party, process.today(started_at))
        for user, party, started_at in rows.values_list("user", "party", "started_at")
    }


def _end_of(process: Process, day: date) -> datetime:
    return day_starts_at(day + timedelta(days=1), process.zone)
