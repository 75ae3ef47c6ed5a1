"""Who is accountable for what, through the API."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Assignment, Body, Responsibility, Seat
from coordination.processes.models import Process
from tests import factories

TURN = dt.date(2000, 1, 1)


@pytest.fixture
def roads(process: Process, lead_body: Body) -> Responsibility:
    """Claimed by the body that bob chairs."""
    claim = factories.ClaimFactory(
        responsibility__process=process, responsibility__name="Reopen roads", body=lead_body
    )
    return claim.responsibility


@pytest.fixture
def seat(lead_body: Body) -> Seat:
    return factories.SeatFactory(body=lead_body, title="Engineer")


def read(client: Client, user: User, **asked: str) -> list[dict[str, Any]]:
    client.force_login(user)
    response = client.get("/api/responsibilities/", asked)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def put(client: Client, user: User, responsibility: Responsibility, *cells: Any) -> Any:
    client.force_login(user)
    where = f"/api/responsibilities/{responsibility.pk}/assignments/"
    return client.put(where, {"cells": list(cells)}, content_type="application/json")


def test_a_responsibility_shows_claims_and_letters_of_the_day(
    client: Client, alice: User, roads: Responsibility, seat: Seat, verifying_body: Body
) -> None:
    factories.AssignmentFactory(responsibility=roads, seat=seat, ended_on=TURN)
    factories.AssignmentFactory(
        responsibility=roads, seat=None, body=verifying_body, started_on=TURN
    )
    factories.ClaimFactory(responsibility=roads, body=verifying_body, started_on=TURN)
    [today] = read(client, alice)
    [then] = read(client, alice, as_of="1999-12-31")
    assert [claim["body"]["code"] for claim in today["claims"]] == ["JMC", "VM"]
    assert [claim["body"]["code"] for claim in then["claims"]] == ["JMC"]
    [part] = today["assignments"]
    assert (part["letter"], part["seat"], part["body"]["code"]) == ("A", None, "VM")
    [part] = then["assignments"]
    assert part["seat"] == {
        "id": seat.pk,
        "body": "JMC",
        "number": seat.number,
        "name": "Engineer",
        "party": None,
    }
    [detail] = [
        client.get(f"/api/responsibilities/{roads.pk}/", {"as_of": day}).json()
        for day in ("1999-12-31",)
    ]
    assert detail == then


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Reopen roads", "Count weapons"]),
        ({"as_of": "1999-12-31"}, ["Reopen roads", "Clear mines"]),
        ({"process": "elsewhere"}, []),
        ({"body": "JMC"}, ["Reopen roads"]),
        ({"body": "VM"}, ["Count weapons"]),
        ({"body": "VM", "as_of": "1999-12-31"}, ["Clear mines"]),
        ({"body": "NONE"}, []),
    ],
)
def test_responsibilities_are_narrowed_by_what_is_asked(
    asked: dict[str, str],
    names: list[str],
    client: Client,
    alice: User,
    process: Process,
    roads: Responsibility,
    verifying_body: Body,
) -> None:
    mines = factories.ResponsibilityFactory(process=process, name="Clear mines", ended_on=TURN)
    factories.ClaimFactory(responsibility=mines, body=verifying_body)
    count = factories.ResponsibilityFactory(process=process, name="Count weapons", started_on=TURN)
    factories.AssignmentFactory(responsibility=count, seat__body=verifying_body)
    factories.ResponsibilityFactory(process__slug="elsewhere")
    assert [row["name"] for row in read(client, alice, **asked)] == names


@pytest.mark.parametrize("name", ["bob", "coordinator"])
def test_who_keeps_a_claiming_body_writes_its_row(
    name: str,
    client: Client,
    roads: Responsibility,
    seat: Seat,
    lead_body: Body,
    request: pytest.FixtureRequest,
) -> None:
    user = request.getfixturevalue(name)
    cells = [
        {"seat": seat.pk, "letters": "AR", "seen": ""},
        {"body": lead_body.pk, "letters": "C", "seen": ""},
    ]
    response = put(client, user, roads, *cells)
    now = {f"seat-{seat.pk}": "AR", f"body-{lead_body.pk}": "C"}
    assert (response.status_code, response.json()) == (200, {"cells": now})
    entry = roads.process.ledger_entries.first()
    assert entry is not None
    assert (entry.verb, entry.actor, entry.origin) == ("responsibility.assigned", user, "api")
    [row] = read(client, user)
    assert sorted(part["letter"] for part in row["assignments"]) == ["A", "C", "R"]


@pytest.mark.parametrize("name", ["alice", "carol", "dave"])
def test_an_insider_who_keeps_no_body_is_refused(
    name: str, client: Client, roads: Responsibility, seat: Seat, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(name)
    response = put(client, user, roads, {"seat": seat.pk, "letters": "A", "seen": ""})
    assert (response.status_code, Assignment.objects.count()) == (403, 0)


@pytest.mark.parametrize("kind", ["seat", "body"])
def test_who_keeps_a_claiming_body_does_not_write_the_cells_of_another(
    kind: str,
    client: Client,
    bob: User,
    roads: Responsibility,
    seat: Seat,
    verifying_body: Body,
) -> None:
    other = factories.SeatFactory(body=verifying_body) if kind == "seat" else verifying_body
    response = put(
        *(client, bob, roads),
        {"seat": seat.pk, "letters": "R", "seen": ""},
        {kind: other.pk, "letters": "A", "seen": ""},
    )
    words = (
        "Who keeps a body says what it and its seats do: you do not keep the body of every cell."
    )
    assert (response.status_code, response.json()) == (403, {"detail": words})
    assert Assignment.objects.count() == 0


def test_who_keeps_a_body_writes_its_cells_whoever_claims_the_row(
    client: Client, bob: User, roads: Responsibility, seat: Seat, verifying_body: Body
) -> None:
    roads.claims.update(body=verifying_body)
    response = put(client, bob, roads, {"seat": seat.pk, "letters": "C", "seen": ""})
    assert (response.status_code, response.json()) == (200, {"cells": {f"seat-{seat.pk}": "C"}})


def test_an_outsider_does_not_find_it(
    client: Client, outsider: User, roads: Responsibility, seat: Seat
) -> None:
    response = put(client, outsider, roads, {"seat": seat.pk, "letters": "A", "seen": ""})
    assert (response.status_code, Assignment.objects.count()) == (404, 0)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    client: Client, bob: User, roads: Responsibility, seat: Seat, lead_body: Body
) -> None:
    factories.AssignmentFactory(responsibility=roads, seat=seat, letter="C")
    response = put(
        *(client, bob, roads),
        {"body": lead_body.pk, "letters": "R", "seen": ""},
        {"seat": seat.pk, "letters": "A", "seen": ""},
    )
    assert (response.status_code, response.json()["cells"]) == (409, {f"seat-{seat.pk}": "C"})
    assert "Changed by somebody else meanwhile" in response.json()["detail"]
    assert [one.letter for one in Assignment.objects.all()] == ["C"]


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [{"letters": "A", "seen": ""}],
        [{"seat": 1, "body": 1, "letters": "A", "seen": ""}],
        [{"seat": 10**30, "letters": "A", "seen": ""}],
        [{"seat": 1, "letters": "Z", "seen": ""}],
        [{"seat": 1, "letters": "A"}],
        [{"seat": 10**6, "letters": "A", "seen": ""}],
        [{"seat": 1, "letters": "A", "seen": ""}, {"seat": 1, "letters": "R", "seen": ""}],
    ],
)
def test_cells_that_are_none_are_refused(
    cells: list[dict[str, Any]], client: Client, coordinator: User, roads: Responsibility
) -> None:
    response = put(client, coordinator, roads, *cells)
    assert (response.status_code, list(response.json())) == (400, ["cells"])


def test_a_seat_of_another_process_is_refused(
    client: Client, coordinator: User, roads: Responsibility
) -> None:
    foreign = factories.SeatFactory()
    response = put(client, coordinator, roads, {"seat": foreign.pk, "letters": "A", "seen": ""})
    words = f"The process has no seat with the id {foreign.pk}."
    assert (response.status_code, response.json()) == (400, {"cells": [words]})
