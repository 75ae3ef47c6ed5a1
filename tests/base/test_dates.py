import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.base.dates import Point, Unit, day_number, day_starts_at, local_moment, offset

SARAJEVO = ZoneInfo("Europe/Sarajevo")
#: Also zones whose clock changes at midnight, in half hours, or far from UTC.
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Sarajevo",
        "Asia/Beirut",
        "America/Havana",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "Australia/Lord_Howe",
    )
]
days = st.dates(dt.date(1990, 1, 1), dt.date(2037, 12, 31))
moments = st.datetimes(
    dt.datetime(1990, 1, 1), dt.datetime(2037, 12, 31), timezones=st.just(dt.UTC)
)
zones = st.sampled_from(ZONES)
amounts = st.integers(-2000, 2000)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def day(text: str) -> Point:
    return Point(dt.date.fromisoformat(text))


def test_a_day_ends_when_the_next_one_begins_in_the_zone() -> None:
    assert day("2026-01-31").ends_at(SARAJEVO) == utc(2026, 1, 31, 23)
    assert day("2026-07-31").ends_at(SARAJEVO) == utc(2026, 7, 31, 22)


def test_a_day_that_is_shown_again_ends_the_second_time() -> None:
    """At one minute past midnight the clocks of St John's went back to the day before."""
    st_johns = ZoneInfo("America/St_Johns")
    assert day("1995-10-28").ends_at(st_johns) == utc(1995, 10, 29, 3, 30)
    assert day("1995-10-29").ends_at(st_johns) == utc(1995, 10, 30, 3, 30)
    # In Havana they go back to a midnight of the same day: the day before has ended with the first.
    assert day("2022-11-05").ends_at(ZoneInfo("America/Havana")) == utc(2022, 11, 6, 4)


def test_a_moment_is_past_at_that_moment() -> None:
    moment = utc(2026, 3, 1, 12, 30)
    assert Point.of(moment, SARAJEVO).ends_at(SARAJEVO) == moment


def test_a_moment_falls_on_the_day_that_it_is_in_the_zone() -> None:
    assert Point.of(utc(2026, 1, 31, 23, 30), SARAJEVO).on == dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (utc(2026, 3, 28, 12), 24, utc(2026, 3, 29, 12)),  # clocks go forward in between
        (utc(2026, 10, 24, 12), 24, utc(2026, 10, 25, 12)),  # and back
        (utc(2026, 3, 29, 12), -24, utc(2026, 3, 28, 12)),
        (utc(2026, 1, 1), 72, utc(2026, 1, 4)),
    ],
)
def test_hours_from_a_moment_are_elapsed_hours(
    start: dt.datetime, hours: int, end: dt.datetime
) -> None:
    assert offset(Point.of(start, SARAJEVO), hours, Unit.HOURS, SARAJEVO).at == end


def test_hours_from_a_moment_written_in_local_time_are_elapsed_hours_too() -> None:
    local = dt.datetime(2026, 3, 28, 13, tzinfo=SARAJEVO)
    end = offset(Point(local.date(), local), 24, Unit.HOURS, SARAJEVO)
    assert end == Point(dt.date(2026, 3, 29), utc(2026, 3, 29, 12))


@pytest.mark.parametrize(
    ("hours", "end"),
    [
        (72, "1995-12-15"),
        (71, "1995-12-15"),
        (73, "1995-12-16"),
        (1, "1995-12-13"),
        (0, "1995-12-12"),
        (-24, "1995-12-11"),
        (-25, "1995-12-10"),
    ],
)
def test_hours_from_a_day_are_over_at_the_end_of_the_day_they_reach(hours: int, end: str) -> None:
    assert offset(day("1995-12-12"), hours, Unit.HOURS, SARAJEVO) == day(end)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-03-28", 1, Unit.DAYS, "2026-03-29"),
        ("2026-03-28", 30, Unit.DAYS, "2026-04-27"),
        ("2026-10-24", 1, Unit.WEEKS, "2026-10-31"),
        ("2026-01-31", 1, Unit.MONTHS, "2026-02-28"),
        ("2028-01-31", 1, Unit.MONTHS, "2028-02-29"),
        ("2026-01-31", 2, Unit.MONTHS, "2026-03-31"),
        ("2026-03-31", -1, Unit.MONTHS, "2026-02-28"),
        ("2028-02-29", 1, Unit.YEARS, "2029-02-28"),
        ("2028-02-29", 4, Unit.YEARS, "2032-02-29"),
        ("2028-02-29", -1, Unit.YEARS, "2027-02-28"),
        ("2027-02-28", 1, Unit.YEARS, "2028-02-28"),
        ("2028-02-28", 1, Unit.DAYS, "2028-02-29"),
        ("2026-02-28", 1, Unit.DAYS, "2026-03-01"),
    ],
)
def test_other_units_are_counted_on_the_calendar(
    start: str, amount: int, unit: str, end: str
) -> None:
    assert offset(day(start), amount, unit, SARAJEVO) == day(end)


def test_days_from_a_moment_end_with_the_day() -> None:
    signed = Point.of(utc(1995, 12, 14, 10, 30), SARAJEVO)
    assert offset(signed, 30, Unit.DAYS, SARAJEVO) == day("1996-01-13")


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError):
        offset(day("2026-01-01"), 1, "fortnights", SARAJEVO)


def test_a_wall_clock_time_stays_the_same_when_the_clocks_change() -> None:
    seven = dt.time(7)
    assert local_moment(dt.date(2026, 3, 28), seven, SARAJEVO) == utc(2026, 3, 28, 6)
    assert local_moment(dt.date(2026, 3, 29), seven, SARAJEVO) == utc(2026, 3, 29, 5)


def test_day_numbers_count_from_day_zero() -> None:
    zero = dt.date(1995, 12, 20)
    assert [day_number(d, zero) for d in (zero, dt.date(1996, 1, 19), dt.date(1995, 12, 14))] == [
        0,
        30,
        -6,
    ]


@given(day=days, zone=zones)
def test_a_day_begins_at_its_first_moment(day: dt.date, zone: ZoneInfo) -> None:
    start = day_starts_at(day, zone)
    assert start.tzinfo == dt.UTC
    if day == dt.date(1994, 12, 31) and zone.key == "Pacific/Kiritimati":
        return  # Kiribati skipped this day
    assert start.astimezone(zone).date() == day
    assert (start - dt.timedelta(microseconds=1)).astimezone(zone).date() < day


@given(moment=moments, hours=amounts, zone=zones)
def test_hours_there_and_back_lead_to_the_same_moment(
    moment: dt.datetime, hours: int, zone: ZoneInfo
) -> None:
    start = Point.of(moment, zone)
    there = offset(start, hours, Unit.HOURS, zone)
    assert there.at == moment + dt.timedelta(hours=hours)
    assert offset(there, -hours, Unit.HOURS, zone) == start


@given(day=days, amount=amounts, zone=zones, unit=st.sampled_from([Unit.DAYS, Unit.WEEKS]))
def test_days_there_and_back_lead_to_the_same_day(
    day: dt.date, amount: int, zone: ZoneInfo, unit: Unit
) -> None:
    start = Point(day)
    assert offset(offset(start, amount, unit, zone), -amount, unit, zone) == start


@given(day=days, amount=st.integers(0, 400), zone=zones, unit=st.sampled_from(Unit))
def test_more_is_never_earlier(day: dt.date, amount: int, zone: ZoneInfo, unit: Unit) -> None:
    less, more = (offset(Point(day), n, unit, zone).ends_at(zone) for n in (amount, amount + 1))
    assert less <= more


@given(day=days, amount=st.integers(-400, 400), zone=zones)
def test_months_keep_the_day_or_take_the_last_of_a_shorter_month(
    day: dt.date, amount: int, zone: ZoneInfo
) -> None:
    end = offset(Point(day), amount, Unit.MONTHS, zone).on
    is_last = (end + dt.timedelta(days=1)).month != end.month
    assert end.day == day.day or (is_last and end.day < day.day)
    assert (end.year - day.year) * 12 + end.month - day.month == amount
