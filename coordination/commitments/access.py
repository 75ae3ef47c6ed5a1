"""Who may report for an obligation, who verifies it, and who keeps a commitment."""

from dataclasses import dataclass
from typing import Any

from coordination.base.memo import once
from coordination.bodies.access import may_keep as may_keep_body
from coordination.bodies.access import rights as rights_over_bodies
from coordination.bodies.models import Term
from coordination.ledger.models import Entry
from coordination.processes.access import acts_for, is_coordinator, membership
from coordination.processes.models import Membership, Process

from .models import Commitment, Obligation, Verification


def may_report(user: Any, obligation: Obligation) -> bool:
    """Its focal point; a coordinator may enter what the focal point told them.

    A focal point who is no longer a member reports nothing, and nothing is reported as theirs.
    """
    process = obligation.commitment.process
    if obligation.focal_point is None or membership(obligation.focal_point, process) is None:
        return False
    return obligation.focal_point_id == user.pk or is_coordinator(user, process)


def may_keep(user: Any, commitment: Commitment) -> bool:
    """A coordinator, or who keeps the lead body: what is agreed is theirs to write down."""
    if commitment.lead_body is not None:
        commitment.lead_body.process = commitment.process
        return may_keep_body(user, commitment.lead_body)
    return is_coordinator(user, commitment.process)


@dataclass(frozen=True)
class Kept:
    """What `may_keep` comes to for every commitment of a process at once."""

    coordinates: bool
    bodies: frozenset[int]

    @property
    def any(self) -> bool:
        return self.coordinates or bool(self.bodies)

    def may_keep(self, commitment: Commitment) -> bool:
        return self.coordinates or commitment.lead_body_id in self.bodies


def kept_by(user: Any, process: Process) -> Kept:
    own = rights_over_bodies(user, process)
    return Kept(own.coordinates, own.bodies)


def may_verify(user: Any, obligation: Obligation) -> bool:
    """Who sits in the verifying body today, or a coordinator; nobody who is a party to it."""
    commitment = obligation.commitment
    process = commitment.process
    if commitment.verifying_body_id is None or membership(user, process) is None:
        return False
    if is_party_to(user, obligation):
        return False
    return is_coordinator(user, process) or sits_in(user, commitment.verifying_body_id, process)


def is_party_to(user: Any, obligation: Obligation) -> bool:
    """Whether the person acts for the party that owes it, sits in the body that does, or reports
    for it: nobody judges their own."""
    if obligation.focal_point_id == user.pk:
        return True
    process = obligation.commitment.process
    if obligation.body_id is not None:
        return sits_in(user, obligation.body_id, process)
    return obligation.party_id in parties_of(user, process)


def acts_for_owner(user: Any, obligation: Obligation) -> bool:
    """Whether the person belongs to the delegation of the party that owes it."""
    party = obligation.party_id
    return party is not None and acts_for(user, obligation.commitment.process) == party


def may_foresee(user: Any, commitment: Commitment) -> bool:
    """Who reads whom its reminders go to: coordinators, who keeps it, and whoever owes it."""
    return may_keep(user, commitment) or any(
        one.focal_point_id == user.pk
        or (one.party_id is not None and one.party_id == acts_for(user, commitment.process))
        for one in commitment.obligations.all()
    )


@dataclass(frozen=True)
class Rights:
    """What `may_report` and `may_verify` come to for every obligation of a commitment at once."""

    user: Any
    coordinates: bool
    members: frozenset[int]
    parties: frozenset[int]
    bodies: frozenset[int]

    def may_report(self, obligation: Obligation) -> bool:
        own = self.coordinates or obligation.focal_point_id == self.user.pk
        return own and obligation.focal_point_id in self.members

    def may_verify(self, obligation: Obligation) -> bool:
        body = obligation.commitment.verifying_body_id
        if body is None or self.is_party_to(obligation):
            return False
        return self.coordinates or body in self.bodies

    def is_party_to(self, obligation: Obligation) -> bool:
        if obligation.focal_point_id == self.user.pk:
            return True
        if obligation.body_id is not None:
            return obligation.body_id in self.bodies
        return obligation.party_id in self.parties


def rights(user: Any, commitment: Commitment) -> Rights:
    """The person's rights over the obligations of a commitment, whose process they are in."""
    return once(("rights", user.pk, commitment.pk), lambda: _rights(user, commitment))


def _rights(user: Any, commitment: Commitment) -> Rights:
    process = commitment.process
    current = Membership.objects.current().filter(process=process)
    asked = [one.focal_point_id for one in commitment.obligations.all() if one.focal_point_id]
    seats = Term.objects.of(user, process.today()).filter(seat__body__process=process)
    return Rights(
        user=user,
        coordinates=is_coordinator(user, process),
        members=frozenset(current.filter(user__in=asked).values_list("user", flat=True)),
        parties=frozenset(parties_of(user, process)),
        bodies=frozenset(seats.values_list("seat__body", flat=True)),
    )


def may_approve(user: Any, verification: Verification) -> bool:
    """Who may verify it, and wrote no version of it."""
    return user.pk not in writers_of(verification) and may_verify(user, verification.obligation)


#: What is said in the ledger of whoever wrote a version of a finding.
WRITING = ("verification.prepared", "verification.revised")


def writers_of(verification: Verification) -> set[int]:
    """Who prepared a finding and who revised it: none of them approves it."""
    written = Entry.objects.about(verification).filter(verb__in=WRITING, actor__isnull=False)
    return {verification.author_id, *written.values_list("actor", flat=True)}


def sits_in(user: Any, body_id: int, process: Process) -> bool:
    """Whether the person holds a seat of the body today, or is the alternate in one."""
    return Term.objects.of(user, process.today()).filter(seat__body=body_id).exists()


def parties_of(person: Any, process: Process) -> set[int]:
    """The parties that a person acts for, as a member or from a seat that they hold today."""
    seats = Term.objects.of(person, process.today()).filter(seat__body__process=process)
    parties = set(seats.values_list("seat__party", flat=True)) | {acts_for(person, process)}
    return {party for party in parties if party is not None}
