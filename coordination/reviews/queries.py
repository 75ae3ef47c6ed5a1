"""What a review's agenda is compiled from, and whether its quorum is met."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.bodies.models import Protocol, Seat
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

    They are late, contradicted, to be verified, newly reported, about to be due, or carried over
    by the last review, which also carries over what it left without an outcome.
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
        met = obligation.verified_level == Level.FULL
        if obligation.due_at and now < obligation.due_at < horizon and not met:
            words = of_obligation(obligation, now).words
            begins_or_ends = commitment.kind in (Commitment.Kind.UNTIL, Commitment.Kind.NOT_BEFORE)
            return capfirst(words) if begins_or_ends else _("Due %s") % words
    return ""


def _reported_since(commitment: Commitment, since: datetime | None) -> int:
    reported = [o.reported_at for o in commitment.obligations.all() if o.reported_at]
    return len([moment for moment in reported if since is None or moment > since])


@dataclass(frozen=True)
class Quorum:
    """Whether enough voting seats are present, and the reason in words."""

    met: bool | None
    words: str


def quorum(protocol: Protocol | None, seats: Sequence[Seat], present: set[int]) -> Quorum:
    """Count the voting seats present against the protocol, group by group.

    `present` holds the ids of the seats. Without a rule there is nothing to meet.
    """
    voting = [seat for seat in seats if seat.vote != Seat.Vote.ADVISING]
    here = [seat for seat in voting if seat.pk in present]
    parts = list(protocol.quorum_parts.all()) if protocol else []
    if protocol is None or (protocol.quorum is None and not parts):
        return Quorum(None, _("%(n)s present") % {"n": len(here)})
    met = len(here) >= (protocol.quorum or 0)
    counts = {"here": len(here), "all": len(voting), "needed": protocol.quorum}
    if protocol.quorum is None:
        words = [_("%(here)s of %(all)s present") % counts]
    else:
        words = [_("%(here)s of %(all)s present, %(needed)s needed") % counts]
    for part in parts:
        count = len([seat for seat in here if seat.group == part.group])
        met = met and count >= part.minimum
        words.append(
            _("%(group)s: %(here)s, %(needed)s needed")
            % {"group": part.group, "here": count, "needed": part.minimum}
        )
    return Quorum(met, "; ".join(words))


def seats_present(review: Review) -> set[int]:
    return set(
        review.attendance.exclude(presence=Attendance.Presence.ABSENT).values_list(
            "seat_id", flat=True
        )
    )
