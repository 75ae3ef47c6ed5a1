import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from coordination.bodies.models import Seat, Term
from tests.factories import (
    AssignmentFactory,
    BodyFactory,
    FormerNameFactory,
    PartyFactory,
    ReportingLineFactory,
    ResponsibilityFactory,
    SeatFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


@pytest.mark.parametrize(
    ("ends", "on", "runs"),
    [
        (None, 9, False),
        (None, 10, True),
        (None, 31, True),
        (20, 19, True),
        (20, 20, True),
        (20, 21, False),
        (10, 10, True),
    ],
)
def test_a_term_runs_from_its_first_day_through_its_last(
    ends: int | None, on: int, runs: bool
) -> None:
    TermFactory(starts_on=day(10), ends_on=ends and day(ends))
    assert Term.objects.running(day(on)).exists() is runs


def test_a_person_serves_as_holder_or_as_alternate() -> None:
    user = UserFactory()
    held = TermFactory(holder=user)
    alternate = TermFactory(alternate=user)
    TermFactory(holder=user, ends_on=day(1))
    TermFactory()
    assert set(Term.objects.of(user, day(2))) == {held, alternate}


def test_a_seat_shows_who_holds_it_that_day_and_who_did_before() -> None:
    seat = SeatFactory()
    first = TermFactory(seat=seat, starts_on=day(1), ends_on=day(10))
    second = TermFactory(seat=seat, starts_on=day(11), ends_on=day(15))
    third = TermFactory(seat=seat, starts_on=day(20))

    def holders(n: int) -> tuple[list[Term], list[Term]]:
        found = Seat.objects.with_holders(day(n)).get()
        return found.current_terms, found.past_terms

    assert holders(10) == ([first], [])
    assert holders(11) == ([second], [first])
    assert holders(17) == ([], [second, first])  # vacant
    assert holders(20) == ([third], [second, first])


def test_seats_are_read_in_a_constant_number_of_queries(django_assert_num_queries) -> None:
    body = BodyFactory()
    for _ in range(3):
        TermFactory(seat__body=body)
    SeatFactory(body=body)
    with django_assert_num_queries(3):
        seats = list(Seat.objects.with_holders(day(2)))
        assert [bool(seat.current_terms) for seat in seats] == [True, True, True, False]
        assert [str(term.holder) for seat in seats for term in seat.current_terms]


def test_a_seat_has_one_open_term_that_ends_after_it_starts() -> None:
    term = TermFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        TermFactory(seat=term.seat)
    with pytest.raises(IntegrityError), transaction.atomic():
        TermFactory(starts_on=day(2), ends_on=day(1))
    TermFactory(seat=term.seat, starts_on=dt.date(2019, 1, 1), ends_on=dt.date(2019, 12, 31))


def test_a_seat_is_called_by_its_title_or_else_by_its_role() -> None:
    assert Seat(role=Seat.Role.CO_CHAIR).name == "Co-chair"
    assert Seat(role=Seat.Role.CHAIR, title="Commander").name == "Commander"


def test_a_body_does_not_report_to_itself() -> None:
    body = BodyFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingLineFactory(body=body, to_body=body)


@pytest.mark.parametrize("named", ["", "body, party", "body, name", "party, name"])
def test_a_line_leads_to_one_body_party_or_somebody_else(named: str) -> None:
    body = BodyFactory()
    to = {
        "to_body": BodyFactory(process=body.process) if "body" in named else None,
        "to_party": PartyFactory(process=body.process) if "party" in named else None,
        "to_name": "The Secretary-General" if "name" in named else "",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingLineFactory(body=body, **to)


def test_a_line_that_ended_may_be_drawn_again_and_one_that_holds_not() -> None:
    line = ReportingLineFactory(ended_on=day(1))
    again = {"body": line.body, "to_body": line.to_body}
    ReportingLineFactory(**again, started_on=day(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingLineFactory(**again)


def test_a_body_is_called_what_it_was_called_on_the_day() -> None:
    body = BodyFactory(name="Third")
    FormerNameFactory(body=body, name="Second", until=day(20))
    FormerNameFactory(body=body, name="First", until=day(10))
    assert [body.name_on(day(n)) for n in (1, 9, 10, 19, 20)] == [
        *("First", "First", "Second", "Second", "Third")
    ]


def test_a_seat_ends_with_its_last_day_and_keeps_its_terms() -> None:
    seat = SeatFactory(ended_on=day(10))
    term = TermFactory(seat=seat)
    assert [Seat.objects.on(day(n)).count() for n in (9, 10)] == [1, 0]
    assert list(seat.terms.all()) == [term]


def test_a_function_is_entered_once_however_it_is_spelt(process) -> None:
    ResponsibilityFactory(process=process, name="Reopen  the Main road")
    with pytest.raises(IntegrityError), transaction.atomic():
        ResponsibilityFactory(process=process, name="reopen the main ROAD")
    ResponsibilityFactory(name="reopen the main ROAD")  # of another process


def test_a_seat_or_a_body_is_assigned_and_not_both() -> None:
    given = AssignmentFactory()
    for both in ({"body": given.seat.body}, {"seat": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AssignmentFactory(responsibility=given.responsibility, letter="R", **both)
