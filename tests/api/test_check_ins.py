"""Recording a check-in through the API."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.models import CheckIn, Obligation
from tests import factories


def post(client: Client, user: User, obligation_id: int, **data: Any) -> Any:
    client.force_login(user)
    where = f"/api/obligations/{obligation_id}/check-ins/"
    return client.post(where, data, content_type="application/json")


def test_the_focal_point_reports(client: Client, alice: User, obligation: Obligation) -> None:
    response = post(client, alice, obligation.pk, level=2, account="Half of it is out.")
    obligation.refresh_from_db()
    assert (response.status_code, obligation.reported_level) == (201, 2)
    said = response.json()
    assert (said["author"]["name"], said["recorded_by"]["name"]) == ("Alice", "Alice")
    entry = obligation.commitment.process.ledger_entries.first()
    assert entry is not None
    assert (entry.verb, entry.actor, entry.origin) == ("check-in.submitted", alice, "api")
    listed = client.get(f"/api/obligations/{obligation.pk}/check-ins/").json()["results"]
    assert listed == [said]


def test_a_coordinator_reports_what_the_focal_point_said(
    client: Client, coordinator: User, obligation: Obligation
) -> None:
    said = post(client, coordinator, obligation.pk, level=1).json()
    assert (said["author"]["name"], said["recorded_by"]["name"]) == ("Alice", "Cora")


def test_the_same_submission_is_recorded_once(
    client: Client, alice: User, obligation: Obligation
) -> None:
    key = str(uuid.uuid4())
    first = post(client, alice, obligation.pk, level=1, submission=key)
    second = post(client, alice, obligation.pk, level=1, submission=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize("name", ["bob", "carol", "dave"])
def test_an_insider_who_does_not_report_for_it_is_refused(
    name: str, client: Client, obligation: Obligation, request: pytest.FixtureRequest
) -> None:
    response = post(client, request.getfixturevalue(name), obligation.pk, level=3)
    assert (response.status_code, response.json()) == (
        403,
        {"detail": "Only the obligation's focal point reports for it."},
    )
    assert CheckIn.objects.count() == 0


def test_an_outsider_gets_the_answer_for_an_unknown_id(
    client: Client, outsider: User, obligation: Obligation
) -> None:
    seen = post(client, outsider, obligation.pk, level=3)
    unknown = post(client, outsider, 10**9, level=3)
    assert (seen.status_code, seen.content) == (404, unknown.content)
    assert CheckIn.objects.count() == 0


def test_nobody_reports_where_nobody_is_named(
    client: Client, coordinator: User, obligation: Obligation
) -> None:
    obligation.focal_point = None
    obligation.save()
    assert post(client, coordinator, obligation.pk, level=1).status_code == 403


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "level"),
        ({"level": 4}, "level"),
        ({"level": "high"}, "level"),
        ({"level": 1, "account": "x" * 2001}, "account"),
        ({"level": 1, "account": "a\0b"}, "account"),
        ({"level": 1, "obstacle": "weather"}, "obstacle"),
        ({"level": 1, "period_on": "soon"}, "period_on"),
        ({"level": 1, "submission": "again"}, "submission"),
    ],
)
def test_bad_input_is_named_and_nothing_is_recorded(
    data: dict[str, Any], field: str, client: Client, alice: User, obligation: Obligation
) -> None:
    response = post(client, alice, obligation.pk, **data)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert CheckIn.objects.count() == 0


def test_a_key_that_was_used_elsewhere_is_refused(
    client: Client, alice: User, obligation: Obligation
) -> None:
    other = factories.ObligationFactory(
        commitment__process=obligation.commitment.process, focal_point=alice
    )
    key = str(uuid.uuid4())
    post(client, alice, obligation.pk, level=1, submission=key)
    response = post(client, alice, other.pk, level=1, submission=key)
    assert (response.status_code, response.json()) == (
        400,
        {"detail": ["This form was sent for another commitment."]},
    )


def test_a_form_from_another_site_is_refused(alice: User, obligation: Obligation) -> None:
    client = Client(enforce_csrf_checks=True)
    response = post(client, alice, obligation.pk, level=1)
    assert (response.status_code, CheckIn.objects.count()) == (403, 0)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_check_in_is_never_changed(
    method: str, client: Client, alice: User, obligation: Obligation
) -> None:
    key = post(client, alice, obligation.pk, level=1).json()["id"]
    answer = getattr(client, method)(f"/api/check-ins/{key}/")
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"level":' * 20_000, '{"level":' * 20 + "1" + "}" * 20]
)
def test_brackets_without_end_are_refused(
    body: str, client: Client, alice: User, obligation: Obligation
) -> None:
    client.force_login(alice)
    where = f"/api/obligations/{obligation.pk}/check-ins/"
    response = client.post(where, body, content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, ["detail"])
