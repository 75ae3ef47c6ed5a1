"""Positions and internal notes: written by a delegation for itself, and taken back by it."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.audiences.models import Audience
from coordination.base.errors import Refused
from coordination.base.spoken import on_record
from coordination.ledger.actions import lock
from coordination.processes.records import change, enter

from ..models import Commitment, Note
from ..note_access import may_withdraw_note, writes_for
from .fetching import refuse_withdrawn


@transaction.atomic
def add_note(
    *,
    actor: Any,
    commitment: Commitment,
    kind: str,
    text: str,
    origin: str,
    audience: str = Audience.DELEGATION,
) -> Note:
    """Write a note in the name of the party that one acts for; the delegation's own, unless it is
    shared."""
    process = commitment.process
    lock(process)
    refuse_withdrawn(commitment)
    delegation = writes_for(actor, process)
    if delegation is None:
        raise Refused(_("Who acts for no party writes no note for one."))
    if kind not in Note.Kind.values:
        raise Refused(_("Choose a position or an internal note."), "kind")
    if not text.strip():
        raise Refused(_("Write the note."), "text")
    if audience not in Audience.values:
        raise Refused(_("Choose who reads it."), "audience")
    last = Note.every.filter(commitment=commitment).aggregate(last=Max("number"))["last"]
    note = Note(
        commitment=commitment,
        number=(last or 0) + 1,
        kind=kind,
        text=text.strip(),
        audience=audience,
        delegation=delegation,
        author=actor,
        written_at=timezone.now(),
    )
    return enter(
        note,
        process=process,
        actor=actor,
        verb="note.added",
        summary=f"Wrote for {delegation.code} on {commitment.code}:"
        f" {on_record(note.get_kind_display)}, for {on_record(lambda: Audience(audience).label)}",
        origin=origin,
    )


@transaction.atomic
def withdraw_note(*, actor: Any, note: Note, because: str, origin: str) -> Note:
    """Take a note back; the row is kept. Twice is as good as once."""
    process = note.commitment.process
    lock(process)
    note.refresh_from_db()
    if note.withdrawn_at:
        return note
    if not may_withdraw_note(actor, note):
        raise Refused(_("Its author takes it back, or the head of the delegation."))
    if not because.strip():
        raise Refused(_("Say why it is withdrawn."), "because")
    withdrawn = {
        "withdrawn_at": timezone.now(),
        "withdrawn_by": actor,
        "withdrawn_because": because.strip(),
    }
    change(
        note,
        withdrawn,
        process=process,
        actor=actor,
        verb="note.withdrawn",
        summary=f"Withdrew {note}: {because.strip()}",
        origin=origin,
    )
    return note
