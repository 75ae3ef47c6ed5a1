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
from coordination.processes.models import Affiliation as AffiliationRow
from coordination.processes.models import AnchorDate as AnchorDateRow
from coordination.processes.models import AnchorEvent as AnchorRow
from coordination.processes.models import Membership, ask_coordinators, saturday_and_sunday
from coordination.processes.models import Party as PartyRow
from coordination.processes.models import Process as ProcessRow

from .body_schema import Body, Responsibility
from .commitment_schema import Commitment, Trigger
from .fields import (
    Code,
    Day,
    Email,
    Key,
    Language,
    Lasting,
    Read,
    Section,
    Several,
    TimeZone,
    When,
    WrittenAlone,
    one_of,
    size,
)
from .history_schema import Breach, CalledOff, CheckIn, Evidence, Finding, Flag, Measurement
from .reminder_schema import DayNamed, Holiday, ReminderPolicy

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
    second_factor_roles: list[Annotated[str, one_of(Membership.Role, "a role in the process")]] = (
        Field(
            default_factory=ask_coordinators,
            description="Roles whose members sign in with a second step; [] for nobody.",
        )
    )
    weekend: list[DayNamed] = Field(
        default_factory=saturday_and_sunday,
        description="Days of the week without reminders; [] for none.",
    )


class Affiliation(Lasting, WrittenAlone):
    """A party that another one is part of or acts for; its code alone may be written for it."""

    main_field = "party"

    party: Code = Field(description="Code of that party.")
    article: str = Field(
        "", max_length=size(AffiliationRow, "source"), description="Where it says so."
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
    part_of: Several[Affiliation] = Field(
        default_factory=list, description="Parties that it belongs to; a code or a list."
    )
    acts_for: Several[Affiliation] = Field(
        default_factory=list, description="Parties that it acts for; a code or a list."
    )
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
        None, description="When that was decided; a rebased process knows no later decision."
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
    heads_delegation: bool = Field(
        False, description="Whether the person decides on what that party's delegation keeps to "
        "itself: true or false.",
    )  # fmt: skip


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
    holidays: list[Holiday] = Field(default_factory=list, description="Days without reminders.")
    people: list[Person] = Field(default_factory=list, description="People named in the file.")
    bodies: list[Body] = Field(default_factory=list, description="Bodies with their seats.")
    reminder_policies: list[ReminderPolicy] = Field(
        default_factory=list, description="When people are reminded, where not as usual."
    )
    responsibilities: list[Responsibility] = Field(
        default_factory=list, description="Who is accountable for what."
    )
    agreements: list[Agreement] = Field(default_factory=list, description="The instruments.")
    triggers: list[Trigger] = Field(
        default_factory=list, description="What may happen many times and is answered each time."
    )
    commitments: list[Commitment] = Field(
        default_factory=list, description="Who undertook what, by when."
    )
    check_ins: list[CheckIn] = Field(
        default_factory=list, description="What owners reported so far."
    )
    findings: list[Finding] = Field(
        default_factory=list, description="What verifying bodies found so far."
    )
    measurements: list[Measurement] = Field(
        default_factory=list, description="Numbers that were measured so far."
    )
    flags: list[Flag] = Field(
        default_factory=list, description="What was flagged as disputed, suspended or at risk."
    )
    breaches: list[Breach] = Field(
        default_factory=list, description="What was alleged, and what came of it."
    )
    evidence: list[Evidence] = Field(
        default_factory=list, description="Links to what reports and findings rest on."
    )
    called_off: list[CalledOff] = Field(
        default_factory=list, description="Expected times that are expected no longer."
    )
