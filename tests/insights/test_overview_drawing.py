"""The geometry of the overview, and the history behind it, without a database."""

import datetime as dt
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coordination.commitments.columns import last_that_counts
from coordination.commitments.models import CheckIn
from coordination.insights.overview.bodies import bar_of
from coordination.insights.overview.curve import BOTTOM, TOP, Counts, _apart, curve_of
from coordination.insights.overview.figures import figures_of
from coordination.insights.overview.history import (
    History,
    as_found,
    as_reported,
    full_from,
)
from coordination.insights.overview.rows import Row
from coordination.insights.overview.strip import GROUPS, MOST, WIDTH, strip_of
from coordination.processes.models import Process

DAY = dt.date(1996, 2, 14)


def counted_process() -> Process:
    """One that counts from no day, and is read without a database."""
    process = Process(pk=1, time_zone="UTC")
    process._prefetched_objects_cache = {"anchors": []}  # type: ignore[attr-defined]
    return process


def row(n: int, **said: object) -> Row:
    due_on = DAY + dt.timedelta(days=n)
    due_at = dt.datetime.combine(due_on, dt.time(), tzinfo=dt.UTC)
    known = {"due_on": due_on, "due_at": due_at, "lead": 1, "verifier": 2, "owners": 1}
    return Row(key=n, number=n, **(known | {"fallen_due": n < 0} | said))  # type: ignore[arg-type]


def test_the_strip_has_a_bar_for_each_commitment_as_high_as_its_level() -> None:
    rows = [
        row(-2, reported=3, verified=3),
        row(-1, reported=2, verified=1, overdue=True),
        row(1, at_risk=True),
        row(2, due_on=None, due_at=None),
    ]
    strip = strip_of(rows, counted_process(), DAY)
    assert strip is not None
    assert (strip.reported.count("v-54"), strip.reported.count("v-36")) == (1, 1)
    assert (strip.verified.count("v-54"), strip.verified.count("v-18")) == (1, 1)
    assert strip.axis.count("M") == 2  # nothing reported yet
    assert (strip.overdue.count("M"), strip.at_risk.count("M")) == (1, 1)
    assert (strip.today, strip.undated, strip.each) == (WIDTH / 2, WIDTH * 3 / 4, 1)
    assert strip_of([], counted_process(), DAY) is None


def test_a_long_strip_says_what_share_of_each_span_is_full() -> None:
    rows = [row(n, reported=3 if n % 2 else 1) for n in range(MOST * 10)]
    strip = strip_of(rows, counted_process(), DAY)
    assert strip is not None
    assert strip.each == 15
    assert strip.reported.count("M") == GROUPS
    assert {part.split("v-")[1].split("h")[0] for part in strip.reported.split("M")[1:]} <= {
        "25.2",
        "28.8",
    }  # seven and eight of fifteen


def test_the_curve_ends_on_the_figures_of_the_sentence() -> None:
    rows = [row(-20, reported=3, verified=3), row(-10, reported=3), row(-5), row(30)]
    history = History(
        {-20: [[(DAY - dt.timedelta(days=25), 3)]], -10: [[(DAY - dt.timedelta(days=3), 3)]]},
        {-20: [[(DAY - dt.timedelta(days=15), 3)]]},
    )
    figures = figures_of(rows, None)
    curve = curve_of(rows, history, counted_process(), DAY, figures)
    assert curve is not None
    last = curve.points[-1]
    assert (last.promised, last.reported, last.verified) == (3, 2, 1)
    assert [line.count for line in curve.lines][1:] == ["3 promised", "2 reported", "1 verified"]
    # What was done before its day counts from its day on: no line runs ahead of its promise.
    assert all(one.promised >= one.reported >= one.verified for one in curve.points)
    assert curve.left < curve.today < curve.right
    undated = [row(1, due_on=None, due_at=None)]
    assert curve_of(undated, history, counted_process(), DAY, figures) is None


@given(st.lists(st.floats(TOP, BOTTOM), max_size=4).map(sorted))
def test_words_at_the_end_of_lines_never_stand_on_each_other(places: list[float]) -> None:
    found = _apart(places)
    assert all(after - before > 18.8 for before, after in pairwise(found))
    assert all(place <= BOTTOM + 4 for place in found)


@given(st.dictionaries(st.integers(-50, 50), st.integers(-3, 3)), st.integers(-60, 60))
def test_a_count_is_the_sum_of_what_changed_until_then(changes: dict[int, int], on: int) -> None:
    days = Counter({DAY + dt.timedelta(days=n): change for n, change in changes.items()})
    expected = sum(change for n, change in changes.items() if n <= on)
    assert Counts(days).on(DAY + dt.timedelta(days=on)) == expected


reports = st.lists(
    st.tuples(
        st.none() | st.integers(0, 6).map(lambda n: DAY + dt.timedelta(days=n)),
        st.integers(0, 3),
        st.integers(0, 9).map(lambda n: dt.datetime(1996, 3, 1 + n, tzinfo=dt.UTC)),
    ),
    max_size=8,
)


@given(reports)
def test_the_last_level_of_a_history_is_that_of_the_report_that_counts(
    sent: list[tuple[dt.date | None, int, dt.datetime]],
) -> None:
    rows = [CheckIn(period_on=on, level=level, submitted_at=at) for on, level, at in sent]
    last = last_that_counts(rows)
    levels = as_reported(sent, lambda moment: moment.date())
    assert [level for _day, level in levels[-1:]] == ([last.level] if last else [])
    assert [day for day, _level in levels] == sorted(day for day, _level in levels)


def test_a_finding_that_was_released_late_does_not_undo_a_later_one() -> None:
    days = [dt.datetime(1996, 3, n, tzinfo=dt.UTC) for n in (1, 9, 5)]
    found = list(zip((1, 2, 3), days, strict=True))
    assert as_found(found, lambda moment: moment.date()) == [
        (dt.date(1996, 3, 1), 1),
        (dt.date(1996, 3, 5), 3),
    ]


def test_a_commitment_is_full_from_the_day_on_which_everybody_is() -> None:
    owners = [[(DAY, 3)], [(DAY, 1), (DAY + dt.timedelta(days=2), 3)]]
    assert full_from(owners, 2)[-1] == (DAY + dt.timedelta(days=2), True)
    assert full_from(owners, 3) == []  # of one nothing was said


def test_a_stacked_bar_says_in_words_what_it_shows() -> None:
    bar = bar_of([3, 3, 0, None], 8, lambda n: f"{n} without a report")
    assert bar.words == "2 full, 1 not initiated, 1 without a report"
    assert bar.parts == [
        ("3", "M0 1h44v12h-44z"),
        ("0", "M44 1h22v12h-22z"),
        ("n", "M66 1h22v12h-22z"),
    ]
