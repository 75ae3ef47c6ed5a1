"""What the pages of the admin refuse, and what they do when two people or clicks meet."""

import datetime as dt
import time
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coordination.bodies.models import Term
from coordination.commitments.models import CheckIn, Commitment, Obligation, Verification
from coordination.ledger.actions import lock, verify
from coordination.processes.models import AnchorDate, Party, Process
from tests import factories
from tests.admin.pages import address, filled, problems, send
from tests.threads import at_once

BAD_YEAR = ["Write a year from 1800 to 2199."]


@pytest.mark.django_db(transaction=True)
def test_a_page_and_an_action_wait_for_each_other_in_one_order(
    office: Client, process: Process, party: Party
) -> None:
    with transaction.atomic():
        lock(process)  # the first one makes the chain
    page, locked = filled(office.get(address("party", party.pk))), Event()

    def act() -> None:
        with transaction.atomic():
            lock(process)
            locked.set()
            time.sleep(0.5)
            Party.objects.filter(pk=party.pk).update(kind="office")

    def save() -> int:
        locked.wait(timeout=10)
        return office.post(address("party", party.pk), page | {"name": "Avaria II"}).status_code

    assert at_once(act, save) == [None, 302]
    party.refresh_from_db()
    assert party.name == "Avaria II"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_enter_one_commitment(
    office: Client, process: Process, party: Party
) -> None:
    page = _new_commitment(office, process, party)
    answers = at_once(*[lambda: office.post(address("commitment"), page).status_code] * 2)
    assert (answers, process.commitments.count()) == ([302, 302], 1)
    assert list(verify(process)) == []


def _new_commitment(office: Client, process: Process, party: Party) -> dict[str, Any]:
    return filled(office.get(address("commitment"))) | {
        "process": process.pk,
        "reference": "Art. 2",
        "title": "Open the road",
        "track": "military",
        "obligations-TOTAL_FORMS": 1,
        "obligations-0-party": party.pk,
    }


def test_a_form_that_is_sent_twice_is_saved_once(
    office: Client, process: Process, party: Party, obligation: Obligation
) -> None:
    anchor = factories.AnchorEventFactory(process=process)
    forms = {
        address("commitment"): _new_commitment(office, process, party),
        address("verification"): filled(office.get(address("verification")))
        | {
            "obligation": obligation.pk,
            "body": obligation.commitment.verifying_body_id,
            "level": 1,
            "found": "Some of it is out.",
            "method": "site_visit",
            "proof": "clear",
            "occurred_on": "2024-01-01",
        },
        address("checkin"): filled(office.get(address("checkin")))
        | {"obligation": obligation.pk, "level": 1},
        address("anchorevent", anchor.pk): filled(office.get(address("anchorevent", anchor.pk)))
        | {"dates-TOTAL_FORMS": 1, "dates-0-status": "planned", "dates-0-on": "2030-01-01"},
    }
    for where, data in forms.items():
        assert [office.post(where, data).status_code for _twice in range(2)] == [302, 302]
    made = (Verification, CheckIn, AnchorDate)
    assert [model.objects.count() for model in made] == [1, 1, 1]
    assert Commitment.objects.filter(title="Open the road").count() == 1


def test_a_form_that_was_changed_since_is_another_one(
    office: Client, process: Process, party: Party
) -> None:
    page = filled(office.get(address("party", party.pk)))
    for name in ("Avaria II", "Avaria III"):
        office.post(address("party", party.pk), page | {"name": name})
    party.refresh_from_db()
    assert party.name == "Avaria III"


def test_a_year_that_no_process_has_is_refused_beside_the_day(
    office: Client, process: Process, party: Party, commitment: Commitment
) -> None:
    body = factories.BodyFactory(process=process)
    response = send(office, address("party", party.pk), joined_on="1799-12-31")
    assert problems(response) == {"joined_on": BAD_YEAR}
    moment = {"starts_at_0": "0001-01-01", "starts_at_1": "00:00"}
    response = send(office, address("review"), body=body.pk, **moment)
    assert problems(response) == {"starts_at": BAD_YEAR}
    response = send(office, address("commitment", commitment.pk), **{"terms-0-on": "2200-01-01"})
    assert problems(response) == {"terms-0-on": BAD_YEAR}


def test_the_last_coordinator_keeps_the_role_in_the_admin(
    office: Client, process: Process, staff: User
) -> None:
    page = address("membership", staff.memberships.get().pk)
    factories.MembershipFactory(process=process, role="coordinator")
    response = send(office, page, role="observer")
    assert problems(response) == {"role": ["Your own role is changed by another coordinator."]}
    assert staff.memberships.get().role == "coordinator"


def test_a_coordinator_does_not_head_a_delegation_by_the_admin(
    office: Client, process: Process, party: Party, staff: User
) -> None:
    page = address("membership", staff.memberships.get().pk)
    response = send(office, page, party=party.pk, heads_delegation="on")
    words = "Another coordinator changes the party that you act for."
    assert problems(response) == {"party": [words]}
    assert staff.memberships.get().party is None


def test_a_role_is_changed_by_another_coordinator(
    office: Client, process: Process, alice: User
) -> None:
    page = address("membership", alice.memberships.get().pk)
    response = send(office, page, role="monitor")
    assert (response.status_code, problems(response)) == (302, {})
    assert alice.memberships.get().role == "monitor"
    entry = process.ledger_entries.first()
    assert entry is not None
    assert (entry.verb, entry.origin) == ("member.changed", "admin")


def test_two_open_terms_on_one_page_are_refused(office: Client, process: Process) -> None:
    seat = factories.SeatFactory(body__process=process)
    members = [factories.MembershipFactory(process=process, user__name=n) for n in ("Ada", "Ben")]
    response = send(
        *(office, address("seat", seat.pk)),
        **{
            "terms-TOTAL_FORMS": 2,
            "terms-0-holder": members[0].user_id,
            "terms-0-starts_on": "2025-01-01",
            "terms-1-holder": members[1].user_id,
            "terms-1-starts_on": "2025-06-01",
        },
    )
    assert problems(response) == {
        "terms": ["The term of Ada overlaps that of Ben: end one earlier."]
    }


@pytest.mark.parametrize(
    ("ends_on", "terms"), [("2025-05-31", 2), ("2025-06-01", 1), ("", 1), ("2024-01-01", 1)]
)
def test_a_term_ends_and_the_next_begins_on_one_page(
    ends_on: str, terms: int, office: Client, process: Process
) -> None:
    seat = factories.SeatFactory(body__process=process)
    ada, ben = (factories.MembershipFactory(process=process).user for _two in range(2))
    factories.TermFactory(seat=seat, holder=ada, starts_on=dt.date(2025, 1, 1))
    send(
        *(office, address("seat", seat.pk)),
        **{
            "terms-TOTAL_FORMS": 2,
            "terms-0-ends_on": ends_on,
            "terms-1-holder": ben.pk,
            "terms-1-starts_on": "2025-06-01",
        },
    )
    assert Term.objects.count() == terms


def test_two_days_zero_on_one_page_are_refused(office: Client, process: Process) -> None:
    response = send(
        *(office, address("process", process.pk)),
        **{
            "anchors-TOTAL_FORMS": 2,
            "anchors-0-key": "one",
            "anchors-0-name": "One",
            "anchors-0-is_day_zero": "on",
            "anchors-1-key": "two",
            "anchors-1-name": "Two",
            "anchors-1-is_day_zero": "on",
        },
    )
    assert problems(response) == {"anchors": ["A process counts from one day zero: choose one."]}


def test_what_a_constraint_refuses_is_said_in_the_form(office: Client, process: Process) -> None:
    series = factories.ReviewSeriesFactory(body__process=process)
    data = {"body": series.body_id, "series": series.pk, "starts_at_0": "2030-01-01"}
    answers = [
        problems(send(office, address("review"), **data, starts_at_1=clock))
        for clock in ("10:00", "11:00")
    ]
    words = "This contradicts what is recorded already: look through it and save again."
    assert answers == [{}, {"__all__": [words]}]
    assert series.reviews.count() == 1


def test_a_circle_is_refused(office: Client, process: Process) -> None:
    provision = factories.ProvisionFactory(agreement__process=process)
    response = send(office, address("provision", provision.pk), parent=provision.pk)
    words = f"This would stand below itself, through “{provision}”: choose another."
    assert problems(response) == {"parent": [words]}


def test_a_party_that_leaves_before_it_joined_is_refused_in_words(
    office: Client, party: Party
) -> None:
    dates = {"joined_on": "2025-02-01", "left_on": "2025-01-01"}
    response = send(office, address("party", party.pk), **dates)
    assert problems(response) == {"left_on": ["A party leaves after it joined."]}


def test_an_actual_date_in_the_future_is_refused(office: Client, process: Process) -> None:
    anchor = factories.AnchorEventFactory(process=process)
    response = send(
        *(office, address("anchorevent", anchor.pk)),
        **{"dates-TOTAL_FORMS": 1, "dates-0-status": "actual", "dates-0-on": "2150-01-01"},
    )
    assert problems(response) == {
        "__all__": ["What has happened cannot lie in the future: call the date planned."]
    }


@pytest.mark.parametrize("on", ["", "2030-05-05"])
def test_the_moment_of_a_term_decides_its_day(
    on: str, office: Client, process: Process, commitment: Commitment, party: Party
) -> None:
    # 23:30 in the reader's UTC is the next day in Sarajevo.
    moment = {"terms-0-on": on, "terms-0-at_0": "2030-01-01", "terms-0-at_1": "23:30"}
    response = send(office, address("commitment", commitment.pk), **moment)
    assert (response.status_code, problems(response)) == (302, {})
    term = {"terms-0-purpose": "due", "terms-0-amount": 0, "terms-0-unit": "days"}
    term |= {"terms-TOTAL_FORMS": 1, "terms-0-direction": "after", **moment}
    page = _new_commitment(office, process, party) | term
    assert office.post(address("commitment"), page).status_code == 302
    days = {one.deadline.terms.get().on for one in process.commitments.all()}
    assert days == {dt.date(2030, 1, 2)}


def test_focal_points_are_members_now_or_those_that_they_were(
    office: Client, process: Process, obligation: Obligation, alice: User
) -> None:
    gone = factories.MembershipFactory(process=process, ended_at=process.created_at).user
    page = address("obligation", obligation.pk)
    assert list(problems(send(office, page, focal_point=gone.pk))) == ["focal_point"]
    asked = {
        "app_label": "coordination",
        "model_name": "obligation",
        "field_name": "focal_point",
        "process": process.pk,
    }
    offered = office.get(reverse("admin:autocomplete"), asked).json()["results"]
    current = process.memberships.current().values_list("user", flat=True)
    assert sorted(int(row["id"]) for row in offered) == sorted(current)
    alice.memberships.update(ended_at=process.created_at)
    response = send(office, page, share="half")
    assert (response.status_code, problems(response)) == (302, {})


def test_a_seat_is_held_by_the_day_of_its_process(office: Client, process: Process) -> None:
    seat = factories.SeatFactory(body__process=process)
    past, present = dt.date(2030, 3, 9), dt.date(2030, 3, 10)
    factories.TermFactory(seat=seat, holder__name="Anton", ends_on=past)
    factories.TermFactory(seat=seat, holder__name="Berta", starts_on=present)
    # Half past eleven at night in London is the next day in Sarajevo.
    with time_machine.travel("2030-03-09T23:30:00Z", tick=False):
        office.force_login(User.objects.get(name="Stella"))
        page = office.get(reverse("admin:coordination_seat_changelist")).content.decode()
    assert ("Berta" in page, "Anton" in page) == (True, False)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("party", {"process__id__exact": "9" * 30}),
        ("party", {"id__in": f"1,{2**63}"}),
        ("entry", {"object_id": "9" * 19}),
        ("entry", {"at__year": "9" * 9}),
        ("review", {"held_on__year": "9" * 30}),
        ("commitment", {"p": "9" * 30}),
    ],
)
def test_a_number_beyond_64_bits_is_no_error(
    name: str, asked: dict[str, str], office: Client, rows: dict[str, Any]
) -> None:
    where = reverse(f"admin:coordination_{name}_changelist")
    assert office.get(where, asked, follow=True).status_code == 200


def test_an_address_with_a_number_beyond_64_bits_leads_nowhere(
    office: Client, rows: dict[str, Any]
) -> None:
    assert office.get(address("party", 10**30)).status_code == 404
