"""In what capacities a person takes part in their processes, as of now.

Rules of access ask here. Nothing is kept from one request to the next: who was removed a moment
ago has none.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from coordination.base.memo import once
from coordination.processes.models import Membership

from .models import Term


@dataclass
class Capacities:
    """Keys of processes, parties and bodies, which are unique across processes.

    `delegations` are the parties that the person acts for as a member; `parties` adds those for
    which they hold a seat today. A seat counts only for a member of its process.
    """

    user: int
    processes: set[int] = field(default_factory=set)
    coordinated: set[int] = field(default_factory=set)
    delegations: set[int] = field(default_factory=set)
    parties: set[int] = field(default_factory=set)
    bodies: set[int] = field(default_factory=set)


def capacities(user: Any, now: datetime | None = None) -> Capacities:
    """A person's capacities in all their processes, in two queries."""
    if now is None:
        return once(("capacities", user.pk), lambda: capacities_of([user.pk])[user.pk])
    return capacities_of([user.pk], now)[user.pk]


def known(own: Capacities) -> None:
    """For the rest of the page, where somebody's places were read already for another reason."""
    once(("capacities", own.user), lambda: own)


def capacities_of(users: Iterable[int], now: datetime | None = None) -> dict[int, Capacities]:
    """The capacities of several people, in two queries; each has an entry."""
    now = now or timezone.now()
    own = {key: Capacities(key) for key in users}
    today = {}
    members = Membership.objects.at(now).filter(user__in=own, user__is_active=True)
    for member in members.select_related("process"):
        today[member.process_id] = member.process.today(now)
        one = own[member.user_id]
        one.processes.add(member.process_id)
        if member.is_coordinator:
            one.coordinated.add(member.process_id)
        if member.party_id:
            one.delegations.add(member.party_id)
            one.parties.add(member.party_id)
    by_day = defaultdict(set)
    for process, day in today.items():
        by_day[day].add(process)
    running = Q(pk__in=[])
    for day, processes in by_day.items():
        running |= Q(starts_on__lte=day, seat__body__process__in=processes) & (
            Q(ends_on=None) | Q(ends_on__gte=day)
        )
    served = Q(holder__in=own) | Q(alternate__in=own)
    columns = ("holder", "alternate", "seat__body", "seat__body__process", "seat__party")
    terms = Term.objects.filter(running & served) if today else Term.objects.none()
    for holder, alternate, body, process, party in terms.values_list(*columns):
        for key in {holder, alternate} & own.keys():
            if process in own[key].processes:
                own[key].bodies.add(body)
                if party is not None:
                    own[key].parties.add(party)
    return own
