"""Loading a process file: everything in one transaction, or nothing."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from coordination.agreements.models import Agreement, Provision
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, append, snapshot
from coordination.processes.actions import add_member, create_process, record_anchor_date
from coordination.processes.models import Affiliation, AnchorDate, AnchorEvent, Party, Process

from . import schema
from .body_loader import BodyLoader
from .calendar import Calendar
from .commitment_loader import CommitmentLoader
from .history_loader import load_history
from .models import ProcessFile
from .names import Names
from .reminders import load_reminders
from .validation import read_process_file


@dataclass
class Loaded:
    """What came of a file: `already` says that it had been loaded before and changed nothing."""

    process: Process
    already: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    new_people: list[User] = field(default_factory=list)


@transaction.atomic
def load_process_file(
    name: str, content: bytes, *, actor: Any = None, rebase: date | None = None
) -> Loaded:
    """Load a process with its history.

    `rebase` is the day of the process that becomes today: all dates are shifted together, and what
    had not happened or been decided by that day is left out. The same file again changes nothing.
    Raises `FileRefused` with everything that is wrong in the file, and `Refused` where a process of
    that short address is here already.
    """
    digest = hashlib.sha256(content).hexdigest()
    if earlier := ProcessFile.objects.filter(sha256=digest).select_related("process").first():
        return Loaded(earlier.process, already=True)
    parsed = read_process_file(name, content, rebased=rebase is not None)
    slug = parsed.process.slug
    if Process.objects.filter(slug=slug).exists():
        raise Refused(
            f"A process with the short address “{slug}” is here already, and not from this file. "
            "Change process.slug in the file, or go on with the process that is here."
        )
    return _Loader(parsed, actor, rebase, digest).run()


class _Loader:
    """One pass over a valid file, from what others refer to down to what refers to them."""

    def __init__(
        self, parsed: schema.ProcessFile, actor: Any, rebase: date | None, digest: str
    ) -> None:
        self.parsed, self.actor, self.digest = parsed, actor, digest
        self.process = Process(**parsed.process.model_dump())
        self.process.rebased_days = (self.process.today() - rebase).days if rebase else 0
        self.calendar = Calendar(self.process.zone, self.process.rebased_days)
        self.until = rebase
        self.names = Names()
        self.new_people: list[User] = []
        self.left_out = 0

    def run(self) -> Loaded:
        self.process = create_process(
            actor=self.actor,
            origin=Origin.FILE,
            **self.parsed.process.model_dump(),
            rebased_days=self.process.rebased_days,
        )
        ProcessFile.objects.create(
            process=self.process, sha256=self.digest, rebased_days=self.process.rebased_days
        )
        self.load_parties()
        self.load_anchors()
        self.load_people()
        bodies = BodyLoader(self.names, self.calendar, self.until, self.record)
        bodies.load(self.process, self.parsed)
        self.left_out += bodies.left_out
        load_reminders(self.process, self.parsed, self.names, self.calendar, self.actor)
        self.load_agreements()
        commitments = CommitmentLoader(
            self.parsed, self.process, self.names, self.calendar, self.until, self.actor
        )
        commitments.load()
        self.left_out += load_history(
            self.process, self.parsed, self.names, self.calendar, self.until
        )
        commitments.extend_times()
        self.left_out += commitments.left_out
        return Loaded(self.process, False, self.counts(), self.left_out, self.new_people)

    def record(self, verb: str, thing: Model, summary: str, after: dict[str, Any]) -> None:
        append(
            process=self.process,
            actor=self.actor,
            verb=verb,
            thing=thing,
            origin=Origin.FILE,
            summary=summary,
            after=after,
        )

    def load_parties(self) -> None:
        for one in self.parsed.parties:
            self.names.parties[one.code] = Party.objects.create(
                process=self.process,
                **one.model_dump(include={"code", "name", "kind", "part", "signatory"}),
                joined_on=self.calendar.day(one.joined),
                left_on=self.calendar.day(one.left),
            )
        for one in self.parsed.parties:
            party = self.names.parties[one.code]
            ties = {
                str(kind): self.load_affiliations(party, kind, given)
                for kind, given in (
                    (Affiliation.Kind.PART_OF, one.part_of),
                    (Affiliation.Kind.ACTS_FOR, one.acts_for),
                )
                if given
            }
            self.record(
                "party.entered", party, f"Entered the party {party}", snapshot(party) | ties
            )

    def load_affiliations(
        self, party: Party, kind: str, given: list[schema.Affiliation]
    ) -> list[str]:
        """Enter what a party is part of or acts for; returns the others' codes."""
        for tie in given:
            Affiliation.objects.create(
                party=party,
                kind=kind,
                other=self.names.parties[tie.party],
                source=tie.article,
                **self.calendar.lasting(tie),
            )
        return [tie.party for tie in given]

    def load_anchors(self) -> None:
        for one in self.parsed.anchors:
            anchor = AnchorEvent.objects.create(
                process=self.process, key=one.key, name=one.name, is_day_zero=one.day_zero
            )
            self.names.anchors[one.key] = anchor
            self.record("anchor.entered", anchor, f"Entered the anchor {anchor}", snapshot(anchor))
            for given in one.dates:
                if self.was_unknown(given):
                    self.left_out += 1
                    continue
                point = self.calendar.point(given.on)
                record_anchor_date(
                    actor=self.actor,
                    anchor=anchor,
                    status=given.status,
                    on=point.on,
                    at=point.at,
                    decided_by=given.decided_by,
                    decided_on=self.calendar.day(given.decided_on),
                    not_happened=True,  # the file has all its dates, and the last is in force
                    origin=Origin.FILE,
                )

    def was_unknown(self, given: schema.AnchorDate) -> bool:
        """Whether on the day that becomes today nobody could know this date of an anchor."""
        if self.until is None:
            return False
        happens = given.status == AnchorDate.Status.ACTUAL
        known_on = self.calendar.local_day(given.on) if happens else given.decided_on
        return known_on is not None and known_on > self.until

    def load_people(self) -> None:
        """Find or make the accounts; an account that exists is never changed."""
        for one in self.parsed.people:
            user = User.objects.filter(email=one.email).first()
            if user is None:
                user = User.objects.create_user(
                    one.email,
                    **one.model_dump(include={"name", "function", "language"}),
                    time_zone=one.time_zone or self.process.time_zone,
                )
                self.new_people.append(user)
                self.record(
                    "person.added",
                    user,
                    f"Made an account for {user}",
                    snapshot(user, "email", "name", "function"),
                )
            self.names.people[one.email] = user
            if one.role and user != self.actor:  # who opens a process is a member already
                add_member(
                    actor=self.actor,
                    process=self.process,
                    user=user,
                    role=one.role,
                    party=self.names.parties[one.party] if one.party else None,
                    heads_delegation=one.heads_delegation,
                    origin=Origin.FILE,
                )

    def load_agreements(self) -> None:
        parties = self.names.parties
        for one in self.parsed.agreements:
            agreement = Agreement.objects.create(
                process=self.process,
                **one.model_dump(include={"key", "name", "languages"}),
                signed_on=self.calendar.day(one.signed),
                in_force_on=self.calendar.day(one.in_force),
            )
            agreement.signatories.set([parties[code] for code in one.signatories])
            agreement.witnesses.set([parties[code] for code in one.witnesses])
            self.load_provisions(agreement, one.provisions)
            self.record(
                "agreement.entered",
                agreement,
                f"Entered the agreement {agreement} with {len(one.provisions)} provisions",
                snapshot(agreement)
                | {
                    "signatories": one.signatories,
                    "witnesses": one.witnesses,
                    "provisions": [provision.citation for provision in one.provisions],
                },
            )

    def load_provisions(self, agreement: Agreement, provisions: list[schema.Provision]) -> None:
        order = {one.citation: place for place, one in enumerate(provisions, start=1)}
        found: dict[str, Provision] = {}
        for one in _parents_first(provisions, "citation", "part_of"):
            found[one.citation] = Provision.objects.create(
                agreement=agreement,
                parent=found[one.part_of] if one.part_of else None,
                order=order[one.citation],
                label=one.label or last_part(one.citation),
                **one.model_dump(include={"citation", "heading", "text"}),
            )
        self.names.provisions[agreement.key] = found

    def counts(self) -> dict[str, int]:
        """How many of each thing the file holds."""
        parsed = self.parsed
        return {
            "party": len(parsed.parties),
            "anchor event": len(parsed.anchors),
            "person": len(parsed.people),
            "holiday": len(parsed.holidays),
            "body": len(parsed.bodies),
            "seat": sum(len(body.seats) for body in parsed.bodies),
            "responsibility": len(parsed.responsibilities),
            "agreement": len(parsed.agreements),
            "provision": sum(len(one.provisions) for one in parsed.agreements),
            "trigger": len(parsed.triggers),
            "commitment": len(parsed.commitments),
            "check-in": len(parsed.check_ins),
            "finding": len(parsed.findings),
            "measurement": len(parsed.measurements),
            "flag": len(parsed.flags),
            "alleged breach": len(parsed.breaches),
            "piece of evidence": len(parsed.evidence),
            "note": sum(len(one.notes) for one in parsed.commitments),
            "review series": sum(len(body.review_series) for body in parsed.bodies),
        }


def last_part(citation: str) -> str:
    """“Art. IX.1” of “Annex 1A, Art. IX.1”."""
    return citation.rpartition(", ")[2][: Provision._meta.get_field("label").max_length or 0]


def _parents_first(rows: Iterable[Any], key: str, parent: str) -> list[Any]:
    """The rows in their order, save that what another is part of comes before it."""
    by_name = {getattr(row, key): row for row in rows}
    placed: dict[str, Any] = {}
    for row in by_name.values():
        line = []
        while row is not None and getattr(row, key) not in placed:
            line.append(row)
            row = by_name.get(getattr(row, parent))
        placed.update((getattr(one, key), one) for one in reversed(line))
    return list(placed.values())
