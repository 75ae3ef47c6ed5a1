"""The part of a process file that is about commitments, their dates and their history."""

from typing import Annotated, Any

from pydantic import Field

from coordination.base.dates import Unit
from coordination.commitments.models import CheckIn as CheckInRow
from coordination.commitments.models import Commitment as CommitmentRow
from coordination.commitments.models import Deadline as DeadlineRow
from coordination.commitments.models import Level, Obligation
from coordination.commitments.models import Verification as FindingRow
from coordination.processes.models import Track

from .fields import (
    LARGE,
    SMALL,
    Code,
    Day,
    Email,
    Key,
    Section,
    When,
    WrittenAlone,
    one_of,
    size,
)


def _counted(limit: int) -> Any:
    return Field(None, ge=1, le=limit, description="How many of them.")


class Counted(WrittenAlone):
    """A day or a moment; or a number of hours, days, weeks, months or years from something.

    Without a number it is the day of that thing itself. A plain day or moment may be written alone:
    `due: 1998-05-22`.
    """

    main_field = "on"

    on: When | None = Field(None, description="A day or a moment.")
    after: Key | None = Field(None, description="Key of the anchor event that it comes after.")
    before: Key | None = Field(None, description="Key of the anchor event that it comes before.")
    after_completion_of: str | None = Field(
        None, description="Commitment after whose completion it comes."
    )
    before_completion_of: str | None = Field(
        None, description="Commitment before whose completion it comes."
    )
    hours: int | None = _counted(SMALL)
    days: int | None = _counted(SMALL)
    weeks: int | None = _counted(5_000)
    months: int | None = _counted(1_200)
    years: int | None = _counted(100)

    @property
    def offset(self) -> tuple[int, str]:
        """Amount and unit; (0, days) where it is the day itself."""
        for unit in Unit.values:
            if amount := getattr(self, unit):
                return amount, unit
        return 0, Unit.DAYS


class Due(Counted):
    """When a commitment is due: one day or offset, or the earlier or the later of several."""

    earlier_of: list[Counted] = Field(
        default_factory=list, description="Due at the earliest of these."
    )
    later_of: list[Counted] = Field(default_factory=list, description="Due at the latest of these.")


class Owed(WrittenAlone):
    """Who owes a commitment; a code alone may be written for it."""

    main_field = "owner"

    owner: str | None = Field(None, description="Code of a party or of a body.")
    party: Code | None = Field(None, description="Code of a party, where a body has the same one.")
    body: str | None = Field(None, description="Code of a body, where a party has the same one.")
    share: str = Field(
        "", max_length=size(Obligation, "share"), description="As in “four of nine members”."
    )
    focal_point: Email | None = Field(None, description="Who reports for it and is reminded.")


class Commitment(Section):
    """One undertaking, and when it is due."""

    ref: str = Field(max_length=40, description="The word that the file uses for it.")
    number: int | None = Field(
        None, ge=1, le=LARGE, description="Register number; the next free one without it."
    )
    title: str = Field(max_length=size(CommitmentRow, "title"), description="Verb first.")
    provision: str | None = Field(None, description="Citation of the provision it comes from.")
    agreement: Key | None = Field(
        None, description="Key of the agreement, where several have that citation."
    )
    reference: str | None = Field(
        None,
        max_length=size(CommitmentRow, "reference"),
        description="As lawyers cite it; the provision's citation without it.",
    )
    text: str = Field("", description="The passage; the provision's text without it.")
    kind: Annotated[str, one_of(CommitmentRow.Kind, "a kind of commitment")] = Field(
        "dated", validate_default=True, description="What due and done mean for it."
    )
    every: Annotated[str, one_of(CommitmentRow.Rhythm, "a rhythm")] | None = Field(
        None, description="How often a recurring one recurs."
    )
    track: Annotated[str, one_of(Track, "a track")] = Field(description="Its track.")
    priority: Annotated[int, one_of(CommitmentRow.Priority, "a priority")] = Field(
        "normal", validate_default=True, description="Its priority."
    )
    lead: str | None = Field(None, description="Code of the body that runs it.")
    verified_by: str | None = Field(None, description="Code of the body that verifies it.")
    owed_by: list[Owed] = Field(min_length=1, description="Who owes it; each owes its own.")
    due: Due | None = Field(None, description="When it is due.")
    not_before: Counted | None = Field(None, description="Due then at the earliest.")
    latest: Counted | None = Field(None, description="Latest day that the agreement permits.")
    precision: Annotated[str, one_of(DeadlineRow.Precision, "a precision")] | None = Field(
        None, description="How exact the date is; a moment's is moment, any other's day."
    )
    wording: str = Field(
        "", max_length=size(DeadlineRow, "wording"), description="The agreement's own words for it."
    )
    check_ins: Annotated[str, one_of(CommitmentRow.Rhythm, "a rhythm")] | None = Field(
        None, description="Rhythm of check-ins besides those around the due day."
    )
    remarks: str = Field("", description="What a reader should know.")


class CheckIn(Section):
    """What an owner reported."""

    commitment: str = Field(description="Ref of the commitment.")
    owner: str | None = Field(
        None, description="Code of the party or body; not needed where only one owes it."
    )
    at: When = Field(description="When it was reported; a day means 12:00.")
    by: Email = Field(description="Who reported.")
    entered_by: Email | None = Field(None, description="Who typed it, where somebody else did.")
    period: Day | None = Field(None, description="Day of the check-in that it answers.")
    level: Annotated[int, one_of(Level, "a level")] = Field(description="Level reported.")
    account: str = Field(
        "", max_length=size(CheckInRow, "account"), description="What changed, in short."
    )
    obstacle: Annotated[str, one_of(CheckInRow.Obstacle, "an obstacle")] = Field(
        "nothing", validate_default=True, description="What holds it up."
    )


class Finding(Section):
    """What the verifying body found."""

    commitment: str = Field(description="Ref of the commitment.")
    owner: str | None = Field(
        None, description="Code of the party or body; not needed where only one owes it."
    )
    body: str = Field(description="Code of the verifying body.")
    at: When = Field(description="When it was recorded; a day means 12:00.")
    by: Email = Field(description="Who recorded it.")
    level: Annotated[int, one_of(Level, "a level")] = Field(description="Level found.")
    found: str = Field(max_length=size(FindingRow, "found"), description="What was found.")
    method: Annotated[str, one_of(FindingRow.Method, "a method")] = Field(
        "document", validate_default=True, description="How it was found."
    )
    proof: Annotated[str, one_of(FindingRow.Proof, "a standard of proof")] = Field(
        "grounds", validate_default=True, description="Standard of proof."
    )
    happened: Day | None = Field(
        None, description="When what was found was so; the day of the finding without it."
    )
