"""The weekend and the holidays of a process, and what they make of a day."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, verify
from coordination.processes.holidays import change_holiday, remove_holiday, set_working_days
from coordination.processes.models import Holiday, Process
from coordination.processes.working_days import WorkingDays, working_days
from tests import factories
from tests.editing import fill, form_on

PAGE = "/p/valley/reminders/working-days/"

days = st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1))


@given(
    day=days,
    weekend=st.frozensets(st.integers(1, 7), max_size=6),
    spans=st.lists(st.tuples(st.integers(-20, 40), st.integers(0, 25)), max_size=6),
)
def test_it_goes_on_to_the_first_day_that_is_neither_weekend_nor_holiday(
    day: dt.date, weekend: frozenset[int], spans: list[tuple[int, int]]
) -> None:
    holidays = [
        (day + dt.timedelta(first), day + dt.timedelta(first + length)) for first, length in spans
    ]
    off = {
        first + dt.timedelta(n)
        for first, last in holidays
        for n in range(30)
        if first + dt.timedelta(n) <= last
    }
    expected = day
    while expected in off or expected.isoweekday() in weekend:
        expected += dt.timedelta(1)
    found = WorkingDays(weekend, tuple(holidays))
    assert found.from_day(day) == expected
    assert found.has(expected)
    assert found.from_day(expected) == expected


def test_a_process_without_any_working_day_keeps_the_day() -> None:
    day = dt.date(2026, 1, 1)
    assert WorkingDays(frozenset(range(1, 8)), ()).from_day(day) == day


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def stored(process: Process) -> list[tuple[str, str, str]]:
    rows = process.holidays.values_list("name", "first_on", "last_on")
    return [(name, f"{first:%m-%d}", f"{last:%m-%d}") for name, first, last in rows]


@pytest.mark.django_db
def test_a_coordinator_sets_the_weekend_and_pastes_holidays(desk: Client, process: Process) -> None:
    year = process.today().year
    lines = f"""
        {year}-12-25 {year}-12-26 Christmas
        {year}-05-01 Labour Day; and the day of work
        {year}-12-31, {year}-12-31, New Year’s Eve
    """
    form = fill(desk, PAGE, pasted=lines)
    assert desk.post(PAGE, form | {"weekend": ["5", "6"]}).status_code == 302
    process.refresh_from_db()
    assert process.weekend == [5, 6]
    assert stored(process) == [
        ("Labour Day; and the day of work", "05-01", "05-01"),
        ("Christmas", "12-25", "12-26"),
        ("New Year’s Eve", "12-31", "12-31"),
    ]
    again = f"{year}-12-25 {year}-12-27 Christmas"
    form = fill(desk, PAGE, pasted=again)
    desk.post(PAGE, form | {"weekend": ["5", "6"]})
    assert stored(process)[1] == ("Christmas", "12-25", "12-27")
    verbs = process.ledger_entries.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs)[-5:] == [
        "process.weekend",
        *["holiday.entered"] * 3,
        "holiday.changed",
    ]
    assert list(verify(process)) == []
    found = working_days(process, process.today())
    assert found.weekend == {5, 6}


@pytest.mark.django_db
def test_rows_are_changed_and_removed(desk: Client, process: Process) -> None:
    year = process.today().year
    for name, month in (("One", 1), ("Two", 2), ("Three", 3)):
        factories.HolidayFactory(process=process, name=name, first_on=dt.date(year, month, 1))
    factories.HolidayFactory(process=process, name="Past", first_on=dt.date(year - 1, 3, 1))
    kept = process.holidays.get(name="Two").pk
    form = fill(desk, PAGE)
    assert [form[f"holidays-{n}-name"] for n in range(4)] == ["One", "Two", "Three", ""]
    form |= {"holidays-0-name": "", "holidays-0-first_on": "", "holidays-0-last_on": ""}
    form |= {"holidays-1-last_on": f"{year}-02-03", "holidays-2-name": "Third"}
    assert desk.post(PAGE, form | {"weekend": ["6", "7"]}).status_code == 302
    assert stored(process) == [
        ("Past", "03-01", "03-01"),
        ("Two", "02-01", "02-03"),
        ("Third", "03-01", "03-01"),
    ]
    assert process.holidays.get(name="Two").pk == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"pasted": "Christmas 2026-12-25"}, "Line 1: write the first day"),
        ({"pasted": "2026-12-25 Christmas\n2026-02-30 Nothing"}, "Line 2: there is no such day."),
        ({"pasted": "2026-12-26 2026-12-25 Christmas"}, "Line 1: the last day comes before"),
        ({"pasted": "1026-12-26 Christmas"}, "Line 1:"),
        ({"weekend": [str(n) for n in range(1, 8)]}, "At least one day of the week"),
        (
            {
                "holidays-0-name": "Eid",
                "holidays-0-first_on": "2026-03-20",
                "holidays-0-last_on": "2026-03-19",
            },
            "The last day comes before the first.",
        ),
        (
            {
                "holidays-0-name": "Eid",
                "holidays-0-first_on": "2026-03-20",
                "holidays-1-name": "Eid",
                "holidays-1-first_on": "2026-03-20",
            },
            "It stands in two rows.",
        ),
    ],
)
def test_what_is_not_understood_is_said_and_kept(
    desk: Client, process: Process, typed: dict[str, Any], words: str
) -> None:
    form = fill(desk, PAGE) | {"weekend": ["6", "7"]} | typed
    page = desk.post(PAGE, form)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "Not saved. What is marked below" in page.content.decode()
    assert not Holiday.objects.exists()
    shown = form_on(page)
    texts = {name: value for name, value in typed.items() if name != "weekend"}
    assert {name: shown[name] for name in texts} == texts


@pytest.mark.django_db
def test_each_line_that_is_not_understood_has_its_own_error(desk: Client, process: Process) -> None:
    lines = "2026-12-25 Christmas\n2026-02-30 Nothing\n\nEid\n2026-12-26 2026-12-25 Boxing"
    page = desk.post(PAGE, fill(desk, PAGE, pasted=lines))
    assert page.context["form"].errors["pasted"] == [
        "Line 2: there is no such day.",
        "Line 4: write the first day, the last day and a name, as in "
        "2026-12-25 2026-12-26 Christmas.",
        "Line 5: the last day comes before the first.",
    ]
    assert form_on(page)["pasted"] == lines
    page = desk.post(PAGE, fill(desk, PAGE, pasted="nonsense\n" * 25))
    errors = page.context["form"].errors["pasted"]
    assert (len(errors), errors[-1]) == (21, "5 more lines are not understood.")
    assert not Holiday.objects.exists()


@pytest.mark.django_db
def test_a_holiday_that_is_gone_is_neither_changed_nor_removed_again(
    process: Process, coordinator: User
) -> None:
    holiday = factories.HolidayFactory(process=process)
    who = {"actor": coordinator, "origin": Origin.WEB}
    remove_holiday(holiday=Holiday.objects.get(pk=holiday.pk), **who)
    for action in (change_holiday, remove_holiday):
        with pytest.raises(Refused):
            action(holiday=holiday, **who)


@pytest.mark.django_db
def test_nothing_is_recorded_where_nothing_changed(process: Process, coordinator: User) -> None:
    holiday = factories.HolidayFactory(process=process)
    before = process.ledger_entries.count()
    set_working_days(
        actor=coordinator,
        process=process,
        weekend=[7, 6],
        holidays=[{"name": holiday.name, "first_on": holiday.first_on, "last_on": holiday.last_on}],
        origin=Origin.WEB,
    )
    assert process.ledger_entries.count() == before
