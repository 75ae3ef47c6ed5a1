"""The meetings of a rhythm that nobody touched yet: known by their day, without a row.

A day of a series becomes a `Review` when it is the next one, and when somebody moves it, calls it
off, opens it or answers to it. Such a review stands for its day of the rhythm (`series_day`)
wherever it is moved to, and whatever becomes of the rhythm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from coordination.base.dates import LAST_YEAR, local_moment
from coordination.base.recurrence import days
from coordination.bodies.models import Body

from .models import Review, ReviewSeries

_LAST = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True)
class Occurrence:
    """A day of a series; it reads like the `Review` that it may become, but has no `pk`."""

    series: ReviewSeries
    series_day: date

    pk = None
    state = Review.State.PLANNED
    called_off_because = ""

    def __str__(self) -> str:
        return f"{self.series}, {self.series_day}"

    @property
    def body(self) -> Body:
        return self.series.body

    @property
    def held_on(self) -> date:
        return self.series_day

    @property
    def starts_at(self) -> datetime:
        return local_moment(self.series_day, self.series.clock, self.body.process.zone)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.lasts_minutes)

    @property
    def lasts_minutes(self) -> int:
        return self.series.lasts_minutes

    @property
    def place(self) -> str:
        return self.series.place

    @property
    def video_link(self) -> str:
        return self.series.video_link


Meeting = Review | Occurrence


def rhythm(series: ReviewSeries, first: date, last: date = _LAST) -> Iterator[date]:
    """The days between the two on which the series would meet, while there is the body."""
    ends = [last]
    if series.ends_on:
        ends.append(series.ends_on)
    if series.body.ended_on:
        ends.append(series.body.ended_on - timedelta(days=1))
    zone = series.body.process.zone
    return days(series.rule, series.starts_on, first, min(ends), zone, series.clock)


def next_days(series: ReviewSeries, number: int) -> list[date]:
    """The next days of the rhythm from today on, or from its first one."""
    return list(islice(rhythm(series, series.body.process.today()), number))


def next_free_day(series: ReviewSeries, on_or_after: date) -> date | None:
    """The first day of the rhythm for which no meeting stands yet, held, moved or cancelled."""
    taken = set(series.reviews.values_list("series_day", flat=True))
    return next((day for day in rhythm(series, on_or_after) if day not in taken), None)


def occurrence(series: ReviewSeries, day: date) -> Occurrence | None:
    """The untouched meeting of that day, where the rhythm has one."""
    if day > _LAST:
        return None
    taken = series.reviews.filter(series_day=day).exists()
    return None if taken or day not in rhythm(series, day, day) else Occurrence(series, day)


def untouched(series: Iterable[ReviewSeries], first: date, last: date) -> list[Occurrence]:
    """What no review stands for, from today on, in the order of time; one query for any number.

    The series come with their body and its process.
    """
    all_series = list(series)
    rows = Review.objects.filter(
        series__in=[one.pk for one in all_series], series_day__range=(first, last)
    )
    taken = set(rows.values_list("series", "series_day")) if all_series else set()
    found = [
        Occurrence(one, day)
        for one in all_series
        for day in rhythm_or_nothing(one, max(first, one.body.process.today()), last)
        if (one.pk, day) not in taken
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.series.pk))


def rhythm_or_nothing(series: ReviewSeries, first: date, last: date) -> list[date]:
    """The same as `rhythm`, where one that is broken must not hide the others."""
    try:
        return list(rhythm(series, first, last))
    except ValueError:
        return []
