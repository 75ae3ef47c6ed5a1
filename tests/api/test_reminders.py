"""Policies, holidays and reminders through the API."""

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import ReminderPolicy
from coordination.processes.models import Holiday, Process
from tests import factories

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def test_a_coordinator_sets_and_withdraws_a_policy(
    desk: Client, process: Process, lead_body: Body
) -> None:
    where = "/api/reminder-policies/"
    said = {"process": "valley", "body": lead_body.pk, "before_due": [2, 9], "urgent": []}
    made = desk.post(where, said | {"head_after_days": None}, content_type=JSON)
    assert made.status_code == 200
    answer = made.json()
    assert (answer["before_due"], answer["after_due"], answer["head_after_days"]) == (
        [9, 2],
        [1, 7],
        None,
    )
    again = desk.post(where, said | {"chair_after_days": 3}, content_type=JSON)
    assert again.json()["id"] == answer["id"]
    refused = desk.post(where, said | {"head_after_days": 30}, content_type=JSON)
    assert (refused.status_code, list(refused.json())) == (400, ["chair_after_days"])
    assert desk.post(where, said | {"process": "hill"}, content_type=JSON).status_code == 400
    assert desk.post(f"{where}{answer['id']}/withdraw/").status_code == 204
    assert not ReminderPolicy.objects.exists()


def test_a_coordinator_enters_corrects_and_removes_a_holiday(
    desk: Client, process: Process
) -> None:
    where = "/api/holidays/"
    said = {"name": "Eid", "first_on": "2026-03-20", "last_on": "2026-03-21"}
    made = desk.post(where, said | {"process": "valley"}, content_type=JSON)
    assert made.status_code == 201
    one = f"{where}{made.json()['id']}/"
    twice = desk.post(where, said | {"process": "valley"}, content_type=JSON)
    assert (twice.status_code, list(twice.json())) == (400, ["name"])
    longer = desk.put(one, said | {"last_on": "2026-03-22"}, content_type=JSON)
    assert longer.json()["last_on"] == "2026-03-22"
    wrong = desk.put(one, said | {"last_on": "2026-03-01"}, content_type=JSON)
    assert (wrong.status_code, list(wrong.json())) == (400, ["last_on"])
    assert desk.delete(one).status_code == 204
    assert not Holiday.objects.exists()


def test_other_members_read_them_and_set_nothing(
    client: Client, process: Process, alice: User
) -> None:
    policy = factories.ReminderPolicyFactory(process=process)
    factories.ReminderFactory(process=process, recipient=alice)
    client.force_login(alice)
    shown = {
        name: len(client.get(f"/api/{name}/").json()["results"])
        for name in ("reminder-policies", "holidays", "reminders")
    }
    assert shown == {"reminder-policies": 1, "holidays": 0, "reminders": 0}
    said = {"process": "valley"}
    holiday = {"name": "Eid", "first_on": "2026-03-20", "last_on": "2026-03-21"}
    answers = [
        client.post("/api/reminder-policies/", said, content_type=JSON).status_code,
        client.post("/api/holidays/", said | holiday, content_type=JSON).status_code,
        client.post(f"/api/reminder-policies/{policy.pk}/withdraw/").status_code,
    ]
    assert answers == [403, 403, 403]


def test_a_process_of_others_is_answered_like_none(desk: Client, process: Process) -> None:
    factories.ProcessFactory(slug="hill")
    holiday = {"name": "Eid", "first_on": "2026-03-20", "last_on": "2026-03-21"}
    for name, said in (("reminder-policies", {}), ("holidays", holiday)):
        theirs, none = (
            desk.post(f"/api/{name}/", said | {"process": slug}, content_type=JSON)
            for slug in ("hill", "dale")
        )
        assert (theirs.status_code, theirs.json()) == (none.status_code, none.json())
        assert list(theirs.json()) == ["process"]
