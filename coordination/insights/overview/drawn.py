"""Everything on the overview that is the same for every member, kept until something changes.

Commitments, their levels and the structure are read by every member of a process alike; what only
some may read (the account of a report) is not among it. Every change goes through the ledger, so
what was drawn holds as long as the chain has the same length, on the same day, until something
falls due. Only the name of a person, which is no process's, follows a little later.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.utils import timezone
from django.utils.translation import get_language

from coordination.bodies.structure import load
from coordination.commitments.as_it_stood import end_of, register_on
from coordination.commitments.models import Commitment
from coordination.ledger.models import Chain
from coordination.processes.as_of import AsOf
from coordination.processes.models import Party, Process

from .alerts import Alerts, alerts_of
from .bodies import Led, bodies_that_lead
from .curve import Curve, curve_of
from .days import DueDay, next_due_days
from .figures import Figure, figures_of
from .history import history_now, history_then
from .pieces import Pieces, put_together
from .pressing import Pressing, most_pressing, pressing_of, waits_of
from .rows import Row, in_order, rows_now, rows_then
from .strip import Strip, strip_of

#: No longer, in seconds: it is as soon drawn anew as it is cleared away.
_LONGEST = 900
#: Parties that the page names; their own page has all of them.
PARTIES = 20


@dataclass(frozen=True)
class Drawn:
    """The overview of a process at a moment."""

    moment: datetime
    figures: dict[str, Figure]
    strip: Strip | None
    curve: Curve | None
    days: list[DueDay]
    bodies: list[Led]
    more_bodies: int
    pressing: list[Pressing]
    pressing_count: int
    alerts: Alerts
    parties: list[Party]
    pieces: Pieces


def draw(process: Process, user: Any, as_of: AsOf) -> Drawn:
    """From the cache, or anew. The chain is read first: what is kept is never older than it."""
    length = Chain.objects.filter(process=process).values_list("count", flat=True).first() or 0
    today, day = as_of.today.isoformat(), as_of.day.isoformat()
    key = f"overview:{process.pk}:{length}:{today}:{day}:{get_language()}"
    cache = caches["pages"]
    drawn: Drawn | None = cache.get(key)
    if drawn is None:
        now = timezone.now()
        drawn, changes_at = (
            _today(process, user, now) if as_of.is_today else _then(process, user, as_of.day)
        )
        seconds = (changes_at - now).total_seconds() if changes_at else _LONGEST
        if seconds >= 1:  # the cache counts whole seconds
            cache.set(key, drawn, int(min(seconds, _LONGEST)))
    return drawn


def _today(process: Process, user: Any, now: datetime) -> tuple[Drawn, datetime | None]:
    rows = rows_now(process, user, now)
    keys, count = most_pressing(rows)
    late = Commitment.objects.visible_to(user).filter(pk__in=keys).for_list()
    done = {row.key for row in rows if row.verified_full}
    pressing = pressing_of(keys, late, waits_of(keys, done), now)
    figures = figures_of(rows, None)
    curve = curve_of(rows, history_now(process), process, process.today(now), figures)
    days = next_due_days(rows, process.today(now), None)
    titles = Commitment.objects.filter(pk__in=[key for one in days for key in one.keys])
    _name(days, dict(titles.values_list("pk", "title")))
    drawn = _drawn(process, now, rows, figures, curve, days, pressing, count, None)
    moments = {moment for row in rows for moment in (row.changes_at, row.due_at)}
    return drawn, min((moment for moment in moments if moment and moment > now), default=None)


def _then(process: Process, user: Any, day: date) -> tuple[Drawn, datetime | None]:
    """A past day changes no more, but by the ledger."""
    moment = end_of(day, process)
    register = register_on(Commitment.every.visible_to(user), process, moment)
    rows = in_order(rows_then(register, moment))
    keys, count = most_pressing(rows)
    pressing = pressing_of(keys, register, {}, moment)
    figures = figures_of(rows, day)
    curve = curve_of(rows, history_then(register, process), process, day, figures)
    days = next_due_days(rows, day + timedelta(days=1), day)
    _name(days, {one.pk: one.title for one in register})
    return _drawn(process, moment, rows, figures, curve, days, pressing, count, day), None


def _name(days: list[DueDay], titles: dict[int, str]) -> None:
    for one in days:
        one.titles = [titles[key] for key in one.keys if key in titles]


def _drawn(
    process: Process,
    moment: datetime,
    rows: list[Row],
    figures: dict[str, Figure],
    curve: Curve | None,
    days: list[DueDay],
    pressing: list[Pressing],
    pressing_count: int,
    as_of: date | None,
) -> Drawn:
    day = as_of or process.today(moment)
    structure = load(process, day)
    bodies, more = bodies_that_lead(rows, structure, as_of)
    strip = strip_of(rows, process, day)
    shown = AsOf(day, process.today())
    return Drawn(
        moment=moment,
        figures=figures,
        strip=strip,
        curve=curve,
        days=days,
        bodies=bodies,
        more_bodies=more,
        pressing=pressing,
        pressing_count=pressing_count,
        alerts=alerts_of(rows, figures, structure, process, as_of),
        parties=list(process.parties.order_by("part", "code")[: PARTIES + 1]),
        pieces=put_together(process, shown, figures, strip, curve, bodies, pressing),
    )
