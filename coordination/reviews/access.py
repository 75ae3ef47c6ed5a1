"""Who may run a review."""

from typing import Any

from accounts.models import User
from coordination.bodies.access import may_keep
from coordination.bodies.models import Term
from coordination.bodies.people import CHAIRS, holders_and_alternates
from coordination.processes.access import acts_for, is_coordinator, membership

from .models import Review


def may_run(user: Any, review: Review) -> bool:
    """Whoever keeps the body that meets: those who run it, or a coordinator."""
    return may_keep(user, review.body)


def may_propose(user: Any, review: Review) -> bool:
    """Who sits in the body that meets, or acts for a party that has a seat there; who runs it."""
    process = review.body.process
    if membership(user, process) is None:
        return False
    if may_run(user, review):
        return True
    sits = Term.objects.of(user, process.today()).filter(seat__body=review.body_id)
    party = acts_for(user, process)
    return sits.exists() or (party is not None and review.body.seats.filter(party=party).exists())


def may_comment(user: Any, review: Review) -> bool:
    """The same people: whoever has a say in the body may say something of its minutes."""
    return may_propose(user, review)


def may_approve(user: Any, review: Review) -> bool:
    """The chair or a co-chair of today, or an alternate of theirs.

    Where nobody with an account is in the chair, a coordinator does it for the body.
    """
    process = review.body.process
    if membership(user, process) is None:
        return False
    chairs = approvers(review)
    return user in chairs or (not chairs and is_coordinator(user, process))


def approvers(review: Review) -> list[User]:
    """Those in the chair of today with an account that is open, and their alternates."""
    return holders_and_alternates(review.body, review.body.process.today(), CHAIRS)
