"""The format of a process file, version 1: what may stand in it, and what each field means.

`docs/process-file.md` explains it to the people who write such files, and `manage.py
process_file_schema` prints it as a JSON schema. What concerns more than one field is checked in
`validation.py`.
"""

from typing import Annotated, Any

from pydantic import Field

from accounts.models import User
from coordination.agreements.models import Agreement as AgreementRow
from coordination.agreements.models import Provision as ProvisionRow
from coordination.bodies.models import Body as BodyRow
from coordination.bodies.models import DisputeStep as StepRow
from coordination.bodies.models import Protocol as ProtocolRow
from coordination.bodies.models import QuorumPart as PartRow
from coordination.bodies.models import Seat as SeatRow
from coordination.processes.models import AnchorDate as AnchorDateRow
from coordination.processes.models import AnchorEvent as AnchorRow
from coordination.processes.models import Membership, Track
from coordination.processes.models import Party as PartyRow
from coordination.processes.models import Process as ProcessRow
from coordination.reviews.models import ReviewSeries as SeriesRow

from .commitment_schema import LARGE, SMALL, CheckIn, Commitment, Finding
from .fields import (
    Clock,
    Code,
    Day,
    Email,
    Key,
    Language,
    Read,
    Rule,
    Section,
    TimeZone,
    When,
    one_of,
    size,
)

FORMAT = "entente-process/1"


def _format(given: Any) -> str:
    if given == FORMAT:
        return FORMAT
    raise ValueError(f"this version reads the format {FORMAT}; write format: {FORMAT}")


class Process(Section):
    """Its name, its address and its time zone."""

    slug: Key = Field(description="Short address, part of every page's address.")
    name: str = Field(max_length=size(ProcessRow, "name"), description="Name in full.")
    short_name: str = Field(
        max_length=size(ProcessRow, "short_name"), description="Name as it is said."
    )
    summary: str = Field("", description="What the process is about, in a few sentences.")
    time_zone: TimeZone = Field(
        "UTC", description="IANA time zone; it decides when a due day ends."
    )
    marking: str = Field(
        "", max_length=size(ProcessRow, "marking"), description="Stands at the foot of every page."
    )


class Party(Section):
    """A state, organisation, group or office as it takes part."""

    code: Code = Field(description="ISO 3166 where there is one; stands for the party everywhere.")
    name: str = Field(max_length=size(PartyRow, "name"), description="Name in full.")
    kind: Annotated[str, one_of(PartyRow.Kind, "a kind of party")] = Field(
        description="What the party is."
    )
    part: Annotated[str, one_of(PartyRow.Part, "a part in the process")] = Field(
        description="As what it takes part."
    )
    part_of: Code | None = Field(None, description="Code of the party that it belongs to.")
    signatory: bool = Field(False, description="Whether it signed: true or false.")
    joined: Day | None = Field(None, description="First day in the process.")
    left: Day | None = Field(None, description="Last day in the process.")


class AnchorDate(Section):
    """One date that an anchor event was given."""

    status: Annotated[str, one_of(AnchorDateRow.Status, "a status of an anchor's date")] = Field(
        description="Whether it was planned for then, put off to then, or happened then."
    )
    on: When = Field(description="The day, or the moment.")
    decided_by: str = Field(
        "", max_length=size(AnchorDateRow, "decided_by"), description="Who decided it, and where."
    )
    decided_on: Day | None = Field(
        None, description="When it was decided; a rebased process knows no later decision."
    )


class Anchor(Section):
    """A named moment that deadlines count from."""

    key: Key = Field(description="The word that deadlines use for it.")
    name: str = Field(max_length=size(AnchorRow, "name"), description="Name as it is shown.")
    day_zero: bool = Field(False, description="Whether D+n counts from it; one anchor at most.")
    dates: list[AnchorDate] = Field(
        default_factory=list, description="Its dates in the order in which they were given."
    )


class Person(Section):
    """A person of the process, matched with existing accounts by e-mail."""

    email: Email = Field(description="Address; what the rest of the file names the person by.")
    name: str = Field(max_length=size(User, "name"), description="Name as it is written.")
    function: str = Field(
        "", max_length=size(User, "function"), description="Office or rank, as signed."
    )
    language: Language = Field("en-gb", description="Language of pages and mails.")
    time_zone: TimeZone | None = Field(
        None, description="Where the person works; the process's time zone without it."
    )
    role: Annotated[str, one_of(Membership.Role, "a role in the process")] | None = Field(
        None, description="Membership of the process; without it the process stays closed to them."
    )
    party: Code | None = Field(None, description="Party that the person acts for.")


class Term(Section):
    """A person's time in a seat."""

    holder: Email = Field(description="Who holds the seat.")
    alternate: Email | None = Field(None, description="Who sits for the holder.")
    starts: Day = Field(alias="from", description="First day.")
    until: Day | None = Field(None, description="Last day; none while the term is open.")


class Seat(Section):
    """A role in a body."""

    number: int = Field(ge=1, le=SMALL, description="Number of the seat within its body.")
    role: Annotated[str, one_of(SeatRow.Role, "a role")] = Field(
        "member", validate_default=True, description="What its holder does there."
    )
    title: str = Field(
        "", max_length=size(SeatRow, "title"), description="As the mandate calls it."
    )
    authority: str = Field("", description="What its holder may decide.")
    party: Code | None = Field(None, description="Party that fills it.")
    group: str = Field(
        "", max_length=size(SeatRow, "group"), description="Part of the quorum it counts in."
    )
    vote: Annotated[str, one_of(SeatRow.Vote, "a kind of vote")] = Field(
        "voting", validate_default=True, description="Whether it votes."
    )
    terms: list[Term] = Field(default_factory=list, description="Who held it, and when.")


class QuorumPart(Section):
    """A group of seats of which a minimum must be present."""

    group: str = Field(max_length=size(PartRow, "group"), description="As in the seats.")
    at_least: int = Field(ge=1, le=SMALL, description="How many must be present.")


class DisputeStep(Section):
    """Who is asked when members disagree."""

    who: str = Field(max_length=size(StepRow, "who"), description="Who is asked at this step.")
    within_hours: int | None = Field(None, ge=1, le=LARGE, description="How long they have.")


class Protocol(Section):
    """How a body works."""

    decides_by: Annotated[str, one_of(ProtocolRow.DecisionRule, "a decision rule")] = Field(
        "consensus", validate_default=True, description="Decision rule."
    )
    quorum: int | None = Field(
        None, ge=1, le=SMALL, description="Voting members who must be present."
    )
    quorum_parts: list[QuorumPart] = Field(
        default_factory=list, description="Groups of which a minimum must be present."
    )
    dispute_steps: list[DisputeStep] = Field(
        default_factory=list, description="Who is asked when members disagree, in order."
    )
    agenda_closes_hours: int = Field(
        48, ge=0, le=SMALL, description="Hours before the meeting at which its agenda closes."
    )
    reporting_duty: str = Field("", description="To whom it reports, and how often.")
    article: str = Field(
        "", max_length=size(ProtocolRow, "source"), description="Where the agreement says so."
    )
    wording: str = Field("", description="What the agreement says, where it matters.")


class ReviewSeries(Section):
    """A rhythm in which the body meets."""

    name: str = Field(max_length=size(SeriesRow, "name"), description="Name of the series.")
    rule: Rule = Field(
        max_length=size(SeriesRow, "rule"), description="Recurrence rule of RFC 5545."
    )
    starts: Day = Field(alias="from", description="First day of the rhythm.")
    until: Day | None = Field(None, description="Last day of the rhythm.")
    time: Clock = Field(description="Time of day in the process's time zone.")
    place: str = Field("", max_length=size(SeriesRow, "place"), description="Where it meets.")


class Body(Section):
    """A commission, board, working group, mission or secretariat."""

    code: str = Field(max_length=size(BodyRow, "code"), description="Short name, as in JMC.")
    name: str = Field(max_length=size(BodyRow, "name"), description="Name in full.")
    reports_to: str | None = Field(None, description="Code of the body above it.")
    track: Annotated[str, one_of(Track, "a track")] = Field(description="Its track.")
    legal_basis: str = Field(
        "", max_length=size(BodyRow, "legal_basis"), description="The article that made it."
    )
    mandate: str = Field("", description="What it is for.")
    authority: str = Field("", description="What it may decide, and its limits.")
    composition: str = Field("", description="Who sits in it.")
    established: Day | None = Field(None, description="First day.")
    ended: Day | None = Field(None, description="Day on which it was wound up.")
    protocol: Protocol | None = Field(None, description="How it works.")
    seats: list[Seat] = Field(default_factory=list, description="Its seats.")
    review_series: list[ReviewSeries] = Field(
        default_factory=list, description="The rhythms in which it meets."
    )


class Provision(Section):
    """A numbered article or paragraph."""

    citation: str = Field(
        max_length=size(ProvisionRow, "citation"),
        description="In full, as lawyers cite it; what commitments name it by.",
    )
    label: str = Field(
        "",
        max_length=size(ProvisionRow, "label"),
        description="Its own number, as in (c); the citation's last part without it.",
    )
    part_of: str | None = Field(None, description="Citation of the provision that it is part of.")
    heading: str = Field("", max_length=size(ProvisionRow, "heading"), description="Its heading.")
    text: str = Field("", description="What it says.")


class Agreement(Section):
    """An instrument with its provisions."""

    key: Key = Field(description="The word that commitments use for it where there are several.")
    name: str = Field(max_length=size(AgreementRow, "name"), description="Name in full.")
    signed: Day | None = Field(None, description="Day of signature.")
    in_force: Day | None = Field(None, description="Day of entry into force.")
    languages: str = Field(
        "", max_length=size(AgreementRow, "languages"), description="Authentic languages."
    )
    signatories: list[Code] = Field(default_factory=list, description="Codes of who signed.")
    witnesses: list[Code] = Field(default_factory=list, description="Codes of who witnessed it.")
    provisions: list[Provision] = Field(
        default_factory=list, description="Its articles and paragraphs, in order."
    )


class ProcessFile(Section):
    """A peace process in one file."""

    format: Annotated[str, Read(_format, {"const": FORMAT})] = Field(
        description="Name and version of the format."
    )
    rebase_on: Day | None = Field(
        None, description="Day that is today when the file is loaded as an example."
    )
    process: Process = Field(description="The process itself.")
    parties: list[Party] = Field(default_factory=list, description="Who takes part.")
    anchors: list[Anchor] = Field(
        default_factory=list, description="Moments that deadlines count from."
    )
    people: list[Person] = Field(default_factory=list, description="People named in the file.")
    bodies: list[Body] = Field(default_factory=list, description="Bodies with their seats.")
    agreements: list[Agreement] = Field(default_factory=list, description="The instruments.")
    commitments: list[Commitment] = Field(
        default_factory=list, description="Who undertook what, by when."
    )
    check_ins: list[CheckIn] = Field(
        default_factory=list, description="What owners reported so far."
    )
    findings: list[Finding] = Field(
        default_factory=list, description="What verifying bodies found so far."
    )
