"""The part of a process file that is about bodies: seats, protocols and who does what."""

import re
from typing import Annotated, Any

from pydantic import Field

from coordination.bodies.models import Body as BodyRow
from coordination.bodies.models import ChannelTest as TestRow
from coordination.bodies.models import CompositionPart as CompositionRow
from coordination.bodies.models import ContactChannel as ChannelRow
from coordination.bodies.models import DisputeStep as StepRow
from coordination.bodies.models import FormerName as FormerNameRow
from coordination.bodies.models import Protocol as ProtocolRow
from coordination.bodies.models import ProtocolSource as SourceRow
from coordination.bodies.models import QuorumPart as PartRow
from coordination.bodies.models import ReportingLine as LineRow
from coordination.bodies.models import Responsibility as ResponsibilityRow
from coordination.bodies.models import RoleTerms as RoleRow
from coordination.bodies.models import Seat as SeatRow
from coordination.bodies.models import Share
from coordination.bodies.models import Succession as SuccessionRow
from coordination.bodies.models import Term as TermRow
from coordination.processes.models import Track
from coordination.reviews.models import ReviewSeries as SeriesRow
from coordination.reviews.models.series import USUAL_LENGTH

from .calendar import quoted
from .fields import (
    LONG,
    LONG_TEXT,
    MANY,
    ROWS,
    SMALL,
    BodyCode,
    Clock,
    Code,
    Day,
    Email,
    Lasting,
    Read,
    Rule,
    Section,
    Several,
    When,
    WrittenAlone,
    one_of,
    seat_named,
    size,
)

ARTICLE = size(SourceRow, "article")


class Term(Section):
    """A person's time in a seat."""

    holder: Email = Field(description="Who holds the seat.")
    alternate: Email | None = Field(None, description="Who sits for the holder.")
    starts: Day = Field(alias="from", description="First day.")
    until: Day | None = Field(None, description="Last day; none while the term is open.")
    tenure: str = Field(
        "", max_length=size(TermRow, "tenure"), description="For how long, as in “while in office”."
    )
    handover: str = Field("", max_length=LONG_TEXT, description="What the next holder has to know.")


class Seat(Lasting):
    """A role in a body."""

    number: int = Field(ge=1, le=SMALL, description="Number of the seat within its body.")
    role: Annotated[str, one_of(SeatRow.Role, "a role")] = Field(
        "member", validate_default=True, description="What its holder does there."
    )
    title: str = Field(
        "", max_length=size(SeatRow, "title"), description="As the mandate calls it."
    )
    authority: str = Field("", description="What its holder may decide, where the role says less.")
    party: Code | None = Field(None, description="Party that fills it.")
    group: str = Field(
        "",
        max_length=size(SeatRow, "group"),
        description="Part of the composition or of the quorum in which it counts.",
    )
    vote: Annotated[str, one_of(SeatRow.Vote, "a kind of vote")] = Field(
        "voting", validate_default=True, description="Whether it votes."
    )
    terms: list[Term] = Field(default_factory=list, description="Who held it, and when.")


class RoleTerms(Section):
    """What a role means in the body."""

    role: Annotated[str, one_of(SeatRow.Role, "a role")] = Field(description="Which role.")
    authority: str = Field(description="What it may decide and do.")
    scope: str = Field("", description="In what, and within what limits.")
    article: str = Field(
        "", max_length=size(RoleRow, "source"), description="Where the mandate says so."
    )


class CompositionPart(Section):
    """A group of the body's seats, and how many the mandate gives it."""

    group: str = Field(
        max_length=size(CompositionRow, "group"), description="Its name, as in the seats."
    )
    seats: int = Field(ge=1, le=MANY, description="How many seats it has.")
    counts_as: str = Field(
        "",
        max_length=size(CompositionRow, "counts_as"),
        description="Part of the quorum in which it counts, where that has another name.",
    )
    named_by: str = Field(
        "", max_length=size(CompositionRow, "named_by"), description="Who names its members."
    )


class QuorumPart(Section):
    """A group of seats of which a minimum must be present."""

    group: str = Field(
        max_length=size(PartRow, "group"), description="As in the seats or the composition."
    )
    at_least: int = Field(ge=1, le=MANY, description="How many must be present.")


class SeatName(WrittenAlone):
    """A seat by its number; `3` or `JMC/3` may be written for it."""

    main_field = "number"

    body: str | None = Field(None, description="Code of its body; the same body without it.")
    number: int = Field(ge=1, le=SMALL, description="Its number there.")

    @classmethod
    def read_alone(cls, text: str) -> dict[str, str]:
        named = seat_named(text)
        if named is None:
            raise ValueError(f"{quoted(text)} names no seat; write it like 3 or JMC/3")
        return {name: said for name, said in named._asdict().items() if said}

    def write_alone(self, fields: dict[str, Any]) -> str:
        return f"{self.body}/{self.number}" if self.body else str(self.number)


class DisputeStep(Section):
    """Who is asked when members disagree; it may name a seat, a body or a party."""

    who: str = Field(max_length=size(StepRow, "who"), description="Who is asked at this step.")
    seat: SeatName | None = Field(None, description="The seat that is asked.")
    body: str | None = Field(None, description="Code of the body that is asked.")
    party: Code | None = Field(None, description="Code of the party that is asked.")
    within_hours: int | None = Field(None, ge=1, le=LONG, description="How long they have.")


class Meets(Section):
    """How often the body meets, at the least."""

    times: int = Field(1, ge=1, le=SMALL, description="How many times.")
    per: Annotated[str, one_of(ProtocolRow.Period, "a period")] = Field(
        description="In which period."
    )


class Source(Section):
    """Where the agreement or the rules of procedure say something, and in which words."""

    topic: Annotated[str, one_of(SourceRow.Topic, "a topic")] = Field(
        "whole", validate_default=True, description="Of what it speaks."
    )
    article: str = Field("", max_length=ARTICLE, description="Where it stands.")
    wording: str = Field("", description="What it says.")


class Protocol(Section):
    """How a body works."""

    meets: Meets | None = Field(None, description="How often it meets, at the least.")
    convened_by: str = Field(
        "", max_length=size(ProtocolRow, "convened_by"), description="Who calls the meetings."
    )
    agenda_closes_hours: int = Field(
        48, ge=0, le=SMALL, description="Hours before the meeting at which its agenda closes."
    )
    quorum: int | None = Field(
        None, ge=1, le=SMALL, description="Voting members who must be present."
    )
    quorum_share: Annotated[str, one_of(Share, "a share")] | None = Field(
        None, description="The quorum as a share of all voting seats, the vacant ones included."
    )
    quorum_parts: list[QuorumPart] = Field(
        default_factory=list,
        max_length=ROWS,
        description="Groups of which a minimum must be present.",
    )
    quorum_needs_chair: bool = Field(
        False, description="Whether the chair or a co-chair must be present."
    )
    decides_by: Annotated[str, one_of(ProtocolRow.DecisionRule, "a decision rule")] = Field(
        "", description="Decision rule; none where nothing says so."
    )
    majority: Annotated[str, one_of(Share, "a majority", but=(Share.HALF,))] = Field(
        "more_than_half", validate_default=True, description="How much a majority is."
    )
    majority_of: Annotated[str, one_of(ProtocolRow.MajorityOf, "what a majority is of")] = Field(
        "voting",
        validate_default=True,
        description="Of whom: those present and voting, all voting members present, or all.",
    )
    silence_hours: int | None = Field(
        None, ge=1, le=SMALL, description="Hours after which silence is consent."
    )
    dispute_steps: list[DisputeStep] = Field(
        default_factory=list,
        max_length=ROWS,
        description="Who is asked when members disagree, in order.",
    )
    reports_per: Annotated[str, one_of(ProtocolRow.Period, "a period")] | None = Field(
        None, description="How often it has to report."
    )
    reporting_duty: str = Field("", description="What it reports, in words.")
    article: str = Field(
        "", max_length=ARTICLE, description="Where the agreement says so; the source of the whole."
    )
    wording: str = Field("", description="What the agreement says, where it matters.")
    sources: list[Source] = Field(
        default_factory=list, description="Where it speaks of the meetings, the quorum and so on."
    )


class Line(Lasting, WrittenAlone):
    """To whom a body reports; a code alone may be written for it."""

    main_field = "to"

    to: str | None = Field(
        None, description="Code of a body, or of a party where no body has that code."
    )
    body: str | None = Field(None, description="Code of a body.")
    party: Code | None = Field(None, description="Code of a party, where a body has the same one.")
    name: str | None = Field(
        None,
        max_length=size(LineRow, "to_name"),
        description="Who is neither a body nor a party of the process.",
    )
    article: str = Field("", max_length=size(LineRow, "source"), description="Where it says so.")


class FormerName(Section):
    """A name that the body bore until it was renamed."""

    name: str = Field(max_length=size(FormerNameRow, "name"), description="The earlier name.")
    ended: Day = Field(description="First day of the next name.")


class Succession(Section):
    """A body that this one took over from."""

    body: str = Field(description="Code of the body that was there before.")
    how: Annotated[str, one_of(SuccessionRow.Kind, "a way to succeed")] = Field(
        "replaced",
        validate_default=True,
        description="Replaced by this one, merged into it, split it off or handed it tasks.",
    )
    on: Day = Field(description="On which day.")
    article: str = Field(
        "", max_length=size(SuccessionRow, "source"), description="Where it says so."
    )


class ChannelTest(Section):
    """One trial of a channel."""

    at: When = Field(description="When it was tried; a day means 12:00.")
    worked: bool = Field(description="Whether anybody answered: true or false.")
    remark: str = Field("", max_length=size(TestRow, "remark"), description="What was noticed.")
    by: Email | None = Field(None, description="Who tried it.")


class Channel(Lasting):
    """A way to reach the body."""

    kind: Annotated[str, one_of(ChannelRow.Kind, "a kind of channel")] = Field(
        description="What it is."
    )
    address: str = Field(
        max_length=size(ChannelRow, "address"), description="Number, call sign or address."
    )
    hours: str = Field(
        "", max_length=size(ChannelRow, "hours"), description="When somebody answers."
    )
    tests: list[ChannelTest] = Field(default_factory=list, description="When it was tried.")


def _video_link(given: Any) -> str:
    if isinstance(given, str) and re.fullmatch(r"(https?://\S+)?", given):
        return given
    raise ValueError(f"{quoted(given)} is not an address; write it whole, with https:// or http://")


VideoLink = Annotated[str, Read(_video_link, {"type": "string", "format": "uri"})]


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
    lasts_minutes: int = Field(
        USUAL_LENGTH, ge=5, le=1440, description="How long a meeting lasts, in minutes."
    )
    video_link: VideoLink = Field(
        "",
        max_length=size(SeriesRow, "video_link"),
        description="Where those who are far away join in: an address that begins with https://.",
    )


class Body(Section):
    """A commission, board, working group, mission or secretariat."""

    code: BodyCode = Field(description="Short name, as in JMC.")
    name: str = Field(max_length=size(BodyRow, "name"), description="Name in full.")
    former_names: list[FormerName] = Field(
        default_factory=list, description="What it was called before."
    )
    reports_to: Several[Line] = Field(
        default_factory=list, description="To whom it answers; a code or a list."
    )
    informs: Several[Line] = Field(
        default_factory=list, description="Who else gets its reports; a code or a list."
    )
    liaises_with: Several[Line] = Field(
        default_factory=list,
        description="With whom it is tied without answering to it; a code or a list.",
    )
    succeeds: list[Succession] = Field(
        default_factory=list, max_length=ROWS, description="The bodies that it took over from."
    )
    track: Annotated[str, one_of(Track, "a track")] = Field(description="Its track.")
    legal_basis: str = Field(
        "", max_length=size(BodyRow, "legal_basis"), description="The article that made it."
    )
    mandate: str = Field("", description="What it is for.")
    authority: str = Field("", description="What it may decide, and its limits.")
    composition: str = Field("", description="Who sits in it, in words.")
    composition_parts: list[CompositionPart] = Field(
        default_factory=list,
        max_length=ROWS,
        description="Who sits in it, as groups of seats.",
    )
    established: Day | None = Field(None, description="First day.")
    ended: Day | None = Field(None, description="Day on which it was wound up.")
    roles: list[RoleTerms] = Field(
        default_factory=list, description="What the roles in it may decide and do."
    )
    protocol: Protocol | None = Field(None, description="How it works.")
    seats: list[Seat] = Field(default_factory=list, description="Its seats.")
    channels: list[Channel] = Field(
        default_factory=list, description="How it is reached, in the order in which one tries."
    )
    review_series: list[ReviewSeries] = Field(
        default_factory=list, description="The rhythms in which it meets."
    )


class Claim(Lasting, WrittenAlone):
    """A body whose mandate says that the responsibility is its own; a code alone will do."""

    main_field = "body"

    body: str = Field(description="Code of the body.")
    article: str = Field("", max_length=ARTICLE, description="Where its mandate says so.")


class Holder(Lasting, WrittenAlone):
    """A seat, or a body as a whole; `JMC/3` or `JMC` may be written for it."""

    main_field = "body"

    body: str = Field(description="Code of the body.")
    seat: int | None = Field(
        None, ge=1, le=SMALL, description="Number of the seat; the body as a whole without it."
    )

    @classmethod
    def read_alone(cls, text: str) -> dict[str, str]:
        if "/" not in text:
            return {"body": text}
        named = seat_named(text)
        if named is None:
            raise ValueError(f"{quoted(text)} names no seat; write it like JMC/3")
        return {"body": named.body or "", "seat": named.number or ""}

    def write_alone(self, fields: dict[str, Any]) -> str | None:
        if set(fields) - {"body", "seat"}:
            return None
        return f"{self.body}/{self.seat}" if self.seat else self.body


class Responsibility(Lasting):
    """A function, which bodies claim it, and who has which part in it."""

    name: str = Field(max_length=size(ResponsibilityRow, "name"), description="Verb first.")
    description: str = Field("", description="What belongs to it.")
    article: str = Field(
        "", max_length=size(ResponsibilityRow, "source"), description="Where it comes from."
    )
    claimed_by: Several[Claim] = Field(
        default_factory=list, description="Bodies whose mandate says that it is theirs."
    )
    accountable: Several[Holder] = Field(
        default_factory=list, description="Who answers for it; one is best."
    )
    responsible: Several[Holder] = Field(default_factory=list, description="Who does it.")
    consulted: Several[Holder] = Field(
        default_factory=list, description="Who is asked before it is done."
    )
    informed: Several[Holder] = Field(
        default_factory=list, description="Who is told when it is done."
    )
