"""What tests of gaps share: finding those of a kind, on a day, and rows that are in order."""

import datetime as dt
from typing import Any

from coordination.bodies import structure
from coordination.bodies.gaps import Gap, Kind, find
from coordination.bodies.models import Body, Seat
from coordination.processes.models import Process
from tests.factories import SeatFactory, TermFactory


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


NOW = day(28)


def gaps(process: Process, kind: Kind, on: dt.date = NOW) -> list[Gap]:
    return [gap for gap in find(structure.load(process, on)) if gap.kind == kind]


def only(process: Process, kind: Kind, on: dt.date = NOW) -> Gap:
    (gap,) = gaps(process, kind, on)
    return gap


def held(body: Body, **fields: Any) -> Seat:
    """A seat that somebody holds throughout."""
    seat = SeatFactory(body=body, **fields)
    TermFactory(seat=seat)
    return seat


def end(row: Any, on: dt.date) -> None:
    row.ended_on = on
    row.save()
