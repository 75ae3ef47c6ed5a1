"""A page asks the database as often for many rows as for few."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Obligation
from coordination.processes.models import Process
from tests import factories

PAGES = ["/", "/p/valley/", "/p/valley/commitments/", "/p/valley/bodies/", "/p/valley/bodies/JMC/"]
PAGES += ["/p/valley/agreements/", "/p/valley/ledger/"]


@pytest.fixture
def add(process: Process, lead_body: Body, coordinator: User) -> Callable[[int], None]:
    """Adds late commitments with three owners each, a seat, and a provision."""

    def more(count: int) -> None:
        for _ in range(count):
            commitment = factories.CommitmentFactory(process=process, lead_body=lead_body)
            for _ in range(3):
                factories.ObligationFactory(
                    commitment=commitment,
                    party=factories.PartyFactory(process=process),
                    focal_point=coordinator,
                )
            factories.TermFactory(seat__body=lead_body)
            factories.ProvisionFactory(agreement__process=process)
        Obligation.objects.update(due_on="2020-01-01", due_at="2020-01-01T00:00:00Z")

    return more


@pytest.mark.parametrize("path", PAGES)
def test_the_number_of_queries_does_not_grow(
    client: Client, coordinator: User, add: Callable[[int], None], path: str
) -> None:
    client.force_login(coordinator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    add(2)
    few = queries()
    add(5)
    assert queries() == few
