"""Local days and mornings in every time zone, held against an independent reckoning of zones."""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from coordination.base.dates import local_moment
from coordination.processes.models import Process
from coordination.processes.working_days import WorkingDays
from coordination.reminders.when import morning, writing_moment

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))
CLOCKS = st.times().map(lambda one: one.replace(microsecond=0))


def first_moment(day: dt.date, clock: dt.time, zone: str) -> dt.datetime:
    """The first moment at which a clock on the wall there shows that time of that day, or has
    jumped over it: found by walking through the day in UTC, by dateutil's reading of the zone."""
    reading = tz.gettz(zone)
    wanted = dt.datetime.combine(day, clock)
    low = wanted.replace(tzinfo=dt.UTC) - dt.timedelta(hours=27)
    high = low + dt.timedelta(hours=54)
    # Wall time rises with UTC but for the hour that is lived twice: the first of them is meant.
    step = dt.timedelta(minutes=15)
    moment = low
    while moment.astimezone(reading).replace(tzinfo=None) < wanted:
        moment += step
        assert moment < high
    low = moment - step
    while moment - low > dt.timedelta(seconds=1):
        middle = low + (moment - low) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(reading).replace(tzinfo=None) < wanted:
            low = middle
        else:
            moment = middle
    return moment


@settings(max_examples=300)
@given(st.sampled_from(ZONES), DAYS, CLOCKS)
def test_a_local_day_and_hour_comes_when_the_clocks_there_show_it(
    zone: str, day: dt.date, clock: dt.time
) -> None:
    found = local_moment(day, clock, ZoneInfo(zone)).astimezone(dt.UTC)
    assert found == first_moment(day, clock, zone)


def test_every_zone_has_one_morning_a_day_for_ten_years() -> None:
    first = dt.date(2021, 1, 1)
    # Every 29 days, and the day after: all days of the week and of the month, all changes of rules.
    days = [first + dt.timedelta(n + more) for n in range(0, 3653, 29) for more in (0, 1)]
    for zone in ZONES:
        person = User(time_zone=zone)
        mornings = [morning(person, day) for day in days]
        assert [one.astimezone(person.zone).date() for one in mornings] == days, zone
        assert mornings == sorted(set(mornings)), zone


@settings(max_examples=100)
@given(
    st.sampled_from(ZONES),
    st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2030, 12, 31)),
    st.sets(st.integers(1, 7), max_size=6),
)
def test_a_reminder_is_written_by_day_and_on_a_working_day(
    zone: str, now: dt.datetime, weekend: set[int]
) -> None:
    now = now.replace(tzinfo=dt.UTC)
    person = User(time_zone=zone)
    days = WorkingDays(frozenset(weekend), ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coordination.reminders.when.working_days", lambda _process, _day: days)
        patch.setattr("django.conf.settings.MAIL_AT_ANY_TIME", False)
        moment = writing_moment(person, Process(), now, urgent=False)
    local = moment.astimezone(person.zone)
    assert moment >= now
    assert days.has(local.date())
    assert dt.time(7) <= local.time() <= dt.time(20)
    assert moment - now < dt.timedelta(days=8)
