"""Writing a process as a process file: what the loader reads, in the order of the schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from accounts.models import User
from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import Nomination, SuccessionRequest, Term
from coordination.commitments.models import (
    Breach,
    CheckIn,
    CheckInDraft,
    Commitment,
    Dependency,
    Evidence,
    ExpectedOccurrence,
    Extension,
    Flag,
    Measurement,
    Note,
    Obligation,
    Reading,
    TriggerEvent,
    Verification,
)
from coordination.ledger.actions import append, lock
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.models import Affiliation, AnchorDate, Membership, Party, Process
from coordination.reviews.models import Review

from . import body_exporter, commitment_exporter, history_exporter, reminders, schema
from .commitment_schema import UNITS
from .loader import last_part
from .written import Written, lasting, made
from .yaml_writer import write_source

#: What other fields stand before, though the schema has it first.
_LAST = {"from", "ended", *UNITS}


@dataclass(frozen=True)
class Exported:
    """The file's text, and how many of each thing stayed behind, by its name."""

    text: str
    left_out: dict[str, int]


@transaction.atomic
def export_process(process: Process, *, actor: Any, origin: str) -> Exported:
    """Write a process as it stands, and that it was written to its ledger."""
    lock(process)
    parsed = _parsed(Written.of(process))
    exported = Exported(_text(process, parsed), _left_out(process, parsed))
    append(
        process=process,
        actor=actor,
        verb="process.exported",
        thing=process,
        origin=origin,
        summary=f"Exported the process {process} as a process file, with everything in it",
    )
    return exported


def process_file(process: Process) -> str:
    """The text of the file from which the loader makes the same process."""
    return _text(process, _parsed(Written.of(process)))


def _text(process: Process, parsed: schema.ProcessFile) -> str:
    data = parsed.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    heading = []
    if process.rebased_days:
        heading = [f"Days by which every date was shifted, as it stands: {process.rebased_days}."]
    return write_source(_days_last(data), heading)


def _days_last(value: Any) -> Any:
    """Each section with its days, or its number of them, behind what it says."""
    if isinstance(value, list):
        return [_days_last(one) for one in value]
    if not isinstance(value, dict):
        return value
    first = list(takewhile(_LAST.__contains__, value))
    return {name: _days_last(value[name]) for name in [*list(value)[len(first) :], *first]}


def _parsed(written: Written) -> schema.ProcessFile:
    process = written.process
    fields = ("slug", "name", "short_name", "summary", "time_zone", "marking")
    itself = made(schema.Process, **{name: getattr(process, name) for name in fields})
    # Where it is asked of nobody, or no day is free, that is said too.
    said = {"second_factor_roles": process.second_factor_roles, "weekend": process.weekend}
    itself = itself.model_copy(update=said)
    file = {
        "parties": list(_parties(process)),
        "anchors": list(_anchors(written)),
        "holidays": reminders.holidays(written),
        "bodies": body_exporter.bodies(written),
        "reminder_policies": reminders.policies(written),
        "responsibilities": body_exporter.responsibilities(written),
        "agreements": list(_agreements(written)),
        "triggers": commitment_exporter.triggers(written),
        "commitments": commitment_exporter.commitments(written),
        "check_ins": history_exporter.check_ins(written),
        "findings": history_exporter.findings(written),
        "measurements": history_exporter.measurements(written),
        "flags": history_exporter.flags(written),
        "breaches": history_exporter.breaches(written),
        "evidence": history_exporter.evidence(written),
        "called_off": history_exporter.called_off(written),
    }
    return made(
        schema.ProcessFile,
        format=schema.FORMAT,
        process=itself,
        people=list(_people(written)),  # once the others have named theirs
        **file,
    )


def _parties(process: Process) -> Iterator[schema.Party]:
    ties = Affiliation.objects.select_related("other").order_by("pk")
    for row in process.parties.order_by("pk").prefetch_related(Prefetch("affiliations", ties)):
        yield made(
            schema.Party,
            code=row.code,
            name=row.name,
            kind=row.kind,
            part=row.part,
            part_of=_ties(row, Affiliation.Kind.PART_OF),
            acts_for=_ties(row, Affiliation.Kind.ACTS_FOR),
            signatory=row.signatory,
            joined=row.joined_on,
            left=row.left_on,
        )


def _ties(row: Party, kind: str) -> list[schema.Affiliation]:
    return [
        made(schema.Affiliation, party=tie.other.code, article=tie.source, **lasting(tie))
        for tie in row.affiliations.all()
        if tie.kind == kind
    ]


def _anchors(written: Written) -> Iterator[schema.Anchor]:
    dates = Prefetch("dates", AnchorDate.objects.order_by("pk"))
    for row in written.process.anchors.order_by("pk").prefetch_related(dates):
        yield made(
            schema.Anchor,
            key=row.key,
            name=row.name,
            day_zero=row.is_day_zero,
            dates=[
                made(
                    schema.AnchorDate,
                    status=one.status,
                    on=written.calendar.local(one.at) if one.at else one.on,
                    decided_by=one.decided_by,
                    decided_on=one.decided_on,
                )
                for one in row.dates.all()
            ],
        )


def _people(written: Written) -> Iterator[schema.Person]:
    """The members in the order in which they came, then whom the rest of the file names."""
    members = Membership.objects.current().filter(process=written.process).order_by("pk")
    places = {one.user_id: one for one in members.select_related("user")}
    people = written.people | {one.user_id: one.user for one in places.values()}
    others = sorted(people.keys() - places.keys(), key=lambda pk: people[pk].email)
    for pk in [*places, *others]:
        yield _person(written, people[pk], places.get(pk))


def _person(written: Written, user: User, member: Membership | None) -> schema.Person:
    elsewhere = user.time_zone != written.process.time_zone
    return made(
        schema.Person,
        email=user.email,
        name=user.name,
        function=user.function,
        language=user.language,
        time_zone=user.time_zone if elsewhere else None,
        role=member and member.role,
        party=member and written.party(member.party_id),
        heads_delegation=member is not None and member.heads_delegation,
    )


def _agreements(written: Written) -> Iterator[schema.Agreement]:
    provisions = Provision.objects.select_related("parent").order_by("order", "pk")
    rows = written.process.agreements.order_by("pk").prefetch_related(
        "signatories", "witnesses", Prefetch("provisions", provisions)
    )
    for row in rows:
        yield _agreement(written, row)


def _agreement(written: Written, row: Agreement) -> schema.Agreement:
    return made(
        schema.Agreement,
        key=row.key,
        name=row.name,
        signed=row.signed_on,
        in_force=row.in_force_on,
        languages=row.languages,
        signatories=written.codes(row.signatories.all()),
        witnesses=written.codes(row.witnesses.all()),
        provisions=[
            made(
                schema.Provision,
                citation=one.citation,
                label=None if one.label == last_part(one.citation) else one.label,
                part_of=one.parent and one.parent.citation,
                heading=one.heading,
                text=one.text,
            )
            for one in row.provisions.all()
        ],
    )


def _left_out(process: Process, parsed: schema.ProcessFile) -> dict[str, int]:
    """What a process file has no place for, and what was withdrawn, with how many there are; what
    there is none of is not named."""
    rows = {
        "entries of the record": Entry.objects.filter(process=process),
        "meetings": Review.objects.filter(body__process=process),
        "messages": Message.objects.filter(process=process),
        "nominations": Nomination.objects.filter(seat__body__process=process),
        "requests for a successor": SuccessionRequest.objects.filter(seat__body__process=process),
        "accepted gaps": process.acceptances.all(),
        "ended memberships": process.memberships.exclude(ended_at=None),
        "drafts of check-ins": _of(CheckInDraft.objects, process),
        "files of evidence": _of(Evidence.objects, process).exclude(file=""),
        "withdrawn terms": _withdrawn(Term, process),
        "withdrawn commitments": _withdrawn(Commitment, process),
        "withdrawn owners": _withdrawn(Obligation, process).filter(commitment__withdrawn_at=None),
        "withdrawn readings": _withdrawn(Reading, process),
        "withdrawn extensions": _withdrawn(Extension, process),
        "withdrawn dependencies": _withdrawn(Dependency, process),
        "withdrawn events": _withdrawn(TriggerEvent, process),
        "withdrawn findings": _withdrawn(Verification, process),
        "withdrawn measurements": _withdrawn(Measurement, process),
        "withdrawn notes": _withdrawn(Note, process),
        "releases that were taken back": process.releases.exclude(withdrawn_at=None),
    }
    counts = {name: found.count() for name, found in rows.items()}
    counts["entries on what no longer stands"] = sum(
        _of(model.objects, process).filter(**which).count() - len(written)
        for model, which, written in (
            (CheckIn, {}, parsed.check_ins),
            (Verification, {}, parsed.findings),
            (Measurement, {}, parsed.measurements),
            (Flag, {}, parsed.flags),
            (Breach, {}, parsed.breaches),
            (Evidence, {"file": ""}, parsed.evidence),
            (Dependency, {}, [wait for one in parsed.commitments for wait in one.waits_on]),
            (ExpectedOccurrence, {"called_off_at__isnull": False}, parsed.called_off),
            (
                Extension,
                {},
                [extension for one in parsed.commitments for extension in one.extensions],
            ),
        )
    )
    return {name: number for name, number in counts.items() if number}


def _of(rows: Any, process: Process) -> Any:
    """The rows of a process."""
    return rows.filter(**{getattr(rows.model, "scope_path", "process"): process})


def _withdrawn(model: Any, process: Process) -> Any:
    return _of(model.every, process).filter(withdrawn_at__isnull=False)
