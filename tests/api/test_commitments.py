"""Commitments through the API: what they say, and what is recorded of them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.actions.agreed_dates import enter_reading, extend_deadline
from coordination.commitments.actions.breaches import allege_breach
from coordination.commitments.actions.dependencies import enter_dependency, withdraw_dependency
from coordination.commitments.actions.findings import prepare_verification
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.models import (
    Commitment,
    Flag,
    Measurement,
    Obligation,
    Verification,
)
from coordination.ledger.actions import Origin
from coordination.processes.models import Party, Process
from tests import factories

FOUND = {"level": 3, "found": "All of it is out.", "occurred_on": "2024-01-01"}


def get(client: Client, user: User, where: str) -> Any:
    client.force_login(user)
    response = client.get(f"/api/{where}/")
    assert response.status_code == 200, response.content
    return response.json()


def post(client: Client, user: User, where: str, **data: Any) -> Any:
    client.force_login(user)
    return client.post(f"/api/{where}/", data, content_type="application/json")


def prepared(obligation: Obligation, author: User) -> Verification:
    return prepare_verification(
        actor=author,
        obligation=obligation,
        body=obligation.commitment.verifying_body,
        level=2,
        found="Half of it is out.",
        occurred_on=dt.date(2024, 1, 1),
        origin=Origin.WEB,
    )


def test_a_commitment_says_when_it_is_due_and_why(
    client: Client, commitment: Commitment, other_party: Party, coordinator: User
) -> None:
    original_on = commitment.deadline.terms.get().on
    later = original_on + dt.timedelta(days=5)
    enter_reading(
        actor=coordinator,
        commitment=commitment,
        party=other_party,
        terms=[{"on": later}],
        argument="Working days are meant.",
        origin=Origin.WEB,
    )
    extend_deadline(
        actor=coordinator,
        commitment=commitment,
        amount=3,
        agreed_by="The chairs",
        agreed_on=commitment.process.today(),
        origin=Origin.WEB,
    )
    said = get(client, coordinator, f"commitments/{commitment.pk}")
    deadline = said["deadline"]
    extended = str(original_on + dt.timedelta(days=3))
    assert (deadline["original_on"], deadline["due_on"]) == (str(original_on), extended)
    assert (said["due_on"], deadline["extendable"]) == (extended, True)
    [term] = deadline["terms"]
    assert (term["purpose"], term["on"], term["anchor"]) == ("due", str(original_on), None)
    [reading] = deadline["readings"]
    assert (reading["party"]["code"], reading["due_on"]) == ("BBB", str(later))
    assert (reading["in_force"], [one["on"] for one in reading["terms"]]) == (False, [str(later)])
    [extension] = deadline["extensions"]
    assert (extension["amount"], extension["unit"], extension["on"]) == (3, "days", None)


def test_what_recurs_and_what_is_triggered_say_how(
    client: Client, process: Process, coordinator: User
) -> None:
    first = factories.CommitmentFactory(
        process=process, kind="recurring", every_amount=1, every_unit="months", times=2
    )
    trigger = factories.TriggerFactory(process=process, name="Receipt of a report")
    second = factories.CommitmentFactory(
        process=process, kind="triggered", trigger=trigger, otherwise="The chairs decide."
    )
    third = factories.CommitmentFactory(process=process, kind="triggered", follows=first)
    shown = get(client, coordinator, "commitments")["results"]
    rows = {row["id"]: row for row in shown}
    said = rows[first.pk]
    assert (said["every_amount"], said["every_unit"], said["times"]) == (1, "months", 2)
    assert said["rhythm"] == "2 times every month"
    assert rows[second.pk]["trigger"]["name"] == "Receipt of a report"
    assert rows[second.pk]["otherwise"] == "The chairs decide."
    assert rows[third.pk]["follows"] == {"id": first.pk, "code": first.code, "title": first.title}


def test_what_was_withdrawn_is_left_out(
    client: Client, process: Process, coordinator: User
) -> None:
    gone = factories.CommitmentFactory(process=process, withdrawn_at=dt.datetime.now(dt.UTC))
    kept = factories.CommitmentFactory(process=process)
    factories.DependencyFactory(commitment=kept, on=gone)
    [row] = get(client, coordinator, "commitments")["results"]
    assert (row["id"], row["waits_on"]) == (kept.pk, [])
    assert client.get(f"/api/commitments/{gone.pk}/").status_code == 404


def test_dependencies_are_shown_both_ways(
    client: Client, commitment: Commitment, coordinator: User
) -> None:
    before, after = (factories.CommitmentFactory(process=commitment.process) for _two in range(2))
    for one, on in ((commitment, before), (after, commitment)):
        enter_dependency(actor=coordinator, commitment=one, on=on, origin=Origin.WEB)
    taken_back = enter_dependency(actor=coordinator, commitment=after, on=before, origin=Origin.WEB)
    withdraw_dependency(
        actor=coordinator, dependency=taken_back, because="A slip.", origin=Origin.WEB
    )
    said = get(client, coordinator, f"commitments/{commitment.pk}")
    assert [one["commitment"]["code"] for one in said["waits_on"]] == [before.code]
    assert [one["commitment"]["code"] for one in said["awaited_by"]] == [after.code]


def test_a_bound_says_what_was_last_measured_on_either_side(
    client: Client, commitment: Commitment, alice: User, carol: User
) -> None:
    bound = factories.BoundFactory(commitment=commitment, value=Decimal(100), of_what="tanks")
    for value, on, body, author in (
        (90, "2024-01-01", None, alice),
        (95, "2024-02-01", None, alice),
        (120, "2024-01-15", commitment.verifying_body, carol),
    ):
        record_measurement(
            actor=author,
            bound=bound,
            value=Decimal(value),
            on=dt.date.fromisoformat(on),
            body=body,
            origin=Origin.WEB,
        )
    [said] = get(client, alice, f"commitments/{commitment.pk}")["bounds"]
    assert (said["value"], said["of_what"]) == ("100.00", "tanks")
    assert said["last_reported"] == {"value": "95.00", "on": "2024-02-01", "within": True}
    assert said["last_measured"] == {"value": "120.00", "on": "2024-01-15", "within": False}


def test_lists_are_narrowed_by_when_it_is_due(
    client: Client, commitment: Commitment, coordinator: User
) -> None:
    factories.ObligationFactory(commitment__process=commitment.process)
    day = commitment.process.today() + dt.timedelta(days=10)
    client.force_login(coordinator)
    for name in ("commitments", "obligations"):
        found = [
            len(client.get(f"/api/{name}/", asked).json()["results"])
            for asked in (
                {"due_before": str(day + dt.timedelta(days=1))},
                {"due_before": str(day)},
                {"due_after": str(day - dt.timedelta(days=1))},
                {"due_after": str(day)},
            )
        ]
        assert (name, found) == (name, [1, 0, 1, 0])


def test_a_check_in_names_the_time_it_is_about_and_when_it_was_done(
    client: Client, process: Process, alice: User
) -> None:
    commitment = factories.CommitmentFactory(
        process=process, kind="triggered", trigger=factories.TriggerFactory(process=process)
    )
    obligation = factories.ObligationFactory(commitment=commitment, focal_point=alice)
    first, second = (
        factories.ExpectedOccurrenceFactory(obligation=obligation) for _two in range(2)
    )
    elsewhere = factories.ExpectedOccurrenceFactory(obligation__commitment__process=process)
    where = f"obligations/{obligation.pk}/check-ins"
    today = str(process.today())
    response = post(client, alice, where, level=3, expected=second.pk, done_on=today)
    assert (response.status_code, response.json()["expected"]) == (201, second.pk)
    states = {
        row["id"]: (row["state"], row["done_on"])
        for row in get(client, alice, "expected-occurrences")["results"]
    }
    assert states[first.pk] == ("expected", None)
    assert states[second.pk] == ("met", today)
    refused = post(client, alice, where, level=3, expected=elsewhere.pk)
    assert (refused.status_code, list(refused.json())) == (400, ["expected"])
    early = post(client, alice, where, level=1, done_on=today)
    assert (early.status_code, list(early.json())) == (400, ["done_on"])


def test_a_finding_is_prepared_approved_and_released(
    client: Client, obligation: Obligation, carol: User, coordinator: User, alice: User
) -> None:
    made = post(client, carol, f"obligations/{obligation.pk}/verifications", **FOUND)
    said = made.json()
    assert (made.status_code, said["state"], said["body"]["code"]) == (201, "prepared", "VM")
    where = f"verifications/{said['id']}"
    assert client.get(f"/api/{where}/").json() == said
    client.force_login(alice)
    assert client.get(f"/api/{where}/").status_code == 404
    own = post(client, carol, f"{where}/approve", version=1)
    other_version = post(client, coordinator, f"{where}/approve", version=2)
    too_early = post(client, coordinator, f"{where}/release")
    assert (own.status_code, other_version.status_code, too_early.status_code) == (403, 409, 400)
    approved = post(client, coordinator, f"{where}/approve", version=1).json()
    assert (approved["state"], approved["approved_by"]["name"]) == ("approved", "Cora")
    assert post(client, carol, f"{where}/release").json()["state"] == "released"
    obligation.refresh_from_db()
    assert obligation.verified_level == 3
    assert get(client, alice, where)["changed_since"] == []


def test_who_may_not_verify_it_releases_no_finding_that_they_read(
    client: Client, obligation: Obligation, dave: User
) -> None:
    finding = factories.VerificationFactory(obligation=obligation)
    assert get(client, dave, f"verifications/{finding.pk}")["state"] == "released"
    assert post(client, dave, f"verifications/{finding.pk}/release").status_code == 403


def test_who_owes_it_prepares_no_finding_on_it(
    client: Client, obligation: Obligation, alice: User, outsider: User
) -> None:
    where = f"obligations/{obligation.pk}/verifications"
    answers = [post(client, user, where, **FOUND).status_code for user in (alice, outsider)]
    assert (answers, Verification.objects.count()) == ([403, 404], 0)


def test_a_refused_finding_says_beside_which_field(
    client: Client, obligation: Obligation, carol: User
) -> None:
    where = f"obligations/{obligation.pk}/verifications"
    tomorrow = obligation.commitment.process.today() + dt.timedelta(days=1)
    response = post(client, carol, where, **FOUND | {"occurred_on": str(tomorrow)})
    assert response.json() == {"occurred_on": ["What was found cannot have happened after today."]}


def test_an_unreleased_finding_is_not_named_to_who_may_not_read_it(
    client: Client, obligation: Obligation, carol: User, alice: User
) -> None:
    finding = prepared(obligation, carol)
    evidence = factories.EvidenceFactory(commitment=obligation.commitment, verification=finding)
    assert get(client, carol, f"evidence/{evidence.pk}")["verification"] == finding.pk
    assert get(client, alice, "evidence")["results"] == []
    assert get(client, alice, "verifications")["results"] == []


@pytest.mark.parametrize(
    ("side", "who", "status"),
    [
        ("reported", "alice", 201),
        ("measured", "alice", 403),
        ("measured", "carol", 201),
        ("reported", "carol", 403),
        ("reported", "dave", 403),
        ("reported", "outsider", 400),
    ],
)
def test_each_side_records_its_own_numbers(
    side: str,
    who: str,
    status: int,
    client: Client,
    obligation: Obligation,
    request: pytest.FixtureRequest,
) -> None:
    Commitment.objects.filter(pk=obligation.commitment_id).update(kind="limit")
    bound = factories.BoundFactory(commitment=obligation.commitment, value=Decimal(10))
    said = {"bound": bound.pk, "value": "12", "on": "2024-01-01", "side": side}
    response = post(client, request.getfixturevalue(who), "measurements", **said)
    assert response.status_code == status, response.content
    assert Measurement.objects.count() == (1 if status == 201 else 0)
    if status == 201:
        obligation.refresh_from_db()
        assert (response.json()["within"], obligation.out_of_bounds) == (False, True)
    if status == 400:
        assert list(response.json()) == ["bound"]


def test_an_event_of_a_trigger_obliges_those_who_answer_it(
    client: Client, process: Process, coordinator: User, dave: User
) -> None:
    trigger = factories.TriggerFactory(process=process)
    obligation = factories.ObligationFactory(
        commitment__process=process, commitment__kind="triggered", commitment__trigger=trigger
    )
    said = {"what": "A report came in.", "on": "2024-05-01"}
    where = f"triggers/{trigger.pk}/events"
    answers = [post(client, user, where, **said).status_code for user in (dave, coordinator)]
    assert (answers, obligation.expected.count()) == ([403, 201], 1)
    [event] = get(client, dave, f"triggers/{trigger.pk}")["events"]
    assert (event["number"], event["on"]) == (1, "2024-05-01")
    late = post(client, coordinator, where, **said | {"on": "2190-01-01"})
    assert (late.status_code, list(late.json())) == (400, ["on"])


def test_a_flag_is_raised_and_lifted(
    client: Client, obligation: Obligation, alice: User, dave: User, outsider: User
) -> None:
    commitment = obligation.commitment
    where, said = f"commitments/{commitment.pk}/flags", {"kind": "disputed", "reason": "The map."}
    answers = [post(client, user, where, **said).status_code for user in (outsider, dave, alice)]
    assert answers == [404, 403, 201]
    again = post(client, alice, where, **said)
    assert (again.status_code, list(again.json())) == (400, ["kind"])
    row = get(client, dave, f"commitments/{commitment.pk}")
    assert [one["reason"] for one in row["flags"]] == ["The map."]
    assert row["obligations"][0]["flags"] == ["disputed"]
    flag = Flag.objects.get()
    lift = f"flags/{flag.pk}/lift"
    answers = [post(client, user, lift, because="Agreed.").status_code for user in (dave, alice)]
    assert answers == [403, 200]
    assert get(client, dave, f"commitments/{commitment.pk}")["flags"] == []
    assert get(client, dave, f"flags/{flag.pk}")["lifted_because"] == "Agreed."


def test_one_of_several_owners_flags_their_own_alone(
    client: Client, obligation: Obligation, alice: User
) -> None:
    other = factories.ObligationFactory(commitment=obligation.commitment)
    where = f"commitments/{obligation.commitment_id}/flags"
    said = {"kind": "at_risk", "reason": "Snow on the pass."}
    answers = [
        post(client, alice, where, **said, obligation=key).status_code
        for key in (None, other.pk, 10**9, obligation.pk)
    ]
    assert answers == [403, 403, 400, 201]


def test_a_breach_is_read_with_its_steps(
    client: Client, obligation: Obligation, other_party: Party, coordinator: User
) -> None:
    allege_breach(
        actor=coordinator,
        obligation=obligation,
        allegation="Two tanks were seen.",
        learned_on=dt.date(2024, 1, 1),
        alleged_by=other_party,
        origin=Origin.WEB,
    )
    [said] = get(client, coordinator, "breaches")["results"]
    assert (said["state"], said["alleged_by"]["code"]) == ("alleged", "BBB")
    assert [(step["number"], step["state"]) for step in said["steps"]] == [(1, "alleged")]
    assert said["clock_at"] == said["steps"][0]["clock_at"]


def test_evidence_says_what_it_is_and_where_its_file_is(
    client: Client, commitment: Commitment, alice: User
) -> None:
    link = factories.EvidenceFactory(commitment=commitment, number=1)
    file = factories.EvidenceFactory(
        commitment=commitment,
        number=2,
        url="",
        file="evidence/ab/abc",
        file_name="list.pdf",
        media_type="application/pdf",
        size=12,
        sha256="ab" * 32,
        supersedes=link,
    )
    first, second = get(client, alice, "evidence")["results"]
    assert (first["file"], first["superseded_by"]) == (None, [file.pk])
    assert second["file"] == {
        "name": "list.pdf",
        "media_type": "application/pdf",
        "size": 12,
        "sha256": "ab" * 32,
        "download": f"http://testserver/p/valley/commitments/{commitment.number}/evidence/2/file/",
    }
