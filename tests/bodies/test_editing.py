"""The pages on which a body is edited: who may, what they take, and that nobody's work is lost."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.actions.editing import change_body
from coordination.bodies.models import (
    Body,
    ReportingLine,
    Seat,
    Succession,
)
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    BodyFactory,
    ChannelTestFactory,
    CompositionPartFactory,
    ContactChannelFactory,
    DisputeStepFactory,
    FormerNameFactory,
    MembershipFactory,
    PartyFactory,
    ProtocolFactory,
    ProtocolSourceFactory,
    QuorumPartFactory,
    ReportingLineFactory,
    RoleTermsFactory,
    SeatFactory,
)
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NEW = "/p/valley/add/body/"
JMC = "/p/valley/bodies/JMC/"
FACTS, LINES, SEATS = f"{JMC}edit/", f"{JMC}edit/lines/", f"{JMC}edit/seats/"
ROLES, PROTOCOL, CONTACTS, WIND_UP = (
    *(f"{JMC}edit/roles/", f"{JMC}protocol/", f"{JMC}contacts/", f"{JMC}wind-up/"),
)
KEPT = (NEW, FACTS, LINES, SEATS, f"{SEATS}add/", ROLES, PROTOCOL, WIND_UP)


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


# --- Who may ------------------------------------------------------------------------------------


def test_coordinators_edit_a_body_and_who_keeps_it_its_contacts(
    lead_body: Body, coordinator: User, bob: User, alice: User, outsider: User
) -> None:
    seat = SeatFactory(body=lead_body, number=9)
    pages = [*KEPT, f"{SEATS}{seat.number}/"]
    for address in pages:
        assert browser(coordinator).get(address).status_code == 200
        for user in (bob, alice):
            client = browser(user)
            assert (client.get(address).status_code, client.post(address).status_code) == (403, 403)
    for address in [*pages, CONTACTS]:
        client = browser(outsider)
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    # The chair and the secretary keep the contacts; everybody in the process reads them.
    statuses = {
        user.name: (
            browser(user).get(CONTACTS).status_code,
            browser(user).post(CONTACTS).status_code,
        )
        for user in (coordinator, bob, alice)
    }
    assert statuses == {"Cora": (200, 422), "Bob": (200, 422), "Alice": (200, 403)}
    assert "Add a channel" not in says(browser(alice).get(CONTACTS))
    assert not Entry.objects.exists()


def test_a_body_of_another_process_is_not_found(process: Process, coordinator: User) -> None:
    elsewhere = BodyFactory(code="ELSE")
    for leaf in ("edit/", "protocol/", "contacts/", "wind-up/", "edit/seats/1/"):
        page = browser(coordinator).get(f"/p/valley/bodies/{elsewhere.code}/{leaf}")
        assert page.status_code == 404


# --- A body and its facts -----------------------------------------------------------------------


def test_a_body_is_entered_once_however_often_the_button_is_pressed(
    process: Process, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, NEW, code="JCC", name="Joint Civilian Commission", track="political")
    for _ in range(2):
        assert client.post(NEW, form)["Location"] == "/p/valley/bodies/JCC/edit/"
    assert process.bodies.get().name == "Joint Civilian Commission"
    assert verbs() == ["body.entered"]
    page = client.post(NEW, fill(client, NEW, code="JCC", name="Another", track="military"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["code"])
    assert "JCC is another body: choose another code." in says(page)
    assert form_on(page)["name"] == "Another"


def test_another_name_asks_from_which_day_and_keeps_the_former_one(
    lead_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    page = client.post(FACTS, fill(client, FACTS, name="Standing Committee", mandate="New"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["renamed_on"])
    assert "Say from which day it bears the new name." in says(page)
    form = form_on(page) | {"renamed_on": "1996-01-10"}
    assert (form["name"], form["mandate"]) == ("Standing Committee", "New")
    for _ in range(2):
        assert client.post(FACTS, form)["Location"] == JMC
    lead_body.refresh_from_db()
    assert lead_body.name_on(day(9)) == "Joint Military Commission"
    assert lead_body.name_on(day(10)) == lead_body.name == "Standing Committee"
    assert verbs() == ["body.renamed", "body.changed"]
    page = client.post(FACTS, fill(client, FACTS, name="Third", renamed_on="1996-01-10"))
    assert "It was renamed on 10 Jan 1996: choose a later day." in says(page)


def test_a_misspelt_name_is_mended_without_a_former_one(lead_body: Body, coordinator: User) -> None:
    client = browser(coordinator)
    client.post(FACTS, fill(client, FACTS, name="Joint Military Commision", misspelt="on"))
    lead_body.refresh_from_db()
    assert lead_body.name == "Joint Military Commision"
    assert not lead_body.former_names.exists()


def test_saving_a_body_without_a_change_records_nothing(lead_body: Body, coordinator: User) -> None:
    Body.objects.filter(pk=lead_body.pk).update(mandate="From a file.\nIn two lines.\n")
    client = browser(coordinator)
    assert client.post(FACTS, fill(client, FACTS)).status_code == 302
    form = fill(client, FACTS)
    form["mandate"] = form["mandate"].replace("\n", "\r\n")  # as browsers send it
    assert client.post(FACTS, form).status_code == 302
    assert not Entry.objects.exists()


def test_of_two_who_edit_a_body_the_slower_loses_nothing(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    slower = MembershipFactory(process=process, role="coordinator").user
    client = browser(slower)
    form = fill(client, FACTS, mandate="My mandate", legal_basis="Annex 1")
    change_body(
        actor=coordinator, body=lead_body, origin="web", mandate="Their mandate", authority="Wide"
    )
    page = client.post(FACTS, form)
    html = says(page)
    assert page.status_code == 422
    assert "Meanwhile Cora changed mandate and authority and scope." in html
    assert "Cora wrote meanwhile: “Their mandate”." in html
    again = form_on(page)
    assert (again["mandate"], again["authority"]) == ("My mandate", "Wide")
    assert client.post(FACTS, again).status_code == 302
    lead_body.refresh_from_db()
    assert (lead_body.mandate, lead_body.authority) == ("My mandate", "Wide")
    assert lead_body.legal_basis == "Annex 1"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_the_same_moment_one_is_asked_again(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    other = MembershipFactory(process=process, role="coordinator").user
    presses = []
    for user in (coordinator, other):
        client = browser(user)
        presses.append((client, fill(client, FACTS, mandate=f"By {user.name}")))
    pages = at_once(*(lambda c=c, f=f: c.post(FACTS, f) for c, f in presses))
    assert sorted(page.status_code for page in pages) == [302, 422]
    assert verbs() == ["body.changed"]
    assert list(verify(process)) == []


# --- Its end ------------------------------------------------------------------------------------


def test_a_body_is_wound_up_and_says_who_took_over(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    other = BodyFactory(process=process)
    client = browser(coordinator)
    form = fill(client, WIND_UP, ended_on="1996-01-20", source="Decision 4") | {
        "successors-0-body": str(verifying_body.pk),
        "successors-0-kind": "merged",
        "successors-2-body": str(other.pk),
        "successors-2-kind": "tasks",
    }
    for _ in range(2):
        assert client.post(WIND_UP, form)["Location"] == JMC
    lead_body.refresh_from_db()
    assert lead_body.ended_on == day(20)
    rows = Succession.objects.order_by("pk").values_list("successor", "kind", "on", "source")
    assert list(rows) == [
        (verifying_body.pk, "merged", day(20), "Decision 4"),
        (other.pk, "tasks", day(20), "Decision 4"),
    ]
    assert verbs() == ["body.wound-up", "succession.entered", "succession.entered"]
    again = fill(client, WIND_UP)
    assert again["successors-1-body"] == str(other.pk)
    client.post(WIND_UP, again | {"successors-1-body": "", "successors-1-kind": ""})
    assert list(Succession.objects.values_list("successor", flat=True)) == [verifying_body.pk]


def test_a_body_that_is_no_more_takes_nothing_over(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    gone = BodyFactory(process=process, code="GONE", ended_on=day(2))
    client = browser(coordinator)
    row = {"successors-1-body": str(gone.pk), "successors-1-kind": "replaced"}
    page = client.post(WIND_UP, fill(client, WIND_UP, ended_on="1996-01-20") | row)
    assert page.status_code == 422
    assert "GONE is not there on that day." in says(page)
    assert 'id="id_successors-1-body_error"' in says(page)
    assert form_on(page)["successors-1-body"] == str(gone.pk)
    lead_body.refresh_from_db()
    assert lead_body.ended_on is None
    page = client.post(WIND_UP, fill(client, WIND_UP))
    assert list(page.context["form"].errors) == ["ended_on"]


# --- Lines --------------------------------------------------------------------------------------


def line(client: Any, **fields: str) -> dict[str, str]:
    return fill(client, LINES, "line", **{f"line-{key}": value for key, value in fields.items()})


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ({"to": "vm"}, "VM"),
        ({"to": "AAA"}, "AAA"),
        ({"to": "party TWICE"}, "party TWICE"),
        ({"to": "Body twice"}, "body TWICE"),
        ({"to_name": "The guarantors"}, "The guarantors"),
    ],
)
def test_a_line_leads_to_a_body_a_party_or_somebody_else(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    party: Party,
    coordinator: User,
    typed: dict[str, str],
    leads_to: str,
) -> None:
    named = {"VM": verifying_body, "AAA": party}
    named["body TWICE"] = BodyFactory(process=process, code="TWICE")  # type: ignore[assignment]
    named["party TWICE"] = PartyFactory(process=process, code="TWICE")
    client = browser(coordinator)
    form = line(client, kind="informs", source="Art. 4", started_on="1996-01-03", **typed)
    for _ in range(2):
        assert client.post(LINES, form)["Location"] == LINES
    row = ReportingLine.objects.get()
    assert (row.target or row.to_name) == named.get(leads_to, leads_to)
    assert (row.kind, row.source, row.started_on) == ("informs", "Art. 4", day(3))
    assert verbs() == ["line.entered"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Say to whom: a body, a party or somebody else, and only one of them."),
        ({"to": "VM", "to_name": "Somebody"}, "Say to whom: a body, a party or somebody else"),
        ({"to": "NOBODY"}, "“NOBODY” is not known here: write one of the codes of the list."),
        ({"to": "TWICE"}, "“TWICE” can be several: write “body TWICE” or “party TWICE”."),
        ({"to": "JMC"}, "A body does not report to itself."),
        ({"to": "BELOW"}, "BELOW itself reports to JMC, directly or through others."),
        ({"to": "ABOVE"}, "This line is there already."),
    ],
)
def test_a_line_that_leads_nowhere_or_back_is_refused_beside_its_field(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    coordinator: User,
    typed: dict[str, str],
    words: str,
) -> None:
    BodyFactory(process=process, code="TWICE")
    PartyFactory(process=process, code="TWICE")
    between = BodyFactory(process=process)
    ReportingLineFactory(body=between, to_body=lead_body)
    ReportingLineFactory(body=BodyFactory(process=process, code="BELOW"), to_body=between)
    ReportingLineFactory(body=lead_body, to_body=BodyFactory(process=process, code="ABOVE"))
    client = browser(coordinator)
    page = client.post(LINES, line(client, kind="reports_to", **typed))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["to"])
    assert words in says(page).replace("&quot;", '"')
    assert form_on(page, "line")["line-to"] == typed.get("to", "")
    assert ReportingLine.objects.count() == 3


def test_a_line_is_ended_and_may_be_drawn_again(
    lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    row = ReportingLineFactory(body=lead_body, to_body=verifying_body)
    client, name = browser(coordinator), f"end-{row.pk}"
    end = fill(client, LINES, name, **{f"{name}-ended_on": "1996-01-09"})
    for _ in range(2):
        assert client.post(LINES, end).status_code == 302
    row.refresh_from_db()
    assert row.ended_on == day(9)
    client.post(LINES, line(client, to="VM", started_on="1996-01-12"))
    assert lead_body.lines.count() == 2
    assert verbs() == ["line.ended", "line.entered"]


# --- Queries and size ---------------------------------------------------------------------------


@pytest.fixture
def grow(process: Process, lead_body: Body, coordinator: User) -> Callable[[], None]:
    """One more of everything that the pages show."""
    protocol = ProtocolFactory(body=lead_body)
    roles = iter(Seat.Role.values)

    def add() -> None:
        party = PartyFactory(process=process, name="A party with a name of usual length")
        body = BodyFactory(process=process, name="A body with a name of usual length")
        ReportingLineFactory(body=lead_body, to_body=body)
        ReportingLineFactory(body=lead_body, to_body=None, to_party=party, kind="informs")
        CompositionPartFactory(body=lead_body)
        QuorumPartFactory(protocol=protocol)
        seat = SeatFactory(body=lead_body, party=party)
        order = protocol.dispute_steps.count() + 1
        DisputeStepFactory(protocol=protocol, order=order, seat=seat)
        channel = ContactChannelFactory(body=lead_body)
        ChannelTestFactory.create_batch(3, channel=channel, tested_by=coordinator)
        until = dt.date(1990, 1, 1) + dt.timedelta(days=order)
        FormerNameFactory(body=lead_body, until=until)
        RoleTermsFactory(body=lead_body, role=next(roles))

    ProtocolSourceFactory(protocol=protocol)
    return add


def test_the_pages_take_as_many_queries_for_many_rows_as_for_few(
    lead_body: Body, coordinator: User, grow: Callable[[], None]
) -> None:
    client = browser(coordinator)

    def counted() -> list[int]:
        counts = []
        for address in (*KEPT, CONTACTS):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            counts.append(len(captured))
        return counts

    grow()
    grow()
    before = counted()
    for _ in range(4):
        grow()
    assert counted() == before


def test_with_forty_parties_and_bodies_the_pages_stay_below_50_kb(
    process: Process, lead_body: Body, coordinator: User, grow: Callable[[], None]
) -> None:
    for _ in range(10):
        grow()
    PartyFactory.create_batch(30, process=process, name="A party with a name of usual length")
    BodyFactory.create_batch(30, process=process, name="A body with a name of usual length")
    client = browser(coordinator)
    for address in (*KEPT, CONTACTS):
        assert len(client.get(address).content) < 50_000, address
