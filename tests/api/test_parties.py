"""Parties with those that they belong to, and anchor events with every date."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.actions import move_anchor
from coordination.ledger.actions import Origin
from coordination.processes.models import Party, Process
from tests import factories


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def test_a_party_says_what_it_is_part_of_and_for_whom_it_acts(
    desk: Client, party: Party, other_party: Party, guarantor: Party
) -> None:
    turn, next_turn = dt.date(2001, 1, 1), dt.date(2150, 1, 1)
    factories.AffiliationFactory(party=party, other=other_party, ended_on=turn, source="Art. 3")
    factories.AffiliationFactory(party=party, other=guarantor, kind="acts_for", started_on=turn)
    factories.AffiliationFactory(party=party, other=guarantor, started_on=next_turn)

    def said(**asked: str) -> list[tuple[str, str]]:
        shown = desk.get(f"/api/parties/{party.pk}/", asked).json()
        assert shown in desk.get("/api/parties/", asked).json()["results"]
        return [(one["kind"], one["other"]["code"]) for one in shown["affiliations"]]

    assert said() == [("acts_for", "CCC")]
    assert said(as_of="2000-12-31") == [("part_of", "BBB")]
    assert said(as_of="2150-01-01") == [("acts_for", "CCC"), ("part_of", "CCC")]
    assert desk.get(f"/api/parties/{guarantor.pk}/").json()["affiliations"] == []


def test_an_anchor_shows_every_date_and_who_decided_it(
    desk: Client, process: Process, coordinator: User
) -> None:
    anchor = factories.AnchorEventFactory(process=process, key="transfer", is_day_zero=True)
    given = [
        ("planned", dt.date(1996, 1, 1), "The parties", dt.date(1995, 12, 14)),
        ("actual", dt.date(1995, 12, 20), "", None),
    ]
    for status, on, decided_by, decided_on in given:
        move_anchor(
            actor=coordinator,
            anchor=anchor,
            status=status,
            on=on,
            decided_by=decided_by,
            decided_on=decided_on,
            origin=Origin.WEB,
        )
    said = desk.get(f"/api/anchors/{anchor.pk}/").json()
    assert (said["key"], said["on"], said["has_happened"]) == ("transfer", "1995-12-20", True)
    found = [
        (one["status"], one["on"], one["decided_by"], one["decided_on"]) for one in said["dates"]
    ]
    assert found == [
        ("planned", "1996-01-01", "The parties", "1995-12-14"),
        ("actual", "1995-12-20", "", None),
    ]
    assert said["dates"][0]["recorded_at"].endswith("Z")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"process": "valley"}, 2),
        ({"process": "elsewhere"}, 0),
        ({"has_happened": "true"}, 1),
        ({"has_happened": "false"}, 1),
    ],
)
def test_anchors_are_narrowed_by_what_is_asked(
    asked: dict[str, str], found: int, desk: Client, process: Process
) -> None:
    factories.AnchorEventFactory(process=process, has_happened=True)
    factories.AnchorEventFactory(process=process)
    factories.AnchorEventFactory()
    assert len(desk.get("/api/anchors/", asked).json()["results"]) == found
