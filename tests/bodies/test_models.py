import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from coordination.bodies.models import Seat, Term
from coordination.bodies.queries import structure
from tests.factories import BodyFactory, SeatFactory, TermFactory, UserFactory

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
    body.parent = body
    with pytest.raises(IntegrityError), transaction.atomic():
        body.save()


def test_the_structure_leads_from_the_top_to_a_body_and_what_reports_to_it(process) -> None:
    top, middle, here, below, _beside = bodies = [BodyFactory(process=process) for _ in range(5)]
    for body, parent in zip(bodies[1:], (top, middle, here, top), strict=True):
        body.parent = parent
        body.save()
    node, line = structure(process, here), []
    while True:
        line.append((node.body, node.is_here))
        if not node.children:
            break
        (node,) = node.children
    assert line == [(top, False), (middle, False), (here, True), (below, False)]


def test_bodies_that_report_to_each_other_in_a_circle_are_still_shown(process) -> None:
    one, other = BodyFactory(process=process), BodyFactory(process=process)
    one.parent, other.parent = other, one
    one.save()
    other.save()
    node = structure(process, one)
    assert (node.body, [child.body for child in node.children]) == (other, [one])
