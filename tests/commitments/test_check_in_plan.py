"""On which days an owner is asked; no database is needed."""

import datetime as dt
from itertools import pairwise

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from coordination.commitments.check_in_plan import next_check_in
from coordination.commitments.models import Commitment, Level, Obligation
from coordination.processes.models import Process

Kind, Rhythm = Commitment.Kind, Commitment.Rhythm
DUE = dt.date(2026, 7, 1)
MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.HALF_YEARLY: 6, Rhythm.YEARLY: 12}


def on(days: int) -> dt.date:
    """A day counted from the due day."""
    return DUE + dt.timedelta(days=days)


def obligation(kind: str = Kind.DATED, due: dt.date | None = DUE, **fields) -> Obligation:
    said = {
        name: fields.pop(name)
        for name in ("every_amount", "every_unit", "check_in_rhythm")
        if name in fields
    }
    process = Process(pk=1)
    process._prefetched_objects_cache = {"reminder_policies": []}  # type: ignore[attr-defined]
    commitment = Commitment(kind=kind, process=process, **said)
    return Obligation(commitment=commitment, due_on=due, **fields)


def plan(
    one: Obligation, first: dt.date, count: int, *, last_on: dt.date | None = None
) -> list[dt.date]:
    """The next days on which somebody is asked who never answers, ticked every day."""
    asked: list[dt.date] = []
    today = first
    while len(asked) < count:
        day = next_check_in(one, today=today, last_on=last_on, starts_on=first)
        if day is None:
            break
        asked.append(day)
        last_on = today = day
    return asked


def days_from_due(asked: list[dt.date]) -> list[int]:
    return [(day - DUE).days for day in asked]


# --- Around the due day -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.DATED, Kind.QUANTITY, Kind.TRIGGERED])
def test_asked_thirty_seven_and_one_days_before_on_the_day_and_then_less_and_less(
    kind: str,
) -> None:
    asked = plan(obligation(kind), on(-90), 10)
    assert days_from_due(asked) == [-30, -7, -1, 0, 1, 7, 14, 21, 28, 35]


@pytest.mark.parametrize(
    ("entered", "asked"),
    [(-30, [-30, -7]), (-29, [-7, -1]), (-1, [-1, 0]), (0, [0, 1]), (1, [1, 7]), (2, [2, 7])],
)
def test_entered_late_it_is_asked_for_what_is_left(entered: int, asked: list[int]) -> None:
    assert days_from_due(plan(obligation(), on(entered), 2)) == asked


@pytest.mark.parametrize("kind", [Kind.UNTIL, Kind.NOT_BEFORE])
def test_what_is_never_late_is_not_asked_about_after_its_day(kind: str) -> None:
    assert days_from_due(plan(obligation(kind), on(-40), 10)) == [-30, -7, -1, 0]
    assert plan(obligation(kind), on(1), 1) == []


@pytest.mark.parametrize("kind", [Kind.DATED, Kind.TRIGGERED, Kind.UNTIL, Kind.NOT_BEFORE])
def test_without_a_date_there_is_nothing_to_ask(kind: str) -> None:
    assert plan(obligation(kind, due=None), on(0), 1) == []


def test_days_missed_in_an_outage_are_asked_for_once() -> None:
    asked = plan(obligation(), on(-3), 5, last_on=on(-31))
    assert days_from_due(asked) == [-3, -1, 0, 1, 7]


@given(first=st.integers(1, 400), last=st.none() | st.integers(-60, 400))
def test_overdue_is_never_asked_about_daily(first: int, last: int | None) -> None:
    last_on = None if last is None else on(min(last, first))
    asked = days_from_due(plan(obligation(), on(first), 6, last_on=last_on))
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert min(gaps) >= 3
    assert max(gaps) <= 9
    assert gaps[-3:] == [7, 7, 7]
    assert (asked[-1]) % 7 == 0


@given(
    kind=st.sampled_from(Kind),
    today=st.integers(-100, 100),
    last=st.none() | st.integers(-100, 100),
    due=st.none() | st.just(DUE),
    check_in_rhythm=st.sampled_from(["", *Rhythm]),
)
def test_the_next_day_is_today_or_later_and_after_the_last_one(
    kind: str, today: int, last: int | None, due: dt.date | None, check_in_rhythm: str
) -> None:
    every = {"every_amount": 1, "every_unit": "weeks"} if kind == Kind.RECURRING else {}
    one = obligation(kind, due=due, check_in_rhythm=check_in_rhythm, **every)
    last_on = None if last is None else on(last)
    day = next_check_in(one, today=on(today), last_on=last_on, starts_on=on(-50))
    assert day is None or (day >= on(today) and (last_on is None or day > last_on))


# --- Rhythms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.STANDING, Kind.LIMIT, Kind.UNDATED])
def test_what_has_no_end_is_asked_about_monthly(kind: str) -> None:
    asked = plan(obligation(kind, due=None), dt.date(2026, 1, 31), 4)
    assert asked == [
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
        dt.date(2026, 5, 31),
    ]


@pytest.mark.parametrize(
    ("amount", "unit", "asked"),
    [
        (1, "days", [0, 1, 7]),
        (1, "weeks", [-1, 0, 1]),
        (72, "hours", [-1, 0, 1]),
        (1, "months", [-7, -1, 0]),
        (61, "days", [-30, -7, -1]),
        (1, "years", [-30, -7, -1]),
    ],
)
def test_what_recurs_is_not_asked_about_before_half_of_its_period(
    amount: int, unit: str, asked: list[int]
) -> None:
    one = obligation(Kind.RECURRING, every_amount=amount, every_unit=unit)
    assert days_from_due(plan(one, on(-90), 3)) == asked


def test_a_rhythm_of_the_commitment_goes_first() -> None:
    one = obligation(Kind.STANDING, due=None, check_in_rhythm=Rhythm.WEEKLY)
    assert plan(one, on(0), 2) == [on(7), on(14)]


def test_a_frequent_rhythm_covers_the_days_before_the_due_day() -> None:
    asked = plan(obligation(check_in_rhythm=Rhythm.WEEKLY), on(-33), 6)
    assert days_from_due(asked) == [-26, -19, -12, -5, 0, 1]


def test_a_slow_rhythm_goes_on_beside_the_days_around_the_due_day() -> None:
    asked = plan(obligation(check_in_rhythm=Rhythm.MONTHLY), dt.date(2026, 4, 11), 6)
    assert asked == [
        dt.date(2026, 5, 11),
        dt.date(2026, 6, 1),  # 30 days before
        dt.date(2026, 6, 11),
        dt.date(2026, 6, 24),  # 7
        dt.date(2026, 6, 30),  # 1
        DUE,
    ]


@given(
    rhythm=st.sampled_from(Rhythm),
    start=st.dates(dt.date(2020, 1, 1), dt.date(2028, 12, 31)),
    passed=st.integers(0, 4000),
)
def test_a_rhythm_counts_from_its_start_and_leaves_no_day_out(
    rhythm: str, start: dt.date, passed: int
) -> None:
    one = obligation(Kind.STANDING, due=None, check_in_rhythm=rhythm)
    today = start + dt.timedelta(days=passed)
    weeks = {Rhythm.WEEKLY: 1, Rhythm.FORTNIGHTLY: 2}.get(rhythm, 0)
    step = relativedelta(weeks=weeks, months=MONTHS.get(rhythm, 0))
    expected = next(day for n in range(1, 1000) if (day := start + step * n) > today)
    assert next_check_in(one, today=today, last_on=today, starts_on=start) == expected


# --- What was reported and found --------------------------------------------------------------

REPORTED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def reported(kind: str = Kind.DATED, **fields) -> Obligation:
    return obligation(kind, reported_level=Level.FULL, reported_at=REPORTED, **fields)


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(Commitment.KEPT_UP)))
def test_who_has_said_that_it_is_done_is_not_asked_again(kind: str) -> None:
    assert plan(reported(kind), on(-5), 1) == []
    assert plan(reported(kind), on(50), 1) == []


@pytest.mark.parametrize("kind", [Kind.STANDING, Kind.LIMIT])
def test_what_must_be_kept_up_is_asked_about_however_well_it_stands(kind: str) -> None:
    one = reported(kind, due=None, verified_level=Level.FULL)
    assert len(plan(one, on(0), 3)) == 3


@pytest.mark.parametrize("kind", Commitment.EXPECTED)
def test_the_time_that_is_owed_next_is_asked_about_however_the_last_one_went(kind: str) -> None:
    every = {"every_amount": 1, "every_unit": "years"} if kind == Kind.RECURRING else {}
    one = reported(kind, verified_level=Level.FULL, **every)
    assert days_from_due(plan(one, on(-40), 2)) == [-30, -7]


@pytest.mark.parametrize("kind", Kind)
def test_nobody_is_asked_about_what_is_suspended(kind: str) -> None:
    assert plan(obligation(kind, is_suspended=True), on(-40), 1) == []


@pytest.mark.parametrize("level", Level.values[:3])
def test_less_than_full_is_asked_about_again(level: int) -> None:
    one = obligation(reported_level=level, reported_at=REPORTED)
    assert days_from_due(plan(one, on(-30), 2, last_on=on(-30))) == [-7, -1]


def test_what_was_found_full_is_not_asked_about_whatever_was_reported() -> None:
    one = obligation(reported_level=Level.MINIMUM, reported_at=REPORTED, verified_level=Level.FULL)
    assert plan(one, on(5), 1) == []


@pytest.mark.parametrize(("hours", "asked"), [(1, [7]), (0, [7]), (-1, [])])
def test_a_contradicted_report_is_asked_about_again(hours: int, asked: list[int]) -> None:
    one = reported(verified_level=Level.MINIMUM, verified_at=REPORTED + dt.timedelta(hours=hours))
    assert days_from_due(plan(one, on(2), 1, last_on=on(2))) == asked
