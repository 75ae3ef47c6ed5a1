"""What a review's agenda is compiled from, and whether its quorum is met."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.bodies.decisions import Quorum, quorum
from coordination.bodies.models import Seat, Term
from coordination.commitments.models import Commitment, Level
from coordination.commitments.standing import ORDER, Standing, of_commitment, of_obligation
from coordination.processes.models import Process

from .models import AgendaItem, Attendance, Outcome, Review

#: What falls due within this time after a review is on its agenda.
LOOK_AHEAD = timedelta(days=14)


@dataclass
class Entry:
    """A commitment that belongs on an agenda, where it stands, and why it is there."""

    commitment: Commitment
    standing: Standing
    reasons: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return " · ".join(self.reasons)


def coming(process: Process, now: datetime | None = None) -> Q:
    """The reviews that are in session, or planned for today or later.

    One that was planned and never opened is past: it stops no series.
    """
    states = Review.State
    return Q(state=states.IN_SESSION) | Q(state=states.PLANNED, held_on__gte=process.today(now))


#: How long a meeting is taken to last where two of them might clash.
MEETING_LASTS = timedelta(hours=2)
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

    The length of a meeting is not recorded: two that begin within two hours are taken to clash.
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
            if second.starts_at - first.starts_at >= MEETING_LASTS:
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


def previous_review(review: Review) -> Review | None:
    """The body's last meeting before this one that took place."""
    return (
        Review.objects.filter(body=review.body_id, starts_at__lt=review.starts_at)
        .exclude(state__in=[Review.State.PLANNED, Review.State.CANCELLED])
        .order_by("starts_at")
        .last()
    )


def compile_agenda(review: Review, now: datetime) -> list[Entry]:
    """The commitments that the body leads and must talk about, most pressing first.

    They are in breach, late, contradicted, at risk, to be verified, newly reported, about to be
    due, or carried over by the last review, which also carries over what it left without an
    outcome.
    """
    last = previous_review(review)
    since = last.opened_at if last and last.opened_at else None
    carried = _carried_over(last)
    horizon = max(review.starts_at, now) + LOOK_AHEAD
    candidates = (
        Commitment.objects.filter(lead_body=review.body_id)
        .filter(
            Q(pk__in=carried)
            | Q(obligations__due_at__lt=horizon)
            | Q(obligations__reported_at__isnull=False)
            | Q(obligations__in_breach=True)
            | Q(obligations__out_of_bounds=True)
            | Q(obligations__is_at_risk=True)
            | Q(obligations__is_disputed=True)
        )
        .distinct()
        .for_list()
    )
    entries = []
    for commitment in candidates:
        standing = of_commitment(commitment, now)
        entry = Entry(commitment, standing)
        if standing.needs_attention:
            entry.reasons.append(standing.words)
        elif soon := _falling_due(commitment, now, horizon):
            entry.reasons.append(soon)
        if reported := _reported_since(commitment, since):
            entry.reasons.append(
                ngettext("%(n)s new report", "%(n)s new reports", reported) % {"n": reported}
            )
        if commitment.pk in carried:
            entry.reasons.append(_("Carried over"))
        if entry.reasons:
            entries.append(entry)
    entries.sort(
        key=lambda e: (ORDER.index(e.standing.mark), e.commitment.priority, e.commitment.number)
    )
    return entries


def _carried_over(last: Review | None) -> set[int]:
    if last is None:
        return set()
    items = AgendaItem.objects.filter(review=last, commitment__isnull=False)
    deferred = Q(outcomes=None) | Q(outcomes__kind=Outcome.Kind.CARRIED_OVER)
    return set(items.filter(deferred).values_list("commitment_id", flat=True))


def _falling_due(commitment: Commitment, now: datetime, horizon: datetime) -> str:
    """In words, when something of it that is not met yet falls due before the horizon."""
    for obligation in commitment.obligations.all():
        several = commitment.kind in Commitment.EXPECTED  # dated by what is open still
        met = obligation.verified_level == Level.FULL and not several
        if obligation.due_at and now < obligation.due_at < horizon and not met:
            words = of_obligation(obligation, now).words
            begins_or_ends = commitment.kind in (Commitment.Kind.UNTIL, Commitment.Kind.NOT_BEFORE)
            return capfirst(words) if begins_or_ends else _("Due %s") % words
    return ""


def _reported_since(commitment: Commitment, since: datetime | None) -> int:
    reported = [o.reported_at for o in commitment.obligations.all() if o.reported_at]
    return len([moment for moment in reported if since is None or moment > since])


def day_of(review: Review) -> date:
    """The day of whose seats and terms a review is: today until it has closed.

    A term may end at midnight while the body is in session.
    """
    process = review.body.process
    if review.state in (Review.State.PLANNED, Review.State.IN_SESSION):
        return process.today()
    return process.today(review.closed_at) if review.closed_at else review.held_on


def seats_of(review: Review) -> list[Seat]:
    """The seats that the body has on the review's day, with who holds them then."""
    day = day_of(review)
    seats = Seat.objects.on(day).with_holders(day).filter(body=review.body).order_by("number")
    for seat in seats:
        seat.body = review.body  # spares a query for each
    return list(seats)


def present_in(review: Review) -> dict[int, int | None]:
    """Who is marked as there, near or far: by the id of the seat that of the person in it."""
    there = review.attendance.exclude(presence=Attendance.Presence.ABSENT)
    return dict(there.values_list("seat_id", "person_id"))


def quorum_of(review: Review, seats: Sequence[Seat]) -> Quorum:
    """Whether a review has its quorum; `seats` as `seats_of` gives them."""
    parts = list(review.body.composition_parts.all())
    protocol = getattr(review.body, "protocol", None)
    return quorum(
        protocol,
        seats,
        present_in(review),
        {part.group: part.counts_as for part in parts},
        mandated=sum(part.seats for part in parts),
    )
