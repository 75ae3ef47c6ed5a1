"""Who is accountable, responsible, consulted and informed: what changes the matrix."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Process

from ..models import Assignment, Body, Claim, Responsibility, Seat
from ..queries import LETTERS, cell_of, letters_today


@dataclass(frozen=True)
class Cell:
    """One field of the matrix: what its holder is to be, and what it was when it was shown."""

    holder: Seat | Body
    letters: str
    seen: str

    @property
    def name(self) -> str:
        return cell_of(self.holder)


class ChangedMeanwhile(Refused):
    """Somebody else changed cells since they were shown; `cells` says what they are now."""

    def __init__(self, cells: dict[str, str], labels: list[str]) -> None:
        super().__init__(
            _("Changed by somebody else meanwhile: %(cells)s. Look, then save again.")
            % {"cells": ", ".join(labels)},
            next(iter(cells)),
        )
        self.cells = cells


@transaction.atomic
def assign(
    *, actor: Any, responsibility: Responsibility, cells: Iterable[Cell], origin: str
) -> list[str]:
    """Write cells of one row, all of them or none; returns the names of those that changed.

    A cell that somebody else changed since it was shown is not overwritten: `ChangedMeanwhile` says
    which. One that reads already as it should counts as unchanged.
    """
    process = responsibility.process
    lock(process)
    today = process.today()
    now = letters_today(responsibility)
    changes, conflicts, labels = [], {}, []
    named: set[str] = set()
    for cell in cells:
        if cell.name in named:
            raise Refused(_("A cell was named twice."), cell.name)
        named.add(cell.name)
        if cell.letters not in LETTERS:
            raise Refused(_("Choose A, R, A and R, C, I or nothing."), cell.name)
        _refuse_foreign(cell.holder, process)
        current = now.get(cell.name, "")
        if current == cell.letters or cell.letters == cell.seen:
            continue
        if current != cell.seen:
            conflicts[cell.name] = current
            labels.append(f"{cell.holder} ({current or _('empty')})")
        changes.append((cell, current))
    if conflicts:
        raise ChangedMeanwhile(conflicts, labels)
    for cell, current in changes:
        _write(responsibility, cell, current, today)
    if changes:
        append(
            process=process,
            actor=actor,
            verb="responsibility.assigned",
            thing=responsibility,
            origin=origin,
            summary=f"{responsibility}: "
            + ", ".join(
                f"{_short(cell.holder)} {cell.letters or 'nothing'}, before {current or 'nothing'}"
                for cell, current in changes
            ),
            before={cell.name: current for cell, current in changes},
            after={cell.name: cell.letters for cell, _current in changes},
        )
    return [cell.name for cell, _current in changes]


def _short(holder: Seat | Body) -> str:
    return holder.code if isinstance(holder, Body) else f"{holder.body.code} {holder.number}"


def _refuse_foreign(holder: Seat | Body, process: Process) -> None:
    body = holder if isinstance(holder, Body) else holder.body
    if body.process_id != process.pk:
        raise Refused(_("%(name)s belongs to another process.") % {"name": body.name})


def _write(responsibility: Responsibility, cell: Cell, current: str, today: Any) -> None:
    """End the letters that go, and start those that come; what was is kept."""
    holder = {"body" if isinstance(cell.holder, Body) else "seat": cell.holder}
    rows = responsibility.assignments.filter(**holder, ended_on=None)
    rows.filter(letter__in=set(current) - set(cell.letters)).update(ended_on=today)
    for letter in sorted(set(cell.letters) - set(current)):
        Assignment.objects.create(
            responsibility=responsibility, letter=letter, started_on=today, **holder
        )


@transaction.atomic
def take_on(
    *,
    actor: Any,
    process: Process,
    name: str,
    origin: str,
    body: Body | None = None,
    description: str = "",
    source: str = "",
) -> Responsibility:
    """Enter a responsibility, and that a body's mandate claims it.

    One of the same name that the process knows already is not entered again: the body claims it
    too, and that two mandates do is then an overlap to be seen.
    """
    lock(process)
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Say what has to be done, verb first."), "name")
    if body and body.process_id != process.pk:
        raise Refused(_("%(name)s belongs to another process.") % {"name": body.name})
    today = process.today()
    known = process.responsibilities.filter(key=Responsibility.key_of(name)).first()
    if known and (body is None or known.claims.on(today).filter(body=body).exists()):
        raise Refused(_("“%(name)s” is entered already.") % {"name": known.name}, "name")
    if known and not known.holds_on(today):
        raise Refused(
            _("“%(name)s” was given up and cannot be taken on again under the same name.")
            % {"name": known.name},
            "name",
        )
    responsibility = known or Responsibility.objects.create(
        process=process, name=name, description=description, source=source, started_on=today
    )
    if body:
        Claim.objects.create(
            responsibility=responsibility, body=body, source=source, started_on=today
        )
    append(
        process=process,
        actor=actor,
        verb="responsibility.claimed" if known else "responsibility.entered",
        thing=responsibility,
        origin=origin,
        summary=(f"{body.code} claims " if body else "Entered ")
        + f"the responsibility {responsibility}",
        after=snapshot(responsibility) | {"body": body.code if body else ""},
    )
    return responsibility


@transaction.atomic
def give_up(*, actor: Any, responsibility: Responsibility, body: Body | None, origin: str) -> None:
    """End a body's claim; without a body the responsibility itself, with all that hangs on it."""
    process = responsibility.process
    lock(process)
    today = process.today()
    if body:
        ended = responsibility.claims.on(today).filter(body=body).update(ended_on=today)
    else:
        ended = Responsibility.objects.on(today).filter(pk=responsibility.pk).update(ended_on=today)
        responsibility.claims.filter(ended_on=None).update(ended_on=today)
        responsibility.assignments.filter(ended_on=None).update(ended_on=today)
    if not ended:
        return
    append(
        process=process,
        actor=actor,
        verb="responsibility.given-up",
        thing=responsibility,
        origin=origin,
        summary=f"{body.code} no longer claims {responsibility}"
        if body
        else f"Gave up the responsibility {responsibility}",
        before={"ended_on": None},
        after={"ended_on": today, "body": body.code if body else ""},
    )
