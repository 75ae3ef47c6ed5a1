"""Who is told: those who run a body, head a delegation or coordinate, if they are members."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from accounts.models import User
from coordination.bodies.models import Body, DisputeStep, Seat
from coordination.bodies.people import (
    CHAIRS,
    chairs_of,
    coordinators,
    heads_of,
    holders_of,
    who_runs,
    who_sits_in,
)
from coordination.processes.models import Party

__all__ = [
    "ASKED",
    "CHAIRS",
    "Asked",
    "People",
    "chairs_of",
    "coordinators",
    "dispute_steps_of",
    "heads_of",
    "holders_of",
    "who_runs",
    "who_sits_in",
]


def dispute_steps_of(body: Body) -> Iterable[DisputeStep]:
    """The steps that its protocol names for disputes, in their order."""
    return DisputeStep.objects.filter(protocol__body=body).select_related(
        "seat__body__process", "to_body__process", "to_party__process"
    )


class People(Protocol):
    """Whom the ladder asks for; `Asked` or, for many days at once, `everybody.Everybody`."""

    def heads_of(self, party: Party) -> list[User]: ...

    def chairs_of(self, body: Body, day: date) -> list[User]: ...

    def holders_of(self, seat: Seat, day: date) -> list[User]: ...

    def dispute_steps_of(self, body: Body) -> Iterable[DisputeStep]: ...


class Asked:
    """Reads each answer when it is asked for."""

    heads_of = staticmethod(heads_of)
    chairs_of = staticmethod(chairs_of)
    holders_of = staticmethod(holders_of)
    dispute_steps_of = staticmethod(dispute_steps_of)


ASKED = Asked()
