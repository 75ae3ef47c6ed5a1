"""What a person and a process need to see at once: reads only."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from coordination.commitments.models import Commitment, Level, Obligation
from coordination.commitments.standing import ORDER, Standing, of_commitment, of_obligation
from coordination.processes.models import Process


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
        .select_related("commitment__process", "party", "body")
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


@dataclass
class Overview:
    """How far a process is: of its commitments, how many are due, reported, verified, late."""

    total: int
    due: int
    reported: int
    verified: int
    standings: Counter[str]
    attention: list[tuple[Commitment, Standing]]


def overview(process: Process, user: Any) -> Overview:
    now = timezone.now()
    commitments = Commitment.objects.visible_to(user).filter(process=process).for_list()
    lines = []
    for commitment in commitments:
        lines.append((commitment, of_commitment(commitment, now)))
    fallen_due = [c for c, _s in lines if c.deadline.due_at and c.deadline.due_at <= now]
    attention = [line for line in lines if line[1].needs_attention]
    attention.sort(
        key=lambda line: (ORDER.index(line[1].mark), line[0].deadline.due_on or now.date())
    )
    return Overview(
        total=len(lines),
        due=len(fallen_due),
        reported=len([c for c in fallen_due if c.reported_level == Level.FULL]),
        verified=len([c for c in fallen_due if c.verified_level == Level.FULL]),
        standings=Counter(standing.mark for _c, standing in lines),
        attention=attention,
    )
