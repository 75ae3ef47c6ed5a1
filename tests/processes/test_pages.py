"""The pages of parties and anchor events: who reads and edits them, and what they keep."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.actions import change_party, record_anchor_date
from coordination.processes.models import Affiliation, Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    AffiliationFactory,
    AnchorDateFactory,
    AnchorEventFactory,
    BodyFactory,
    CommitmentFactory,
    DeadlineTermFactory,
    MembershipFactory,
    ObligationFactory,
    PartyFactory,
    SeatFactory,
    SuccessionRequestFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db

PARTIES, ANCHORS = "/p/valley/parties/", "/p/valley/anchors/"
NEW_PARTY, NEW_ANCHOR = "/p/valley/add/party/", "/p/valley/add/anchor/"


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


# --- Reading ------------------------------------------------------------------------------------


def test_parties_stand_in_groups_by_their_part_and_former_ones_apart(
    process: Process, party: Party, guarantor: Party, carol: User
) -> None:
    left = PartyFactory(process=process, code="OLD", left_on=day(5))
    late = PartyFactory(process=process, code="NEW", joined_on=dt.date(2190, 1, 1))
    AffiliationFactory(party=party, other=guarantor)
    PartyFactory(code="ELSE")
    page = browser(carol).get(PARTIES)
    groups = {str(title): rows for title, rows in page.context["groups"] if rows}
    assert groups == {"Conflict parties": [party], "Allies and guarantors": [guarantor]}
    assert (page.context["former"], page.context["coming"]) == ([left], [late])
    html = says(page)
    assert 'is part of <span class="pt" title="Concordia">CCC</span>' in html
    assert "ELSE" not in html
    assert "Add a party" not in html


def test_parties_are_shown_as_of_another_day(process: Process, party: Party, carol: User) -> None:
    left = PartyFactory(process=process, code="OLD", left_on=day(5))
    page = browser(carol).get(PARTIES + "?as_of=1996-01-05")
    assert dict(page.context["groups"])["Conflict parties"] == [party, left]
    page = browser(carol).get(PARTIES + "?as_of=1996-01-06")
    assert dict(page.context["groups"])["Conflict parties"] == [party]
    assert browser(carol).get(PARTIES + "?as_of=nonsense").status_code == 200


def test_a_party_shows_its_seats_people_affiliations_and_what_it_owes(
    process: Process, party: Party, obligation: Obligation, alice: User, carol: User
) -> None:
    body = BodyFactory(process=process, name="Joint Commission")
    term = TermFactory(seat=SeatFactory(body=body, party=party, number=3))
    vacant = SeatFactory(body=body, party=party, number=4)
    SuccessionRequestFactory(seat=vacant, party=party)
    SuccessionRequestFactory(seat=term.seat, party=party)
    whole = PartyFactory(process=process, name="The Union")
    AffiliationFactory(party=party, other=whole, started_on=day(4), source="Art. 9")
    part = PartyFactory(process=process, name="The Province")
    AffiliationFactory(party=part, other=party, ended_on=day(9))
    page = browser(carol).get(f"{PARTIES}{party.pk}/")
    assert [seat.number for seat in page.context["seats"]] == [3, 4]
    assert [one.user for one in page.context["people"]] == [alice]
    assert [one.seat for one in page.context["requests"]] == [vacant]
    html = says(page)
    assert term.holder.name in html
    assert '<a href="/p/valley/commitments/?owes=AAA">1 commitment</a>' in html
    assert "The Union" in html and "Art. 9" in html
    assert "The Province" in html and "until" in html
    assert "Edit the party" not in html


def test_a_code_with_a_slash_is_no_obstacle(process: Process, carol: User) -> None:
    party = PartyFactory(process=process, code="SPLM/A-IO")
    html = says(browser(carol).get(f"{PARTIES}{party.pk}/"))
    assert "SPLM/A-IO" in html


def test_an_anchor_shows_every_date_that_it_was_given_and_what_counts_from_it(
    process: Process, coordinator: User, carol: User
) -> None:
    anchor = AnchorEventFactory(process=process, key="toa", name="Transfer", is_day_zero=True)
    for status, n, who in (("planned", 10, "The parties"), ("rescheduled", 14, "The mediator")):
        record_anchor_date(
            actor=coordinator,
            anchor=anchor,
            status=status,
            on=day(n),
            origin="web",
            decided_by=who,
            decided_on=day(n - 5),
        )
    for _ in range(2):
        commitment = CommitmentFactory(process=process)
        DeadlineTermFactory(
            deadline=commitment.deadline, on=None, anchor=anchor, amount=3, unit="days"
        )
    html = says(browser(carol).get(ANCHORS))
    assert "2 deadlines count from it" in html
    for words in ("The parties", "The mediator", "10 Jan 1996", "14 Jan 1996", "5 Jan 1996"):
        assert words in html
    assert html.count("in force") == 1
    assert "D−4" in html and "D+0" in html
    assert "Give it a date" not in html


# --- Who may ------------------------------------------------------------------------------------


def test_only_coordinators_edit_and_to_outsiders_nothing_exists(
    process: Process, party: Party, alice: User, outsider: User, coordinator: User
) -> None:
    AnchorEventFactory(process=process, key="toa")
    edits = [
        *(NEW_PARTY, NEW_ANCHOR, f"{PARTIES}{party.pk}/edit/"),
        *(f"{ANCHORS}toa/edit/", f"{ANCHORS}toa/date/"),
    ]
    reads = [PARTIES, ANCHORS, f"{PARTIES}{party.pk}/"]
    inside, outside, keeper = browser(alice), browser(outsider), browser(coordinator)
    for address in edits:
        assert (inside.get(address).status_code, inside.post(address).status_code) == (403, 403)
        assert keeper.get(address).status_code == 200
    for address in [*edits, *reads]:
        assert outside.get(address).status_code == 404
        assert outside.post(address).status_code in (404, 405)
    for address in reads:
        assert inside.get(address).status_code == 200
    assert Entry.objects.filter(process=process).count() == 0


def test_a_party_of_another_process_is_not_found(process: Process, coordinator: User) -> None:
    elsewhere = PartyFactory()
    client = browser(coordinator)
    for leaf in ("", "edit/"):
        assert client.get(f"{PARTIES}{elsewhere.pk}/{leaf}").status_code == 404


# --- Entering -----------------------------------------------------------------------------------


def a_party(client: object, **fields: str) -> dict[str, str]:
    given = {"code": "NATO", "name": "The Alliance", "kind": "regional", "part": "ally"} | fields
    return fill(client, NEW_PARTY, **given)  # type: ignore[arg-type]


def test_a_party_is_entered_once_however_often_the_button_is_pressed(
    process: Process, coordinator: User
) -> None:
    client = browser(coordinator)
    form = a_party(client, joined_on="1996-01-04", signatory="on")
    first, second = client.post(NEW_PARTY, form), client.post(NEW_PARTY, form)
    party = process.parties.get()
    assert (party.name, party.joined_on, party.signatory) == ("The Alliance", day(4), True)
    assert first["Location"] == second["Location"] == f"{PARTIES}{party.pk}/"
    entry = Entry.objects.get(process=process)
    assert (entry.verb, entry.actor, entry.after["code"]) == ("party.entered", coordinator, "NATO")
    assert "This form was sent twice and counted once." in says(client.get(PARTIES))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "nato"}, "Use capitals and digits."),
        ({"code": ""}, "Fill this in."),
        ({"code": "AAA"}, "AAA is another party: choose another code."),
        ({"kind": ""}, "Choose one."),
        ({"left_on": "1996-01-01", "joined_on": "1996-01-02"}, "A party leaves after it joined."),
        ({"joined_on": "0096-01-02"}, "Write a year from 1800 to 2199."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    process: Process, party: Party, coordinator: User, fields: dict[str, str], words: str
) -> None:
    client = browser(coordinator)
    page = client.post(NEW_PARTY, a_party(client, **fields))
    assert page.status_code == 422
    (field,) = page.context["form"].errors
    assert field == next(iter(fields))
    html = says(page)
    assert words in html
    assert f'id="id_{field}_error"' in html
    again = form_on(page)
    assert {"name": "The Alliance"} | fields == {
        name: again[name] for name in {"name": "", **fields}
    }
    assert list(process.parties.all()) == [party]


# --- Changing -----------------------------------------------------------------------------------


def test_a_party_is_changed_and_the_ledger_says_from_what_to_what(
    party: Party, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{PARTIES}{party.pk}/edit/"
    form = fill(client, address, "facts", **{"facts-name": "New Avaria", "facts-code": "AVA"})
    assert client.post(address, form)["Location"] == f"{PARTIES}{party.pk}/"
    party.refresh_from_db()
    assert (party.code, party.name) == ("AVA", "New Avaria")
    entry = Entry.objects.get()
    assert (entry.before, entry.after) == (
        {"code": "AAA", "name": "Avaria"},
        {"code": "AVA", "name": "New Avaria"},
    )
    assert entry.summary == "Changed the party AAA: code and name"
    assert list(verify(party.process)) == []


def test_saving_without_a_change_records_nothing(party: Party, coordinator: User) -> None:
    client, address = browser(coordinator), f"{PARTIES}{party.pk}/edit/"
    assert client.post(address, fill(client, address, "facts")).status_code == 302
    assert not Entry.objects.exists()


def test_who_was_slower_is_told_what_changed_and_by_whom_and_saves_with_a_second_press(
    process: Process, party: Party, coordinator: User
) -> None:
    slower = MembershipFactory(process=process, user__name="Sven", role="coordinator").user
    client, address = browser(slower), f"{PARTIES}{party.pk}/edit/"
    form = fill(client, address, "facts", **{"facts-name": "Mine", "facts-signatory": "on"})
    change_party(
        actor=coordinator,
        party=party,
        origin="web",
        name="Theirs",
        kind="entity",
        joined_on=day(8),
    )
    page = client.post(address, form)
    assert page.status_code == 422
    html = says(page)
    assert "Meanwhile Cora changed name, kind and joined." in html
    assert "Cora wrote meanwhile: “Theirs”." in html
    party.refresh_from_db()
    assert (party.name, party.signatory) == ("Theirs", False)
    again = form_on(page, "facts")
    assert (again["facts-name"], again["facts-signatory"]) == ("Mine", "on")
    # What was not touched is taken over, so that the second press undoes nobody's work.
    assert (again["facts-kind"], again["facts-joined_on"]) == ("entity", "1996-01-08")
    assert client.post(address, again).status_code == 302
    party.refresh_from_db()
    assert (party.name, party.kind, party.signatory) == ("Mine", "entity", True)
    assert party.joined_on == day(8)


def test_two_who_write_the_same_do_not_disturb_each_other(party: Party, coordinator: User) -> None:
    client, address = browser(coordinator), f"{PARTIES}{party.pk}/edit/"
    form = fill(client, address, "facts", **{"facts-name": "The same"})
    change_party(actor=None, party=party, origin="web", name="The same")
    assert client.post(address, form).status_code == 302
    assert Entry.objects.count() == 1


# --- Part of another, or acting for it ----------------------------------------------------------


def test_an_affiliation_is_recorded_once_and_ended(
    party: Party, guarantor: Party, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{PARTIES}{party.pk}/edit/"
    form = fill(
        client,
        address,
        "tie",
        **{"tie-other": str(guarantor.pk), "tie-kind": "acts_for", "tie-source": "A letter"},
    )
    for _ in range(2):
        assert client.post(address, form)["Location"] == address
    tie = Affiliation.objects.get()
    assert (tie.party, tie.kind, tie.other, tie.source) == (
        *(party, "acts_for", guarantor, "A letter"),
    )
    end = fill(client, address, f"row-{tie.pk}", **{f"row-{tie.pk}-ended_on": "1996-01-09"})
    assert client.post(address, end).status_code == 302
    tie.refresh_from_db()
    assert tie.ended_on == day(9)
    verbs = Entry.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["affiliation.entered", "affiliation.ended"]


def test_an_end_before_the_start_is_refused_beside_its_day(
    party: Party, guarantor: Party, coordinator: User
) -> None:
    tie = AffiliationFactory(party=party, other=guarantor, started_on=day(10))
    client, address = browser(coordinator), f"{PARTIES}{party.pk}/edit/"
    end = fill(client, address, f"row-{tie.pk}", **{f"row-{tie.pk}-ended_on": "1996-01-09"})
    page = client.post(address, end)
    assert page.status_code == 422
    assert "It cannot end before it starts." in says(page)
    assert 'value="1996-01-09"' in says(page)


# --- Queries and size ---------------------------------------------------------------------------


@pytest.fixture
def grow(process: Process, party: Party, coordinator: User) -> Callable[[], None]:
    """One more of everything that the pages show."""

    def add() -> None:
        other = PartyFactory(
            process=process, name="A party with a name of usual length", part="ally"
        )
        AffiliationFactory(party=party, other=other)
        AffiliationFactory(party=PartyFactory(process=process, left_on=day(3)), other=party)
        seat = SeatFactory(body__process=process, party=party)
        TermFactory(seat=seat, alternate=coordinator)
        TermFactory(seat=seat, ends_on=day(1), starts_on=day(1))
        SuccessionRequestFactory(seat=SeatFactory(body__process=process, party=party), party=party)
        MembershipFactory(process=process, party=party, role="delegate")
        ObligationFactory(party=party, commitment=CommitmentFactory(process=process))
        anchor = AnchorEventFactory(process=process)
        AnchorDateFactory.create_batch(2, anchor=anchor)

    return add


def test_the_pages_take_as_many_queries_for_many_rows_as_for_few(
    process: Process, party: Party, coordinator: User, grow: Callable[[], None]
) -> None:
    client = browser(coordinator)
    pages = [PARTIES, f"{PARTIES}{party.pk}/", f"{PARTIES}{party.pk}/edit/", ANCHORS]

    def counted() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            counts.append(len(captured))
        return counts

    grow()
    grow()
    before = counted()
    for _ in range(4):
        grow()
    assert counted() == before


def test_with_forty_parties_the_pages_stay_below_50_kb(
    process: Process, party: Party, coordinator: User, grow: Callable[[], None]
) -> None:
    for _ in range(20):
        grow()
    client = browser(coordinator)
    for page in (PARTIES, f"{PARTIES}{party.pk}/", f"{PARTIES}{party.pk}/edit/", ANCHORS):
        assert len(client.get(page).content) < 50_000, page
