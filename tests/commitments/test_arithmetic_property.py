"""Calendar arithmetic against an oracle of its own, in every zone that there is."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.base.dates import Point, Unit, day_starts_at, offset
from coordination.commitments.rhythm import periods
from tests.commitments import oracle

ZONES = sorted(available_timezones())
FIRST, LAST = dt.date(2017, 1, 1), dt.date(2026, 12, 31)
SPAN = (oracle.number_of(FIRST) * oracle.DAY, oracle.number_of(LAST) * oracle.DAY)

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(FIRST, LAST)
moments = st.integers(*SPAN)
amounts = st.integers(-400, 400)
thorough = settings(max_examples=300, derandomize=True)
brief = settings(max_examples=60, derandomize=True)


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@cache
def clock_changes() -> dict[tuple[tuple[int, int, int], ...], str]:
    """The stretches between the changes of each zone in the ten years; of zones alike, one."""
    known: dict[tuple[tuple[int, int, int], ...], str] = {}
    for name in ZONES:
        known.setdefault(tuple(oracle.pieces(ZoneInfo(name), *SPAN)), name)
    return known


def days_around_changes() -> Iterator[tuple[str, dt.date, int, int]]:
    """Each day from three before a change until three after, with its first and last second."""
    for stretches, name in clock_changes().items():
        for (began, until, shift), after in pairwise(stretches):
            near = [one for one in stretches if one[1] > until - 9 * oracle.DAY or one[0] == began]
            near = [one for one in near if one[0] < until + 9 * oracle.DAY]
            number = (until + shift) // oracle.DAY
            if began == SPAN[0] or after[1] == SPAN[1]:
                continue  # too near to the ends of the ten years to know the days around it
            for one in range(number - 3, number + 4):
                yield (
                    name,
                    oracle.day_of(one),
                    oracle.day_begins(one, near),
                    oracle.day_ends(one, near),
                )


def test_every_day_around_every_change_of_a_clock_begins_and_ends_where_it_does() -> None:
    wrong, lengths = [], set()
    for name, day, begins, ends in days_around_changes():
        zone = ZoneInfo(name)
        lengths.add((ends - begins) / 3600)
        if oracle.seconds_of(day_starts_at(day, zone)) != begins:
            wrong.append((name, day, "begins"))
        if oracle.seconds_of(Point(day).ends_at(zone)) != ends:
            wrong.append((name, day, "ends"))
    assert wrong == []
    assert {23, 23.5, 24, 24.5, 25} <= lengths


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Sarajevo", "2026-03-29", 23),
        ("Europe/Sarajevo", "2026-10-25", 25),
        ("Asia/Beirut", "2022-03-27", 23),  # the day has no midnight
        ("America/Havana", "2022-11-06", 25),  # and this one two
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),  # nobody lived through it
        ("Pacific/Apia", "2011-12-31", 24),
        ("Pacific/Kwajalein", "1993-08-21", 0),
        ("Pacific/Kiritimati", "1994-12-31", 0),
        # Put back from one minute past midnight: the day before is shown again for 59 minutes.
        ("America/St_Johns", "2010-11-06", 25),
        ("America/St_Johns", "1995-10-28", 25),
    ],
)
def test_days_that_are_longer_shorter_or_left_out(name: str, day: str, hours: float) -> None:
    zone = ZoneInfo(name)
    begins, ends = day_starts_at(date(day), zone), Point(date(day)).ends_at(zone)
    assert (ends - begins) == dt.timedelta(hours=hours)
    assert oracle.seconds_of(ends) == oracle.When(date(day)).ends(zone)


@settings(thorough)
@given(zone=zones, day=days, amount=amounts, unit=st.sampled_from(Unit))
def test_what_is_counted_from_a_day(zone: ZoneInfo, day: dt.date, amount: int, unit: str) -> None:
    found, should = offset(Point(day), amount, unit, zone), oracle.plus(
        oracle.When(day), amount, unit, zone
    )  # fmt: skip
    assert (found.on, found.at) == (should.on, None)
    assert oracle.seconds_of(found.ends_at(zone)) == should.ends(zone)


@settings(thorough)
@given(zone=zones, second=moments, amount=amounts, unit=st.sampled_from(Unit))
def test_what_is_counted_from_a_moment(zone: ZoneInfo, second: int, amount: int, unit: str) -> None:
    start = Point.of(oracle.moment_of(second), zone)
    base = oracle.at(second, zone)
    assert start.on == base.on
    found, should = offset(start, amount, unit, zone), oracle.plus(base, amount, unit, zone)
    assert found.on == should.on
    assert oracle.seconds_of(found.ends_at(zone)) == should.ends(zone)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2024-01-31", 1, "months", "2024-02-29"),
        ("2026-03-31", -1, "months", "2026-02-28"),
        ("2026-08-31", 6, "months", "2027-02-28"),
        ("2024-02-29", 1, "years", "2025-02-28"),
        ("2024-02-29", 4, "years", "2028-02-29"),
        ("2024-02-29", -1, "years", "2023-02-28"),
        ("2096-02-29", 4, "years", "2100-02-28"),
        ("1996-02-29", 4, "years", "2000-02-29"),
        ("1995-12-14", 30, "days", "1996-01-13"),
        ("1995-12-20", 90, "days", "1996-03-19"),
        ("1995-12-12", 72, "hours", "1995-12-15"),
    ],
)
def test_the_oracle_and_the_product_say_what_a_calendar_on_the_wall_says(
    start: str, amount: int, unit: str, end: str
) -> None:
    zone = ZoneInfo("Europe/Sarajevo")
    assert oracle.plus(oracle.When(date(start)), amount, unit, zone) == oracle.When(date(end))
    assert offset(Point(date(start)), amount, unit, zone) == Point(date(end))


@settings(brief)
@given(
    start=days,
    amount=st.integers(1, 15),
    unit=st.sampled_from(["days", "weeks", "months", "years"]),
    times=st.integers(1, 3),
    length=st.none() | st.integers(-40, 900),
)
def test_the_periods_of_a_rhythm_leave_no_day_out_and_are_counted_from_the_start(
    start: dt.date, amount: int, unit: str, times: int, length: int | None
) -> None:
    zone = ZoneInfo("UTC")
    ends_on = None if length is None else oracle.day_of(oracle.number_of(start) + length)
    found = []
    for one in periods(start, amount, unit, times, ends_on=ends_on):
        found.append(one)
        if len(found) == 12 * times:
            break
    should = []
    for count in range(12):
        begins, until = (
            oracle.plus(oracle.When(start), amount * n, unit, zone).on for n in (count, count + 1)
        )
        if ends_on is not None and begins > ends_on:
            break
        if ends_on is not None:
            until = min(until, oracle.day_of(oracle.number_of(ends_on) + 1))
        due_on = oracle.day_of(oracle.number_of(until) - 1)
        should += [(begins, until, due_on, time) for time in range(1, times + 1)]
    assert [(one.starts_on, one.ends_before, one.due_on, one.time) for one in found] == should


@settings(brief)
@given(start=days, hours=st.integers(1, 400))
def test_a_rhythm_of_hours_has_no_empty_period_and_is_never_faster_than_agreed(
    start: dt.date, hours: int
) -> None:
    found = []
    for one in periods(start, hours, "hours"):
        found.append(one)
        if len(found) == 30:
            break
    for count, one in enumerate(found):
        begins, until = oracle.number_of(one.starts_on), oracle.number_of(one.ends_before)
        assert until > begins
        assert begins == oracle.number_of(start) + max(hours, 24) * count // 24
