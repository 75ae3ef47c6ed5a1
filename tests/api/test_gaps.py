"""Gaps and overlaps through the API: reading them, and accepting one as intended."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Acceptance, Body, Responsibility, Seat
from coordination.processes.models import Process
from tests import factories


@pytest.fixture
def roads(process: Process, lead_body: Body, verifying_body: Body, bob: User) -> Responsibility:
    """Claimed by two bodies; bob and a vacant seat are both accountable; bodies report to him."""
    responsibility = factories.ResponsibilityFactory(process=process, name="Reopen roads")
    for body in (lead_body, verifying_body):
        factories.ClaimFactory(responsibility=responsibility, body=body)
        factories.ReportingLineFactory(body=body, to_body=None, to_name="The parties")
    chair = lead_body.seats.get()
    factories.AssignmentFactory(responsibility=responsibility, seat=chair)
    factories.AssignmentFactory(responsibility=responsibility, seat=chair, letter="R")
    factories.AssignmentFactory(
        responsibility=responsibility, seat__body=lead_body, seat__role=Seat.Role.MEMBER
    )
    return responsibility


def read(client: Client, user: User, **asked: Any) -> list[dict[str, Any]]:
    client.force_login(user)
    response = client.get("/api/gaps/", {"process": "valley"} | asked)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def accept(client: Client, user: User, **given: Any) -> Any:
    client.force_login(user)
    return client.post("/api/gaps/accept/", given, content_type="application/json")


def test_a_gap_says_why_whom_it_touches_and_what_would_close_it(
    client: Client, alice: User, bob: User, roads: Responsibility
) -> None:
    found = read(client, alice)
    kinds = ["accountable_vacant", "two_accountable", "claimed_twice"]
    assert [one["kind"] for one in found] == kinds
    two = found[1]
    seats = sorted(roads.assignments.filter(letter="A").values_list("seat", flat=True))
    assert (two["title"], two["is_overlap"], two["since"]) == ("Reopen roads", True, None)
    assert (sorted(two["seats"]), two["bodies"]) == (seats, ["JMC", "VM"])
    assert (two["people"], two["parties"]) == ([{"id": bob.pk, "name": "Bob"}], [])
    assert (two["responsibility"], two["accepted"], two["reopened"]) == (roads.pk, None, False)
    assert two["closes"] == "Leave one accountable; the others can be responsible or consulted."
    assert "are all accountable for it." in two["why"]


def test_gaps_are_narrowed_by_what_is_asked(
    client: Client, coordinator: User, roads: Responsibility
) -> None:
    [twice] = read(client, coordinator, kind="claimed_twice")
    subject = twice["subject"]
    accept(client, coordinator, process="valley", subject=subject, reason="Until summer.")
    assert [one["subject"] for one in read(client, coordinator, accepted="true")] == [subject]
    assert len(read(client, coordinator, accepted="false")) == 2
    assert read(client, coordinator, kind="claimed_twice", accepted="false") == []
    assert read(client, coordinator, process="elsewhere") == []


def test_gaps_are_those_of_the_day_that_is_asked_about(
    client: Client, alice: User, process: Process, roads: Responsibility
) -> None:
    roads.claims.update(started_on="2020-01-01")
    assert read(client, alice, kind="claimed_twice", as_of="2019-12-31") == []
    [then] = read(client, alice, kind="claimed_twice", as_of="2020-01-01")
    assert then["since"] == "2020-01-01"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"process": ""}, "process"),
        ({"kind": "hole"}, "kind"),
        ({"accepted": "maybe"}, "accepted"),
        ({"ordering": "kind"}, "ordering"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(
    asked: dict[str, str], field: str, client: Client, alice: User
) -> None:
    client.force_login(alice)
    response = client.get("/api/gaps/", {"process": "valley"} | asked)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_the_process_is_required(client: Client, alice: User) -> None:
    client.force_login(alice)
    response = client.get("/api/gaps/")
    assert response.json() == {"process": ["This field is required."]}


def test_a_hidden_process_answers_like_one_that_does_not_exist(
    client: Client, outsider: User, roads: Responsibility
) -> None:
    client.force_login(outsider)
    hidden, unknown = (client.get("/api/gaps/", {"process": s}) for s in ("valley", "nowhere"))
    assert (hidden.status_code, hidden.content) == (200, unknown.content)
    given = {"subject": "claimed_twice:1", "reason": "So it is."}
    hidden, unknown = (
        accept(client, outsider, process=slug, **given) for slug in ("valley", "nowhere")
    )
    assert (hidden.status_code, hidden.content) == (404, unknown.content)


def test_pages_are_walked_by_number(client: Client, alice: User, roads: Responsibility) -> None:
    everything = read(client, alice)
    walked, where = [], "/api/gaps/?process=valley&page_size=2"
    while where:
        page = client.get(where).json()
        walked += page["results"]
        where = page["next"]
    assert (walked, page["count"]) == (everything, 3)
    beyond = client.get("/api/gaps/", {"process": "valley", "page": 9})
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Invalid page."})


def test_a_coordinator_accepts_what_was_found(
    client: Client, coordinator: User, process: Process, roads: Responsibility
) -> None:
    [two] = read(client, coordinator, kind="two_accountable")
    given = {"process": "valley", "subject": two["subject"], "facts": two["facts"]}
    response = accept(client, coordinator, **given, reason="They alternate.")
    said = response.json()
    assert (response.status_code, said["accepted"]["reason"]) == (201, "They alternate.")
    assert (said["accepted"]["by"], said["accepted"]["at"][-1]) == ("Cora", "Z")
    entry = process.ledger_entries.first()
    assert entry is not None
    assert (entry.verb, entry.actor, entry.origin) == ("gap.accepted", coordinator, "api")
    assert read(client, coordinator, kind="two_accountable") == [said]


def test_it_comes_back_when_the_facts_change(
    client: Client, coordinator: User, roads: Responsibility, lead_body: Body
) -> None:
    [two] = read(client, coordinator, kind="two_accountable")
    given = {"process": "valley", "subject": two["subject"], "facts": two["facts"]}
    accept(client, coordinator, **given, reason="They alternate.")
    factories.AssignmentFactory(responsibility=roads, seat__body=lead_body)
    [three] = read(client, coordinator, kind="two_accountable")
    assert (three["accepted"], three["reopened"]) == (None, True)
    stale = accept(client, coordinator, **given, reason="They alternate.")
    assert (stale.status_code, list(stale.json())) == (400, ["detail"])


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_an_insider_who_does_not_coordinate_accepts_nothing(
    name: str, client: Client, roads: Responsibility, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(name)
    subject = read(client, user)[0]["subject"]
    response = accept(client, user, process="valley", subject=subject, reason="So it is.")
    assert (response.status_code, Acceptance.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"process": None}, "process"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 121}, "subject"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"subject": "claimed_twice:0"}, "detail"),
    ],
)
def test_what_cannot_be_accepted_is_named(
    given: dict[str, Any], field: str, client: Client, coordinator: User, roads: Responsibility
) -> None:
    data = {"process": "valley", "subject": "claimed_twice:1", "reason": "So it is."} | given
    response = accept(client, coordinator, **data)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_many_gaps_take_as_many_queries_as_few(
    client: Client, coordinator: User, process: Process, roads: Responsibility
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(client, coordinator)
        return len(asked)

    queries()
    few = queries()
    for _again in range(20):
        factories.ResponsibilityFactory(process=process)
        factories.BodyFactory(process=process)
    assert (queries(), len(read(client, coordinator)) > 40) == (few, True)


def test_an_acceptance_is_taken_back(
    client: Client, coordinator: User, alice: User, outsider: User, roads: Responsibility
) -> None:
    [twice] = read(client, coordinator, kind="claimed_twice")
    accept(client, coordinator, process="valley", subject=twice["subject"], reason="Until summer.")
    given = {"process": "valley", "subject": twice["subject"]}

    def reopen(user: User) -> int:
        client.force_login(user)
        address = "/api/gaps/reopen/"
        return client.post(address, given, content_type="application/json").status_code

    assert [reopen(user) for user in (alice, outsider)] == [403, 404]
    assert [reopen(coordinator), reopen(coordinator)] == [204, 404]
    [again] = read(client, coordinator, kind="claimed_twice")
    assert (again["accepted"], again["reopened"]) == (None, False)
