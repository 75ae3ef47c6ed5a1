"""Until when the next step of a breach is to be taken.

Days end with the day in the process's time zone; hours are elapsed hours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination.base.dates import Point, Unit, day_starts_at, offset

from .models import Breach

State = Breach.State

#: Days for what comes next, where nobody says otherwise. Agreements name none for most of them;
#: these keep an allegation from lying about for longer than two meetings of a body.
EXAMINE_WITHIN = 7
DECIDE_WITHIN = 14
ASK_WITHIN = 7
ANSWER_WITHIN = 7
ESCALATE_WITHIN = 7

#: The days that follow the step into a state. An escalated one has the time of the protocol's
#: step, and what is over has none.
DAYS = {
    State.ALLEGED: EXAMINE_WITHIN,
    State.EXAMINED: DECIDE_WITHIN,
    State.CONFIRMED: ASK_WITHIN,
    State.RESPONSE_DUE: ANSWER_WITHIN,
    State.UNRESOLVED: ESCALATE_WITHIN,
}

#: What is due when the clock of a state runs out.
_DUE = {
    State.ALLEGED: gettext_lazy("examination due"),
    State.EXAMINED: gettext_lazy("decision due"),
    State.CONFIRMED: gettext_lazy("to be asked for an answer by"),
    State.RESPONSE_DUE: gettext_lazy("answer due"),
    State.UNRESOLVED: gettext_lazy("to be taken further by"),
    State.ESCALATED: gettext_lazy("to be settled by"),
}


def default_day(state: str, on: date) -> date | None:
    """The day by which what follows a step is to be done, where nobody chooses another."""
    days = DAYS.get(State(state))
    return on + timedelta(days=days) if days is not None else None


def clock(
    state: str,
    taken: Point,
    zone: ZoneInfo,
    *,
    until: date | None = None,
    within_hours: int | None = None,
) -> datetime | None:
    """The UTC moment at which the clock of a step runs out; None where it has none.

    `taken` is when the step was taken: its moment, or its day where only that is known. The day
    that somebody chose counts before the default; a step of the protocol that names no hours has
    no clock.
    """
    if state == State.ESCALATED:
        if not within_hours:
            return None
        return offset(taken, within_hours, Unit.HOURS, zone).ends_at(zone)
    day = until or default_day(state, taken.on)
    if day is None or state in Breach.OVER:
        return None
    return Point(day).ends_at(zone)


def last_day(clock_at: datetime, zone: ZoneInfo) -> date:
    """The day that a clock runs out on: one that ends with a day runs out on that day."""
    day = clock_at.astimezone(zone).date()
    return day - timedelta(days=1) if _ends_a_day(clock_at, zone) else day


def _ends_a_day(clock_at: datetime, zone: ZoneInfo) -> bool:
    return clock_at == day_starts_at(clock_at.astimezone(zone).date(), zone)


@dataclass(frozen=True)
class Clock:
    """A running clock as a page shows it: what is due, when, and how long that is."""

    what: str
    on: date
    time: str
    left: str
    is_over: bool


def shown(state: str, clock_at: datetime | None, zone: ZoneInfo, now: datetime) -> Clock | None:
    """The clock of a breach in words; nothing where none runs."""
    if clock_at is None:
        return None
    day = last_day(clock_at, zone)
    local = clock_at.astimezone(zone)
    time = "" if _ends_a_day(clock_at, zone) else date_format(local, "H:i")
    days = (day - now.astimezone(zone).date()).days
    is_over = now >= clock_at
    if is_over and days == 0:
        left = _("over since %s") % time
    elif is_over:
        left = ngettext("%(n)s day over", "%(n)s days over", -days) % {"n": -days}
    elif days == 0:
        left = _("today")
    else:
        left = ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
    return Clock(str(_DUE[State(state)]), day, time, left, is_over)
