"""Letting a person leave a process, with what they held passing to others."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.actions.seats import (
    end_term,
    hand_over,
    name_alternate,
    seat_person,
    withdraw_term,
)
from coordination.bodies.models import Term
from coordination.commitments.actions.focal_points import change_focal_point
from coordination.ledger.actions import lock
from coordination.processes.actions import end_membership
from coordination.processes.models import Membership

from .leaving import Duty, duties_of


@transaction.atomic
def leave(
    *, actor: Any, member: Membership, successors: Mapping[str, User | None], origin: str
) -> None:
    """Pass on each duty, by its key, to somebody or to nobody yet; then end the membership.

    Refused as a whole where one of them is refused, or something was added meanwhile.
    """
    lock(member.process)
    if actor is not None and actor.pk == member.user_id:
        raise Refused(_("Your own membership is ended by another coordinator."))
    for duty in duties_of(member.process, member.user):
        if duty.key not in successors:
            raise Refused(
                _("%(what)s came in meanwhile: %(where)s. Say who takes it over, and send again.")
                % {"what": duty.what, "where": duty.where}
            )
        try:
            _pass_on(duty, successors[duty.key], member.user, actor, origin)
        except Refused as refused:
            raise Refused(f"{duty.where}: {refused.message}", duty.key) from refused
    end_membership(actor=actor, member=member, origin=origin)


def _pass_on(duty: Duty, to: User | None, leaver: User, actor: Any, origin: str) -> None:
    if duty.key.startswith("obligation"):
        change_focal_point(actor=actor, obligation=duty.thing, person=to, origin=origin)
    elif duty.key.startswith("alternate"):
        name_alternate(actor=actor, term=duty.thing, alternate=to, origin=origin)
    else:
        _pass_on_seat(duty, to, leaver, actor, origin)


def _pass_on_seat(duty: Duty, to: User | None, leaver: User, actor: Any, origin: str) -> None:
    """The next holder begins today and sits as long; a term that began today ends with the day."""
    term: Term = duty.thing
    seat, today = term.seat, term.seat.body.process.today()
    how: dict[str, Any] = {"actor": actor, "origin": origin}
    alternate = term.alternate if term.alternate in duty.fits and term.alternate != to else None
    then: dict[str, Any] = {"ends_on": term.ends_on, "alternate": alternate, "tenure": term.tenure}
    if term.starts_on > today:
        withdraw_term(term=term, reason=f"{leaver} leaves.", **how)
        if to is not None:
            seat_person(seat=seat, holder=to, starts_on=term.starts_on, **then, **how)
    elif to is None:
        end_term(term=term, ends_on=today, **how)
    else:
        on = today + timedelta(days=term.starts_on == today)
        hand_over(seat=seat, to=to, on=on, handover=term.handover, **then, **how)
