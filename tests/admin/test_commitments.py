"""Commitments in the admin: each kind, their dates, and what is recorded of them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.actions import Owed
from coordination.commitments.actions.entering import change_owners
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.models import (
    Breach,
    Commitment,
    Dependency,
    Extension,
    Flag,
    Measurement,
    Obligation,
    Reading,
    Trigger,
    Verification,
)
from coordination.ledger.actions import Origin
from coordination.processes.models import Party, Process
from tests import factories
from tests.admin.pages import address, last, problems, send

TERM = {
    "terms-TOTAL_FORMS": 1,
    "terms-0-purpose": "start",
    "terms-0-on": "2030-01-01",
    "terms-0-amount": 0,
    "terms-0-unit": "days",
    "terms-0-direction": "after",
}


def new(process: Process, party: Party, **fields: Any) -> dict[str, Any]:
    return {
        "process": process.pk,
        "reference": "Art. 2",
        "title": "Keep at most ten tanks",
        "track": "military",
        "obligations-TOTAL_FORMS": 1,
        "obligations-0-party": party.pk,
        **fields,
    }


def test_a_limit_is_entered_with_its_number(office: Client, process: Process, party: Party) -> None:
    limit = new(process, party, kind="limit", **TERM)
    refused = send(office, address("commitment"), **limit)
    assert problems(refused) == {"__all__": ["Give the number that it is held against."]}
    bound = {
        "bounds-TOTAL_FORMS": 1,
        "bounds-0-comparison": "at_most",
        "bounds-0-value": "10",
        "bounds-0-of_what": "tanks",
    }
    assert problems(send(office, address("commitment"), **limit, **bound)) == {}
    made = process.commitments.get()
    assert [str(one) for one in made.bounds.all()] == ["at most 10 tanks"]
    assert made.deadline.starts_on == dt.date(2030, 1, 1)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"kind": "recurring", "every_unit": "days"},
            "every_amount",
            "A recurring commitment says how often it recurs.",
        ),
        ({"kind": "triggered"}, "trigger", "Say what triggers it."),
        ({"kind": "dated", "times": 0}, "times", "It is expected at least once."),
        (
            {"kind": "dated"} | TERM,
            "__all__",
            "It is done and not kept up: say when it is due.",
        ),
    ],
)
def test_what_a_kind_lacks_is_refused(
    fields: dict[str, Any],
    field: str,
    words: str,
    office: Client,
    process: Process,
    party: Party,
) -> None:
    response = send(office, address("commitment"), **new(process, party, **fields))
    assert problems(response) == {field: [words]}
    assert process.commitments.count() == 0


def test_a_kind_changes_together_with_its_terms(office: Client, commitment: Commitment) -> None:
    where = address("commitment", commitment.pk)
    refused = send(office, where, kind="standing")
    words = "It is kept up and not due: say when it starts, and when it ends."
    assert problems(refused) == {"__all__": [words]}
    assert problems(send(office, where, kind="standing", **{"terms-0-purpose": "start"})) == {}
    commitment.refresh_from_db()
    assert (commitment.kind, commitment.deadline.due_on) == ("standing", None)
    assert commitment.obligations.get().due_on is None


def test_a_rhythm_lets_its_first_period_be_expected(
    office: Client, commitment: Commitment, obligation: Obligation
) -> None:
    response = send(
        *(office, address("commitment", commitment.pk)),
        kind="recurring",
        every_amount=1,
        every_unit="months",
        times=2,
        **{"terms-0-DELETE": "on"},
    )
    assert problems(response) == {}
    assert obligation.expected.filter(due_at__isnull=False).count() >= 2
    obligation.refresh_from_db()
    assert obligation.due_on is not None


def test_another_owner_is_added_and_one_that_was_left_out_comes_back(
    office: Client, commitment: Commitment, other_party: Party, coordinator: User
) -> None:
    where, due_on = address("commitment", commitment.pk), commitment.deadline.terms.get().on
    added = {"obligations-TOTAL_FORMS": 2, "obligations-1-party": other_party.pk}
    for _again in range(2):
        assert problems(send(office, where, **added)) == {}
        second = commitment.obligations.get(party=other_party)
        assert second.due_on == due_on
        kept = [one for one in commitment.obligations.all() if one != second]
        change_owners(
            actor=coordinator,
            commitment=commitment,
            origin=Origin.WEB,
            owed=[Owed(one.owner, one.share, one.focal_point) for one in kept],
        )
    assert Obligation.every.filter(commitment=commitment).count() == 2


def test_a_number_that_was_measured_can_change_and_stays(
    office: Client, commitment: Commitment, obligation: Obligation, alice: User
) -> None:
    Commitment.objects.update(kind=Commitment.Kind.LIMIT)
    commitment.deadline.terms.update(purpose="start")
    bound = factories.BoundFactory(commitment=commitment, value=Decimal(10))
    record_measurement(
        actor=alice,
        bound=bound,
        value=Decimal(8),
        on=dt.date(2024, 1, 1),
        origin=Origin.WEB,
    )
    where = address("commitment", commitment.pk)
    assert list(problems(send(office, where, **{"bounds-0-DELETE": "on"}))) == ["bounds"]
    assert problems(send(office, where, **{"bounds-0-value": "7"})) == {}
    obligation.refresh_from_db()
    assert obligation.out_of_bounds is True


def test_an_extension_is_added_on_the_commitments_page_and_never_changed(
    office: Client, process: Process, commitment: Commitment, obligation: Obligation
) -> None:
    where = address("commitment", commitment.pk)
    data = {
        "extensions-TOTAL_FORMS": 1,
        "extensions-0-amount": 5,
        "extensions-0-unit": "days",
        "extensions-0-agreed_by": "The chairs",
        "extensions-0-agreed_on": str(process.today()),
    }
    before = commitment.deadline.terms.get().on
    assert problems(send(office, where, **data)) == {}
    commitment.deadline.refresh_from_db()
    after = before + dt.timedelta(days=5)
    assert (commitment.deadline.original_on, commitment.deadline.due_on) == (before, after)
    obligation.refresh_from_db()
    assert obligation.due_on == after
    send(office, where, **{"extensions-0-amount": 50})
    assert [one.amount for one in Extension.objects.all()] == [5]
    unsaid = data | {"extensions-TOTAL_FORMS": 2, "extensions-1-agreed_by": "The chairs"}
    unsaid |= {"extensions-1-unit": "days", "extensions-1-agreed_on": str(process.today())}
    words = "Give the new date, or the time by which it is prolonged: one of them."
    assert problems(send(office, where, **unsaid)) == {"extensions-1-__all__": [words]}


def test_a_reading_is_entered_with_its_terms_and_changed(
    office: Client, process: Process, commitment: Commitment, other_party: Party
) -> None:
    page = {"commitment": commitment.pk, "party": other_party.pk, "rule": "earlier"}
    refused = send(office, address("reading"), **page)
    assert problems(refused) == {"__all__": ["Say which date follows from it."]}
    term = TERM | {"terms-0-on": "2031-01-01"}
    del term["terms-0-purpose"]
    assert problems(send(office, address("reading"), **page, **term)) == {}
    reading = Reading.objects.get()
    assert (reading.due_on, last(process).verb) == (dt.date(2031, 1, 1), "reading.entered")
    changed = {"argument": "Working days.", "terms-0-on": "2031-02-01"}
    assert problems(send(office, address("reading", reading.pk), **changed)) == {}
    reading.refresh_from_db()
    assert (reading.due_on, reading.argument) == (dt.date(2031, 2, 1), "Working days.")
    assert reading.terms.count() == 1
    # The commitment's own page shows the agreement's terms alone.
    own = office.get(address("commitment", commitment.pk)).content.decode()
    assert ("2031-02-01" in own, "terms-1-on" in own) == (False, False)


def test_a_trigger_and_each_time_that_it_happened_are_entered(
    office: Client, process: Process
) -> None:
    page = {"process": process.pk, "key": "report", "name": "Receipt of a report"}
    assert problems(send(office, address("trigger"), **page)) == {}
    trigger = Trigger.objects.get()
    owed = factories.ObligationFactory(
        commitment__process=process, commitment__kind="triggered", commitment__trigger=trigger
    )
    event = {
        "events-TOTAL_FORMS": 1,
        "events-0-on": "2024-05-01",
        "events-0-what": "A report came in.",
    }
    assert problems(send(office, address("trigger", trigger.pk), **event)) == {}
    assert [str(one.opened_by) for one in owed.expected.all()] == ["A report came in."]
    late = event | {"events-TOTAL_FORMS": 2, "events-1-what": "Another."}
    late |= {"events-1-on": "2150-01-01"}
    response = send(office, address("trigger", trigger.pk), **late)
    assert problems(response) == {"__all__": ["It cannot have happened after today."]}


def test_what_is_recorded_of_a_commitment_goes_through_its_action(
    office: Client, process: Process, obligation: Obligation, other_party: Party
) -> None:
    commitment = obligation.commitment
    other = factories.CommitmentFactory(process=process)
    Commitment.objects.update(kind=Commitment.Kind.LIMIT)
    commitment.deadline.terms.update(purpose="start")
    bound = factories.BoundFactory(commitment=commitment, value=Decimal(10))
    pages = {
        "flag": {"commitment": commitment.pk, "kind": "suspended", "reason": "Snow."},
        "dependency": {"commitment": commitment.pk, "on": other.pk},
        "measurement": {"bound": bound.pk, "value": "12", "on": "2024-01-01"},
        "breach": {
            "obligation": obligation.pk,
            "what": "Two tanks were seen.",
            "alleged_by": other_party.pk,
            "learned_on": "2024-01-01",
        },
    }
    verbs = []
    for name, data in pages.items():
        assert (name, problems(send(office, address(name), **data))) == (name, {})
        verbs.append(last(process).verb)
    assert verbs == [
        *("flag.raised", "dependency.entered", "measurement.recorded", "breach.alleged"),
    ]
    made = (Flag, Dependency, Measurement, Breach)
    assert [model.objects.count() for model in made] == [1, 1, 1, 1]
    assert Breach.objects.get().steps.count() == 1
    obligation.refresh_from_db()
    assert (obligation.is_suspended, obligation.out_of_bounds) == (True, True)
    back = send(office, address("dependency"), commitment=other.pk, on=commitment.pk)
    assert list(problems(back)) == ["on"]


@pytest.mark.parametrize(
    "name", ["breach", "dependency", "evidence", "expectedoccurrence", "flag", "measurement"]
)
def test_what_was_recorded_is_never_changed(
    name: str, office: Client, rows: dict[str, Any]
) -> None:
    where = address(name, rows[name].pk)
    assert (office.get(where).status_code, office.post(where, {}).status_code) == (200, 403)


def test_a_finding_is_prepared_and_neither_approved_nor_shown_to_all(
    office: Client, client: Client, process: Process, obligation: Obligation
) -> None:
    data = {
        "obligation": obligation.pk,
        "body": obligation.commitment.verifying_body_id,
        "level": 3,
        "found": "All of it is out.",
        "method": "site_visit",
        "occurred_on": "2024-01-01",
    }
    assert problems(send(office, address("verification"), **data)) == {}
    finding = Verification.objects.get()
    obligation.refresh_from_db()
    assert (finding.approved_at, obligation.verified_level) == (None, None)
    assert last(process).verb == "verification.prepared"
    reader = factories.UserFactory(is_staff=True)
    factories.MembershipFactory(process=process, user=reader, role="observer")
    client.force_login(reader)
    assert client.get(address("verification", finding.pk)).status_code == 404
    assert finding.found not in client.get(address("obligation", obligation.pk)).content.decode()


def test_a_file_is_fetched_from_the_product_and_not_from_its_folder(
    office: Client, commitment: Commitment
) -> None:
    evidence = factories.EvidenceFactory(
        commitment=commitment,
        url="",
        file="evidence/ab/abc",
        file_name="list.pdf",
        size=12,
        sha256="ab" * 32,
    )
    page = office.get(address("evidence", evidence.pk)).content.decode()
    where = f"/p/valley/commitments/{commitment.number}/evidence/{evidence.number}/file/"
    assert (f'<a href="{where}">list.pdf</a>' in page, "evidence/ab/abc" in page) == (True, False)
