"""What a person and a process need to see at once: reads only."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from coordination.bodies.models import Seat
from coordination.bodies.vacancies import Holding, holdings
from coordination.commitments.models import Obligation
from coordination.commitments.standing import ORDER, Standing, of_obligation
from coordination.processes.models import Affiliation, Membership


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
