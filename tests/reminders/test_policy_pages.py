"""The pages on which coordinators say when people are reminded."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.commitments.actions.policies import (
    set_reminder_policy,
    withdraw_reminder_policy,
)
from coordination.commitments.models import Commitment, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin, verify
from coordination.processes.models import Process
from tests import factories
from tests.editing import fill, form_on

pytestmark = pytest.mark.django_db

LIST = "/p/valley/reminders/"
EDIT = f"{LIST}edit/"
JMC = f"{LIST}JMC/edit/"


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def set_policy(process: Process, coordinator: User, body: Body | None = None, **fields: Any) -> Any:
    return set_reminder_policy(
        actor=coordinator, process=process, body=body, fields=fields, origin=Origin.WEB
    )


def next_day(obligation: Obligation) -> int:
    """Days from today to the next question."""
    obligation.refresh_from_db()
    assert obligation.next_check_in_on is not None
    return (obligation.next_check_in_on - obligation.commitment.process.today()).days


def test_what_is_planned_follows_a_policy_at_once_and_goes_back_with_it(
    process: Process, lead_body: Body, obligation: Obligation, coordinator: User
) -> None:
    assert next_day(obligation) == 3
    set_policy(process, coordinator, before_due=[2, 5])
    assert next_day(obligation) == 5
    own = set_policy(process, coordinator, lead_body, before_due=[1])
    assert next_day(obligation) == 9
    set_policy(process, coordinator, before_due=[8])
    assert next_day(obligation) == 9  # its lead body has its own
    withdraw_reminder_policy(actor=coordinator, policy=own, origin=Origin.WEB)
    assert next_day(obligation) == 2
    verbs = process.ledger_entries.order_by("sequence").values_list("verb", flat=True)
    assert [verb for verb in verbs if "policy" in verb] == [
        "reminder-policy.set",
        "reminder-policy.set",
        "reminder-policy.changed",
        "reminder-policy.withdrawn",
    ]
    assert list(verify(process)) == []


def test_the_same_days_in_another_order_are_no_change(process: Process, coordinator: User) -> None:
    set_policy(process, coordinator, before_due=[1, 30, 7, 0])
    before = process.ledger_entries.count()
    set_policy(process, coordinator, before_due=[30, 7, 1, 0])
    assert process.ledger_entries.count() == before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"before_due": [1, 1]}, "before_due"),
        ({"before_due": [400]}, "before_due"),
        ({"before_due": "soon"}, "before_due"),
        ({"then_every_days": 1}, "then_every_days"),
        ({"head_after_days": 0}, "head_after_days"),
        ({"head_after_days": 20}, "chair_after_days"),
        ({"chair_after_days": None, "dispute_after_days": 3}, "dispute_after_days"),
        ({"urgent": ["everything"]}, "urgent"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    process: Process, coordinator: User, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        set_policy(process, coordinator, **fields)
    assert refused.value.field == field
    assert not ReminderPolicy.objects.exists()


def test_a_body_of_another_process_is_refused(process: Process, coordinator: User) -> None:
    with pytest.raises(Refused):
        set_policy(process, coordinator, factories.BodyFactory(), before_due=[1])


def test_many_obligations_are_planned_in_as_many_questions_as_a_few(
    process: Process,
    obligation: Obligation,
    coordinator: User,
    django_assert_max_num_queries: Any,
) -> None:
    for _n in range(12):
        party = factories.PartyFactory(process=process)
        factories.ObligationFactory(
            commitment=obligation.commitment, party=party, due_on=obligation.due_on
        )
    with django_assert_max_num_queries(24):
        set_policy(process, coordinator, before_due=[4])
    assert {next_day(one) for one in Obligation.objects.all()} == {6}


def test_the_list_says_in_words_what_holds_where(
    desk: Client, process: Process, commitment: Commitment, lead_body: Body, coordinator: User
) -> None:
    page = desk.get(LIST).content.decode()
    assert "30, 7 and 1 days before the due day" in page
    assert "as in the process" in page
    set_policy(process, coordinator, lead_body, before_due=[3], head_after_days=None)
    page = desk.get(LIST).content.decode()
    assert "3 days before the due day" in page
    assert "as in the process" not in page


def test_a_coordinator_sets_the_reminders_of_the_process(
    desk: Client, process: Process, obligation: Obligation
) -> None:
    form = fill(desk, EDIT, before_due="5; 2", head_after_days="", urgent=["check-in"])
    assert desk.post(EDIT, form).status_code == 302
    policy = ReminderPolicy.objects.get()
    assert (policy.body, policy.before_due, policy.head_after_days, policy.urgent) == (
        None,
        [5, 2],
        None,
        ["check-in"],
    )
    assert next_day(obligation) == 5
    again = fill(desk, EDIT)
    assert again["before_due"] == "5, 2"
    desk.post(EDIT, {"what": "withdraw"})
    assert not ReminderPolicy.objects.exists()


def test_slips_stand_beside_their_fields_and_nothing_typed_is_lost(desk: Client) -> None:
    form = fill(desk, EDIT, before_due="a week", then_every_days="1", chair_after_days="3")
    page = desk.post(EDIT, form)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"before_due", "then_every_days"}
    assert 'value="a week"' in page.content.decode()
    form = fill(desk, EDIT, chair_after_days="3")
    page = desk.post(EDIT, form)
    assert set(page.context["form"].errors) == {"chair_after_days"}


def test_what_somebody_else_set_meanwhile_is_not_overwritten_unseen(
    desk: Client, process: Process, coordinator: User
) -> None:
    form = fill(desk, EDIT, after_due="2")
    set_policy(process, coordinator, before_due=[9, 3], urgent=["breach", "check-in"])
    page = desk.post(EDIT, form)
    assert page.status_code == 422
    assert "Cora changed days before the due day" in page.content.decode()
    merged = form_on(page, "policy")
    assert (merged["before_due"], merged["after_due"]) == ("9, 3", "2")
    assert page.context["form"]["urgent"].value() == ["check-in", "breach"]  # taken over
    assert desk.post(EDIT, merged | {"urgent": ["check-in", "breach"]}).status_code == 302
    policy = ReminderPolicy.objects.get()
    assert (policy.before_due, policy.after_due) == ([9, 3], [2])


def test_a_policy_is_looked_at_on_a_commitment_and_not_saved(
    desk: Client, process: Process, commitment: Commitment, bob: User
) -> None:
    form = fill(desk, JMC, before_due="4", commitment="c-1")
    page = desk.post(JMC, form | {"try": "1"})
    assert page.status_code == 200
    due = process.today() + dt.timedelta(10)
    assert page.context["rows"][0].day == due - dt.timedelta(4)
    assert 'value="4"' in page.content.decode()
    assert not ReminderPolicy.objects.exists()
    page = desk.post(JMC, form | {"try": "1", "commitment": "C-77"})
    assert page.status_code == 422
    assert "write it as C-1" in page.content.decode()
    page = desk.post(JMC, form | {"try": "1", "chair_after_days": "2"})
    assert set(page.context["form"].errors) == {"chair_after_days"}


def test_a_body_gets_its_own_and_goes_back_to_the_process(
    desk: Client, process: Process, lead_body: Body
) -> None:
    assert desk.post(JMC, fill(desk, JMC, before_due="6")).status_code == 302
    assert ReminderPolicy.objects.get().body == lead_body
    desk.post(JMC, {"what": "withdraw"})
    desk.post(JMC, {"what": "withdraw"})  # pressed twice
    assert not ReminderPolicy.objects.exists()


def test_the_page_of_a_commitment_says_what_goes_out_and_what_has_gone(
    client: Client,
    process: Process,
    commitment: Commitment,
    obligation: Obligation,
    coordinator: User,
    alice: User,
    bob: User,
    dave: User,
) -> None:
    where = f"/p/valley/commitments/{commitment.number}/reminders/"
    factories.ReminderFactory(
        process=process, recipient=bob, about_id=commitment.pk, reason="Taken back."
    )
    answers = {}
    for person in (coordinator, alice, bob, dave):
        client.force_login(person)
        page = client.get(where)
        shown = page.content.decode()
        answers[person.name] = (page.status_code, "Alice" in shown, "Taken back." in shown)
    assert answers == {
        "Cora": (200, True, True),
        "Alice": (200, True, False),
        "Bob": (200, True, False),
        "Dave": (403, False, False),
    }


def test_what_has_gone_out_stands_beside_whose_part_it_is_about(
    desk: Client, process: Process, commitment: Commitment, coordinator: User
) -> None:
    part = factories.ObligationFactory(commitment=commitment, party__code="ZZZ")
    told = factories.EscalationFactory(obligation=part)
    asked = factories.OccurrenceFactory(obligation=part)
    breach = factories.BreachFactory(obligation=part)
    about: list[dict[str, Any]] = [
        {"about_type": "escalation", "about_id": told.pk},
        {"about_id": commitment.pk, "occurrence": asked},
        {"about_type": "breach", "about_id": breach.pk},
        {"about_type": "obligation", "about_id": part.pk},
        {"about_id": commitment.pk},
    ]
    for one in about:
        factories.ReminderFactory(process=process, recipient=coordinator, **one)
    page = desk.get(f"/p/valley/commitments/{commitment.number}/reminders/")
    owners = [owed and owed.owner.code for _one, owed in page.context["sent"]]
    assert owners == [None, "ZZZ", "ZZZ", "ZZZ", "ZZZ"]
    assert page.content.decode().count('">ZZZ</span> ') >= 4


def test_where_no_weekend_is_waited_for_the_pages_say_so(desk: Client, settings: Any) -> None:
    for any_time in (True, False):
        settings.MAIL_AT_ANY_TIME = any_time
        for address in (LIST, f"{LIST}working-days/"):
            said = desk.get(address).content.decode()
            assert ("sends at any time" in said) is any_time
