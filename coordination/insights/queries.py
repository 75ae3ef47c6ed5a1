"""What a person and a process need to see at once: reads only."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, When
from django.utils import timezone

from coordination.bodies.models import Seat
from coordination.bodies.vacancies import Holding, holdings
from coordination.commitments.models import Commitment, Level, Obligation
from coordination.commitments.queries import obligations_in
from coordination.commitments.standing import ORDER, Standing, of_obligation
from coordination.processes.models import Affiliation, Membership, Process


@dataclass(frozen=True)
class Duty:
    """An obligation that a person answers for, and where it stands."""

    obligation: Obligation
    standing: Standing


def duties(user: Any) -> list[Duty]:
    """What the person is the focal point of and is not met yet, most pressing first."""
    now = timezone.now()
    obligations = (
        Obligation.objects.visible_to(user)
        .filter(focal_point=user)
        .select_related("commitment__process", "commitment__deadline", "party", "body")
    )
    found = [Duty(obligation, of_obligation(obligation, now)) for obligation in obligations]
    return sorted(
        (duty for duty in found if duty.standing.mark != "ok"),
        key=lambda duty: (
            ORDER.index(duty.standing.mark),
            duty.obligation.next_check_in_on or timezone.now().date().max,
            duty.obligation.commitment.number,
        ),
    )


def successors_to_name(user: Any) -> list[Holding]:
    """The seats for which a party that the person acts for was asked to name somebody."""
    own = Membership.objects.current().filter(user=user, party__isnull=False).values("party")
    acting = Affiliation.objects.filter(kind=Affiliation.Kind.ACTS_FOR, party__in=own)
    parties = {
        tie.other_id
        for tie in acting.select_related("party__process")
        if tie.holds_on(tie.party.process.today())
    }
    asked = Q(succession_requests__party__in=own) | Q(succession_requests__party__in=parties)
    seats = Seat.objects.visible_to(user).filter(asked).distinct()
    found = holdings(seats.select_related("body__process", "party"))
    wanted = [
        held
        for held in found.values()
        if held.requests and held.wants_successor and held.nomination is None
    ]
    return sorted(wanted, key=lambda held: (held.asked_on[-1], held.seat.pk))


#: How many commitments the overview names; the register has all of them.
SHOWN = 25


@dataclass(frozen=True)
class Overview:
    """How far a process is: of its commitments, how many are due, reported, verified, late."""

    total: int
    due: int
    reported: int
    verified: int
    overdue: int
    needing_attention: int
    attention: list[Commitment]


def overview(process: Process, user: Any) -> Overview:
    """Counted by the database, so that it costs the same however many commitments there are."""
    now = timezone.now()
    commitments = Commitment.objects.visible_to(user).filter(process=process)
    fallen_due = commitments.filter(deadline__due_at__lte=now)
    owing = {
        view: Exists(obligations_in(view, now).filter(commitment=OuterRef("pk")))
        for view in ("in-breach", "overdue", "contradicted", "at-risk", "to-verify")
    }
    attention = commitments.filter(Q(*owing.values(), _connector=Q.OR))
    ranked = attention.annotate(
        rank=Case(*(When(exists, then=rank) for rank, exists in enumerate(owing.values())))
    ).order_by("rank", "deadline__due_at", "number")
    return Overview(
        total=commitments.count(),
        due=fallen_due.count(),
        reported=_in_full(fallen_due, "reported_level"),
        verified=_in_full(fallen_due, "verified_level"),
        overdue=commitments.filter(owing["overdue"]).count(),
        needing_attention=attention.count(),
        attention=list(ranked.for_list()[:SHOWN]),
    )


def _in_full(commitments: Any, level: str) -> int:
    """How many of them everybody who owes them has in full."""
    short = Obligation.objects.filter(commitment=OuterRef("pk")).filter(
        Q(**{level: None}) | ~Q(**{level: Level.FULL})
    )
    return commitments.exclude(Exists(short)).count()
