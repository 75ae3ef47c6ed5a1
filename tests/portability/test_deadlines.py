"""Deadlines as agreements word them, loaded from files."""

from datetime import UTC, date, datetime

import pytest

from coordination.commitments.models import Deadline

from .sample import load, with_commitments

pytestmark = pytest.mark.django_db


def deadline(due: str, anchors: str = "[]", time_zone: str = "UTC") -> Deadline:
    """The deadline of a commitment with these lines."""
    text = with_commitments(
        "  - ref: one\n    title: Do it\n    reference: Art. 1\n    track: political\n"
        f"    owed_by: [NO]\n    {due}\n",
        anchors,
        time_zone,
    )
    return load(text).process.commitments.get().deadline


def anchor(key: str, *dates: str, status: str = "actual") -> str:
    given = ", ".join(f'{{status: {status}, on: "{one}"}}' for one in dates)
    return f"{{key: {key}, name: {key}, dates: [{given}]}}"


SIGNED = anchor("signed", "1998-04-10")


def test_a_calendar_date_is_due_at_the_end_of_its_day() -> None:
    row = deadline("due: 1998-05-22", time_zone="Europe/London")
    assert (row.due_on, row.due_at) == (
        date(1998, 5, 22),
        datetime(1998, 5, 22, 23, tzinfo=UTC),
    )


def test_vague_wording_keeps_its_words_beside_the_last_day_it_can_mean() -> None:
    row = deadline("due: 1999-09-30\n    precision: season\n    wording: no later than summer 1999")
    assert (row.due_on, row.precision, row.wording) == (
        date(1999, 9, 30),
        "season",
        "no later than summer 1999",
    )


def test_a_moment_with_an_offset_falls_on_the_processs_day() -> None:
    row = deadline('due: "2015-02-15T00:00+02:00"', time_zone="Europe/Kyiv")
    assert (row.due_on, row.due_at, row.precision) == (
        date(2015, 2, 15),
        datetime(2015, 2, 14, 22, tzinfo=UTC),
        "moment",
    )


def test_a_moment_without_an_offset_is_in_the_processs_time_zone() -> None:
    row = deadline("due: 2020-07-27T00:01", time_zone="Europe/Kyiv")
    assert row.due_at == datetime(2020, 7, 26, 21, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("{after: signed, hours: 24}", date(1998, 4, 11)),
        ("{after: signed, days: 30}", date(1998, 5, 10)),
        ("{after: signed, weeks: 2}", date(1998, 4, 24)),
        ("{after: signed, months: 6}", date(1998, 10, 10)),
        ("{after: signed, years: 2}", date(2000, 4, 10)),
        ("{after: signed}", date(1998, 4, 10)),
        ("{before: signed, days: 60}", date(1998, 2, 9)),
    ],
)
def test_an_offset_counts_from_its_anchor(due: str, expected: date) -> None:
    assert deadline(f"due: {due}", f"[{SIGNED}]").due_on == expected


def test_days_from_a_moment_end_with_the_day() -> None:
    ceasefire = anchor("ceasefire", "2015-02-15T00:00+02:00")
    row = deadline("due: {after: ceasefire, days: 2}", f"[{ceasefire}]", "Europe/Kyiv")
    assert (row.due_on, row.due_at) == (
        date(2015, 2, 17),
        datetime(2015, 2, 17, 22, tzinfo=UTC),
    )


def test_hours_from_a_moment_are_counted_to_the_minute() -> None:
    ceasefire = anchor("ceasefire", "2015-02-15T00:00+02:00")
    row = deadline("due: {after: ceasefire, hours: 24}", f"[{ceasefire}]", "Europe/Kyiv")
    assert row.due_at == datetime(2015, 2, 15, 22, tzinfo=UTC)


def test_an_anchor_without_a_date_gives_no_date_yet() -> None:
    row = deadline("due: {after: start, days: 90}", "[{key: start, name: Start}]")
    assert (row.due_on, row.is_projected) == (None, True)


def test_the_earlier_of_two_is_what_is_known_so_far() -> None:
    anchors = f"[{{key: act, name: Act}}, {anchor('start', '2020-02-22', status='planned')}]"
    row = deadline(
        "due: {earlier_of: [{after: act, months: 2}, {after: start, months: 4}]}", anchors
    )
    assert (row.due_on, row.is_projected) == (date(2020, 6, 22), True)


def test_the_later_of_two_waits_for_both() -> None:
    both = f"[{SIGNED}]"
    assert deadline("due: {later_of: [{after: signed, days: 3}, 1998-05-22]}", both).due_on == date(
        1998, 5, 22
    )


def test_a_bound_and_a_latest_day_stand_beside_the_due_day() -> None:
    row = deadline(
        "due: {after: signed, months: 6}\n    not_before: 1998-11-01\n"
        "    latest: {after: signed, months: 9}",
        f"[{SIGNED}]",
    )
    assert (row.due_on, row.latest_on) == (date(1998, 11, 1), date(1999, 1, 10))


def test_a_deadline_counts_from_anothers_completion_also_where_that_stands_later() -> None:
    text = with_commitments(
        "  - {ref: exchange, title: Exchange, reference: 6, track: humanitarian, owed_by: [NO],"
        " due: {after_completion_of: withdraw, days: 5}}\n"
        "  - {ref: withdraw, title: Withdraw, reference: 2, track: military, owed_by: [NO],"
        " due: 2015-03-03}\n"
    )
    rows = load(text).process.commitments.order_by("number")
    assert [(row.code, row.title, row.deadline.due_on) for row in rows] == [
        ("C-1", "Exchange", date(2015, 3, 8)),
        ("C-2", "Withdraw", date(2015, 3, 3)),
    ]


def test_the_last_date_of_an_anchor_is_in_force_and_an_actual_one_first() -> None:
    moved = (
        "[{key: start, name: Start, dates: [{status: planned, on: 2019-05-12},"
        " {status: rescheduled, on: 2019-11-12}]}]"
    )
    assert deadline("due: {after: start, months: 3}", moved).due_on == date(2020, 2, 12)
