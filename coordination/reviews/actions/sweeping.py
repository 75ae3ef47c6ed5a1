"""What is done by the clock: next meetings, agendas that close, silence that ends, and disputes
that go on to their next step."""

from dataclasses import dataclass

from .agenda import close_agendas
from .decisions import settle_silences
from .disputes import move_on
from .planning import plan_all


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    planned: int
    agendas: int
    silences: int
    disputes: int


def sweep() -> Swept:
    """Any number of sweeps may run at once."""
    return Swept(
        planned=plan_all(),
        agendas=close_agendas(),
        silences=settle_silences(),
        disputes=move_on(),
    )
