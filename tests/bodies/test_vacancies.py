"""The list of vacant seats, and what of them stands on the desk."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.bodies.actions import succession
from coordination.bodies.models import Body, Seat
from coordination.bodies.views.seats import PAGE
from coordination.processes.models import Party, Process
from tests import factories
from tests.bodies.seating import (
    DAY,
    VACANCIES,
    page_of,
    read,
    signed_in,
)
from tests.conftest import member

pytestmark = pytest.mark.django_db


# --- Vacancies ------------------------------------------------------------------------------------


def test_vacancies_name_the_one_thing_that_each_seat_needs(
    process: Process,
    lead_body: Body,
    party: Party,
    guarantor: Party,
    alice: User,
    bob: User,
    carol: User,
    coordinator: User,
    ana: User,
    today: dt.date,
) -> None:
    def seat(number: int, of: Party | None = party) -> Seat:
        return factories.SeatFactory(body=lead_body, number=number + 20000, party=of)

    never, asked, earlier, named, by_function, taken, ends, held = (seat(n) for n in range(8))
    for one in (by_function,):
        one.party = None
        one.save()
    for one, days_ago in ((asked, 0), (earlier, 3)):
        factories.SuccessionRequestFactory(
            seat=one, party=party, asked_at=timezone.now() - days_ago * DAY
        )
    factories.NominationFactory(seat=named)
    factories.TermFactory(seat=taken, holder=ana, starts_on=today + 2 * DAY)
    factories.TermFactory(seat=ends, holder=ana, ends_on=today + 60 * DAY)
    factories.TermFactory(seat=held, holder=ana, ends_on=today + 61 * DAY)

    def rows(user: User, query: str = "") -> list[tuple[int, str]]:
        context = signed_in(user).get(VACANCIES + query).context
        return [(row[0].seat.pk, row[2]) for row in (*context["vacant"], *context["falling"])]

    keeper = [
        (never.pk, "Ask for a successor"),
        (asked.pk, ""),
        (earlier.pk, "Ask again"),
        (named.pk, "Settle the nomination"),
        (by_function.pk, "Seat somebody"),
        (taken.pk, ""),
        (ends.pk, "Ask for a successor"),
    ]
    assert rows(bob) == rows(coordinator) == keeper
    name = "Name a successor"
    assert [label for _pk, label in rows(alice)] == [name, name, name, "", "", "", name]
    assert {label for _pk, label in rows(carol)} == {""}
    assert {label for _pk, label in rows(bob, f"?as_of={today - DAY}")} == {""}
    page = read(signed_in(bob), VACANCIES)
    assert "10 seats: 6 vacant, 1 to fall vacant within 60 days." in page


def test_vacancies_of_another_day(
    process: Process, seat: Seat, alice: User, ana: User, today: dt.date
) -> None:
    factories.TermFactory(
        seat=seat, holder=ana, starts_on=today - 20 * DAY, ends_on=today - 10 * DAY
    )
    client = signed_in(alice)
    for days_ago, vacant, falling in ((21, 1, 0), (20, 0, 1), (10, 0, 1), (9, 1, 0), (0, 1, 0)):
        response = client.get(VACANCIES + f"?as_of={today - days_ago * DAY}")
        found = response.context["found"]
        assert (len(found.vacant), len(found.falling)) == (vacant, falling)
    assert "Every seat is held" not in read(client, VACANCIES)
    factories.TermFactory(seat=seat, holder=ana, starts_on=today)
    assert "Every seat is held" in read(client, VACANCIES)


def test_many_vacancies_are_paged(process: Process, lead_body: Body, alice: User) -> None:
    factories.SeatFactory.create_batch(PAGE + 1, body=lead_body)
    client = signed_in(alice)
    assert len(client.get(VACANCIES).context["vacant"]) == PAGE
    assert len(client.get(VACANCIES + "?page=2").context["vacant"]) == 1
    assert "Showing 51 to 51 of 51" in read(client, VACANCIES + "?page=2")


# --- My desk --------------------------------------------------------------------------------------


def test_the_desk_shows_a_party_what_it_was_asked_until_it_has_answered(
    process: Process,
    seat: Seat,
    party: Party,
    other_party: Party,
    alice: User,
    dave: User,
    bob: User,
    ana: User,
    today: dt.date,
) -> None:
    def wanted(user: User) -> list[Seat]:
        return [held.seat for held in signed_in(user).get("/").context["successors"]]

    assert wanted(alice) == []
    succession.ask_for_successor(actor=bob, seat=seat, origin="web")
    assert "Name a successor for JMC seat 30006" in read(signed_in(alice), "/")
    # Who joins later is told as well; other parties, and who keeps the body, are not.
    late = member(process, "Late", "delegate", party)
    assert [wanted(user) for user in (alice, late, bob, dave)] == [[seat], [seat], [], []]
    tie = factories.AffiliationFactory(party=other_party, other=party, kind="acts_for")
    assert wanted(dave) == [seat]
    tie.ended_on = today
    tie.save()
    assert wanted(dave) == []
    nomination = factories.NominationFactory(seat=seat)
    assert wanted(alice) == []
    nomination.delete()
    term = factories.TermFactory(seat=seat, holder=ana, starts_on=today)
    assert wanted(alice) == []
    term.delete()
    assert wanted(alice) == [seat]
    alice.memberships.update(ended_at=timezone.now())
    assert wanted(alice) == []


def test_the_page_of_a_party_shows_a_request_until_somebody_is_seated_or_named(
    seat: Seat, party: Party, alice: User, bob: User, ana: User, today: dt.date
) -> None:
    def shown() -> bool:
        return "No answer yet" in read(signed_in(alice), f"/p/valley/parties/{party.pk}/")

    term = factories.TermFactory(
        seat=seat, holder=ana, starts_on=today - 50 * DAY, ends_on=today + 5 * DAY
    )
    succession.ask_for_successor(actor=bob, seat=seat, origin="web")
    assert shown()
    nomination = factories.NominationFactory(seat=seat)
    assert not shown()
    nomination.delete()
    next_one = factories.TermFactory(seat=seat, holder=ana, starts_on=today + 6 * DAY)
    assert not shown()
    next_one.delete()
    assert shown()
    term.ends_on = None
    term.save()
    assert not shown()
    term.ends_on = today - DAY
    term.save()
    assert shown()
    seat.body.ended_on = today
    seat.body.save()
    assert not shown()


# --- How often the database is asked --------------------------------------------------------------


@pytest.fixture
def queries(coordinator: User) -> Callable[[str], int]:
    client = signed_in(coordinator)

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    return count


def test_the_number_of_queries_does_not_grow(
    process: Process,
    seat: Seat,
    lead_body: Body,
    party: Party,
    alice: User,
    coordinator: User,
    today: dt.date,
    queries: Callable[[str], int],
) -> None:
    coordinator.memberships.update(party=party)

    def add(count: int, start: int) -> None:
        for n in range(start, start + count):
            person = member(process, f"P{n}", "delegate", party)
            factories.TermFactory(
                seat=seat,
                holder=person,
                alternate=alice,
                starts_on=today - (n + 1) * 10 * DAY,
                ends_on=today - (n + 1) * 10 * DAY + 5 * DAY,
            )
            factories.NominationFactory(
                seat=seat, state="declined", settled_by=person, settled_at=timezone.now()
            )
            other = factories.SeatFactory(body=lead_body, party=party)
            factories.TermFactory(
                seat__body=factories.BodyFactory(process=process), holder=person, ends_on=today
            )
            for one in (seat, other):
                request = factories.SuccessionRequestFactory(seat=one, party=party)
                request.asked.set([person, alice])
                factories.MessageFactory(
                    process=process,
                    recipient=person,
                    kind="succession",
                    about_type="successionrequest",
                    about_id=request.pk,
                )

    add(2, 0)
    paths = (page_of(seat), VACANCIES, "/")
    few = [queries(path) for path in paths]
    add(4, 2)
    assert [queries(path) for path in paths] == few
