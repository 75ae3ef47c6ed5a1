"""Saying that an address works again, and that the clock is right."""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now

from coordination.ledger.actions import append, lock

from .. import clock
from ..access import may_confirm_clock, processes, shared_processes
from ..models import AddressProblem

log = logging.getLogger(__name__)


@transaction.atomic
def clear_problem(*, actor: Any, problem: AddressProblem, origin: str) -> None:
    """Send to the address again; the same click twice clears it once.

    It is entered in the process in which it showed where the person keeps that one's record, else
    in the first that they share with whoever has the address.
    """
    shared = list(shared_processes(actor, problem))
    if not shared and not actor.is_staff:
        raise PermissionDenied
    process = next((one for one in shared if _is_of(problem, one)), None) or next(
        iter(shared or _theirs(problem)), None
    )
    if process is not None:
        lock(process)
    rows = AddressProblem.objects.filter(pk=problem.pk, cleared_at=None)
    if not rows.update(cleared_at=Now()) or process is None:
        return
    append(
        process=process,
        actor=actor,
        verb="address.cleared",
        thing=problem,
        # Members read the ledger: neither the address nor what its server said is theirs to know.
        summary=f"{actor} says that an address that failed takes mail again",
        origin=origin,
        before={"kind": problem.kind},
        after={},
    )


def _is_of(problem: AddressProblem, process: Any) -> bool:
    return problem.message is not None and problem.message.process_id == process.pk


def _theirs(problem: AddressProblem) -> list[Any]:
    """For the site's staff, who keep no record: where it showed, or where the person is."""
    if problem.message is not None and problem.message.process is not None:
        return [problem.message.process]
    person = get_user_model().objects.filter(email=problem.address).first()
    return list(processes().visible_to(person).order_by("pk")[:1]) if person else []


@transaction.atomic
def confirm_clock(*, actor: Any) -> None:
    """One of the site's staff says that the clock is right: sending goes on, everywhere."""
    if not may_confirm_clock(actor):
        raise PermissionDenied
    log.warning("Person %s confirmed that the clock is right.", actor.pk)
    clock.confirm()
