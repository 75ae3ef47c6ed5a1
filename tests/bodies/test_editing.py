"""The pages on which a body is edited: who may, what they take, and that nobody's work is lost."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.actions.editing import change_body
from coordination.bodies.models import (
    Body,
    Seat,
)
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Process
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
    SuccessionFactory,
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


def test_a_renaming_is_corrected_or_taken_back(lead_body: Body, coordinator: User) -> None:
    client = browser(coordinator)
    both = {"name": "Third", "renamed_on": "1996-01-10", "misspelt": "on"}
    page = client.post(FACTS, fill(client, FACTS, **both))
    assert page.status_code == 422
    assert "It was either renamed or misspelt: say one of them." in says(page)
    client.post(FACTS, fill(client, FACTS, name="Third", renamed_on="1996-01-10"))
    name = f"former-{lead_body.former_names.get().pk}"
    mended = {"former-name": "Joint Commission", "former-until": "1996-01-12"}
    client.post(FACTS, fill(client, FACTS, name, **mended))
    former = lead_body.former_names.get()
    assert (former.name, former.until) == ("Joint Commission", day(12))
    client.post(FACTS, fill(client, FACTS, name, **{"former-undo": "on"}))
    lead_body.refresh_from_db()
    assert (lead_body.name, lead_body.former_names.count()) == ("Joint Commission", 0)
    assert verbs() == ["body.renamed", "body.former-name-changed", "body.renaming-undone"]


def test_a_code_in_other_letters_is_the_same_code(process: Process, coordinator: User) -> None:
    BodyFactory(process=process, code="JMC")
    client = browser(coordinator)
    page = client.post(NEW, fill(client, NEW, code="jmc", name="Another", track="military"))
    assert "jmc is another body: choose another code." in says(page)


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


def test_with_two_hundred_bodies_and_a_hundred_parties_the_pages_stay_below_50_kb(
    process: Process, lead_body: Body, coordinator: User, grow: Callable[[], None]
) -> None:
    for _ in range(12):
        grow()
    heirs = BodyFactory.create_batch(188, process=process, name="A commission for one area")
    PartyFactory.create_batch(88, process=process, name="A party of the people of one area")
    for heir in heirs[:16]:
        ReportingLineFactory(body=lead_body, to_body=heir, kind="informs")
    for heir in heirs[:20]:
        SuccessionFactory(predecessor=lead_body, successor=heir)
    assert lead_body.lines.count() == 40
    client = browser(coordinator)
    for address in (*KEPT, CONTACTS):
        with CaptureQueriesContext(connection) as captured:
            size = len(client.get(address).content)
        assert (address, size) < (address, 50_000)
        assert len(captured) < 30
