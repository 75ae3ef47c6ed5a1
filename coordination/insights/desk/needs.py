"""What needs somebody, in groups and in the order in which it presses, as their desk shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.base.spoken import short_day
from coordination.bodies.vacancies import Holding
from coordination.commitments.models import Breach
from coordination.processes.models import Process
from coordination.reminders.digest_lines import LABELS, MAY_BE_LATE, ORDER, TITLES, in_days

from ..queries import successors_to_name
from . import asked
from .asked import DRAFT, FINDING, NOMINATION, REPLY, SUCCESSOR, Kind, Row, asked_of
from .place import Place

#: Lines of a group; the rest of it has pages.
SHOWN = 8


@dataclass(frozen=True)
class Need:
    """One line: by when, what it is, and where one does it."""

    kind: str
    about: int
    process: Process
    url: str
    title: str
    label: object
    words: str = ""
    reference: str = ""
    owner: str = ""
    level: int | None = None
    since: datetime | None = None
    #: The day by which it is due, where it has one, and that in words and with its mark.
    day: date | None = None
    by: str = ""
    mark: str = ""

    @property
    def presses(self) -> bool:
        """Today, or before."""
        return bool(self.mark)


@dataclass(frozen=True)
class Group:
    kind: str
    title: object
    needs: list[Need]

    @property
    def shown(self) -> list[Need]:
        return self.needs[:SHOWN]

    @property
    def more(self) -> int:
        return max(len(self.needs) - SHOWN, 0)


@dataclass(frozen=True)
class Needs:
    groups: list[Group] = field(default_factory=list)

    @property
    def all(self) -> list[Need]:
        return [need for group in self.groups for need in group.needs]

    def about(self, kind: str) -> set[int]:
        return {need.about for need in self.all if need.kind == kind}

    @property
    def total(self) -> int:
        return len(self.all)

    @property
    def pressing(self) -> int:
        return sum(need.presses for need in self.all)

    @property
    def processes(self) -> int:
        return len({need.process.pk for need in self.all})


_TITLES = TITLES | {
    FINDING: _("Findings to approve"),
    DRAFT: _("Minutes to draft"),
    REPLY: _("Invitations to answer"),
    NOMINATION: _("People named for seats"),
    SUCCESSOR: _("Seats that wait for a name"),
}
_LABELS = LABELS | {
    Kind.MINUTES: _("Read and approve"),
    FINDING: _("Read and approve"),
    DRAFT: _("Draft the minutes"),
    REPLY: _("Answer"),
    NOMINATION: _("Answer"),
    SUCCESSOR: _("Name somebody"),
}
#: After which kind of the digest those stand that it does not have.
_AFTER = {
    Kind.VERIFICATION: (FINDING, DRAFT),
    Kind.SILENCE: (REPLY,),
    Kind.AGENDA: (NOMINATION, SUCCESSOR),
}
_ORDER = [name for kind in ORDER for name in (kind, *_AFTER.get(kind, ()))]


def needs_of(place: Place, successors: list[Holding]) -> Needs:
    found = [_need(row, place) for row in asked_of(place)]
    found += [_successor(held) for held in successors]
    by_kind: dict[str, list[Need]] = {}
    for need in sorted(found, key=lambda one: (one.day or date.max, one.title)):
        by_kind.setdefault(need.kind, []).append(need)
    kinds = [kind for kind in _ORDER if kind in by_kind]
    return Needs([Group(str(kind), _TITLES[kind], by_kind[kind]) for kind in kinds])


def how_many(place: Place) -> int:
    """The same number, without what only the lines need."""
    return asked.how_many(place) + len(successors_to_name(place.user))


def _need(row: Row, place: Place) -> Need:
    process = place.processes[row.process]
    by_at = row.by_at
    if row.kind == Kind.AGENDA and row.since and row.second:
        by_at = row.since - timedelta(hours=place.agenda_hours[row.second])
    day, by, mark = _when(row.kind, row.by_on, by_at, process, place.now)
    address, words = _LINES[row.kind]
    path = address(row, process.slug)
    title = row.title
    if row.kind in _OF_REVIEWS:
        title = _now("%(body)s, review %(n)s") % {"body": row.title, "n": row.level}
    is_obligation = row.kind in _OF_OBLIGATIONS
    return Need(
        kind=row.kind,
        about=row.about,
        process=process,
        url=path,
        title=title,
        label=_LABELS[row.kind],
        words=words(row),
        reference=row.reference if is_obligation or row.kind == Kind.ESCALATION else "",
        owner=row.owner,
        level=row.level if is_obligation else None,
        since=row.since,
        day=day,
        by=by,
        mark=mark,
    )


_OF_REVIEWS = (DRAFT, Kind.MINUTES, Kind.COMMENT, Kind.AGENDA, REPLY)
_OF_OBLIGATIONS = (Kind.CHECK_IN, Kind.VERIFICATION, FINDING)


def _when(
    kind: str, by_on: date | None, by_at: datetime | None, process: Process, now: datetime
) -> tuple[date | None, str, str]:
    """The day, in words, and the mark of what is late or due today.

    Of what is asked of somebody else than its owner a due day that has passed says nothing.
    """
    if by_at is not None:
        day, today = localtime(by_at).date(), localtime(now).date()
    elif by_on is not None:
        day, today = by_on, process.today(now)
    else:
        return None, "", ""
    left = (day - today).days
    if left < 0 and kind in MAY_BE_LATE:
        return day, in_days(left), "over"
    if left < 0 or (kind == Kind.VERIFICATION and left == 0):
        return None, "", ""
    if left == 0:
        if by_at is None:
            return day, _now("Today"), "risk"
        clock = date_format(localtime(by_at), "TIME_FORMAT")
        over = by_at <= now and kind in MAY_BE_LATE
        return day, _now("Today %(time)s") % {"time": clock}, "over" if over else "risk"
    return day, date_format(day, "D j M" if day.year == today.year else "D j M Y"), ""


def _successor(held: Holding) -> Need:
    seat, process = held.seat, held.seat.body.process
    said = {"code": seat.body.code, "n": seat.number}
    day = held.falls_vacant_on if held.term else held.vacant_since
    if held.term and day:
        state = _now("falls vacant on %(day)s") % {"day": short_day(day)}
        mark = ""
    else:
        mark = "over"
        state = _now("never filled")
        if day:
            state = _now("vacant since %(day)s") % {"day": short_day(day)}
    days = ", ".join(short_day(day) for day in held.asked_on)
    requests = _now("asked on %(days)s") % {"days": days}
    soon = date_format(day, "D j M") if day and not mark else _now("Vacant")
    return Need(
        kind=SUCCESSOR,
        about=seat.pk,
        process=process,
        url=reverse("seat", args=[process.slug, seat.pk]) + "#do",
        title=_now("Name a successor for %(code)s seat %(n)s") % said,
        label=_LABELS[SUCCESSOR],
        words=f"{seat.name} · {state} · {requests}",
        owner=seat.party.code if seat.party else "",
        day=day,
        by=soon,
        mark=mark,
    )


# --- What a line says, and where one acts on it ----------------------------------------------


def _at(name: str, *columns: str, end: str = "") -> Callable[[Row, str], str]:
    def address(row: Row, slug: str) -> str:
        return reverse(name, args=[slug, *(getattr(row, one) for one in columns)]) + end

    return address


def _path(row: Row, _slug: str) -> str:
    return row.path


def _none(_row: Row) -> str:
    return ""


def _held(row: Row) -> str:
    day = short_day(row.since) if row.since else ""
    return _now("%(body)s, held on %(day)s") % {"body": row.reference, "day": day}


def _meets(row: Row) -> str:
    day = date_format(localtime(row.since), "D j M, H:i") if row.since else ""
    return _now("%(body)s meets on %(day)s") % {"body": row.reference, "day": day}


def _comments(row: Row) -> str:
    return _held(row) + " · " + _now("version %(n)s") % {"n": row.second}


def _dispute(row: Row) -> str:
    said = {"body": row.reference, "n": row.number, "step": row.second}
    return _now("%(body)s, dispute %(n)s · step %(step)s") % said


def _silence(row: Row) -> str:
    said = {"body": row.reference, "n": row.level}
    return _now("%(body)s, review %(n)s · carried if nobody objects") % said


def _breach(row: Row) -> str:
    state = str(Breach.State(row.path).label)
    return _now("%(reference)s · by %(owner)s · %(state)s") % {
        "reference": row.reference,
        "owner": row.owner,
        "state": state,
    }


def _nomination(row: Row) -> str:
    return _now("for %(code)s seat %(n)s") % {"code": row.reference, "n": row.number}


def _address(row: Row) -> str:
    return _now("Nothing is sent to %(address)s.") % {"address": row.reference}


_Line = tuple[Callable[[Row, str], str], Callable[[Row], str]]
_LINES: dict[Any, _Line] = {
    Kind.CHECK_IN: (_at("report", "number", "second"), _none),
    Kind.ESCALATION: (_path, _none),
    Kind.VERIFICATION: (_at("verify", "number", "second"), _none),
    FINDING: (_at("verification", "number", "second"), _none),
    Kind.BREACH: (_at("breach", "number", "second"), _breach),
    DRAFT: (_at("minutes-holding", "number"), _held),
    Kind.MINUTES: (_at("minutes", "number", "second"), _comments),
    Kind.COMMENT: (_at("minutes", "number", "second"), _comments),
    Kind.DISPUTE: (_at("dispute", "number"), _dispute),
    Kind.SILENCE: (_at("review-object", "number", "second"), _silence),
    Kind.AGENDA: (_at("review", "number"), _meets),
    REPLY: (_at("review", "number", end="#reply"), _meets),
    NOMINATION: (_at("seat", "second", end="#do"), _nomination),
    Kind.ADDRESS: (_at("outbox-health", end="#addresses"), _address),
}


def said_in(minutes: int) -> str:
    """How soon something begins."""
    if minutes < 60:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("in %(n)s hour", "in %(n)s hours", hours) % {"n": hours}
