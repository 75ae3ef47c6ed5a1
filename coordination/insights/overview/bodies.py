"""By body: what each leads, how far it has come, and who chairs it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.bodies.models import Seat
from coordination.bodies.structure import Structure
from coordination.commitments.models import Level
from coordination.commitments.register import Choices

from .rows import Row

#: Bodies that the page names, those that lead most; the others are in the list of bodies.
SHOWN = 7
WIDEST = 176
_CHAIRS = (Seat.Role.CHAIR, Seat.Role.CO_CHAIR)


@dataclass(frozen=True)
class Bar:
    """A stacked bar, from full to not initiated, and what nobody spoke of; `words` say the same."""

    parts: list[tuple[str, str]]
    words: str


@dataclass(frozen=True)
class Led:
    """A body that leads, with the choices of the register behind each of its figures."""

    key: int
    code: str
    name: str
    chairs: list[str]
    #: Whether it has a chair's seat that nobody holds.
    vacant: bool
    leads: int
    due: int
    reported: Bar
    verified: Bar
    reported_full: int
    verified_full: int
    overdue: int
    queries: dict[str, str]


def bodies_that_lead(
    rows: Iterable[Row], structure: Structure, as_of: date | None
) -> tuple[list[Led], int]:
    """The bodies that lead most, and how many more there are."""
    led: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.lead in structure.bodies:
            led[row.lead].append(row)
    bodies = sorted(led, key=lambda key: (-len(led[key]), structure.bodies[key].name))
    most = max((len(own) for own in led.values()), default=1)
    found = [_led(structure, key, led[key], most, as_of) for key in bodies[:SHOWN]]
    return found, max(len(bodies) - SHOWN, 0)


def _led(structure: Structure, key: int, rows: Sequence[Row], most: int, as_of: date | None) -> Led:
    body = structure.bodies[key]
    seats = [seat for seat in structure.seats_of.get(key, ()) if seat.role in _CHAIRS]
    choices: dict[str, dict[str, Any]] = {
        "leads": {},
        "due": {"due": "passed"},
        "reported": {"view": "reported-full"},
        "verified": {"view": "verified-full"},
        "overdue": {"view": "overdue"},
    }
    return Led(
        key=key,
        code=body.code,
        name=body.name,
        chairs=[seat.holder for seat in seats if seat.holder_id],
        vacant=any(seat.holder_id is None for seat in seats),
        leads=len(rows),
        due=sum(row.fallen_due for row in rows),
        reported=bar_of([row.reported for row in rows], most, _without_report),
        verified=bar_of([row.verified for row in rows], most, _not_verified),
        reported_full=sum(row.reported_full for row in rows),
        verified_full=sum(row.verified_full for row in rows),
        overdue=sum(row.overdue for row in rows),
        queries={
            name: Choices(leads=body.code, as_of=as_of, **more).query()
            for name, more in choices.items()
        },
    )


def _without_report(n: int) -> str:
    return ngettext("%(n)s without a report", "%(n)s without a report", n) % {"n": n}


def _not_verified(n: int) -> str:
    return ngettext("%(n)s not verified", "%(n)s not verified", n) % {"n": n}


def bar_of(levels: Sequence[int | None], most: int, unknown: Callable[[int], str]) -> Bar:
    """Of `most` commitments, as many as anybody leads, how many stand at each level."""
    left = 0.0
    parts: list[tuple[str, str]] = []
    said: list[str] = []
    for level in (Level.FULL, Level.INTERMEDIATE, Level.MINIMUM, Level.NOT_INITIATED):
        if count := levels.count(level):
            wide = WIDEST * count / most
            parts.append((str(int(level)), _part(left, wide)))
            said.append(_("%(n)s %(level)s") % {"n": count, "level": str(level.label).lower()})
            left += wide
    if none := levels.count(None):
        parts.append(("n", _part(left, WIDEST * none / most)))
        said.append(unknown(none))
    return Bar(parts, ", ".join(said))


def _part(left: float, wide: float) -> str:
    """Whole numbers, which are exact enough for a bar and spare the page a kilobyte."""
    width = round(left + wide) - round(left)
    return f"M{round(left)} 1h{width}v12h-{width}z"
