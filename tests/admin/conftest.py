from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.processes.models import Process
from tests import factories
from tests.furnishing import furnish, keeper

HIDDEN = "kestrel"  # stands in every text of the other process


@pytest.fixture
def staff(process: Process) -> User:
    """Coordinator of `process`, with the right to open the admin."""
    return keeper(process, "Stella")


@pytest.fixture
def rows(process: Process, staff: User) -> dict[str, Any]:
    return furnish(process, "plover")


@pytest.fixture
def hidden(db: None) -> dict[str, Any]:
    """A furnished process that nobody here belongs to."""
    elsewhere = factories.ProcessFactory(name="kestrel name", short_name="kestrel")
    keeper(elsewhere, "kestrel keeper")
    return furnish(elsewhere, HIDDEN)


@pytest.fixture
def office(client: Client, staff: User) -> Client:
    """The browser of the coordinator."""
    client.force_login(staff)
    return client
