"""What the admin saves reaches the ledger, and what only actions write goes through them."""

import datetime as dt
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coordination.commitments.models import (
    CheckIn,
    Commitment,
    DeadlineTerm,
    Level,
    Obligation,
    Verification,
)
from coordination.processes.models import Membership, Party, Process
from coordination.reviews.models import Review
from tests import factories
from tests.admin.pages import address, filled, last, problems, send


def test_a_change_is_in_the_ledger_with_before_and_after(
    office: Client, process: Process, party: Party, staff: User
) -> None:
    response = send(office, address("party", party.pk), name="Avaria, Republic of")
    assert (response.status_code, problems(response)) == (302, {})
    entry = last(process)
    assert (entry.verb, entry.actor, entry.origin) == ("party.changed", staff, "admin")
    assert (entry.before, entry.after) == ({"name": "Avaria"}, {"name": "Avaria, Republic of"})
    assert entry.summary == "Changed the party AAA Avaria, Republic of: name"


def test_saving_without_a_change_leaves_no_entry(
    office: Client, process: Process, party: Party
) -> None:
    assert send(office, address("party", party.pk)).status_code == 302
    assert process.ledger_entries.count() == 0


def test_a_new_row_is_in_the_ledger(office: Client, process: Process) -> None:
    response = send(
        *(office, address("party")),
        process=process.pk,
        code="EEE",
        name="Estovia",
        kind="state",
        part="observer",
    )
    assert (response.status_code, problems(response)) == (302, {})
    assert (last(process).verb, last(process).after["code"]) == ("party.added", "EEE")


def test_what_a_row_lists_is_in_the_ledger(office: Client, process: Process, party: Party) -> None:
    agreement = factories.AgreementFactory(process=process)
    response = send(office, address("agreement", agreement.pk), signatories=[party.pk])
    assert (response.status_code, problems(response)) == (302, {})
    assert last(process).after == {"signatories": [party.pk]}


def test_rows_of_an_inline_are_in_the_ledger(office: Client, process: Process) -> None:
    step = factories.DisputeStepFactory(protocol__body__process=process, who="The chairs")
    removed = factories.DisputeStepFactory(protocol=step.protocol)
    response = send(
        *(office, address("protocol", step.protocol.pk)),
        **{
            "dispute_steps-TOTAL_FORMS": 3,
            "dispute_steps-0-who": "The co-chairs",
            "dispute_steps-1-DELETE": "on",
            "dispute_steps-2-order": 40,
            "dispute_steps-2-who": "The guarantors",
        },
    )
    assert (response.status_code, problems(response)) == (302, {})
    entries = process.ledger_entries.order_by("sequence")
    assert [(e.verb, e.object_id, e.before.get("who"), e.after.get("who")) for e in entries] == [
        ("disputestep.removed", removed.pk, removed.who, None),
        ("disputestep.changed", step.pk, "The chairs", "The co-chairs"),
        ("disputestep.added", entries[2].object_id, None, "The guarantors"),
    ]


def test_the_code_and_the_short_address_stay_as_they_were_first_saved(
    office: Client, process: Process, party: Party
) -> None:
    send(office, address("party", party.pk), code="ZZZ", name="Avaria II")
    send(office, address("process", process.pk), slug="elsewhere", name="The Valley Accord")
    party.refresh_from_db()
    process.refresh_from_db()
    assert (party.code, party.name) == ("AAA", "Avaria II")
    assert (process.slug, process.name) == ("valley", "The Valley Accord")


def test_rows_of_two_processes_are_not_mixed(office: Client, process: Process, staff: User) -> None:
    other = factories.ProcessFactory()
    factories.MembershipFactory(process=other, user=staff, role="coordinator")
    foreign = factories.PartyFactory(process=other)
    response = send(
        *(office, address("party")),
        process=process.pk,
        code="EEE",
        name="Estovia",
        kind="state",
        part="observer",
        **{"affiliations-TOTAL_FORMS": 1, "affiliations-0-other": foreign.pk},
        **{"affiliations-0-kind": "part_of"},
    )
    assert problems(response) == {"__all__": [f"“{foreign}” is not of this process."]}
    assert Party.objects.filter(code="EEE").count() == 0


def test_a_row_of_a_hidden_process_cannot_be_chosen(
    office: Client, process: Process, party: Party
) -> None:
    new = {"affiliations-TOTAL_FORMS": 1, "affiliations-0-kind": "part_of"}
    new["affiliations-0-other"] = factories.PartyFactory().pk
    response = send(office, address("party", party.pk), **new)
    assert list(problems(response)) == ["affiliations-0-other"]


def test_whoever_opens_a_process_coordinates_it(client: Client, db: None) -> None:
    newcomer = factories.UserFactory(is_staff=True)
    client.force_login(newcomer)
    response = send(
        client, address("process"), slug="pass", short_name="Pass", name="The Pass Accord"
    )
    assert (response.status_code, problems(response)) == (302, {})
    process = Process.objects.get(slug="pass")
    member = process.memberships.get()
    assert (member.user, member.role) == (newcomer, "coordinator")
    assert [e.verb for e in process.ledger_entries.all()] == ["member.added", "process.opened"]


def test_nobody_becomes_a_member_by_the_admin_or_is_found_to_have_an_account(
    office: Client, process: Process
) -> None:
    person = factories.UserFactory(email="nadia@people.example")
    answers = {
        office.post(
            address("membership"), {"process": process.pk, "email": email, "role": "observer"}
        ).status_code
        for email in (person.email, "nobody@people.example")
    }
    assert (answers, office.get(address("membership")).status_code) == ({403}, 403)
    assert not person.memberships.exists()


def test_a_membership_is_ended_by_action(office: Client, process: Process) -> None:
    member = factories.MembershipFactory(process=process)
    office.post(
        reverse("admin:coordination_membership_changelist"),
        {"action": "end_memberships", "_selected_action": [member.pk]},
    )
    assert last(process).verb == "member.removed"
    assert not Membership.objects.current().filter(pk=member.pk).exists()


def test_a_delegate_without_a_party_is_refused_in_the_form(
    office: Client, process: Process
) -> None:
    member = factories.MembershipFactory(process=process)
    response = send(office, address("membership", member.pk), role="delegate")
    assert problems(response) == {"__all__": ["A delegate acts for a party: choose it."]}


def test_a_new_date_of_an_anchor_moves_what_counts_from_it(
    office: Client, process: Process, commitment: Commitment
) -> None:
    anchor = factories.AnchorEventFactory(process=process)
    term = commitment.deadline.terms.get()
    term.on, term.anchor, term.amount = None, anchor, 30
    term.save()
    response = send(
        *(office, address("anchorevent", anchor.pk)),
        **{
            "dates-TOTAL_FORMS": 1,
            "dates-0-status": "actual",
            "dates-0-on": "2024-03-01",
            "dates-0-decided_by": "The parties",
            "dates-0-decided_on": "2024-02-20",
        },
    )
    assert (response.status_code, problems(response)) == (302, {})
    given = anchor.dates.get()
    assert (given.decided_by, given.decided_on) == ("The parties", dt.date(2024, 2, 20))
    shown = office.get(address("anchorevent", anchor.pk)).content.decode()
    assert "20 Feb" in shown
    commitment.deadline.refresh_from_db()
    assert commitment.deadline.due_on == dt.date(2024, 3, 31)
    assert last(process).verb == "deadline.moved"


def test_a_commitment_is_entered_as_a_whole(
    office: Client, process: Process, commitment: Commitment, party: Party, alice: User
) -> None:
    response = send(
        *(office, address("commitment")),
        **{
            "process": process.pk,
            "reference": "Art. 2",
            "title": "Open the road",
            "kind": "dated",
            "track": "military",
            "priority": "2",
            "obligations-TOTAL_FORMS": 1,
            "obligations-0-party": party.pk,
            "obligations-0-focal_point": alice.pk,
            "deadline-TOTAL_FORMS": 1,
            "deadline-0-rule": "later",
            "deadline-0-precision": "day",
            "deadline-0-wording": "within a month",
            "terms-TOTAL_FORMS": 1,
            "terms-0-purpose": "due",
            "terms-0-after_commitment": commitment.pk,
            "terms-0-amount": 1,
            "terms-0-unit": "months",
            "terms-0-direction": "after",
        },
    )
    assert (response.status_code, problems(response)) == (302, {})
    made = process.commitments.get(title="Open the road")
    assert (made.number, made.deadline.rule) == (commitment.number + 1, "later")
    assert made.obligations.get().focal_point == alice
    due_on = process.today() + dt.timedelta(days=10)
    assert made.deadline.due_on == due_on + relativedelta(months=1)
    assert [e.verb for e in process.ledger_entries.all()[:2]] == [
        "deadline.moved",
        "commitment.entered",
    ]


def test_a_commitment_that_nobody_owes_is_refused_and_what_was_typed_stays(
    office: Client, process: Process
) -> None:
    response = send(
        *(office, address("commitment")),
        process=process.pk,
        reference="Art. 2",
        title="Open the road",
        track="military",
    )
    assert problems(response) == {
        "__all__": ["Somebody must owe it: choose a party or a body."],
    }
    assert response.context["adminform"].form["title"].value() == "Open the road"
    assert process.commitments.count() == 0


def test_a_changed_term_moves_the_deadline(
    office: Client, process: Process, commitment: Commitment
) -> None:
    response = send(office, address("commitment", commitment.pk), **{"terms-0-on": "2031-05-05"})
    assert (response.status_code, problems(response)) == (302, {})
    obligation = commitment.obligations.get()
    assert obligation.due_on == dt.date(2031, 5, 5)
    verbs = [entry.verb for entry in process.ledger_entries.all()[:2]]
    assert verbs == ["deadline.moved", "deadlineterm.changed"]


def test_a_term_that_is_removed_leaves_the_commitment_without_a_date(
    office: Client, process: Process, commitment: Commitment
) -> None:
    send(office, address("commitment", commitment.pk), **{"terms-0-DELETE": "on"})
    commitment.deadline.refresh_from_db()
    assert (DeadlineTerm.objects.count(), commitment.deadline.due_on) == (0, None)


def test_a_circle_of_deadlines_is_refused(
    office: Client, process: Process, commitment: Commitment
) -> None:
    response = send(
        *(office, address("commitment", commitment.pk)),
        **{"terms-0-on": "", "terms-0-after_commitment": commitment.pk, "terms-0-amount": 1},
    )
    assert list(problems(response)) == ["__all__"]
    assert commitment.deadline.terms.get().after_commitment is None
    assert [e.verb for e in process.ledger_entries.all()[:1]] == ["deadline.moved"]


def test_a_check_in_from_the_admin_changes_the_reported_level(
    office: Client, process: Process, obligation: Obligation, alice: User, staff: User
) -> None:
    page = filled(office.get(address("checkin")))
    data = page | {"obligation": obligation.pk, "level": 2, "account": "Half of it is out."}
    for _twice in range(2):
        assert office.post(address("checkin"), data).status_code == 302
    check_in = CheckIn.objects.get()
    obligation.refresh_from_db()
    assert (check_in.author, check_in.recorded_by) == (alice, staff)
    assert obligation.reported_level == Level.INTERMEDIATE
    assert (last(process).verb, last(process).origin) == ("check-in.submitted", "admin")


def test_nobody_can_be_quoted_who_is_not_there(office: Client, obligation: Obligation) -> None:
    obligation.focal_point = None
    obligation.save()
    response = send(office, address("checkin"), obligation=obligation.pk, level=2)
    assert problems(response) == {
        "obligation": ["Nobody reports for this yet: name its focal point first."]
    }


def test_a_check_in_is_never_changed(office: Client, rows: dict[str, Any]) -> None:
    response = office.post(address("checkin", rows["checkin"].pk), {"level": 3})
    assert response.status_code == 403


def test_a_body_that_does_not_verify_it_is_refused(
    office: Client, process: Process, obligation: Obligation
) -> None:
    other = factories.BodyFactory(process=process, name="The Press Office")
    data = {
        "obligation": obligation.pk,
        "body": other.pk,
        "level": 3,
        "found": "All of it is out.",
        "method": "site_visit",
        "occurred_on": "2024-01-01",
    }
    refused = send(office, address("verification"), **data)
    assert problems(refused) == {
        "body": [f"The Press Office does not verify {obligation.commitment.code}."]
    }
    assert Verification.objects.count() == 0


def test_a_review_gets_its_number_and_its_local_day(office: Client, process: Process) -> None:
    body = factories.BodyFactory(process=process)
    response = send(
        office, address("review"), body=body.pk, starts_at_0="2030-01-01", starts_at_1="23:30"
    )
    assert (response.status_code, problems(response)) == (302, {})
    review = Review.objects.get()
    # 23:30 in the reader's UTC is half past midnight in Sarajevo.
    assert (review.number, review.held_on) == (1, dt.date(2030, 1, 2))
    send(office, address("review", review.pk), starts_at_0="2030-02-01")
    review.refresh_from_db()
    assert review.held_on == dt.date(2030, 2, 2)


@pytest.mark.parametrize(
    "name",
    [
        *("agreement", "anchorevent", "body", "commitment", "contactchannel", "membership"),
        *("obligation", "party", "process", "protocol", "provision", "responsibility", "review"),
        *("reviewseries", "seat", "trigger"),
    ],
)
def test_a_page_can_be_saved_as_it_stands(
    name: str, office: Client, process: Process, rows: dict[str, Any]
) -> None:
    if name == "responsibility":
        rows[name].save()  # its key follows its name
    if name == "reviewseries":
        rows[name].rule = "FREQ=WEEKLY"
        rows[name].save()
    before = process.ledger_entries.count()
    response = send(office, address(name, rows[name].pk))
    shown = response.status_code == 302 or problems(response)
    moved = {"deadline.moved"} if name == "commitment" else set()
    added = process.ledger_entries.all()[: process.ledger_entries.count() - before]
    assert (shown, {entry.verb for entry in added} - moved) == (True, set())
