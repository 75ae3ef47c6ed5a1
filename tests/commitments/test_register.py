"""The register's page: small, complete, and found by words."""

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.views.pages import PAGE
from coordination.processes.models import Process
from tests import factories


@pytest.fixture
def many(process: Process, lead_body: Body, verifying_body: Body) -> None:
    """More commitments than a page holds, each owed by five parties."""
    parties = [
        factories.PartyFactory(process=process, code=f"BA-S{n}", signatory=True) for n in range(5)
    ]
    for number in range(1, PAGE + 6):
        commitment = factories.CommitmentFactory(
            process=process,
            number=number,
            reference=f"Annex 1A, Art. IV.{number}(c)",
            title=f"Withdraw heavy weapons and armoured vehicles from area {number} of the zone",
            lead_body=lead_body,
            verifying_body=verifying_body,
        )
        for party in parties:
            factories.ObligationFactory(commitment=commitment, party=party, reported_level=2)


def test_a_full_page_stays_below_50_kb(client: Client, coordinator: User, many: None) -> None:
    client.force_login(coordinator)
    page = client.get("/p/valley/commitments/")
    assert page.content.decode().count("<tr>") == PAGE + 1
    assert len(page.content) < 50_000


def test_the_last_page_has_the_rest(client: Client, coordinator: User, many: None) -> None:
    client.force_login(coordinator)
    assert len(client.get("/p/valley/commitments/?page=2").context["page"].object_list) == 5
    assert len(client.get("/p/valley/commitments/?page=99").context["page"].object_list) == 5


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("find=area+7+of", [7]),
        ("find=C-12", [12]),
        ("find=art.+iv.9(c)", [9]),
        ("find=nothing+like+it", []),
        ("leads=VM", []),
        ("view=met", []),
        ("view=nonsense&find=C-3", [3]),
    ],
)
def test_it_finds_by_reference_number_and_words(
    client: Client, coordinator: User, many: None, query: str, numbers: list[int]
) -> None:
    client.force_login(coordinator)
    page = client.get(f"/p/valley/commitments/?{query}").context["page"]
    assert [commitment.number for commitment in page] == numbers
