"""Who is accountable, responsible, consulted and informed: what changes the matrix."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Process
from coordination.processes.records import change

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
    if not Responsibility.objects.on(today).filter(pk=responsibility.pk).exists():
        raise Refused(_("“%(name)s” was given up meanwhile.") % {"name": responsibility.name})
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
        if cell.letters:
            _refuse_what_is_no_more(cell, today)
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


def _refuse_what_is_no_more(cell: Cell, today: date) -> None:
    """The seat or body was there when the page was shown, and may have been abolished since."""
    seat = cell.holder if isinstance(cell.holder, Seat) else None
    body = seat.body if seat else cell.holder
    there = Body.objects.get(pk=body.pk).exists_on(today)
    if seat:
        there = there and Seat.objects.on(today).filter(pk=seat.pk).exists()
    if not there:
        raise Refused(_("%(name)s is not there any more.") % {"name": cell.holder}, cell.name)


def _write(responsibility: Responsibility, cell: Cell, current: str, today: date) -> None:
    """End the letters that go, and start those that come; what was is kept.

    A row that was to begin later gives way to what is decided now: it never held.
    """
    holder = {"body" if isinstance(cell.holder, Body) else "seat": cell.holder}
    rows = responsibility.assignments.filter(**holder)
    gone, come = set(current) - set(cell.letters), set(cell.letters) - set(current)
    rows.on(today).filter(letter__in=gone).update(ended_on=today)
    rows.filter(letter__in=come | gone, started_on__gt=today).update(ended_on=F("started_on"))
    for letter in sorted(come):
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
    if known and not known.holds_on(today):
        raise Refused(
            _("“%(name)s” is known and not in force: a coordinator can take it up again.")
            % {"name": known.name},
            "name",
        )
    if known and (body is None or known.claims.on(today).filter(body=body).exists()):
        raise Refused(_("“%(name)s” is entered already.") % {"name": known.name}, "name")
    if known and body:  # a claim that was to begin later begins now
        known.claims.filter(body=body, started_on__gt=today).update(ended_on=F("started_on"))
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
def change_responsibility(
    *, actor: Any, responsibility: Responsibility, origin: str, **fields: Any
) -> None:
    """Correct its name, its description or its article."""
    if "name" in fields:
        fields["name"] = " ".join(fields["name"].split())
        fields["key"] = Responsibility.key_of(fields["name"])
    change(
        responsibility,
        fields,
        process=responsibility.process,
        actor=actor,
        verb="responsibility.changed",
        origin=origin,
        summary=f"Changed the responsibility {responsibility}:",
        beside={"responsibility_once_in_process": "name"},
    )


@transaction.atomic
def give_up(*, actor: Any, responsibility: Responsibility, body: Body | None, origin: str) -> None:
    """End a body's claim; without a body the responsibility itself, with all that hangs on it.

    What was to begin later never holds.
    """
    process = responsibility.process
    lock(process)
    today = process.today()
    if body:
        ended = _end(responsibility.claims.filter(body=body), today)
    else:
        ended = _end(Responsibility.objects.filter(pk=responsibility.pk), today)
        _end(responsibility.claims.all(), today)
        _end(responsibility.assignments.all(), today)
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
        else f"Gave up the responsibility {responsibility}, with its claims and parts",
        before={"ended_on": None},
        after={"ended_on": today, "body": body.code if body else ""},
    )


def _end(rows: Any, today: date) -> int:
    """End what holds today or was to hold later."""
    still = rows.filter(Q(ended_on=None) | Q(ended_on__gt=today))
    later = still.filter(started_on__gt=today).update(ended_on=F("started_on"))
    return later + rows.on(today).update(ended_on=today)


@transaction.atomic
def take_up_again(*, actor: Any, responsibility: Responsibility, origin: str) -> None:
    """Put a responsibility that was given up into force; its claims and parts are given anew."""
    process = responsibility.process
    lock(process)
    responsibility.refresh_from_db(fields=["ended_on", "started_on"])
    if responsibility.holds_on(process.today()):
        return
    before = snapshot(responsibility, "started_on", "ended_on")
    if responsibility.started_on and responsibility.started_on > process.today():
        responsibility.started_on = process.today()
    responsibility.ended_on = None
    responsibility.save(update_fields=["started_on", "ended_on"])
    append(
        process=process,
        actor=actor,
        verb="responsibility.taken-up",
        thing=responsibility,
        origin=origin,
        summary=f"Took up the responsibility {responsibility} again",
        before=before,
        after=snapshot(responsibility, "started_on", "ended_on"),
    )
