"""Bodies, protocols, seats, channels and responsibilities as coordinators keep them."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body, Protocol, Seat
from coordination.processes.models import Party, Process
from tests import factories
from tests.admin.pages import address, last, problems, send

KNOWN = "This contradicts what is recorded already: look through it and save again."
WHO = "Say to whom: a body, a party or somebody else, and only one of them."


def new(prefix: str, **fields: Any) -> dict[str, Any]:
    """One more row of an inline that has none."""
    rows = {f"{prefix}-0-{name}": value for name, value in fields.items()}
    return {f"{prefix}-TOTAL_FORMS": 1, **rows}


def test_all_that_belongs_to_a_body_is_entered_on_its_page(
    office: Client, process: Process, lead_body: Body, verifying_body: Body
) -> None:
    before = process.ledger_entries.count()
    response = send(
        *(office, address("body", lead_body.pk)),
        **new("lines", kind="informs", to_body=verifying_body.pk, started_on="2000-01-01"),
        **new("former_names", name="Military Council", until="2000-01-01"),
        **new("successions", kind="merged", successor=verifying_body.pk, on="2020-01-01"),
        **new("protocol", decision_rule="silence", silence_hours=72, agenda_closes_hours=48),
        **new("composition_parts", group="parties", seats=10, counts_as="national"),
        **new("seats", number=1, role="chair", vote="voting", started_on="2000-01-01"),
        **new("role_terms", role="chair", authority="Convenes it."),
        **new("channels", order=1, kind="radio", address="Channel 4"),
    )
    assert problems(response) == {}
    added = process.ledger_entries.count() - before
    assert {entry.verb for entry in process.ledger_entries.all()[:added]} == {
        *("reportingline.added", "formername.added", "succession.added", "protocol.added"),
        *("compositionpart.added", "seat.added", "roleterms.added", "contactchannel.added"),
    }
    shown = office.get(address("body", verifying_body.pk)).content.decode()
    assert "JMC merged with others into VM" in shown


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"established_on": "2001-01-01", "ended_on": "2000-01-01"},
            {"ended_on": ["A body is wound up after it was established."]},
        ),
        (new("lines", kind="reports_to", source="Art. 1"), {"lines-0-to_name": [WHO]}),
        (
            new("protocol", quorum=3, quorum_share="half", agenda_closes_hours=48),
            {"protocol-0-quorum_share": ["A quorum is a number or a share, not both."]},
        ),
        (
            new("protocol", decision_rule="silence", agenda_closes_hours=48),
            {"protocol-0-silence_hours": ["A silence procedure says after how many hours."]},
        ),
        (
            new("seats", number=1, started_on="2001-01-01", ended_on="2000-01-01"),
            {"seats-0-ended_on": ["It cannot end before it starts."]},
        ),
    ],
)
def test_what_a_body_cannot_be_is_said_beside_the_field(
    changes: dict[str, Any], found: dict[str, list[str]], office: Client, lead_body: Body
) -> None:
    defaults = {"seats-0-role": "member", "seats-0-vote": "voting"}
    if "protocol-0-quorum" in changes:
        defaults["protocol-0-decision_rule"] = "consensus"
    response = send(office, address("body", lead_body.pk), **(defaults | changes))
    assert problems(response) == found


def test_a_body_neither_reports_to_itself_nor_succeeds_itself(
    office: Client, lead_body: Body
) -> None:
    response = send(
        *(office, address("body", lead_body.pk)),
        **new("lines", kind="reports_to", to_body=lead_body.pk),
        **new("successions", kind="merged", successor=lead_body.pk, on="2020-01-01"),
    )
    assert problems(response) == {
        "lines-0-to_body": ["A body does not report to itself."],
        "successions-0-successor": ["A body does not succeed itself."],
    }


def test_a_line_is_ended_and_stays(
    office: Client, process: Process, lead_body: Body, verifying_body: Body
) -> None:
    line = factories.ReportingLineFactory(body=lead_body, to_body=verifying_body)
    other = factories.BodyFactory(process=process)
    changes = {"ended_on": "2020-01-01", "to_body": other.pk, "DELETE": "on"}
    response = send(
        *(office, address("body", lead_body.pk)),
        **{f"lines-0-{name}": value for name, value in changes.items()},
    )
    assert problems(response) == {}
    line.refresh_from_db()
    assert (line.to_body, line.ended_on) == (verifying_body, dt.date(2020, 1, 1))
    assert last(process).verb == "reportingline.changed"


def test_the_code_of_a_body_stays(office: Client, process: Process, lead_body: Body) -> None:
    changes = {"code": "JMCX", "mandate": "Settles complaints."}
    assert problems(send(office, address("body", lead_body.pk), **changes)) == {}
    lead_body.refresh_from_db()
    assert (lead_body.code, lead_body.mandate) == ("JMC", "Settles complaints.")


@pytest.mark.parametrize("number", ["32768", "9223372036854775807", "9" * 30])
def test_a_number_that_not_every_database_keeps_is_refused(
    number: str, office: Client, process: Process, lead_body: Body
) -> None:
    seat = {"role": "member", "vote": "voting"}
    protocol = factories.ProtocolFactory(body=lead_body)
    where = address("protocol", protocol.pk)
    response = send(office, address("body", lead_body.pk), **new("seats", number=number, **seat))
    words = "Ensure this value is less than or equal to 32767."
    assert problems(response) == {"seats-0-number": [words]}
    assert problems(send(office, where, quorum=number)) == {"quorum": [words]}
    assert (lead_body.seats.count(), protocol.dispute_steps.count()) == (0, 0)


HOLDS = "Bob holds the seat then: end that term first, or choose a later day."


def test_a_seat_does_not_end_under_its_holder(
    office: Client, process: Process, lead_body: Body, bob: User
) -> None:
    seat = lead_body.seats.get()
    ends = {"ended_on": "2150-01-01"}
    assert problems(send(office, address("seat", seat.pk), **ends)) == {"ended_on": [HOLDS]}
    response = send(office, address("body", lead_body.pk), **{"seats-0-ended_on": "2150-01-01"})
    assert problems(response) == {"__all__": [f"Seat {seat.number}: {HOLDS}"]}
    leaves = {"terms-0-ends_on": "2149-12-31"}
    assert problems(send(office, address("seat", seat.pk), **ends, **leaves)) == {}
    seat.refresh_from_db()
    assert (seat.ended_on, seat.terms.get().ends_on) == (dt.date(2150, 1, 1), dt.date(2149, 12, 31))


def test_a_term_lies_within_the_days_of_its_seat_and_body(
    office: Client, process: Process, lead_body: Body, alice: User
) -> None:
    lead_body.established_on = dt.date(2000, 1, 1)
    lead_body.save()
    seat = factories.SeatFactory(body=lead_body)
    term = {"holder": alice.pk, "starts_on": "1999-12-31"}
    response = send(office, address("seat", seat.pk), **new("terms", **term))
    words = "The seat is there from 1 Jan 2000 on: choose a later day."
    assert (problems(response), seat.terms.count()) == ({"__all__": [words]}, 0)


def test_a_bodys_page_offers_nothing_of_another_process(office: Client, lead_body: Body) -> None:
    foreign = factories.BodyFactory()
    response = send(
        *(office, address("body", lead_body.pk)),
        **new("lines", kind="reports_to", to_body=foreign.pk),
        **new("successions", kind="merged", successor=foreign.pk, on="2020-01-01"),
    )
    assert list(problems(response)) == ["lines-0-to_body", "successions-0-successor"]


def test_a_protocol_is_kept_with_its_sources_and_steps(
    office: Client, process: Process, lead_body: Body, party: Party
) -> None:
    protocol = factories.ProtocolFactory(body=lead_body)
    seat = factories.SeatFactory(body=lead_body)
    response = send(
        *(office, address("protocol", protocol.pk)),
        meets_times=1,
        meets_per="month",
        quorum=29,
        **new("sources", topic="quorum", article="Art. 7.13", wording="29 members"),
        **new("quorum_parts", group="national", minimum=15),
        **new("dispute_steps", order=1, who="The chair", seat=seat.pk, within_hours=24),
    )
    assert problems(response) == {}
    protocol.refresh_from_db()
    assert (protocol.quorum, protocol.dispute_steps.get().seat) == (29, seat)
    assert last(process).verb == "disputestep.added"
    response = send(
        office, address("protocol", protocol.pk), **{"dispute_steps-0-to_party": party.pk}
    )
    words = "A step names a seat, a body or a party, not several."
    assert problems(response) == {"dispute_steps-0-to_party": [words]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"quorum": 3, "quorum_share": "half"},
            {"quorum_share": ["A quorum is a number or a share, not both."]},
        ),
        (
            {"decision_rule": "silence"},
            {"silence_hours": ["A silence procedure says after how many hours."]},
        ),
        ({"meets_times": 2}, {"meets_per": ["Say how often it meets and in which period."]}),
        ({"majority": "half"}, {"majority": ["Half is not a majority."]}),
    ],
)
def test_what_a_protocol_cannot_be_is_said_beside_the_field(
    changes: dict[str, Any], found: dict[str, list[str]], office: Client, lead_body: Body
) -> None:
    protocol = factories.ProtocolFactory(body=lead_body)
    response = send(office, address("protocol", protocol.pk), **changes)
    assert problems(response) == found
    assert Protocol.objects.filter(pk=protocol.pk, quorum=None, meets_times=None).exists()


def test_a_term_has_a_tenure_and_a_handover_note(
    office: Client, process: Process, lead_body: Body, alice: User
) -> None:
    seat = factories.SeatFactory(body=lead_body)
    term = {"holder": alice.pk, "starts_on": "2025-01-01", "tenure": "while in command"}
    response = send(
        office, address("seat", seat.pk), **new("terms", **term, handover="The keys are here.")
    )
    assert problems(response) == {}
    assert seat.terms.get().handover == "The keys are here."
    assert last(process).verb == "term.added"
    response = send(office, address("seat", seat.pk), **{"terms-0-ends_on": "2024-01-01"})
    assert problems(response) == {"terms-0-ends_on": ["A term ends after it starts."]}


def test_what_a_party_was_asked_and_proposed_is_read_on_the_page_of_the_seat(
    office: Client, process: Process, lead_body: Body, party: Party
) -> None:
    seat = factories.SeatFactory(body=lead_body, party=party)
    asked = factories.SuccessionRequestFactory(seat=seat, party=party, words="Name somebody.")
    nomination = factories.NominationFactory(seat=seat, name="Mira Novak")
    page = office.get(address("seat", seat.pk)).content.decode()
    assert ("Name somebody." in page, "Mira Novak" in page) == (True, True)
    for name, row in (("successionrequest", asked), ("nomination", nomination)):
        where = address(name, row.pk)
        assert (office.get(where).status_code, office.post(where, {}).status_code) == (200, 403)


def test_a_test_of_a_channel_is_added_and_never_changed(
    office: Client, process: Process, lead_body: Body, staff: User
) -> None:
    channel = factories.ContactChannelFactory(body=lead_body)
    moment = {"tested_at_0": "2024-01-01", "tested_at_1": "10:00"}
    where = address("contactchannel", channel.pk)
    assert problems(send(office, where, **new("tests", **moment, remark="Nobody there"))) == {}
    test = channel.tests.get()
    assert (test.worked, test.tested_by, test.remark) == (False, staff, "Nobody there")
    assert last(process).verb == "channeltest.added"
    assert problems(send(office, where, **{"tests-0-worked": "on", "tests-0-DELETE": "on"})) == {}
    test.refresh_from_db()
    assert test.worked is False


def test_a_test_that_is_yet_to_come_is_refused(office: Client, lead_body: Body) -> None:
    channel = factories.ContactChannelFactory(body=lead_body)
    moment = {"tested_at_0": "2150-01-01", "tested_at_1": "10:00"}
    response = send(office, address("contactchannel", channel.pk), **new("tests", **moment))
    assert problems(response) == {
        "tests-0-tested_at": ["A test lies in the past: correct the moment."]
    }


def test_a_responsibility_is_entered_with_its_claims_and_parts(
    office: Client, process: Process, lead_body: Body
) -> None:
    seat = factories.SeatFactory(body=lead_body)
    response = send(
        *(office, address("responsibility")),
        process=process.pk,
        name="Reopen  Roads",
        **new("claims", body=lead_body.pk),
        **new("assignments", letter="A", seat=seat.pk),
    )
    assert problems(response) == {}
    made = process.responsibilities.get()
    assert (made.key, made.claims.get().body) == ("reopen roads", lead_body)
    assert made.assignments.get().seat == seat
    assert last(process).verb == "assignment.added"
    again = send(office, address("responsibility"), process=process.pk, name="reopen roads")
    words = "The process has a responsibility of this name already."
    assert problems(again) == {"name": [words]}


def test_a_new_name_of_a_responsibility_is_known_by_its_key(
    office: Client, process: Process
) -> None:
    roads = factories.ResponsibilityFactory(process=process)
    assert problems(send(office, address("responsibility", roads.pk), name="Clear Mines")) == {}
    roads.refresh_from_db()
    assert (roads.name, roads.key) == ("Clear Mines", "clear mines")


def test_a_part_is_given_to_a_seat_or_a_body_and_once(
    office: Client, process: Process, lead_body: Body
) -> None:
    given = factories.AssignmentFactory(responsibility__process=process, seat__body=lead_body)
    where = address("responsibility", given.responsibility_id)

    def found(**fields: Any) -> dict[str, list[str]]:
        rows = {f"assignments-1-{name}": value for name, value in fields.items()}
        return problems(send(office, where, **{"assignments-TOTAL_FORMS": 2} | rows))

    both = "Choose a seat or a body, not both."
    assert found(letter="R", seat=given.seat_id, body=lead_body.pk) == {
        "assignments-1-body": [both]
    }
    assert found(letter="R") == {"assignments-1-body": [both]}
    assert found(letter="A", seat=given.seat_id) == {"__all__": [KNOWN]}
    assert found(letter="R", body=lead_body.pk) == {}


def test_a_part_is_ended_and_stays(office: Client, process: Process, lead_body: Body) -> None:
    given = factories.AssignmentFactory(responsibility__process=process, seat__body=lead_body)
    changes = {"ended_on": "2024-01-01", "letter": "I", "DELETE": "on"}
    response = send(
        *(office, address("responsibility", given.responsibility_id)),
        **{f"assignments-0-{name}": value for name, value in changes.items()},
    )
    assert problems(response) == {}
    given.refresh_from_db()
    assert (given.letter, given.ended_on) == ("A", dt.date(2024, 1, 1))
    assert last(process).after == {"ended_on": "2024-01-01"}


@pytest.mark.parametrize("name", ["acceptance", "nomination", "successionrequest"])
def test_what_actions_write_is_read_only(name: str, office: Client, rows: dict[str, Any]) -> None:
    where = address(name, rows[name].pk)
    answers = (office.get(where).status_code, office.post(where, {}).status_code)
    assert (answers, office.get(address(name)).status_code) == ((200, 403), 403)


@pytest.mark.parametrize("name", ["body", "contactchannel", "protocol", "responsibility", "seat"])
def test_a_coordinator_of_another_process_does_not_find_the_page(
    name: str, office: Client, hidden: dict[str, Any]
) -> None:
    where = address(name, hidden[name].pk)
    assert [office.get(where).status_code, office.post(where, {}).status_code] == [404, 404]
    assert Seat.objects.filter(pk=hidden["seat"].pk).exists()
