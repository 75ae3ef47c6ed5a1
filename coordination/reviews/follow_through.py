"""What became of what a body decided, who came, and how often it met: plain reads, in a constant
number of queries."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Prefetch

from coordination.bodies.decisions import Quorum, quorum
from coordination.bodies.models import Body, Protocol, Seat, Term
from coordination.commitments.models import Level
from coordination.commitments.standing import Standing, of_commitment

from .models import AgendaItem, Attendance, Outcome, Review
from .queries import composition_of, day_of

#: Of how many meetings the attendance is shown, and how many items of a list.
MEETINGS, ITEMS = 12, 30
#: Units of the bar of all actions; and of a cell of attendance, with the gap beside it.
BAR, CELL, GAP = 300, 12, 3
_HELD = (Review.State.IN_SESSION, Review.State.MINUTES_DRAFT, Review.State.APPROVED)
_PERIODS = {
    Protocol.Period.WEEK: relativedelta(weeks=1),
    Protocol.Period.FORTNIGHT: relativedelta(weeks=2),
    Protocol.Period.MONTH: relativedelta(months=1),
    Protocol.Period.QUARTER: relativedelta(months=3),
    Protocol.Period.HALF_YEAR: relativedelta(months=6),
    Protocol.Period.YEAR: relativedelta(years=1),
}
_SHAPES = {
    Attendance.Presence.PRESENT: "k3",
    Attendance.Presence.REMOTE: "k1",
    Attendance.Presence.ABSENT: "k0",
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar: the class that draws it, where it begins and how wide it is."""

    shape: str
    x: float
    width: float


@dataclass(frozen=True)
class Action:
    """One action of the body, with the commitment that it became and where that stands."""

    outcome: Outcome
    standing: Standing

    @property
    def is_done(self) -> bool:
        """Verified to be done; or reported, where nobody verifies it."""
        commitment = self.outcome.commitment
        assert commitment is not None
        if commitment.verifying_body_id is None:
            owed = commitment.obligations.all()
            return bool(owed) and all(one.reported_level == Level.FULL for one in owed)
        return self.standing.mark == "ok"

    @property
    def is_late(self) -> bool:
        return not self.is_done and self.standing.mark in ("over", "breach")


@dataclass(frozen=True)
class Actions:
    """All actions since a day."""

    all: list[Action]

    @property
    def done(self) -> list[Action]:
        return [one for one in self.all if one.is_done]

    @property
    def late(self) -> list[Action]:
        return [one for one in self.all if one.is_late]

    @property
    def open(self) -> list[Action]:
        return [one for one in self.all if not one.is_done and not one.is_late]

    @property
    def pending(self) -> list[Action]:
        """Those to look after, the late ones first."""
        return [*self.late, *self.open][:ITEMS]

    @property
    def bar(self) -> list[Segment]:
        found, x = [], 0.0
        for shape, rows in (("k3", self.done), ("k4", self.late), ("k0", self.open)):
            width = round(BAR * len(rows) / max(len(self.all), 1), 1)
            if rows:
                found.append(Segment(shape, round(x, 1), width))
            x += width
        return found


@dataclass(frozen=True)
class Meeting:
    review: Review
    quorum: Quorum


@dataclass(frozen=True)
class Cell:
    """One seat at one meeting; without a shape where it was not there, or not marked."""

    x: int
    shape: str
    words: str


@dataclass(frozen=True)
class SeatRow:
    """The attendance of one seat over the last meetings."""

    seat: Seat
    cells: list[Cell]
    present: int
    of: int


@dataclass(frozen=True)
class Carried:
    """An item that came back, and how often."""

    item: AgendaItem
    times: int
    first: int
    has_ended: bool


@dataclass(frozen=True)
class FollowThrough:
    since: date
    actions: Actions
    meetings: list[Meeting]
    #: How many the protocol asks for since then; None where it says nothing, or too little time.
    expected: int | None
    cancelled: int
    rows: list[SeatRow]
    shown: list[Review]
    carried: list[Carried]

    @property
    def with_quorum(self) -> int:
        return sum(one.quorum.met is True for one in self.meetings)

    @property
    def without_quorum(self) -> int:
        return sum(one.quorum.met is False for one in self.meetings)

    @property
    def strip(self) -> int:
        """The width of a seat's cells."""
        return max(len(self.shown) * (CELL + GAP), 1)


def follow_through(body: Body, since: date | None = None) -> FollowThrough:
    """How a body followed through since a day: a year ago, or its first meeting if that is later.

    `body` comes with its process.
    """
    today = body.process.today()
    held = list(body.reviews.filter(state__in=_HELD).order_by("-starts_at"))
    for review in held:
        review.body = body
    if since is None:
        since = today - relativedelta(years=1)
        if held:
            since = max(since, min(held[-1].held_on, today))
    lately = [one for one in held if one.held_on >= since]
    shown = held[:MEETINGS][::-1]
    seats = list(
        Seat.objects.filter(body=body)
        .select_related("party")
        .prefetch_related(Prefetch("terms", Term.objects.all(), "all_terms"))
        .order_by("number")
    )
    for seat in seats:
        seat.body = body
    marked = _attendance({one.pk for one in (*lately, *shown)})
    return FollowThrough(
        since=since,
        actions=_actions(body, since),
        meetings=_meetings(body, lately, seats, marked),
        expected=_expected(body, since, today),
        cancelled=body.reviews.filter(state=Review.State.CANCELLED, held_on__gte=since).count(),
        rows=_rows(seats, shown, marked),
        shown=shown,
        carried=_carried(body, since),
    )


def _actions(body: Body, since: date) -> Actions:
    rows = (
        Outcome.objects.filter(
            kind=Outcome.Kind.ACTION, item__review__body=body, item__review__held_on__gte=since
        )
        .select_related("commitment__deadline", "item__review")
        .prefetch_related("commitment__obligations__party", "commitment__obligations__body")
        .order_by("commitment__deadline__due_on", "pk")
    )
    found = []
    for outcome in rows:
        assert outcome.commitment is not None
        outcome.commitment.process = body.process
        found.append(Action(outcome, of_commitment(outcome.commitment)))
    return Actions(found)


Marked = dict[int, dict[int, Attendance]]


def _attendance(reviews: set[int]) -> Marked:
    """By review and by seat what was marked."""
    found: Marked = {pk: {} for pk in reviews}
    for one in Attendance.objects.filter(review__in=reviews):
        found[one.review_id][one.seat_id] = one
    return found


def _meetings(
    body: Body, reviews: Sequence[Review], seats: Sequence[Any], marked: Marked
) -> list[Meeting]:
    """The quorum of each, by the seats and terms of its own day."""
    protocol = Protocol.objects.filter(body=body).prefetch_related("quorum_parts").first()
    counts_as, mandated = composition_of(body)
    found = []
    for review in reviews:
        if review.quorum_words:
            found.append(Meeting(review, Quorum(review.quorum_met, (review.quorum_words,))))
            continue
        day = day_of(review)
        then = []
        for seat in seats:
            if seat.holds_on(day):
                one = copy.copy(seat)
                one.current_terms = [term for term in seat.all_terms if term.runs_on(day)]
                then.append(one)
        present = {
            seat: one.person_id
            for seat, one in marked[review.pk].items()
            if one.presence != Attendance.Presence.ABSENT
        }
        found.append(Meeting(review, quorum(protocol, then, present, counts_as, mandated=mandated)))
    return found


def _expected(body: Body, since: date, today: date) -> int | None:
    protocol = getattr(body, "protocol", None)
    if protocol is None or not protocol.meets_times or not protocol.meets_per:
        return None
    step, periods = _PERIODS[Protocol.Period(protocol.meets_per)], 0
    while since + step * (periods + 1) <= today:
        periods += 1
    return periods * protocol.meets_times if periods else None


def _rows(seats: Sequence[Seat], shown: Sequence[Review], marked: Marked) -> list[SeatRow]:
    rows = []
    for seat in seats:
        cells, present, of = [], 0, 0
        for place, review in enumerate(shown):
            there = marked[review.pk].get(seat.pk)
            lasted = seat.holds_on(day_of(review))
            of += lasted or there is not None
            if there is None:
                continue
            present += there.presence != Attendance.Presence.ABSENT
            shape = _SHAPES[Attendance.Presence(there.presence)]
            words = f"{review.number}: {there.get_presence_display()}"
            cells.append(Cell(place * (CELL + GAP), shape, words))
        if of:
            rows.append(SeatRow(seat, cells, present, of))
    return rows


def _carried(body: Body, since: date) -> list[Carried]:
    """The items that came back, each as it stood on its last agenda; the most often first."""
    went_on = Outcome.objects.filter(item=OuterRef("pk"), kind=Outcome.Kind.CARRIED_OVER)
    other = Outcome.objects.filter(item=OuterRef("pk")).exclude(kind=Outcome.Kind.CARRIED_OVER)
    items = {
        item.pk: item
        for item in AgendaItem.objects.filter(review__body=body, carried_from__isnull=False)
        .select_related("review", "carried_from__review", "commitment")
        .annotate(ended=Exists(other), went_on=Exists(went_on))
    }
    former = {item.carried_from_id for item in items.values()}
    found = []
    for item in items.values():
        if item.pk in former or item.review.held_on < since:
            continue
        times, first = 1, item
        while first.carried_from_id in items:
            first, times = items[first.carried_from_id], times + 1
        assert first.carried_from is not None
        ended = bool(item.ended and not item.went_on)
        found.append(Carried(item, times, first.carried_from.review.number, ended))
    return sorted(found, key=lambda one: (-one.times, one.item.pk))[:ITEMS]
