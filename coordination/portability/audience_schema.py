"""The part of a process file that is about who reads what, and what delegations write."""

from typing import Annotated, Any

from pydantic import Field

from coordination.audiences.models import Audience
from coordination.audiences.models import Release as ReleaseRow
from coordination.commitments.models import Note as NoteRow

from .fields import LARGE, Code, Email, Section, When, one_of, size

ReadBy = Annotated[str, one_of(Audience, "an audience")]


def read_by(default: Audience = Audience.BODIES) -> Any:
    return Field(str(default), validate_default=True, description="Who in the process reads it.")


class Release(Section):
    """A delegation that reads a record besides those whom its audience names."""

    party: Code = Field(description="Code of its party.")
    reason: str = Field(
        max_length=size(ReleaseRow, "reason"), description="Why it was released to it."
    )
    by: Email = Field(description="Who released it.")
    at: When = Field(description="When it was released; a day means 12:00.")


def released_to() -> Any:
    return Field(default_factory=list, description="Delegations to which it was released besides.")


class Note(Section):
    """A position or an internal note of a delegation on a commitment."""

    number: int | None = Field(
        None, ge=1, le=LARGE, description="Its number; the next free one without it."
    )
    kind: Annotated[str, one_of(NoteRow.Kind, "a kind of note")] = Field(
        "note", validate_default=True, description="A position, or a note."
    )
    text: str = Field(max_length=size(NoteRow, "text"), description="What it says.")
    party: Code = Field(description="Code of the party whose delegation wrote it.")
    by: Email = Field(description="Who wrote it.")
    at: When = Field(description="When it was written; a day means 12:00.")
    audience: ReadBy = read_by(Audience.DELEGATION)
    released_to: list[Release] = released_to()
