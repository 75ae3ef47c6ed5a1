"""The page on which it is written down how a body works."""

import pytest

from accounts.models import User
from coordination.bodies.models import (
    Body,
    Protocol,
)
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    BodyFactory,
    CompositionPartFactory,
    DisputeStepFactory,
    MembershipFactory,
    ProtocolFactory,
    QuorumPartFactory,
    ReportingLineFactory,
    SeatFactory,
)

pytestmark = pytest.mark.django_db

JMC, PROTOCOL = "/p/valley/bodies/JMC/", "/p/valley/bodies/JMC/protocol/"


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


def test_a_protocol_is_written_with_its_articles_quorum_and_steps(
    process: Process, lead_body: Body, party: Party, coordinator: User
) -> None:
    seat = SeatFactory(body=lead_body, number=1, group="national")
    CompositionPartFactory(body=lead_body, group="international", counts_as="others")
    above = BodyFactory(process=process, code="PIC")
    client = browser(coordinator)
    form = fill(
        client, PROTOCOL,
        meets_times="1", meets_per="month", quorum="29", quorum_needs_chair="on",
        decision_rule="consensus_then_majority", majority="two_thirds", reports_per="quarter",
        quorum_article="Art. 7.9", quorum_wording="29 members, of whom 15 national",
    ) | {
        "quorum_parts-0-group": "national", "quorum_parts-0-minimum": "15",
        "quorum_parts-2-group": "others", "quorum_parts-2-minimum": "14",
        "dispute_steps-0-who": "The chair seeks agreement", "dispute_steps-0-to": "seat 1",
        "dispute_steps-0-within_hours": "24",
        "dispute_steps-1-who": "The council decides", "dispute_steps-1-to": "pic",
        "dispute_steps-2-who": "The party is heard", "dispute_steps-2-to": "AAA",
    }  # fmt: skip
    for _ in range(2):
        assert client.post(PROTOCOL, form)["Location"] == JMC
    protocol = Protocol.objects.get()
    assert (protocol.meets_times, protocol.meets_per, protocol.quorum) == (1, "month", 29)
    assert (protocol.majority, protocol.agenda_closes_hours) == ("two_thirds", 48)
    assert protocol.quorum_needs_chair
    assert list(protocol.quorum_parts.values_list("group", "minimum")) == [
        ("national", 15),
        ("others", 14),
    ]
    steps = protocol.dispute_steps.values_list(
        "order", "seat", "to_body", "to_party", "within_hours"
    )
    assert list(steps) == [
        (1, seat.pk, None, None, 24),
        (2, None, above.pk, None, None),
        (3, None, None, party.pk, None),
    ]
    (source,) = protocol.sources.all()
    assert (source.topic, source.article) == ("quorum", "Art. 7.9")
    assert verbs() == ["protocol.entered"]
    # Opened and saved again it is the same.
    client.post(PROTOCOL, fill(client, PROTOCOL))
    assert verbs() == ["protocol.entered"]
    assert fill(client, PROTOCOL)["dispute_steps-0-to"] == "seat 1"


def test_a_step_that_is_taken_out_lets_the_others_move_up(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    protocol = ProtocolFactory(body=lead_body)
    for n in (1, 2, 3):
        DisputeStepFactory(protocol=protocol, order=n, who=f"Step {n}")
    client = browser(coordinator)
    client.post(PROTOCOL, fill(client, PROTOCOL) | {"dispute_steps-1-who": ""})
    steps = protocol.dispute_steps.values_list("order", "who")
    assert list(steps) == [(1, "Step 1"), (2, "Step 3")]
    entry = Entry.objects.get()
    assert entry.summary == "Changed the protocol of JMC: dispute steps"
    assert len(entry.before["dispute_steps"]) == 3


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"meets_times": "2"}, "meets_times", "Say how often it meets and in which period."),
        (
            {"quorum": "5", "quorum_share": "half"},
            "quorum_share",
            "A quorum is a number or a share, not both.",
        ),
        (
            {"decision_rule": "silence"},
            "silence_hours",
            "A silence procedure says after how many hours.",
        ),
        ({"majority": "half"}, "majority", "Choose one of the list."),
        ({"agenda_closes_hours": ""}, "agenda_closes_hours", "Write a number."),
        ({"dispute_steps-0-to": "seat 9"}, "dispute_steps-0-to", "is not known here"),
        ({"dispute_steps-0-to": "JMC"}, "dispute_steps-0-who", "Say who is asked"),
        ({"quorum": "0"}, "quorum", "Write 1 or more."),
        ({"quorum": "10000"}, "quorum", "Write 9999 or less."),
        ({"silence_hours": "99999999999999999999"}, "silence_hours", "Write 9999 or less."),
        (
            {"quorum_parts-0-group": "nobody", "quorum_parts-0-minimum": "1"},
            "quorum_parts-0-group",
            "No seat and no part of the composition is of “nobody”",
        ),
        (
            {"quorum": "3", "quorum_parts-0-group": "parties", "quorum_parts-0-minimum": "4"},
            "quorum",
            "Its parts come to 4: give a quorum of that many.",
        ),
        ({"dispute_steps-0-who": "x", "dispute_steps-0-to": "1"}, "dispute_steps-0-to", "“seat 1”"),
        ({"quorum_parts-1-minimum": "0"}, "quorum_parts-1-minimum", "Write 1 or more."),
    ],
)
def test_what_a_protocol_cannot_mean_is_refused_beside_its_field(
    lead_body: Body, coordinator: User, fields: dict[str, str], field: str, words: str
) -> None:
    SeatFactory(body=lead_body, number=1, group="parties")
    client = browser(coordinator)
    page = client.post(PROTOCOL, fill(client, PROTOCOL, reporting_duty="Kept words") | fields)
    assert page.status_code == 422
    html = says(page)
    assert words in html
    assert f'id="id_{field}_error"' in html
    again = form_on(page)
    assert again["reporting_duty"] == "Kept words"
    kept = {name: value for name, value in fields.items() if value != "half" or name != "majority"}
    assert {name: again[name] for name in kept} == kept
    assert not Protocol.objects.exists()


def test_two_who_edit_a_protocol_keep_what_both_wrote(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    protocol = ProtocolFactory(body=lead_body, quorum=5)
    QuorumPartFactory(protocol=protocol, group="parties", minimum=3)
    slower = MembershipFactory(process=process, role="coordinator").user
    client, faster = browser(slower), browser(coordinator)
    form = fill(client, PROTOCOL, convened_by="The chair", quorum_article="Mine")
    theirs = fill(faster, PROTOCOL, quorum="6", quorum_article="Theirs")
    faster.post(PROTOCOL, theirs | {"quorum_parts-0-minimum": "4"})
    page = client.post(PROTOCOL, form)
    html = says(page)
    assert page.status_code == 422
    assert "Meanwhile Cora changed quorum, quorum: article and parts of the quorum." in html
    assert "Cora wrote meanwhile: “Theirs”." in html
    assert client.post(PROTOCOL, form_on(page)).status_code == 302
    protocol.refresh_from_db()
    assert (protocol.quorum, protocol.convened_by) == (6, "The chair")
    assert protocol.sources.get().article == "Mine"
    assert protocol.quorum_parts.get().minimum == 4


def test_the_protocol_names_who_gets_the_reports(
    lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    ReportingLineFactory(body=lead_body, to_body=verifying_body, kind="informs")
    html = says(browser(coordinator).get(PROTOCOL))
    assert "Reports go to: Verification Mission." in html


def test_of_two_who_add_steps_and_parts_neither_loses_theirs(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    protocol = ProtocolFactory(body=lead_body, quorum=None)
    for n in (1, 2, 3):
        DisputeStepFactory(protocol=protocol, order=n, who=f"Step {n}")
    SeatFactory(body=lead_body, group="parties")
    slower = MembershipFactory(process=process, role="coordinator").user
    client, faster = browser(slower), browser(coordinator)
    form = fill(client, PROTOCOL) | {
        "dispute_steps-0-within_hours": "12",
        "dispute_steps-3-who": "Mine",
    }
    theirs = {
        "dispute_steps-1-who": "",  # removed
        "dispute_steps-2-within_hours": "48",
        "dispute_steps-3-who": "Theirs",
        "quorum_parts-0-group": "parties",
        "quorum_parts-0-minimum": "2",
    }
    faster.post(PROTOCOL, fill(faster, PROTOCOL) | theirs)
    page = client.post(PROTOCOL, form)
    html = says(page)
    assert page.status_code == 422
    assert html.count("Added meanwhile by Cora.") == 2
    assert html.count("Changed meanwhile by Cora.") == 1
    assert client.post(PROTOCOL, form_on(page)).status_code == 302
    steps = protocol.dispute_steps.values_list("who", "within_hours")
    assert list(steps) == [("Step 1", 12), ("Step 3", 48), ("Theirs", None), ("Mine", None)]
    assert protocol.quorum_parts.get().minimum == 2


def test_what_two_typed_into_one_step_is_shown_to_the_slower(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    protocol = ProtocolFactory(body=lead_body)
    DisputeStepFactory(protocol=protocol, order=1, who="The chair", within_hours=1)
    client, faster = browser(coordinator), browser(coordinator)
    form = fill(client, PROTOCOL) | {"dispute_steps-0-within_hours": "12"}
    faster.post(PROTOCOL, fill(faster, PROTOCOL) | {"dispute_steps-0-within_hours": "48"})
    page = client.post(PROTOCOL, form)
    assert "Cora wrote meanwhile: “The chair, 48”." in says(page)
    client.post(PROTOCOL, form_on(page))
    assert protocol.dispute_steps.get().within_hours == 12


@pytest.mark.parametrize("count", [None, "", "junk", "2", "5000", "99999999999999999999", "٥"])
def test_a_table_that_did_not_arrive_whole_is_not_saved(
    lead_body: Body, coordinator: User, count: str | None
) -> None:
    protocol = ProtocolFactory(body=lead_body)
    DisputeStepFactory.create_batch(2, protocol=protocol)
    client = browser(coordinator)
    form = fill(client, PROTOCOL) | {"dispute_steps-0-who": "Another"}
    del form["dispute_steps-count"]
    page = client.post(PROTOCOL, form | ({} if count is None else {"dispute_steps-count": count}))
    assert page.status_code == 422
    assert "Steps: It did not arrive whole" in says(page)
    assert form_on(page)["dispute_steps-0-who"] == "Another"
    assert (protocol.dispute_steps.count(), Entry.objects.count()) == (2, 0)
    assert client.post(PROTOCOL, form_on(page)).status_code == 302


def test_a_table_takes_no_more_rows_than_can_be_shown(lead_body: Body, coordinator: User) -> None:
    client = browser(coordinator)
    form = fill(client, PROTOCOL) | {f"dispute_steps-{n}-who": "Step" for n in range(201)}
    page = client.post(PROTOCOL, form | {"dispute_steps-count": "201"})
    assert "Steps: It takes 200 rows and not more: leave some out." in says(page)
    assert not Protocol.objects.exists()


def test_a_step_to_a_seat_of_another_body_outlives_an_unrelated_change(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    seat = SeatFactory(body=verifying_body, number=1)
    protocol = ProtocolFactory(body=lead_body)
    step = DisputeStepFactory(protocol=protocol, order=1, seat=seat)
    client = browser(coordinator)
    form = fill(client, PROTOCOL, convened_by="The chair")
    assert form["dispute_steps-0-to"] == "VM/1"
    client.post(PROTOCOL, form)
    step.refresh_from_db()
    protocol.refresh_from_db()
    assert (step.seat, protocol.convened_by) == (seat, "The chair")


def test_a_quorum_part_that_stands_there_already_is_let_stand(
    lead_body: Body, coordinator: User
) -> None:
    protocol = ProtocolFactory(body=lead_body, quorum=1)
    QuorumPartFactory(protocol=protocol, group="gone", minimum=3)
    client = browser(coordinator)
    assert client.post(PROTOCOL, fill(client, PROTOCOL, convened_by="X")).status_code == 302
