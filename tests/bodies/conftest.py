"""A seat of alice's party, and who may sit in it."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.processes.models import Party, Process
from tests import factories
from tests.conftest import member


@pytest.fixture
def seat(lead_body: Body, party: Party) -> Seat:
    """A vacant seat of alice’s party, with a number that factories do not reach."""
    return factories.SeatFactory(body=lead_body, number=30006, party=party)


@pytest.fixture
def ana(process: Process, party: Party) -> User:
    """Another delegate of alice's party."""
    return member(process, "Ana", "delegate", party)


@pytest.fixture
def today(process: Process) -> dt.date:
    return process.today()


@pytest.fixture
def by(coordinator: User) -> dict[str, Any]:
    return {"actor": coordinator, "origin": "web"}
