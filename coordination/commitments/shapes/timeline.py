"""The timeline of the register: which rows of its choices a window in time shows, by the page."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Case, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import read_day
from coordination.base.paging import cut
from coordination.processes.models import Process, Track

from ..models import Commitment, DeadlineTerm, Dependency
from ..register import Choices
from ..register.rules import holds
from .window import Span, Window, window_of

#: Rows of one page: below 50 KB also with long titles, all of them late and extended.
PAGE = 40
#: Where a row without any day stands: behind all others.
_NO_DAY = date(9999, 12, 31)
_FIRST, _LAST = ("due_on", "original_on", "starts_on"), ("due_on", "original_on", "ends_on")
#: Where a page begins or ends: the lane, the day and the number of a row.
Key = tuple[str | int, date, int]


class Lanes(models.TextChoices):
    """What the rows are grouped by."""

    TRACK = "track", _("By track")
    LEAD = "lead", _("By who leads")
    NONE = "none", _("None")


@dataclass(frozen=True)
class Asked:
    """How the choices of the register are shown in time; all of it stands in the address."""

    span: str = Span.ALL.value
    first: date | None = None
    lanes: str = Lanes.TRACK.value
    #: The page after, or before, a row.
    after: Key | None = None
    before: Key | None = None

    @property
    def is_backwards(self) -> bool:
        return self.before is not None and self.after is None

    def query(self, choices: Choices, **changes: Any) -> str:
        """The choices and these in an address, without its “?”."""
        asked = replace(self, **changes)
        cursors = [("after", _written(asked.after)), ("before", _written(asked.before))]
        own = urlencode([*asked.pairs(), *((name, value) for name, value in cursors if value)])
        return "&".join(part for part in (choices.query(), own) if part)

    def pairs(self) -> list[tuple[str, str]]:
        """What is not as usual, but for the page, as names and values."""
        said = {
            "span": "" if self.span == Span.ALL else self.span,
            "from": self.first.isoformat() if self.first and self.span != Span.ALL else "",
            "lanes": "" if self.lanes == Lanes.TRACK else self.lanes,
        }
        return [(name, value) for name, value in said.items() if value]


def read_asked(asked: Any) -> Asked:
    """From an address. Never fails: what is no choice is left out."""
    span, lanes = asked.get("span", ""), asked.get("lanes", "")
    lanes = lanes if lanes in Lanes.values else Lanes.TRACK.value
    return Asked(
        span=span if span in Span.values else Span.ALL.value,
        first=read_day(asked.get("from", "")),
        lanes=lanes,
        after=_key(asked.get("after", ""), lanes),
        before=_key(asked.get("before", ""), lanes),
    )


def _written(key: Key | None) -> str:
    return f"{key[0]}.{key[1].isoformat()}.{key[2]}" if key else ""


def _key(text: str, lanes: str) -> Key | None:
    parts = text[:80].replace("\0", "").rsplit(".", 2)
    if len(parts) < 3 or not parts[2].isdecimal() or len(parts[2]) > 9:
        return None
    lane: str | int = parts[0]
    if lanes == Lanes.TRACK:
        if not parts[0].isdecimal() or len(parts[0]) > 4:
            return None
        lane = int(parts[0])
    try:
        return lane, date.fromisoformat(parts[1]), int(parts[2])
    except ValueError:
        return None


@dataclass(frozen=True)
class Page:
    """Some rows in the order of the timeline, and where those around them begin."""

    rows: list[Commitment]
    before: Key | None = None
    after: Key | None = None


def in_time(window: Window) -> Q:
    """What a commitment that has a place in a window fits, in the database as in memory.

    What lasts holds from its first to its last day, and without end where it has none; what is
    prohibited until a day holds up to it; all else has its day, and the one it was moved from.
    """
    first, last = window.first, window.last
    begun = Q(deadline__starts_on__isnull=True) | Q(deadline__starts_on__lte=last)
    going = Q(deadline__ends_on__isnull=True) | Q(deadline__ends_on__gte=first)
    lasting = Q(kind__in=Commitment.LASTING)
    until = Q(kind=Commitment.Kind.UNTIL)
    reaches = Q(deadline__due_on__gte=first) | Q(deadline__original_on__gte=first)
    reached = Q(deadline__due_on__lte=last) | Q(deadline__original_on__lte=last)
    dated = Q(deadline__due_on__isnull=False) & reaches & reached
    return (
        (lasting & begun & going)
        | (until & begun & Q(deadline__due_on__gte=first))
        | (~lasting & ~until & dated)
    )


def window_for(
    asked: Asked, today: date, rows: "QuerySet[Commitment] | Iterable[Commitment]"
) -> Window:
    """The days that are shown: a span of them, or all that the rows have."""
    known = _days_of(rows) if asked.span == Span.ALL else []
    window = window_of(asked.span, asked.first, today, known)
    return window if asked.lanes != Lanes.NONE else replace(window, left=8)


def _days_of(rows: Any) -> list[date]:
    if isinstance(rows, QuerySet):
        ends: dict[str, Any] = {f"first_{name}": Min(f"deadline__{name}") for name in _FIRST}
        ends |= {f"last_{name}": Max(f"deadline__{name}") for name in _LAST}
        return [day for day in rows.aggregate(**ends).values() if day]
    names = {*_FIRST, *_LAST}
    days = (getattr(one.deadline, name) for one in rows for name in names)
    return [day for day in days if day]


def page_of(asked: Asked, window: Window, rows: Any) -> Page:
    """Rows of today: a page by its key, so that a later one costs no more than the first."""
    if asked.span != Span.ALL:
        rows = rows.filter(in_time(window))
    rows = rows.annotate(
        lane=_LANES[asked.lanes],
        day=Coalesce(
            *("deadline__due_on", "deadline__starts_on", "deadline__ends_on"), Value(_NO_DAY)
        ),
    )
    backwards = asked.is_backwards
    edge = asked.before if backwards else asked.after
    if edge:
        rows = rows.filter(_past(edge, "lt" if backwards else "gt"))
    order = ("lane", "day", "number")
    found: list[Any] = list(
        rows.for_list().order_by(*(f"-{name}" if backwards else name for name in order))[: PAGE + 1]
    )
    return _cut(found, asked, lambda one: (one.lane, one.day, one.number))


_LANES: dict[str, Any] = {
    Lanes.TRACK: Case(
        *(When(track=track, then=Value(n)) for n, track in enumerate(Track.values)),
        default=Value(len(Track.values)),
        output_field=models.IntegerField(),
    ),
    Lanes.LEAD: Coalesce(F("lead_body__code"), Value("")),
    Lanes.NONE: Value(""),
}


def _past(key: Key, than: str) -> Q:
    lane, day, number = key
    same = Q(lane=lane)
    return (
        Q(**{f"lane__{than}": lane})
        | same & Q(**{f"day__{than}": day})
        | same & Q(day=day) & Q(**{f"number__{than}": number})
    )


def page_on(asked: Asked, window: Window, rows: Iterable[Commitment]) -> Page:
    """The same of rows of a past day, which are all in memory."""
    if asked.span != Span.ALL:
        shown = in_time(window)
        rows = [one for one in rows if holds(shown, one)]

    def key(one: Commitment) -> Any:
        row = one.deadline
        day = row.due_on or row.starts_on or row.ends_on or _NO_DAY
        return _lane(one, asked.lanes), day, one.number

    backwards = asked.is_backwards
    found = sorted(rows, key=key, reverse=backwards)
    if backwards:
        found = [one for one in found if key(one) < asked.before]
    elif asked.after:
        found = [one for one in found if key(one) > asked.after]
    return _cut(found[: PAGE + 1], asked, key)


def _cut(found: list[Any], asked: Asked, key: Any) -> Page:
    """One row more than a page was fetched, to know whether there are others."""
    rows, is_before, is_after = cut(
        found, PAGE, backwards=asked.is_backwards, from_start=asked.after is None
    )
    return Page(rows, key(rows[0]) if is_before else None, key(rows[-1]) if is_after else None)


def _lane(commitment: Commitment, lanes: str) -> str | int:
    if lanes == Lanes.TRACK:
        return Track.values.index(commitment.track)
    if lanes == Lanes.LEAD and commitment.lead_body:
        return commitment.lead_body.code
    return ""


def by_lane(rows: Iterable[Commitment], lanes: str) -> list[tuple[str, list[Commitment]]]:
    """The rows under the name of the lane that they stand in."""
    return [
        (_name(lane, lanes), list(own))
        for lane, own in groupby(rows, lambda one: _lane(one, lanes))
    ]


def _name(lane: str | int, lanes: str) -> str:
    if lanes == Lanes.NONE:
        return ""
    if isinstance(lane, int):
        return capfirst(str(Track(Track.values[lane]).label))
    return lane or _now("Nobody leads")


def edges_among(process: Process, keys: Collection[int]) -> set[tuple[int, int]]:
    """What depends on what among some commitments, as pairs of the earlier and the later one."""
    pairs: list[Any] = [
        *Dependency.objects.filter(commitment__in=keys, on__in=keys)
        .order_by()
        .values_list("on", "commitment"),
        *DeadlineTerm.objects.filter(
            Q(reading=None) | Q(reading__in_force=True, reading__withdrawn_at=None),
            deadline__process=process,
            deadline__commitment__in=keys,
            after_commitment__in=keys,
        )
        .order_by()
        .values_list("after_commitment", "deadline__commitment"),
        *Commitment.objects.filter(pk__in=keys, follows__in=keys)
        .order_by()
        .values_list("follows", "pk"),
    ]
    return set(pairs)
