"""Meetings at the same time that one person belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from coordination.bodies.models import Term
from coordination.processes.models import Process

from .models import Review

#: How far ahead clashes are looked for.
CLASH_HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class Clash:
    """Two meetings at the same time that one person belongs to, and who could go to one instead:
    the alternates of those seats who do not sit in either body themselves.
    """

    person: str
    first: Review
    second: Review
    alternates: tuple[str, ...] = ()


@dataclass
class Sitting:
    """A person with a seat in a body on a day, and the alternates of their seats."""

    name: str
    alternates: dict[int, str] = field(default_factory=dict)


def meeting_clashes(process: Process, now: datetime | None = None) -> list[Clash]:
    """Whoever holds seats, on the day, in two bodies that meet at the same time in the coming
    weeks: whose term ends before is spared, and who is yet to begin is found.
    """
    now = now or timezone.now()
    reviews = list(
        Review.objects.filter(
            body__process=process,
            state=Review.State.PLANNED,
            starts_at__gte=now,
            starts_at__lt=now + CLASH_HORIZON,
        )
        .select_related("body")
        .order_by("starts_at", "pk")
    )
    pairs = list(_at_once(reviews))
    meeting = {review.pk: review for pair in pairs for review in pair}.values()
    terms = _terms_between(process, {review.body_id for review in meeting}, now)
    people = {
        review.pk: _sitting(terms.get(review.body_id, []), process.today(review.starts_at))
        for review in meeting
    }
    return [
        clash
        for first, second in pairs
        for clash in _torn(first, second, people[first.pk], people[second.pk])
    ]


def _at_once(reviews: list[Review]) -> Iterator[tuple[Review, Review]]:
    """The pairs of meetings of two bodies that clash; `reviews` in the order of their time."""
    for place, first in enumerate(reviews):
        for second in reviews[place + 1 :]:
            if second.starts_at >= first.ends_at:
                break
            if first.body_id != second.body_id:
                yield first, second


def _torn(
    first: Review, second: Review, here: dict[int, Sitting], there: dict[int, Sitting]
) -> list[Clash]:
    found = []
    for person in sorted(here.keys() & there.keys(), key=lambda pk: (here[pk].name, pk)):
        others = here[person].alternates | there[person].alternates
        free = sorted(name for pk, name in others.items() if pk not in here and pk not in there)
        found.append(Clash(here[person].name, first, second, tuple(free)))
    return found


def _terms_between(process: Process, bodies: set[int], now: datetime) -> dict[int, list[Term]]:
    """By body the terms that run between now and the horizon, the earliest first."""
    terms: dict[int, list[Term]] = {}
    rows = Term.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=process.today(now)),
        seat__body__in=bodies,
        starts_on__lte=process.today(now + CLASH_HORIZON),
    )
    people = ("holder__name", "alternate__name")
    seats = ("seat__body", "seat__started_on", "seat__ended_on")
    for term in (
        rows.select_related("seat", "holder", "alternate")
        .only("starts_on", "ends_on", *people, *seats)
        .order_by("starts_on", "pk")
    ):
        terms.setdefault(term.seat.body_id, []).append(term)
    return terms


def _sitting(terms: list[Term], day: date) -> dict[int, Sitting]:
    """Who holds a body's seats on a day; of two terms of a seat the later one holds it."""
    of_seats = {term.seat_id: term for term in terms if term.runs_on(day)}
    people: dict[int, Sitting] = {}
    for term in of_seats.values():
        if term.seat.holds_on(day):
            one = people.setdefault(term.holder_id, Sitting(term.holder.name))
            if term.alternate:
                one.alternates[term.alternate.pk] = term.alternate.name
    return people
