"""A page asks the database as often for many rows as for few."""

from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import CheckIn, Commitment, Deadline, Level, Obligation
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
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
    # What a page keeps is kept for the minute, and until the record changes.
    with time_machine.travel(timezone.now(), tick=False):
        queries()
        few = queries()
        add(5)
        assert queries() == few


# --- One commitment, and the whole register ---------------------------------------------------


def counted(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def told(commitment: Commitment, author: User, count: int) -> None:
    """More entries of the record, each of a check-in of one of its owners."""
    owed = list(commitment.obligations.order_by("pk"))
    number = CheckIn.objects.count()
    made = CheckIn.objects.bulk_create(
        CheckIn(
            obligation=owed[n % len(owed)],
            number=number + n + 1,
            level=Level.MINIMUM,
            author=author,
            recorded_by=author,
        )
        for n in range(count)
    )
    start = Entry.objects.latest("sequence").sequence
    Entry.objects.bulk_create(
        Entry(
            process=commitment.process,
            sequence=start + n + 1,
            at=one.submitted_at,
            actor=author,
            verb="check-in.submitted",
            actor_name="Cora",
            object_type="checkin",
            object_id=one.pk,
            object_label=str(one),
            origin=Origin.WEB,
            summary=f"Checked in for {commitment.code}",
        )
        for n, one in enumerate(made)
    )


@pytest.mark.parametrize("path", ["/p/valley/commitments/1/", "/p/valley/commitments/1/record/"])
def test_a_commitment_with_a_long_record_and_many_owners_costs_no_more_than_a_short_one(
    client: Client, process: Process, commitment: Commitment, coordinator: User, path: str
) -> None:
    client.force_login(coordinator)

    def owe(count: int) -> None:
        for _ in range(count):
            party = factories.PartyFactory(process=process)
            factories.ObligationFactory(
                commitment=commitment, party=party, focal_point=coordinator, reported_level=1
            )

    owe(1)
    told(commitment, coordinator, 5)
    few = counted(client, path)
    told(commitment, coordinator, 495)
    owe(10)
    # The short record shows the entry of the commitment itself besides, which asks once more.
    assert counted(client, path) <= few


def test_the_register_of_five_thousand_costs_as_much_as_one_of_a_hundred(
    client: Client, process: Process, party: Party, coordinator: User
) -> None:
    client.force_login(coordinator)
    past = {"due_on": "2020-01-01", "due_at": "2020-01-02T00:00:00Z"}

    def fill(first: int, last: int) -> None:
        made = Commitment.objects.bulk_create(
            Commitment(
                process=process, number=n, reference="Art. I", title="Keep", track="military"
            )
            for n in range(first, last)
        )
        Deadline.objects.bulk_create(
            Deadline(commitment=one, process=one.process, **past) for one in made
        )
        Obligation.objects.bulk_create(
            Obligation(commitment=one, party=party, **past, verified_level=one.number % 2 * 3)
            for one in made
        )
        # A database in use knows how large its tables are; PostgreSQL plans for a few rows else.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    queries = ("", "?view=overdue", "?view=met&find=keep")
    paths = [f"/p/valley/commitments/{query}" for query in queries]
    fill(1, 131)
    with time_machine.travel(timezone.now(), tick=False):
        page = client.get(paths[0]).context["page"]
        paths.append(f"{paths[0]}?after={page.after}")
        few = [counted(client, path) for path in paths]
        fill(131, 5_000)
        assert [counted(client, path) for path in paths] == few
