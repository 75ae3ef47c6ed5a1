"""Reading what delegations write beside a commitment."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from coordination.bodies.capacities import Capacities
from coordination.processes.models import Party

from .models import Commitment, Note
from .note_access import writes_for

#: Notes on a commitment's page; the others are on the page of all of them.
SHOWN = 3


def notes_of(commitment: Commitment, user: Any, own: Capacities | None = None) -> QuerySet[Note]:
    """Every note on a commitment that the person may read, newest first."""
    rows = Note.objects.visible_to(user, own).filter(commitment=commitment)
    return rows.select_related("author", "delegation").order_by("-number")


@dataclass(frozen=True)
class NoteSection:
    """The notes of the reader's own delegation, and how many others were shared with the reader."""

    delegation: Party | None
    own: list[Note]
    total: int
    shared: int

    def __bool__(self) -> bool:
        return self.delegation is not None or bool(self.shared)


def note_section(commitment: Commitment, user: Any, own: Capacities) -> NoteSection:
    """For `commitments/_notes.html`, as `notes`; in a constant number of queries."""
    delegation, seen = writes_for(user, commitment.process), notes_of(commitment, user, own)
    theirs = seen.filter(delegation=delegation)
    return NoteSection(
        delegation=delegation,
        own=list(theirs[:SHOWN]),
        total=theirs.order_by().count(),
        shared=seen.exclude(delegation=delegation).order_by().count(),
    )
