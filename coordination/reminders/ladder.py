"""The rungs above an owner, and which of them is to be told when."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from accounts.models import User
from coordination.bodies.models import DisputeStep
from coordination.commitments.check_in_plan import policy_of
from coordination.commitments.models import Obligation
from coordination.reviews.disputes import STEP_DAYS

from .people import ASKED, People

#: When a ladder on which nobody sits is looked at anew; and the least between two rungs.
ANEW = timedelta(days=1)


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder above the owner.

    `after_days` counts from the first question; `why` says to whoever is told why they are.
    """

    number: int
    after_days: int
    people: list[User]
    why: object


@dataclass(frozen=True)
class Look:
    """What a look at a silence finds: the rung to be told now, if any, and when to look next."""

    rung: Rung | None
    next_at: datetime | None


def ladder(
    obligation: Obligation, known: Collection[int | None], today: date, people: People = ASKED
) -> Iterator[Rung]:
    """The rungs above the owner, the lowest first; each person stands on one of them only.

    `known` are who was asked and who was told already.
    """
    commitment = obligation.commitment
    policy = policy_of(commitment)
    seen = set(known)

    def rung(number: int, days: int, named: list[User], why: object) -> Rung:
        new = [person for person in named if person.pk not in seen]
        seen.update(person.pk for person in new)
        return Rung(number, days, new, why)

    lead = commitment.lead_body
    if policy.head_after_days is not None:
        if obligation.party is not None:
            named = people.heads_of(obligation.party)
            why = format_lazy(
                gettext_lazy("You head the delegation of {party}."), party=obligation.party.name
            )
        else:
            assert obligation.body is not None
            named = people.chairs_of(obligation.body, today)
            why = format_lazy(
                gettext_lazy("You chair {body}, which owes it."), body=obligation.body.name
            )
        yield rung(1, policy.head_after_days, named, why)
    if policy.chair_after_days is not None and lead is not None:
        why = format_lazy(gettext_lazy("You chair {body}, which leads it."), body=lead.name)
        yield rung(2, policy.chair_after_days, people.chairs_of(lead, today), why)
    if policy.dispute_after_days is not None and lead is not None:
        days = policy.dispute_after_days
        for number, step in enumerate(people.dispute_steps_of(lead), start=3):
            why = format_lazy(
                gettext_lazy("The protocol of {body} names you for disputes, as step {n}: {who}."),
                body=lead.name,
                n=step.order,
                who=step.who,
            )
            yield rung(number, days, _people_of(step, today, people), why)
            days += max(-(-step.within_hours // 24), 1) if step.within_hours else STEP_DAYS


def _people_of(step: DisputeStep, today: date, people: People) -> list[User]:
    if step.seat is not None:
        return people.holders_of(step.seat, today)
    if step.to_body is not None:
        return people.chairs_of(step.to_body, today)
    return people.heads_of(step.to_party) if step.to_party is not None else []


def look(
    rungs: Iterable[Rung],
    *,
    climbed: int,
    moment: Callable[[int], datetime],
    told_at: datetime | None,
    waits: bool,
    now: datetime,
) -> Look:
    """What the policy of now says of a silence, of which the rungs up to `climbed` were told.

    `moment` is when so many days of silence are over, `told_at` when somebody was told last;
    where the owner is not waited for (`waits`), the next rung is due at once.
    """
    above = [one for one in rungs if one.number > climbed]
    if not above:
        return Look(None, None if climbed else now + ANEW)
    due = moment(above[0].after_days) if waits else now
    if told_at is not None:  # after an outage, or under a shorter policy, no two on one day
        due = max(due, told_at + ANEW)
    if due > now:
        return Look(None, due)
    # Nobody sits on this rung: the next one that somebody sits on is told in its place.
    at = next((n for n, rung in enumerate(above) if rung.people), None)
    if at is None:
        return Look(None, now + ANEW)  # somebody may sit there by then
    following = above[at + 1] if at + 1 < len(above) else None
    return Look(above[at], max(moment(following.after_days), now + ANEW) if following else None)
