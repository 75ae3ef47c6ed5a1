"""The part of a process file that is about commitments: their dates, their numbers and triggers."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field

from coordination.base.dates import Unit
from coordination.commitments.models import Bound as BoundRow
from coordination.commitments.models import Commitment as CommitmentRow
from coordination.commitments.models import Deadline as DeadlineRow
from coordination.commitments.models import Dependency as DependencyRow
from coordination.commitments.models import Extension as ExtensionRow
from coordination.commitments.models import Obligation
from coordination.commitments.models import Reading as ReadingRow
from coordination.commitments.models import Trigger as TriggerRow
from coordination.commitments.models import TriggerEvent as TriggerEventRow
from coordination.processes.models import Track

from .audience_schema import Note
from .calendar import quoted
from .fields import (
    LARGE,
    SMALL,
    Code,
    Day,
    Email,
    Key,
    Number,
    Section,
    When,
    WrittenAlone,
    one_of,
    size,
)

#: Each unit of time, and how many of them a file may name.
UNITS = {"hours": SMALL, "days": SMALL, "weeks": 5_000, "months": 1_200, "years": 100}


def _amount(unit: str) -> Any:
    return Field(None, ge=1, le=UNITS[unit], description="How many of them.")


class Amount(Section):
    """A number of hours, days, weeks, months or years."""

    hours: int | None = _amount("hours")
    days: int | None = _amount("days")
    weeks: int | None = _amount("weeks")
    months: int | None = _amount("months")
    years: int | None = _amount("years")

    @property
    def offset(self) -> tuple[int, str]:
        """Amount and unit; (0, days) where there is none."""
        for unit in Unit.values:
            if amount := getattr(self, unit):
                return amount, unit
        return 0, Unit.DAYS


class Counted(WrittenAlone, Amount):
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
    after_trigger: bool = Field(
        False, description="Whether it counts from each time that it is triggered."
    )


class Due(Counted):
    """When a commitment is due: one day or offset, or the earlier or the later of several."""

    earlier_of: list[Counted] = Field(
        default_factory=list, description="Due at the earliest of these."
    )
    later_of: list[Counted] = Field(default_factory=list, description="Due at the latest of these.")

    @property
    def several(self) -> "list[Counted]":
        """What it is the earlier or the later of; itself where it is one."""
        return self.earlier_of or self.later_of or [self]


class Every(WrittenAlone, Amount):
    """A rhythm; `monthly` and its like may be written for the usual ones."""

    main_field = "word"
    words: ClassVar = {
        "weekly": ("weeks", 1),
        "fortnightly": ("weeks", 2),
        "monthly": ("months", 1),
        "quarterly": ("months", 3),
        "half_yearly": ("months", 6),
        "yearly": ("years", 1),
    }

    times: int = Field(1, ge=1, le=SMALL, description="How many times in each of these periods.")

    @classmethod
    def read_alone(cls, text: str) -> Any:
        if text not in cls.words:
            known = ", ".join(cls.words)
            raise ValueError(
                f"{quoted(text)} is not a rhythm; use one of {known}, "
                "or write it like {months: 6}"
            )
        unit, amount = cls.words[text]
        return {unit: amount}

    def write_alone(self, fields: dict[str, Any]) -> str | None:
        """The word for the rhythm."""
        amount, unit = self.offset
        named = {said: word for word, said in self.words.items()}
        return named.get((unit, amount)) if self.times == 1 else None


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


class Bound(Section):
    """A number that something may not pass, or has to reach."""

    at_most: Number | None = Field(None, description="It may not be more.")
    at_least: Number | None = Field(None, description="It may not be less.")
    of: str = Field(
        max_length=size(BoundRow, "of_what"), description="Of what, as in personnel or km."
    )
    owner: str | None = Field(
        None, description="Code of the one whom it binds; without it all who owe it together."
    )

    @property
    def number(self) -> tuple[str, Decimal]:
        """The comparison and the number."""
        if self.at_most is not None:
            return BoundRow.Comparison.AT_MOST, self.at_most
        assert self.at_least is not None
        return BoundRow.Comparison.AT_LEAST, self.at_least


class Reading(Section):
    """How one party reads when a commitment is due."""

    party: Code = Field(description="Code of the party.")
    due: Due = Field(description="When it is due as the party reads it.")
    argument: str = Field("", description="Why it reads it so.")
    source: str = Field("", max_length=size(ReadingRow, "source"), description="Where it says so.")
    in_force: bool = Field(
        False, description="Whether this reading decides; the agreement's own words without one."
    )
    decided_by: str = Field(
        "",
        max_length=size(ReadingRow, "decided_by"),
        description="Who decided that it does, and where.",
    )


class Extension(Section):
    """A formal change of the date in force; the original one stays what it was."""

    until: When | None = Field(None, description="The new day or moment.")
    by: Amount | None = Field(None, description="The time by which it is prolonged.")
    agreed_by: str = Field(
        max_length=size(ExtensionRow, "agreed_by"), description="Who agreed on it, and where."
    )
    agreed_on: Day = Field(description="When that was agreed.")
    source: str = Field(
        "", max_length=size(ExtensionRow, "source"), description="Decision, minutes or article."
    )
    reason: str = Field("", description="Why.")
    entered_by: Email | None = Field(None, description="Who entered it.")
    owner: str | None = Field(
        None, description="Code of the party or body whose expected time it concerns."
    )
    time: int | None = Field(
        None, ge=1, le=LARGE, description="Number of the expected time that it concerns."
    )


class Wait(WrittenAlone):
    """What a commitment waits on; a ref alone may be written for it."""

    main_field = "commitment"

    commitment: str = Field(description="Ref of the commitment that has to be met before.")
    reason: str = Field("", max_length=size(DependencyRow, "reason"), description="Why.")
    source: str = Field(
        "", max_length=size(DependencyRow, "source"), description="Where it says so."
    )


class Expected(Section):
    """One time at which an owner is expected to do what recurs or is triggered.

    They follow from the rhythm and the trigger. All of them are written where they do not: where a
    rhythm was changed, or somebody has owed it since some later day.
    """

    owner: str | None = Field(
        None, description="Code of the party or body; not needed where only one owes it."
    )
    number: int = Field(ge=1, le=LARGE, description="Its number, as reports name it.")
    starts: Day | None = Field(None, alias="from", description="First day of its period.")
    before: Day | None = Field(None, description="Day on which the next period begins.")
    event: int | None = Field(
        None, ge=1, le=LARGE, description="Which event of the trigger it answers."
    )


class Commitment(Section):
    """One undertaking, and when it is due."""

    ref: str = Field(max_length=40, description="The word that the file uses for it.")
    number: int | None = Field(
        None, ge=1, le=LARGE, description="Register number; the next free one without it."
    )
    entered: Day | None = Field(
        None,
        description="Day on which it was entered; rhythms without another start count from it. "
        "The day on which the file is loaded without it.",
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
    without_text: bool = Field(
        False, description="Whether it quotes no passage, though its provision has a text."
    )
    kind: Annotated[str, one_of(CommitmentRow.Kind, "a kind of commitment")] = Field(
        "dated", validate_default=True, description="What due and done mean for it."
    )
    every: Every | None = Field(None, description="How often a recurring one recurs.")
    triggered_by: Key | None = Field(
        None, description="Key of the trigger that it answers each time."
    )
    follows: str | None = Field(
        None, description="Ref of the commitment each of whose fulfilments triggers it."
    )
    rhythm_from: Day | None = Field(
        None, description="Day from which the rhythm counts; from its start without it."
    )
    expected: list[Expected] | None = Field(
        None,
        description="The times at which it was expected so far, where they do not follow from its "
        "rhythm or trigger.",
    )
    otherwise: str = Field("", description="What applies where it is not met.")
    track: Annotated[str, one_of(Track, "a track")] = Field(description="Its track.")
    priority: Annotated[int, one_of(CommitmentRow.Priority, "a priority")] = Field(
        "normal", validate_default=True, description="Its priority."
    )
    lead: str | None = Field(None, description="Code of the body that runs it.")
    verified_by: str | None = Field(None, description="Code of the body that verifies it.")
    verified_before: list[str] = Field(
        default_factory=list, description="Codes of the bodies that verified it before that one."
    )
    owed_by: list[Owed] = Field(min_length=1, description="Who owes it; each owes its own.")
    due: Due | None = Field(None, description="When it is due.")
    not_before: Counted | None = Field(None, description="Due then at the earliest.")
    latest: Counted | None = Field(None, description="Latest day that the agreement permits.")
    starts: Counted | None = Field(
        None, description="When it begins to hold; what is kept up starts and is not due."
    )
    ends: Counted | None = Field(None, description="Last day on which it holds.")
    precision: Annotated[str, one_of(DeadlineRow.Precision, "a precision")] | None = Field(
        None, description="How exact the date is; a moment's is moment, any other's day."
    )
    wording: str = Field(
        "", max_length=size(DeadlineRow, "wording"), description="The agreement's own words for it."
    )
    extendable: bool = Field(
        True, description="Whether the agreement lets the date be extended: true or false."
    )
    readings: list[Reading] = Field(
        default_factory=list, description="How parties read the date, where they differ."
    )
    extensions: list[Extension] = Field(
        default_factory=list, description="Later agreements on another date, in their order."
    )
    bounds: list[Bound] = Field(
        default_factory=list, description="Numbers that it is held against."
    )
    waits_on: list[Wait] = Field(
        default_factory=list, description="Commitments that have to be met before."
    )
    check_ins: Annotated[str, one_of(CommitmentRow.Rhythm, "a rhythm")] | None = Field(
        None, description="Rhythm of check-ins besides those around the due day."
    )
    remarks: str = Field("", description="What a reader should know.")
    notes: list[Note] = Field(
        default_factory=list, description="What delegations wrote for themselves about it."
    )


class TriggerEvent(Section):
    """One time that a trigger happened."""

    on: When = Field(description="The day or the moment.")
    what: str = Field(
        max_length=size(TriggerEventRow, "what"), description="What happened, in short."
    )
    source: str = Field(
        "", max_length=size(TriggerEventRow, "source"), description="Where it is known from."
    )
    entered_by: Email | None = Field(None, description="Who entered it.")


class Trigger(Section):
    """Something that may happen many times, and that commitments answer each time."""

    key: Key = Field(description="The word that commitments use for it.")
    name: str = Field(max_length=size(TriggerRow, "name"), description="Name as it is shown.")
    description: str = Field("", description="What counts as it.")
    events: list[TriggerEvent] = Field(
        default_factory=list, description="Each time that it happened, in their order."
    )
