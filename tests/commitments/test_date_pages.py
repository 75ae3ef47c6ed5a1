"""The pages on which dates are kept, and what they show before anything moves."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.commitments.actions import Owed, create_commitment, move_anchor
from coordination.commitments.actions.agreed_dates import (
    enter_reading,
    extend_deadline,
    put_reading_in_force,
)
from coordination.commitments.actions.entering import change_deadline
from coordination.commitments.models import Commitment, Extension, Reading
from coordination.ledger.models import Entry
from coordination.processes.models import AnchorEvent, Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import AnchorEventFactory

pytestmark = pytest.mark.django_db

C1, C2 = "/p/valley/commitments/1/", "/p/valley/commitments/2/"
ANCHOR = "/p/valley/anchors/toa/date/"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def confirmed(page: Any) -> dict[str, str]:
    """What the button of a preview sends."""
    preview = page.context["preview"]
    return dict(preview.carried) | {"shown": preview.digest}


def due(commitment: Commitment) -> dt.date | None:
    commitment.deadline.refresh_from_db()
    return commitment.deadline.due_on


@pytest.fixture
def anchor(process: Process, coordinator: User) -> AnchorEvent:
    one = AnchorEventFactory(process=process, key="toa", name="Transfer", is_day_zero=True)
    move_anchor(actor=coordinator, anchor=one, status="planned", on=day("2030-01-10"), origin="web")
    return one


@pytest.fixture
def chain(
    process: Process, party: Party, other_party: Party, coordinator: User, anchor: AnchorEvent
) -> list[Commitment]:
    """Thirty days after the anchor, and a week after the completion of that one."""
    made: list[Commitment] = []
    for term in ({"anchor": anchor, "amount": 30}, {"amount": 1, "unit": "weeks"}):
        if made:
            term["after_commitment"] = made[0]
        made.append(
            create_commitment(
                actor=coordinator,
                process=process,
                owed=[Owed(party), Owed(other_party)],
                terms=[term],
                origin="web",
                reference="Art. 1",
                title=f"Withdraw {len(made) + 1}",
                track="military",
            )
        )
    return made


# --- Before anything moves ----------------------------------------------------------------------


def test_what_a_new_date_would_move_is_shown_first_and_leaves_no_trace(
    process: Process, chain: list[Commitment], coordinator: User
) -> None:
    client, entries = browser(coordinator), Entry.objects.count()
    form = fill(client, ANCHOR, on="2030-01-13", decided_by="The parties")
    page = client.post(ANCHOR, form)
    assert page.status_code == 200
    words = says(page)
    assert "2 due days would move" in words
    for shown in ("C-1", "Withdraw 1", "AAA", "BBB", "9 Feb 2030", "12 Feb 2030", "3 days later"):
        assert shown in words
    assert "D+30" in words and "D+37" in words
    assert Entry.objects.count() == entries
    assert [due(one) for one in chain] == [day("2030-02-09"), day("2030-02-16")]
    back = form_on(client.post(ANCHOR, dict(page.context["preview"].carried) | {"again": "form"}))
    assert {name: back[name] for name in form} == form
    for _ in range(2):
        assert client.post(ANCHOR, confirmed(page))["Location"] == "/p/valley/anchors/"
    assert "The date is recorded. 2 due days moved." in says(client.get("/p/valley/anchors/"))
    assert [due(one) for one in chain] == [day("2030-02-12"), day("2030-02-19")]
    moved = Entry.objects.filter(verb="deadline.moved", sequence__gt=entries).order_by("sequence")
    assert list(moved.values_list("object_label", flat=True)) == [str(one) for one in chain]


def test_where_other_days_would_move_meanwhile_they_are_shown_instead(
    process: Process, chain: list[Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    page = client.post(ANCHOR, fill(client, ANCHOR, on="2030-01-13"))
    change_deadline(
        actor=coordinator, commitment=chain[1], origin="web", terms=[{"on": day("2030-05-01")}]
    )
    page = client.post(ANCHOR, confirmed(page))
    assert "1 due day would move" in says(page)
    assert "what follows from it has changed since it was shown" in says(page)
    assert due(chain[0]) == day("2030-02-09")
    assert client.post(ANCHOR, confirmed(page)).status_code == 302
    assert [due(one) for one in chain] == [day("2030-02-12"), day("2030-05-01")]


def test_what_moves_nothing_is_saved_at_once(process: Process, coordinator: User) -> None:
    AnchorEventFactory(process=process, key="toa")
    client = browser(coordinator)
    assert client.post(ANCHOR, fill(client, ANCHOR, on="2030-01-13")).status_code == 302
    assert "The date is recorded. No due day moved." in says(client.get("/p/valley/anchors/"))


def test_an_hour_that_moves_on_its_day_is_shown(
    process: Process, commitment: Commitment, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C1}dates/"
    form = fill(client, address) | {"terms-0-clock": "12:00"}
    page = client.post(address, form)
    assert "same day, another hour" in says(page)
    assert client.post(address, confirmed(page)).status_code == 302
    assert fill(client, address)["terms-0-clock"] == "12:00"


# --- The terms of the agreement -----------------------------------------------------------------


def test_the_terms_of_a_deadline_are_written_anew(
    process: Process, chain: list[Commitment], coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C2}dates/"
    more = {
        "terms-1-amount": "2", "terms-1-unit": "months", "terms-1-direction": "before",
        "terms-1-base": "TRANSFER", "terms-2-purpose": "latest", "terms-2-on": "2031-01-01",
    }  # fmt: skip
    form = fill(client, address, rule="later", precision="month", wording="by spring", **more)
    cells = ("purpose", "amount", "unit", "direction", "base", "on")
    assert [form[f"terms-0-{cell}"] for cell in cells] == ["", "1", "weeks", "", "C-1", ""]
    assert client.post(address, form)["Location"] == C2  # the later one is due as before
    deadline = chain[1].deadline
    deadline.refresh_from_db()
    assert (deadline.rule, deadline.precision, deadline.wording) == ("later", "month", "by spring")
    assert [str(term) for term in deadline.terms.order_by("pk")] == [
        "1 week after C-1 Withdraw 1", "2 months before Transfer", "2031-01-01",
    ]  # fmt: skip
    entries = Entry.objects.count()
    client.post(address, fill(client, address))
    assert Entry.objects.count() == entries  # opened and saved again it is the same


def test_a_circle_is_refused_above_the_table(
    process: Process, chain: list[Commitment], coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C1}dates/"
    page = client.post(address, fill(client, address) | {"terms-1-base": "C-2"})
    assert page.status_code == 422
    assert "C-1" in page.context["form"].table_errors["terms"]
    assert form_on(page)["terms-1-base"] == "C-2"


def test_two_who_change_its_dates_lose_nothing(
    process: Process, chain: list[Commitment], coordinator: User, bob: User
) -> None:
    client, address = browser(coordinator), f"{C2}dates/"
    form = fill(client, address, wording="mine") | {"terms-1-on": "2030-09-01"}
    change_deadline(
        actor=bob, commitment=chain[1], origin="web", precision="year",
        terms=[{"after_commitment": chain[0], "amount": 2, "unit": "weeks"}],
    )  # fmt: skip
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Bob changed" in says(page)
    again = form_on(page)
    assert (again["precision"], again["wording"]) == ("year", "mine")
    assert (again["terms-0-amount"], again["terms-1-on"]) == ("2", "2030-09-01")
    assert client.post(address, again).status_code == 302
    assert [str(term) for term in chain[1].deadline.terms.all()] == [
        "2 weeks after C-1 Withdraw 1", "2030-09-01",
    ]  # fmt: skip


def test_the_second_of_two_hours_on_the_clock_stays_the_second(
    process: Process, commitment: Commitment, coordinator: User
) -> None:
    twice = dt.datetime(2030, 10, 27, 1, 30, tzinfo=dt.UTC)  # 02:30 for the second time
    term = commitment.deadline.terms.get()
    term.on, term.at = twice.date(), twice
    term.save()
    client, address = browser(coordinator), f"{C1}dates/"
    page = client.post(address, fill(client, address, wording="at half past two"))
    client.post(address, confirmed(page))
    assert commitment.deadline.terms.get().at == twice


# --- Extensions ---------------------------------------------------------------------------------


def test_an_extension_is_shown_recorded_and_withdrawn(
    process: Process, chain: list[Commitment], coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C1}extensions/new/"
    form = fill(client, address, amount="10", agreed_by="JMC", agreed_on="2020-01-01")
    page = client.post(address, form)
    assert "2 due days would move" in says(page)
    assert client.post(address, confirmed(page))["Location"] == f"{C1}dates/"
    assert [due(one) for one in chain] == [day("2030-02-19"), day("2030-02-26")]
    row = Extension.objects.get()
    assert "by 10 days" in says(client.get(f"{C1}dates/"))
    address = f"{C1}extensions/{row.pk}/withdraw/"
    page = client.post(address, fill(client, address, because="Wrong day"))
    assert "10 days earlier" in says(page)
    assert client.post(address, confirmed(page))["Location"] == f"{C1}dates/"
    assert due(chain[0]) == day("2030-02-09")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"on": "2030-02-01"}, "on", "That is earlier than 9 Feb 2030."),
        ({}, "on", "Give the new date, or the time by which it is prolonged"),
        ({"on": "2030-03-01", "agreed_on": "2190-01-01"}, "agreed_on", "after today"),
        ({"on": "2030-03-01", "agreed_by": ""}, "agreed_by", "Fill this in."),
        ({"clock": "12:00", "amount": "3"}, "clock", "A time goes with a day"),
    ],
)
def test_an_extension_that_cannot_be_is_refused_beside_its_field(
    process: Process, chain: list[Commitment], coordinator: User,
    fields: dict[str, str], field: str, words: str,
) -> None:  # fmt: skip
    client, address = browser(coordinator), f"{C1}extensions/new/"
    said = {"agreed_by": "JMC", "agreed_on": "2020-01-01"} | fields
    page = client.post(address, fill(client, address, **said))
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert words in says(page)
    assert not Extension.objects.exists()


def test_an_extension_in_view_of_another_date_is_asked_for_again(
    process: Process, chain: list[Commitment], coordinator: User, bob: User
) -> None:
    client, address = browser(coordinator), f"{C1}extensions/new/"
    form = fill(client, address, on="2030-04-01", agreed_by="JMC", agreed_on="2020-01-01")
    extend_deadline(
        actor=bob, commitment=chain[0], origin="web", on=day("2030-03-01"), agreed_by="Bob",
        agreed_on=day("2020-01-01"),
    )  # fmt: skip
    page = client.post(address, form)
    assert "Meanwhile Bob changed date" in says(page)
    page = client.post(address, form_on(page))
    assert client.post(address, confirmed(page)).status_code == 302
    assert due(chain[0]) == day("2030-04-01")


def test_one_time_of_a_rhythm_is_extended_and_another_called_off(
    process: Process, party: Party, coordinator: User
) -> None:
    create_commitment(
        actor=coordinator, process=process, owed=[Owed(party)], origin="web", kind="recurring",
        every_amount=1, every_unit="months", reference="Art. 1", title="Report", track="military",
    )  # fmt: skip
    client, address = browser(coordinator), f"{C1}extensions/new/"
    (one, *_more) = process.commitments.get().obligations.get().expected.order_by("number")
    page = client.post(address, fill(client, address, agreed_by="JMC", agreed_on="2020-01-01"))
    assert "expected" in page.context["form"].errors
    form = form_on(page) | {"expected": str(one.pk), "amount": "3"}
    assert client.post(address, confirmed(client.post(address, form))).status_code == 302
    before = one.due_on
    one.refresh_from_db()
    assert one.due_on == before + dt.timedelta(days=3)
    address = f"{C1}expected/{one.pk}/call-off/"
    assert client.post(address, fill(client, address, because="A holiday")).status_code == 302
    one.refresh_from_db()
    assert one.called_off_because == "A holiday"


# --- Readings -----------------------------------------------------------------------------------


def test_a_reading_is_recorded_put_in_force_and_withdrawn(
    process: Process, chain: list[Commitment], party: Party, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C1}readings/new/"
    form = fill(client, address, party=str(party.pk), argument="Within means after signature.")
    form |= {"terms-0-amount": "14", "terms-0-base": "Transfer"}
    assert client.post(address, form)["Location"] == f"{C1}dates/"  # it moves nothing yet
    reading = Reading.objects.get()
    assert reading.due_on == day("2030-01-24")
    address = f"{C1}readings/in-force/"
    form = fill(client, address, reading=str(reading.pk))
    assert client.post(address, form).status_code == 422
    page = client.post(address, form | {"decided_by": "The joint commission"})
    assert "16 days earlier" in says(page)
    assert client.post(address, confirmed(page)).status_code == 302
    assert due(chain[0]) == day("2030-01-24")
    address = f"{C1}readings/{reading.pk}/"
    page = client.post(address, fill(client, address) | {"terms-0-amount": "15"})
    assert client.post(address, confirmed(page)).status_code == 302
    assert due(chain[0]) == day("2030-01-25")
    address += "withdraw/"
    page = client.post(address, fill(client, address, because="It agrees now"))
    assert client.post(address, confirmed(page)).status_code == 302
    assert due(chain[0]) == day("2030-02-09")


def test_two_who_change_a_reading_lose_nothing(
    process: Process, chain: list[Commitment], party: Party, coordinator: User, bob: User
) -> None:
    said: dict[str, Any] = {"actor": bob, "commitment": chain[0], "party": party, "origin": "web"}
    reading, _moves = enter_reading(**said, terms=[{"on": day("2030-03-01")}])
    client, address = browser(coordinator), f"{C1}readings/{reading.pk}/"
    form = fill(client, address, argument="Mine") | {"terms-1-on": "2030-06-01"}
    enter_reading(**said, reading=reading, terms=[{"on": day("2030-04-01")}], source="A letter")
    page = client.post(address, form)
    assert page.status_code == 422
    again = form_on(page)
    assert (again["argument"], again["source"]) == ("Mine", "A letter")
    assert (again["terms-0-on"], again["terms-1-on"]) == ("2030-04-01", "2030-06-01")
    assert client.post(address, again).status_code == 302
    force = f"{C1}readings/in-force/"
    form = fill(client, force, reading="own", decided_by="The parties")
    put_reading_in_force(
        actor=bob, commitment=chain[0], reading=reading, decided_by="Bob", origin="web"
    )
    page = client.post(force, form)
    assert page.status_code == 422
    assert "Meanwhile Bob changed in force" in says(page)


def test_what_was_typed_about_a_reading_that_is_gone_is_shown(
    process: Process, chain: list[Commitment], party: Party, coordinator: User
) -> None:
    reading, _moves = enter_reading(
        actor=coordinator, commitment=chain[0], party=party, origin="web",
        terms=[{"on": day("2030-03-01")}],
    )  # fmt: skip
    client, address = browser(coordinator), f"{C1}readings/{reading.pk}/"
    form = fill(client, address, argument="A long argument")
    client.post(f"{address}withdraw/", fill(client, f"{address}withdraw/", because="No"))
    page = client.post(address, form)
    assert page.status_code == 409
    assert "A long argument" in says(page)
