"""The pages about bodies: what stands on them, on which day, and who may change what."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Acceptance, Body, Responsibility
from coordination.bodies.queries import letters_today
from coordination.processes.models import Process
from tests import factories

pytestmark = pytest.mark.django_db

BODY = "/p/valley/bodies/JMC/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    """What a reader sees: without tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def office(coordinator: User) -> Client:
    return signed_in(coordinator)


@pytest.fixture
def row(process: Process, lead_body: Body, bob: User) -> Responsibility:
    """Bob's seat is accountable for it; a second seat has nobody."""
    made = factories.ResponsibilityFactory(process=process, name="Reopen roads")
    factories.ClaimFactory(responsibility=made, body=lead_body)
    factories.AssignmentFactory(responsibility=made, seat=lead_body.seats.get())
    factories.SeatFactory(body=lead_body, number=9000)
    return made


def sent(row: Responsibility, body: Body, **letters: str) -> dict[str, str]:
    """A row's form as the page sends it: each cell with what it showed; `seat_9000="R"` changes."""
    now = letters_today(row)
    data = {}
    for seat in body.seats.all():
        name = f"seat-{seat.pk}"
        data[f"was-{name}"] = now.get(name, "")
        data[name] = letters.get(f"seat_{seat.number}", now.get(name, ""))
    return data


def test_a_row_is_saved_without_script(
    office: Client, row: Responsibility, lead_body: Body
) -> None:
    form = office.get(BODY, {"edit": row.pk})
    assert f'action="{BODY}responsibilities/{row.pk}/"' in form.content.decode()
    data = sent(row, lead_body, seat_9000="R")
    response = office.post(f"{BODY}responsibilities/{row.pk}/", data)
    assert response.headers["Location"] == f"{BODY}#r{row.pk}"
    seat = lead_body.seats.get(number=9000)
    assert letters_today(row)[f"seat-{seat.pk}"] == "R"


def test_who_was_slower_keeps_what_was_chosen_and_sees_what_it_is_now(
    office: Client, row: Responsibility, lead_body: Body, bob: User
) -> None:
    seat = lead_body.seats.get(number=9000)
    mine = sent(row, lead_body, seat_9000="R")
    signed_in(bob).post(f"{BODY}responsibilities/{row.pk}/", sent(row, lead_body, seat_9000="C"))
    response = office.post(f"{BODY}responsibilities/{row.pk}/", mine)
    assert response.status_code == 409
    page = response.content.decode()
    assert "Changed by somebody else meanwhile" in page
    assert f'name="was-seat-{seat.pk}" value="C"' in page
    assert '<option value="R" selected>' in page
    assert letters_today(row)[f"seat-{seat.pk}"] == "C"
    again = mine | {f"was-seat-{seat.pk}": "C"}
    assert office.post(f"{BODY}responsibilities/{row.pk}/", again).status_code == 302
    assert letters_today(row)[f"seat-{seat.pk}"] == "R"


def test_a_cell_saved_by_itself_brings_back_its_row(
    office: Client, row: Responsibility, lead_body: Body
) -> None:
    name = f"seat-{lead_body.seats.get(number=9000).pk}"
    columns = {"columns": ",".join(f"seat-{seat.pk}" for seat in lead_body.seats.all())}
    response = office.post(
        f"{BODY}responsibilities/{row.pk}/",
        columns | {name: "A", f"was-{name}": ""},
        headers={"X-Row": "only"},
    )
    assert response.status_code == 200
    page = response.content.decode()
    assert page.startswith(f'<tr id="r{row.pk}"')
    assert "Two accountable" in page
    response = office.post(
        f"{BODY}responsibilities/{row.pk}/",
        columns | {name: "C", f"was-{name}": ""},
        headers={"X-Row": "only"},
    )
    assert response.status_code == 409
    assert response.content.decode().count('<span class="ra A">A</span>') == 2


def test_who_keeps_a_body_gives_parts_to_its_seats_and_to_no_others(
    row: Responsibility, lead_body: Body, verifying_body: Body, bob: User, alice: User
) -> None:
    address = f"{BODY}responsibilities/{row.pk}/"
    other = factories.SeatFactory(body=verifying_body)
    own = sent(row, lead_body, seat_9000="R")
    foreign = {f"seat-{other.pk}": "R", f"was-seat-{other.pk}": ""}
    assert signed_in(alice).post(address, own).status_code == 403
    assert signed_in(bob).post(address, own | foreign).status_code == 403
    assert len(letters_today(row)) == 1
    assert signed_in(bob).post(address, own).status_code == 302
    assert len(letters_today(row)) == 2


def test_a_coordinator_gives_another_body_a_part(
    office: Client, row: Responsibility, lead_body: Body, verifying_body: Body
) -> None:
    data = sent(row, lead_body) | {"holder": "vm", "letters": "I"}
    office.post(f"{BODY}responsibilities/{row.pk}/", data)
    assert letters_today(row)[f"body-{verifying_body.pk}"] == "I"
    assert "Verification Mission as a whole" in office.get(BODY).content.decode()


def test_a_responsibility_is_added_and_opened_for_its_parts(
    office: Client, process: Process, lead_body: Body
) -> None:
    response = office.post(f"{BODY}responsibilities/", {"name": "Mark minefields"})
    made = process.responsibilities.get()
    assert response.headers["Location"] == f"{BODY}?edit={made.pk}#r{made.pk}"
    response = office.post(f"{BODY}responsibilities/", {"name": "mark  Minefields"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "“Mark minefields” is entered already." in page
    assert 'value="mark  Minefields"' in page
    long = office.post(f"{BODY}responsibilities/", {"name": "x" * 161})
    assert "at most 160 characters" in long.content.decode()


def test_what_is_missing_stands_in_the_row(office: Client, row: Responsibility, bob: User) -> None:
    assert "Nobody responsible" in text_of(office.get(BODY))
    bob.terms.update(ends_on=dt.date(2020, 6, 30))
    page = text_of(office.get(BODY))
    assert "Accountable seat vacant" in page
    assert "Vacant since 1 Jul 2020" in page


def test_any_past_day_can_be_shown_and_nothing_changed_there(
    office: Client, row: Responsibility, lead_body: Body, bob: User
) -> None:
    row.assignments.update(started_on=dt.date(2024, 1, 1))
    bob.terms.update(starts_on=dt.date(2024, 1, 1))
    factories.FormerNameFactory(
        body=lead_body, name="Military Committee", until=dt.date(2025, 1, 1)
    )
    page = text_of(office.get(BODY, {"as_of": "2024-06-01"}))
    assert "Military Committee" in page
    assert "As it stood on 1 Jun 2024" in page
    assert "Add a responsibility" not in page
    earlier = text_of(office.get(BODY, {"as_of": "2023-12-31"}))
    assert "Vacant, never filled" in earlier
    assert "Nobody accountable" in earlier
    assert "Write a day as in 1996-02-14." in text_of(office.get(BODY, {"as_of": "soon"}))


def test_the_list_shows_bodies_of_the_day_and_names_the_others(
    office: Client, lead_body: Body, verifying_body: Body
) -> None:
    Body.objects.filter(pk=verifying_body.pk).update(ended_on=dt.date(2025, 1, 1))
    page = text_of(office.get("/p/valley/bodies/"))
    assert page.index("Joint Military Commission") < page.index("Not on this day")
    assert page.index("Not on this day") < page.index("Verification Mission")
    assert "Not on this day" not in text_of(
        office.get("/p/valley/bodies/", {"as_of": "2024-12-31"})
    )


def test_the_drawing_holds_every_body_and_line_and_the_list_says_the_same(
    office: Client, process: Process, lead_body: Body, verifying_body: Body
) -> None:
    below = factories.BodyFactory(process=process, code="RC", name="Regional Commission")
    factories.ReportingLineFactory(body=below, to_body=lead_body)
    factories.ReportingLineFactory(body=below, to_body=verifying_body, kind="liaison")
    response = office.get("/p/valley/structure/")
    page = response.content.decode()
    assert page.count("<rect") == 3
    assert page.count('class="reports_to" d="M208') == 1
    assert page.count('class="liaison" d="M4') == 1
    assert "liaises with VM" in text_of(response)
    assert text_of(response).index("Joint Military") < text_of(response).index("Regional")


def test_bodies_that_report_to_one_another_are_drawn_once_each(
    office: Client, process: Process, lead_body: Body, verifying_body: Body
) -> None:
    factories.ReportingLineFactory(body=lead_body, to_body=verifying_body)
    factories.ReportingLineFactory(body=verifying_body, to_body=lead_body)
    page = office.get("/p/valley/structure/").content.decode()
    assert page.count("<rect") == 2
    assert "in a circle" in text_of(office.get(BODY))


def test_a_gap_is_accepted_with_a_reason_and_opened_again(
    office: Client, process: Process, row: Responsibility
) -> None:
    subject = f"nobody_responsible:{row.pk}"
    listed = text_of(office.get("/p/valley/gaps/"))
    assert "Nobody responsible Reopen roads" in listed
    address = f"/p/valley/gaps/{subject}/"
    facts = re.findall(r'name="facts" value="(\w+)"', office.get(address).content.decode())
    refused = office.post(address, {"facts": facts[0], "reason": ""})
    assert refused.status_code == 422
    assert "Say why it is meant to be so." in text_of(refused)
    office.post(address, {"facts": facts[0], "reason": "Begins in May."})
    assert Acceptance.objects.get().reason == "Begins in May."
    assert "Reopen roads" not in text_of(office.get("/p/valley/gaps/?kind=nobody_responsible"))
    accepted = text_of(office.get("/p/valley/gaps/?state=accepted"))
    assert "Accepted by Cora: Begins in May." in accepted
    office.post(address, {"reopen": "1"})
    assert "Reopen roads" in text_of(office.get("/p/valley/gaps/?kind=nobody_responsible"))


def test_only_coordinators_accept_and_an_unknown_gap_is_not_there(
    office: Client, row: Responsibility, bob: User
) -> None:
    address = f"/p/valley/gaps/nobody_responsible:{row.pk}/"
    client = signed_in(bob)
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": "Because"}).status_code == 403
    assert office.get("/p/valley/gaps/two_accountable:0/").status_code == 404
    closed = office.post("/p/valley/gaps/x:1/", {"reason": "y", "facts": "0"})
    assert closed.status_code == 422
    assert "closed already: there is nothing to accept" in text_of(closed)


def test_the_history_of_a_responsibility_names_everybody_who_ever_had_a_part(
    office: Client, row: Responsibility, lead_body: Body
) -> None:
    factories.AssignmentFactory(
        responsibility=row,
        seat=lead_body.seats.get(number=9000),
        started_on=dt.date(2024, 1, 1),
        ended_on=dt.date(2025, 1, 1),
    )
    page = text_of(office.get(f"/p/valley/responsibilities/{row.pk}/"))
    assert "1 Jan 2024 1 Jan 2025" in page
    assert "in force" in page


def test_a_claim_is_ended_by_who_keeps_the_body_and_a_responsibility_by_a_coordinator(
    office: Client, row: Responsibility, bob: User, alice: User
) -> None:
    address = f"/p/valley/responsibilities/{row.pk}/end/"
    own = {"claim": str(row.claims.get().pk)}
    assert signed_in(alice).post(address, own).status_code == 403
    assert signed_in(bob).post(address).status_code == 403
    claim = {"claim": str(row.claims.get().pk)}
    assert signed_in(bob).post(address, claim).status_code == 302
    assert row.claims.get().ended_on == row.process.today()
    assert office.post(address).status_code == 302
    row.refresh_from_db()
    assert row.ended_on == row.process.today()


@pytest.mark.parametrize(
    "path",
    ["bodies/", "bodies/JMC/", "structure/", "responsibilities/", "gaps/", "bodies/JMC/?edit=1"],
)
def test_pages_ask_as_often_for_many_rows_as_for_few(
    office: Client, process: Process, row: Responsibility, lead_body: Body, path: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert office.get(f"/p/valley/{path}").status_code == 200
        return len(captured)

    def furnish() -> None:
        body = factories.BodyFactory(process=process)
        factories.ReportingLineFactory(body=body, to_body=lead_body)
        seat = factories.TermFactory(seat__body=lead_body).seat
        factories.TermFactory(seat__body=body)
        factories.SuccessionRequestFactory(seat=seat)
        channel = factories.ContactChannelFactory(body=lead_body)
        factories.ChannelTestFactory(channel=channel)
        made = factories.ResponsibilityFactory(process=process)
        factories.ClaimFactory(responsibility=made, body=lead_body)
        factories.AssignmentFactory(responsibility=made, seat=seat, letter="R")
        factories.AssignmentFactory(responsibility=made, seat=None, body=body, letter="C")

    furnish()
    few = queries()
    for _ in range(4):
        furnish()
    assert queries() == few


def test_a_large_body_stays_below_50_kb(office: Client, process: Process, lead_body: Body) -> None:
    """43 seats and 40 responsibilities, of which twelve seats have a part."""
    seats = [factories.TermFactory(seat__body=lead_body).seat for _ in range(43)]
    for number in range(40):
        made = factories.ResponsibilityFactory(process=process)
        factories.ClaimFactory(responsibility=made, body=lead_body)
        for letter, place in (("A", 0), ("R", number % 12), ("C", (number + 3) % 12)):
            factories.AssignmentFactory(responsibility=made, seat=seats[place], letter=letter)
    response = office.get(BODY)
    assert len(response.content) < 50_000


# --- What a review of the matrix found ----------------------------------------------------------


@pytest.fixture
def large(lead_body: Body, bob: User) -> list[Any]:
    """Twenty seats beside the chair's, more than the table shows without a part."""
    return [factories.SeatFactory(body=lead_body) for _ in range(20)]


def test_a_refused_row_keeps_every_field_under_its_heading(
    office: Client, row: Responsibility, lead_body: Body, verifying_body: Body, large: list[Any]
) -> None:
    """The table of a large body shows all seats while a row is edited, the refused one too."""
    seat = lead_body.seats.get(number=9000)
    factories.AssignmentFactory(responsibility=row, seat=seat, letter="C")
    data = sent(row, lead_body) | {
        f"was-seat-{seat.pk}": "",
        f"seat-{seat.pk}": "R",
        f"seat-{large[7].pk}": "I",
        f"was-body-{lead_body.pk}": "",
        f"body-{lead_body.pk}": "I",
        "holder": "vm",
        "letters": "C",
    }
    response = office.post(f"{BODY}responsibilities/{row.pk}/", data)
    assert response.status_code == 409
    page = response.content.decode().partition('id="responsibilities"')[2]
    head = page[: page.index("</thead>")]
    names = re.findall(r'data-holder="([\w-]+)"', head)
    edited = page[
        page.index(f'<tr id="r{row.pk}"') : page.index("</tr>", page.index('class="sel"'))
    ]
    assert re.findall(r'<select form="row" name="([a-z]+-\d+)"', edited) == names
    chosen = dict(
        re.findall(r'name="([a-z]+-\d+)" aria-label[^>]*>.*?value="(\w*)" selected', edited)
    )
    assert chosen[f"seat-{large[7].pk}"] == "I"
    assert chosen[f"body-{lead_body.pk}"] == "I"
    assert chosen[f"body-{verifying_body.pk}"] == "C"


def test_links_of_a_refused_page_lead_back_to_the_page_of_the_body(
    office: Client, row: Responsibility
) -> None:
    other = factories.ClaimFactory(
        responsibility__process=row.process, body=row.claims.get().body
    ).responsibility
    response = office.post(f"{BODY}responsibilities/", {"name": ""})
    assert response.status_code == 422
    assert f'href="{BODY}?edit={other.pk}#r{other.pk}"' in response.content.decode()
    assert f'<form class="asof" method="get" action="{BODY}"' in response.content.decode()


def test_a_row_that_was_given_up_meanwhile_says_so(
    office: Client, row: Responsibility, lead_body: Body
) -> None:
    data = sent(row, lead_body, seat_9000="R")
    office.post(f"/p/valley/responsibilities/{row.pk}/end/")
    response = office.post(f"{BODY}responsibilities/{row.pk}/", data)
    assert response.status_code == 422
    assert "“Reopen roads” was given up meanwhile." in text_of(response)


def test_the_row_comes_back_with_the_columns_that_the_page_shows(
    office: Client, row: Responsibility, lead_body: Body, large: list[Any]
) -> None:
    """Also where its last letter in one of them is taken away."""
    seat = large[3]
    factories.AssignmentFactory(responsibility=row, seat=seat, letter="R")
    names = [f"seat-{seat.pk}", f"seat-{lead_body.seats.get(number=9000).pk}"]
    response = office.post(
        f"{BODY}responsibilities/{row.pk}/",
        {"columns": ",".join(names), names[0]: "", f"was-{names[0]}": "R"},
        headers={"X-Row": "only"},
    )
    assert response.status_code == 200
    assert response.content.decode().count("<td") == len(names) + 2


def test_who_keeps_one_body_is_offered_only_its_own_columns(
    row: Responsibility, lead_body: Body, verifying_body: Body, bob: User
) -> None:
    factories.AssignmentFactory(responsibility=row, seat=None, body=verifying_body, letter="I")
    page = signed_in(bob).get(BODY, {"edit": row.pk}).content.decode()
    assert f'name="body-{lead_body.pk}"' in page
    assert f'name="body-{verifying_body.pk}"' not in page


def test_a_nul_is_refused_beside_its_field(office: Client, row: Responsibility) -> None:
    response = office.post(f"{BODY}responsibilities/", {"name": "Mark\x00 mines"})
    assert response.status_code == 422
    assert "Null characters are not allowed." in text_of(response)
    address = f"/p/valley/gaps/nobody_responsible:{row.pk}/"
    response = office.post(address, {"reason": "Be\x00cause", "facts": "0"})
    assert "Null characters are not allowed." in text_of(response)


def test_only_who_keeps_a_body_is_offered_to_edit_its_rows(
    row: Responsibility, bob: User, dave: User
) -> None:
    """The page of who only reads opens no row, however it is asked."""
    offered = {}
    for user in (bob, dave):
        page = signed_in(user).get(BODY).content.decode()
        asked = signed_in(user).get(BODY, {"edit": row.pk}).content.decode()
        offered[user.name] = (f"?edit={row.pk}#" in page, 'form="row"' in asked)
    assert offered == {"Bob": (True, True), "Dave": (False, False)}


def test_editing_a_row_of_another_body_opens_none(
    office: Client, process: Process, row: Responsibility
) -> None:
    other = factories.ResponsibilityFactory(process=process)
    page = office.get(BODY, {"edit": other.pk}).content.decode()
    assert "data-matrix" in page
    assert 'class="sel"' not in page


def test_a_responsibility_is_corrected_given_up_and_taken_up_again(
    office: Client, row: Responsibility, alice: User
) -> None:
    address = f"/p/valley/responsibilities/{row.pk}/"
    assert signed_in(alice).post(address, {"name": "x"}).status_code == 403
    page = office.get(address).content.decode()
    hidden = dict(re.findall(r'name="(submission|seen)" value="([^"]*)"', page))
    seen = hidden["seen"].replace("&quot;", '"')
    data = {"name": "Reopen all roads", "source": "Art. 4", "description": "", **hidden}
    assert office.post(address, data | {"seen": seen}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.source, row.key) == ("Reopen all roads", "Art. 4", "reopen all roads")
    office.post(f"{address}end/")
    assert "It is not in force." in text_of(office.get(address))
    refused = office.post(f"{BODY}responsibilities/", {"name": "reopen all roads"})
    assert "a coordinator can take it up again" in text_of(refused)
    office.post(f"{address}end/", {"again": "1"})
    row.refresh_from_db()
    assert row.ended_on is None


def test_gaps_of_a_past_day_are_shown_with_the_acceptances_of_that_day(
    office: Client, row: Responsibility
) -> None:
    row.claims.update(started_on=dt.date(2024, 1, 1))
    address = f"/p/valley/gaps/nobody_responsible:{row.pk}/"
    facts = re.findall(r'name="facts" value="(\w+)"', office.get(address).content.decode())[0]
    assert office.post(address, {"reason": "Begins in May.", "facts": facts}).status_code == 302
    assert "Accepted as intended" in text_of(office.get(address))
    past = text_of(office.get(address, {"as_of": "2025-01-01"}))
    assert "Reopen roads" in past
    assert "Open it again" not in past
    listed = text_of(office.get("/p/valley/gaps/", {"as_of": "2025-01-01"}))
    assert "Nobody responsible Reopen roads" in listed


def test_a_filter_for_an_unknown_body_finds_nothing(office: Client, row: Responsibility) -> None:
    page = text_of(office.get("/p/valley/gaps/", {"body": "NOPE"}))
    assert "Nothing fits these choices." in page


def test_many_bodies_are_folded_into_those_above_them(
    office: Client, process: Process, lead_body: Body
) -> None:
    below = [factories.BodyFactory(process=process) for _ in range(70)]
    for body in below:
        factories.ReportingLineFactory(body=body, to_body=lead_body)
    page = office.get("/p/valley/structure/").content.decode()
    assert page.count("<rect") == 1
    assert ">+70<" in page
    deep = factories.BodyFactory(process=process)
    factories.ReportingLineFactory(body=deep, to_body=below[0])
    page = office.get("/p/valley/structure/", {"from": below[0].code}).content.decode()
    assert page.count("<rect") == 2


def test_a_long_line_of_bodies_is_shown(office: Client, process: Process, lead_body: Body) -> None:
    above = lead_body
    for _ in range(120):
        body = factories.BodyFactory(process=process)
        factories.ReportingLineFactory(body=body, to_body=above)
        above = body
    assert office.get("/p/valley/structure/").status_code == 200
    assert office.get(f"/p/valley/bodies/{above.code}/").status_code == 200
