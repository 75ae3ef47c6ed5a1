"""What a person can read in a process, and why: reads only, for its coordinators.

Counted is what the coordinator can read too: of a delegation's own papers not even the number is
told to anybody else.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.agreements.models import Agreement
from coordination.audiences.access import ACTS, HOLDS_A_SEAT, IS, SITS
from coordination.audiences.models import Audience, Concerned, Release, Restricted
from coordination.bodies.capacities import Capacities, capacities
from coordination.bodies.models import Body, Term
from coordination.commitments.models import (
    Breach,
    CheckIn,
    Commitment,
    Evidence,
    Note,
    Obligation,
    Verification,
)
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.models import Invitation, Membership, Process
from coordination.reviews.models import Review

KINDS: tuple[Any, ...] = (
    *(Body, Agreement, Commitment, Obligation, Breach, Review),
    *(CheckIn, Evidence, Verification, Note),
    *(Entry, Message, Invitation),
)


@dataclass(frozen=True)
class Seen:
    """How many of a kind the person reads, of how many that the coordinator reads; and why."""

    name: str
    count: int
    of: int
    why: list[tuple[str, int | None]] = field(default_factory=list)


def what_is_seen(process: Process, person: User, reader: Any) -> list[Seen]:
    own = capacities(person)
    return [_seen(model, process, person, reader, own) for model in KINDS]


def _seen(model: Any, process: Process, person: User, reader: Any, own: Capacities) -> Seen:
    path = getattr(model, "scope_path", "process")
    every = model._default_manager.visible_to(reader).filter(**{path: process})
    rows = every.filter(pk__in=model._default_manager.visible_to(person).values("pk"))
    count, why = _why(model, rows, own, process)
    return Seen(capfirst(str(model._meta.verbose_name_plural)), count, every.count(), why)


def _why(
    model: Any, rows: Any, own: Capacities, process: Process
) -> tuple[int, list[tuple[str, int | None]]]:
    if not issubclass(model, Restricted):
        count = rows.count()
        if getattr(model, "scope_rule", "") == "coordinated_by":
            words = _("coordinators alone read them")
        elif model is Entry:
            words = _("members read them, but for those about records that they may not read")
        else:
            words = _("every member reads them")
        return count, [(words, None)]
    reasons = _reasons(model, own, process)
    counted = {f"n{n}": Count("pk", filter=rule) for n, (_said, rule) in enumerate(reasons)}
    found = rows.aggregate(total=Count("pk"), **counted)
    why = [(said, found[f"n{n}"]) for n, (said, _rule) in enumerate(reasons)]
    return found["total"], [(said, n) for said, n in why if n]


def _reasons(model: Any, own: Capacities, process: Process) -> list[tuple[str, Q]]:
    """What opens a row of a restricted kind to the person, each with the rows that it opens."""
    concerned: Concerned = model.concerned
    bodies = model.is_for(Audience.BODIES)
    if concerned.never:
        bodies &= ~concerned.never.rows_of(own)
    seats = own.parties - own.delegations
    found = [(_("everybody in the process reads it"), model.is_for(Audience.PROCESS))]
    found += [(_end(path, SITS), bodies & _leads(path, own.bodies)) for path in concerned.bodies]
    for path in concerned.parties:
        found.append((_end(path, ACTS), bodies & _leads(path, own.delegations)))
        found.append((_end(path, HOLDS_A_SEAT), bodies & _leads(path, seats)))
    found += [(_end(path, IS), bodies & _leads(path, {own.user})) for path in concerned.people]
    if process.pk in own.coordinated:
        found.append((_("coordinates the process"), bodies))
    if model.delegation is not None:  # a finding is nobody's own
        mine = model.is_for(Audience.DELEGATION) & Q(delegation__in=own.delegations)
        found.append((_("is of the delegation whose own it is"), mine))
    released = Release.objects.standing().filter(
        object_type=model._meta.model_name, party__in=own.delegations
    )
    found.append((_("released to the delegation"), Q(pk__in=released.values("object_id"))))
    return found


def _leads(path: str, keys: set[int]) -> Q:
    return Q(**{f"{path}__in": keys})


def _end(path: str, words: Any) -> str:
    return str(next(said for end, said in words.items() if path.endswith(end)))


@dataclass(frozen=True)
class Standing:
    """In what capacities somebody takes part today."""

    member: Membership
    terms: list[Term]
    alternate: list[Term]
    focal_point_of: int


def standing(member: Membership) -> Standing:
    process, person = member.process, member.user
    terms = (
        Term.objects.of(person, process.today())
        .filter(seat__body__process=process)
        .select_related("seat__body", "seat__party")
        .order_by("seat__body__name", "seat__number")
    )
    return Standing(
        member,
        [one for one in terms if one.holder_id == person.pk],
        [one for one in terms if one.holder_id != person.pk],
        Obligation.objects.filter(commitment__process=process, focal_point=person).count(),
    )
