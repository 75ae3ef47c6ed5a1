"""The part of a process file that is about what happened to commitments since they were made."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from pydantic import Field

from coordination.commitments.models import Bound as BoundRow
from coordination.commitments.models import Breach as BreachRow
from coordination.commitments.models import BreachStep as BreachStepRow
from coordination.commitments.models import CheckIn as CheckInRow
from coordination.commitments.models import Evidence as EvidenceRow
from coordination.commitments.models import ExpectedOccurrence, Level
from coordination.commitments.models import Flag as FlagRow
from coordination.commitments.models import Measurement as MeasurementRow
from coordination.commitments.models import Verification as FindingRow

from .audience_schema import ReadBy, Release, read_by, released_to
from .calendar import parse_when, quoted, write_when
from .fields import (
    LARGE,
    SMALL,
    Code,
    Day,
    Email,
    Number,
    Read,
    Section,
    When,
    one_of,
    size,
)

_WHOSE = "Code of the party or body; not needed where only one owes it."
_FOR_ALL = "Code of the one whom it concerns; without it all who owe it."
_REF = "Ref of the commitment."


def _time(description: str) -> Any:
    return Field(None, ge=1, le=LARGE, description=description)


def _number_of(noun: str) -> Any:
    return Field(
        None,
        ge=1,
        le=LARGE,
        description=f"Which {noun} of its owner it belongs to, counted in order of time.",
    )


def _released(given: Any) -> date | datetime | bool:
    """The day or moment of a release, or False."""
    if isinstance(given, str) and given.lower() in ("false", "no"):
        return False
    try:
        return parse_when(given)
    except ValueError:
        raise ValueError(
            f"{quoted(given)} is neither a day nor a moment; write it like 1996-01-19, "
            "or false where it is not released"
        ) from None


Released = Annotated[
    date | datetime | bool,
    Read(
        _released,
        {"anyOf": [{"type": "string"}, {"const": False}]},
        lambda value: write_when(value) if isinstance(value, date) else "false",
    ),
]


def _link(given: Any) -> str:
    """An address that a browser opens as a page, and that gives no password away."""
    try:
        if isinstance(given, str) and len(given) <= size(EvidenceRow, "url"):
            _WEB_ADDRESS(given)
            address = urlsplit(given)
            if not (address.username or address.password):
                return given
    except (ValidationError, ValueError):
        pass
    raise ValueError(
        f"{quoted(given)} is not an address; write it whole, with https:// or http:// "
        "and without a password"
    )


_WEB_ADDRESS = URLValidator(schemes=["http", "https"])
Link = Annotated[str, Read(_link, {"type": "string", "format": "uri"})]


class CheckIn(Section):
    """What an owner reported."""

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_WHOSE)
    at: When = Field(description="When it was reported; a day means 12:00.")
    by: Email = Field(description="Who reported.")
    entered_by: Email | None = Field(None, description="Who typed it, where somebody else did.")
    period: Day | None = Field(None, description="Day of the check-in that it answers.")
    time: int | None = _time(
        "Number of the expected time that it is about; without it the one that was owed next."
    )
    level: Annotated[int, one_of(Level, "a level")] = Field(description="Level reported.")
    account: str = Field(
        "", max_length=size(CheckInRow, "account"), description="What changed, in short."
    )
    obstacle: Annotated[str, one_of(CheckInRow.Obstacle, "an obstacle")] = Field(
        "nothing", validate_default=True, description="What holds it up."
    )
    revises: bool = Field(
        False,
        description="Whether it corrects the owner's report before it; one for the same check-in "
        "does without saying so.",
    )
    done: Day | None = Field(None, description="When it was done; with the level full only.")
    next_expected: Day | None = Field(None, description="When its owner expects it to be done.")
    audience: ReadBy = read_by()
    delegation: Code | None = Field(
        None,
        description="Code of the party whose own it is, where its delegation alone reads it; the "
        "owner's without it.",
    )
    released_to: list[Release] = released_to()


class Finding(Section):
    """What the verifying body found.

    One that says nothing of approval and release was approved and released when it was recorded.
    """

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_WHOSE)
    body: str = Field(description="Code of the verifying body.")
    at: When = Field(description="When it was recorded; a day means 12:00.")
    by: Email = Field(description="Who recorded it.")
    time: int | None = _time(
        "Number of the expected time that it is about; without it the commitment as a whole."
    )
    level: Annotated[int, one_of(Level, "a level")] = Field(description="Level found.")
    found: str = Field(max_length=size(FindingRow, "found"), description="What was found.")
    against: str = Field(
        "",
        max_length=size(FindingRow, "article"),
        description="The article that it was held to.",
    )
    method: Annotated[str, one_of(FindingRow.Method, "a method")] = Field(
        "document", validate_default=True, description="How it was found."
    )
    proof: Annotated[str, one_of(FindingRow.Proof, "a standard of proof")] = Field(
        "grounds", validate_default=True, description="Standard of proof."
    )
    confidence: Annotated[str, one_of(FindingRow.Confidence, "a degree of confidence")] = Field(
        "moderate", validate_default=True, description="How sure the body is that it is reached."
    )
    happened: Day | None = Field(
        None, description="When what was found was so; the day of the finding without it."
    )
    learned: Day | None = Field(None, description="When the body learned of it.")
    approved_by: Email | None = Field(
        None, description="Who approved it; nobody where a meeting of the body found it."
    )
    approved: When | None = Field(None, description="When it was approved; a day means 12:00.")
    released: Released | None = Field(
        None, description="When it was released; false where it is not released."
    )

    released_by: Email | None = Field(
        None, description="Who released it; who approved it, or else its author, without it."
    )

    @property
    def is_approved(self) -> bool:
        """Whether somebody approved it: only what is not released may be a draft."""
        return self.released is not False or bool(self.approved or self.approved_by)


class Measurement(Section):
    """A number on a day, held against a bound of a commitment."""

    commitment: str = Field(description=_REF)
    of: str | None = Field(
        None, description="Of what, as in its bounds; not needed where it has one bound."
    )
    bound: Annotated[str, one_of(BoundRow.Comparison, "a bound")] | None = Field(
        None, description="Which of two bounds of the same thing."
    )
    owner: str | None = Field(None, description="Code of the one whom the bound binds.")
    value: Number = Field(description="The number.")
    on: Day = Field(description="When it was so.")
    body: str | None = Field(
        None, description="Code of the verifying body; none where an owner reports it."
    )
    source: str = Field(
        "", max_length=size(MeasurementRow, "source"), description="Where it is known from."
    )
    by: Email = Field(description="Who recorded it.")
    at: When | None = Field(None, description="When it was recorded; 12:00 of its day without it.")


class Flag(Section):
    """Disputed, suspended or at risk: a judgement with its reason."""

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_FOR_ALL)
    kind: Annotated[str, one_of(FlagRow.Kind, "a flag")] = Field(description="Which flag.")
    reason: str = Field(max_length=size(FlagRow, "reason"), description="Why it was raised.")
    by: Email = Field(description="Who raised it.")
    at: When = Field(description="When it was raised; a day means 12:00.")
    lifted: When | None = Field(None, description="When it was lifted; a day means 12:00.")
    lifted_by: Email | None = Field(None, description="Who lifted it.")
    because: str = Field(
        "", max_length=size(FlagRow, "lifted_because"), description="Why it was lifted."
    )


class BreachStep(Section):
    """One step of a breach. The allegation is the first, and need not be written."""

    state: Annotated[str, one_of(BreachRow.State, "a state of a breach")] = Field(
        description="The state in which it left the breach."
    )
    on: Day = Field(description="The day of the step.")
    words: str = Field(
        "", max_length=size(BreachStepRow, "words"), description="What was said with it."
    )
    until: When | None = Field(
        None, description="When its clock runs out; without it no clock runs."
    )
    step: int | None = Field(
        None, ge=1, le=SMALL, description="Number of the dispute step it was taken to."
    )
    who: str = Field(
        "",
        max_length=size(BreachStepRow, "who"),
        description="Who was asked, as the protocol had it then; as it has it now without it.",
    )
    by: Email = Field(description="Who recorded it.")
    at: When | None = Field(None, description="When it was recorded; 12:00 of its day without it.")


class Breach(Section):
    """An alleged breach by one of those who owe a commitment, and what came of it."""

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_WHOSE)
    what: str = Field(max_length=size(BreachRow, "what"), description="What is alleged.")
    against: str = Field(
        "", max_length=size(BreachRow, "article"), description="The article it would break."
    )
    alleged_by: Code | None = Field(
        None, description="Code of the party that alleges it; none where a body raised it."
    )
    happened: Day | None = Field(None, description="When it happened.")
    learned: Day = Field(description="When it was learned of.")
    by: Email = Field(description="Who entered it.")
    at: When = Field(description="When it was entered; a day means 12:00.")
    steps: list[BreachStep] = Field(
        default_factory=list, description="Its steps after the allegation, in their order."
    )


class Evidence(Section):
    """A link with where it comes from; files are not carried."""

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_FOR_ALL)
    number: int | None = Field(
        None, ge=1, le=LARGE, description="Its number; the next free one without it."
    )
    title: str = Field(max_length=size(EvidenceRow, "title"), description="What it is.")
    source: str = Field(
        max_length=size(EvidenceRow, "source"), description="Who made it, and how it came here."
    )
    dated: Day | None = Field(None, description="Its own date.")
    url: Link = Field(description="Its address.")
    by: Email = Field(description="Who added it.")
    at: When = Field(description="When it was added; a day means 12:00.")
    check_in: int | None = _number_of("check-in")
    finding: int | None = _number_of("finding")
    breach: int | None = _number_of("breach")
    supersedes: int | None = Field(
        None, ge=1, le=LARGE, description="Number of the piece in whose place it comes."
    )
    contradicts: list[int] = Field(
        default_factory=list, description="Numbers of earlier pieces that it contradicts."
    )
    audience: ReadBy = read_by()
    delegation: Code | None = Field(
        None,
        description="Code of the party whose own it is, where its delegation alone reads it.",
    )
    released_to: list[Release] = released_to()


class CalledOff(Section):
    """An expected time that is expected no longer."""

    commitment: str = Field(description=_REF)
    owner: str | None = Field(None, description=_WHOSE)
    time: int = Field(ge=1, le=LARGE, description="Number of the expected time.")
    because: str = Field(
        max_length=size(ExpectedOccurrence, "called_off_because"), description="Why."
    )
    by: Email | None = Field(
        None, description="Who called it off; nobody where a changed start, end or owner did."
    )
    at: When = Field(description="When; a day means 12:00.")
