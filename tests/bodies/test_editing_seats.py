"""The pages on which the composition, the seats and the roles of a body are edited."""

import datetime as dt

import pytest

from accounts.models import User
from coordination.bodies.models import (
    Body,
    RoleTerms,
)
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    CompositionPartFactory,
    MembershipFactory,
    RoleTermsFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db

SEATS, ROLES = "/p/valley/bodies/JMC/edit/seats/", "/p/valley/bodies/JMC/edit/roles/"


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


def test_a_composition_is_written_as_a_table_and_a_row_that_is_emptied_goes(
    lead_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    rows = [("parties", "10", ""), ("others", "13", "international")]
    form = fill(client, SEATS)
    for n, (group, seats, counts_as) in enumerate(rows):
        form |= {f"parts-{n}-group": group, f"parts-{n}-seats": seats}
        form[f"parts-{n}-counts_as"] = counts_as
    for _ in range(2):
        assert client.post(SEATS, form)["Location"] == SEATS
    parts = lead_body.composition_parts
    assert list(parts.values_list("group", "seats", "counts_as")) == [
        ("parties", 10, ""),
        ("others", 13, "international"),
    ]
    again = fill(client, SEATS) | {"parts-0-group": "", "parts-0-seats": ""}
    client.post(SEATS, again)
    assert list(parts.values_list("group", flat=True)) == ["others"]
    assert verbs() == ["body.composed", "body.composed"]
    assert Entry.objects.first().after["parts"][0]["group"] == "others"  # type: ignore[union-attr]


def test_a_wrong_cell_is_marked_and_the_other_rows_are_kept(
    lead_body: Body, coordinator: User
) -> None:
    CompositionPartFactory(body=lead_body, group="parties", seats=10)
    client = browser(coordinator)
    page = client.post(SEATS, fill(client, SEATS) | {"parts-2-seats": "4", "parts-1-group": "x"})
    html = says(page)
    assert page.status_code == 422
    assert "Groups of seats, row 2, Seats: Write a number." in html
    assert 'id="id_parts-1-seats_error"' in html and 'id="id_parts-2-group_error"' in html
    again = form_on(page)
    assert (again["parts-0-group"], again["parts-2-seats"]) == ("parties", "4")
    twice = {"parts-1-group": "parties", "parts-1-seats": "2"}
    page = client.post(SEATS, fill(client, SEATS) | twice)
    assert "“parties” stands in two rows." in says(page)
    assert lead_body.composition_parts.count() == 1


def test_two_who_edit_a_composition_are_told_of_each_other(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    CompositionPartFactory(body=lead_body, group="parties", seats=10)
    slower = MembershipFactory(process=process, role="coordinator").user
    client = browser(slower)
    form = fill(client, SEATS) | {"parts-0-seats": "12"}
    faster = browser(coordinator)
    faster.post(SEATS, fill(faster, SEATS) | {"parts-0-seats": "11"})
    page = client.post(SEATS, form)
    assert page.status_code == 422
    assert "Meanwhile Cora changed groups of seats." in says(page)
    assert client.post(SEATS, form_on(page)).status_code == 302
    assert lead_body.composition_parts.get().seats == 12


def test_a_seat_is_added_changed_and_abolished(
    lead_body: Body, party: Party, coordinator: User
) -> None:
    client, add = browser(coordinator), f"{SEATS}add/"
    SeatFactory(body=lead_body, number=6)
    form = fill(client, add, role="member", party=str(party.pk), group="parties", vote="voting")
    assert form["number"] == "7"
    for _ in range(2):
        assert client.post(add, form)["Location"] == SEATS
    seat = lead_body.seats.get(number=7)
    assert (seat.party, seat.group) == (party, "parties")
    page = client.post(add, fill(client, add, number="6"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["number"])
    address = f"{SEATS}7/"
    client.post(address, fill(client, address, "seat", title="Head of delegation", number="8"))
    seat.refresh_from_db()
    assert (seat.number, seat.title) == (8, "Head of delegation")
    address = f"{SEATS}8/"
    term = TermFactory(seat=seat, starts_on=day(2))
    end = fill(client, address, "end", **{"end-ended_on": "1996-01-20"})
    page = client.post(address, end)
    assert page.status_code == 422
    assert f"{term.holder} holds it then: end that term first." in says(page)
    term.ends_on = day(19)
    term.save()
    assert client.post(address, form_on(page, "end")).status_code == 302
    seat.refresh_from_db()
    assert seat.ended_on == day(20)
    assert verbs() == ["seat.entered", "seat.changed", "seat.abolished"]


def test_a_role_is_described_once_and_changed(lead_body: Body, coordinator: User) -> None:
    client = browser(coordinator)

    def role(**fields: str) -> dict[str, str]:
        return fill(client, ROLES, "role", **{f"role-{k}": v for k, v in fields.items()})

    form = role(role="chair", authority="Convenes the body.", source="Art. 2")
    for _ in range(2):
        assert client.post(ROLES, form)["Location"] == ROLES
    terms = RoleTerms.objects.get()
    page = client.post(ROLES, role(role="chair", authority="Again"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["role"])
    name = f"role-{terms.pk}"
    client.post(ROLES, fill(client, ROLES, name, **{f"{name}-scope": "In the field"}))
    terms.refresh_from_db()
    assert (terms.authority, terms.scope) == ("Convenes the body.", "In the field")
    assert verbs() == ["role.described", "role.changed"]


def test_a_role_is_removed_and_what_is_typed_about_it_meanwhile_is_shown(
    lead_body: Body, coordinator: User
) -> None:
    terms = RoleTermsFactory(body=lead_body, role="chair")
    client, name = browser(coordinator), f"role-{terms.pk}"
    typed = fill(client, ROLES, name, **{f"{name}-authority": "A long text"})
    removal = fill(client, ROLES, f"remove-{terms.pk}")
    assert client.post(ROLES, removal)["Location"] == ROLES
    assert not RoleTerms.objects.exists()
    assert verbs() == ["role.removed"]
    page = client.post(ROLES, typed)
    assert page.status_code == 409
    assert "A long text" in says(page)


def test_a_seat_is_of_a_number_and_stays_with_its_holder(
    process: Process, lead_body: Body, party: Party, other_party: Party, coordinator: User
) -> None:
    client, add = browser(coordinator), f"{SEATS}add/"
    for number in ("0", "10000", "99999999999999999999"):
        page = client.post(add, fill(client, add, number=number))
        assert (page.status_code, list(page.context["form"].errors)) == (422, ["number"])
    seat = SeatFactory(body=lead_body, number=1, party=party)
    TermFactory(seat=seat, starts_on=day(2))
    address = f"{SEATS}1/"
    page = client.post(address, fill(client, address, "seat", started_on="1996-01-20"))
    assert page.status_code == 422
    seat.refresh_from_db()
    assert (seat.party, seat.started_on) == (party, None)


def test_a_seat_that_was_abolished_by_mistake_goes_on(lead_body: Body, coordinator: User) -> None:
    seat = SeatFactory(body=lead_body, number=1)
    client, address = browser(coordinator), f"{SEATS}1/"
    for ended_on in ("1996-01-20", "1996-01-21", ""):
        client.post(address, fill(client, address, "end", **{"end-ended_on": ended_on}))
    seat.refresh_from_db()
    assert seat.ended_on is None
    assert verbs() == ["seat.abolished", "seat.abolished", "seat.continued"]


def test_a_part_added_meanwhile_is_kept_with_those_that_are_typed(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    client, faster = browser(coordinator), browser(coordinator)
    form = fill(client, SEATS) | {"parts-0-group": "mine", "parts-0-seats": "2"}
    faster.post(SEATS, fill(faster, SEATS) | {"parts-0-group": "theirs", "parts-0-seats": "3"})
    page = client.post(SEATS, form)
    assert "Added meanwhile by Cora." in says(page)
    client.post(SEATS, form_on(page))
    groups = lead_body.composition_parts.values_list("group", "seats")
    assert list(groups) == [("theirs", 3), ("mine", 2)]


def test_a_field_that_nobody_sees_says_why_it_was_refused(
    lead_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    page = client.post(SEATS, fill(client, SEATS) | {"seen": "a\x00b"})
    assert page.status_code == 422
    assert "<li>Null characters are not allowed.</li>" in says(page)
