"""What holds for a time holds from its first day until the day before it ended."""

import datetime as dt
import itertools

import pytest
from django.db import IntegrityError, transaction

from coordination.base.lasting import held_on, holds
from coordination.bodies.models import Assignment, Claim
from tests.factories import AssignmentFactory, BodyFactory, ClaimFactory, SeatFactory


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


TABLE = [
    # from, ended, on, holds
    (None, None, 1, True),
    (None, 10, 9, True),
    (None, 10, 10, False),  # the day on which it ended is the first without it
    (10, None, 9, False),
    (10, None, 10, True),
    (10, 20, 9, False),
    (10, 20, 10, True),
    (10, 20, 19, True),
    (10, 20, 20, False),
    (10, 11, 10, True),
    (10, 10, 9, False),  # entered by mistake: it never held
    (10, 10, 10, False),
    (10, 10, 11, False),
]


@pytest.mark.parametrize(("started", "ended", "on", "expected"), TABLE)
def test_it_holds_from_its_first_day_until_the_day_before_it_ended(
    started: int | None, ended: int | None, on: int, expected: bool
) -> None:
    found = holds(day(on), started and day(started), ended and day(ended))
    assert found is expected


@pytest.mark.django_db
def test_the_database_and_the_row_say_the_same_on_every_day() -> None:
    ends = [None, day(1), day(2), day(3)]
    spans = [
        (start, end)
        for start, end in itertools.product(ends, ends)
        if start is None or end is None or start <= end
    ]
    for start, end in spans:
        ClaimFactory(started_on=start, ended_on=end)
    for on in (dt.date(2025, 12, 31), day(1), day(2), day(3), day(4)):
        by_database = set(Claim.objects.on(on).values_list("started_on", "ended_on"))
        by_row = {(c.started_on, c.ended_on) for c in Claim.objects.all() if c.holds_on(on)}
        assert by_database == by_row == {span for span in spans if holds(on, *span)}


@pytest.mark.django_db
def test_what_leads_to_a_row_is_asked_for_its_days_through_a_prefix() -> None:
    open_seat = AssignmentFactory(seat=SeatFactory())
    AssignmentFactory(seat=SeatFactory(ended_on=day(10)))
    of_a_body = AssignmentFactory(seat=None, body=BodyFactory())
    held = Assignment.objects.filter(held_on(day(10), "seat__"))
    assert set(held) == {open_seat, of_a_body}
    assert Assignment.objects.filter(held_on(day(9), "seat__")).count() == 3


@pytest.mark.django_db
def test_nothing_ends_before_it_starts() -> None:
    ClaimFactory(started_on=day(2), ended_on=day(2))
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimFactory(started_on=day(2), ended_on=day(1))


@pytest.mark.django_db
def test_what_ended_may_begin_again_and_is_open_once() -> None:
    first = ClaimFactory(ended_on=day(2))
    again = {"responsibility": first.responsibility, "body": first.body}
    ClaimFactory(**again, started_on=day(5))
    assert [Claim.objects.on(day(n)).count() for n in (1, 2, 4, 5)] == [1, 0, 0, 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimFactory(**again, started_on=day(9))
