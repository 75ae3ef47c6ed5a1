"""Who may read a record is said twice, as SQL for lists and in words for one record.

Random processes have people whose memberships and seats are over, run, or are still to come, and
records for every audience that were released, some of them no more. Both say the same of everybody.
"""

import datetime as dt
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.audiences.access import Readers, reasons, rows_of
from coordination.audiences.models import Audience, Release
from coordination.bodies.capacities import capacities, capacities_of
from coordination.commitments.models import Obligation
from coordination.ledger.models import hiding_models
from coordination.processes.models import Membership
from tests import factories

pytestmark = pytest.mark.django_db

KINDS = ("checkin", "evidence", "note", "verification")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Role = Membership.Role


class World:
    """One process in which much goes on, and a second one that shares its people."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.now = timezone.now()
        self.people: list[User] = factories.UserFactory.create_batch(9)
        self.processes = factories.ProcessFactory.create_batch(2)
        self.parties, self.bodies, self.records = {}, {}, []
        for process in self.processes:
            self.parties[process] = factories.PartyFactory.create_batch(3, process=process)
            self.bodies[process] = factories.BodyFactory.create_batch(3, process=process)
            for person in random.sample(self.people, 7):
                self.join(process, person)
            for _ in range(7):
                self.seat(process)
        for process in (self.processes[0], *self.processes, self.processes[0]):
            self.commit(process)
        for _ in range(12):
            self.release()

    def maybe(self, pool: list[Any]) -> Any:
        return self.random.choice([*pool, None])

    def person(self) -> User:
        return self.random.choice(self.people)

    def join(self, process: Any, person: User) -> None:
        """A place that is over, runs, ends soon, or is still to come."""
        role, party = self.random.choice(list(Role)), self.maybe(self.parties[process])
        if role == Role.DELEGATE and party is None:
            role = Role.MONITOR
        starts, ends = self.random.choice(
            [(-9 * DAY, None)] * 4 + [(-9 * DAY, -HOUR), (-9 * DAY, HOUR), (HOUR, None)]
        )
        factories.MembershipFactory(
            process=process,
            user=person,
            role=role,
            party=party,
            started_at=self.now + starts,
            ended_at=None if ends is None else self.now + ends,
        )

    def seat(self, process: Any) -> None:
        starts, ends = self.random.choice(
            [(-9 * DAY, None)] * 3 + [(-9 * DAY, -2 * DAY), (2 * DAY, None), (-DAY, 2 * DAY)]
        )
        today = process.today()
        factories.TermFactory(
            seat__body=self.random.choice(self.bodies[process]),
            seat__party=self.maybe(self.parties[process]),
            holder=self.person(),
            alternate=self.maybe(self.people),
            starts_on=today + starts,
            ends_on=None if ends is None else today + ends,
            withdrawn_at=self.random.choice([None, None, None, self.now]),
        )

    def commit(self, process: Any) -> None:
        random, parties, bodies = self.random, self.parties[process], self.bodies[process]
        commitment = factories.CommitmentFactory(
            process=process, lead_body=self.maybe(bodies), verifying_body=random.choice(bodies)
        )
        owed = []
        free = random.sample([*bodies, None, None], 2)
        for party, body in zip(random.sample(parties, 2), free, strict=True):
            owed.append(
                factories.ObligationFactory(
                    commitment=commitment,
                    party=None if body else party,
                    body=body,
                    focal_point=self.maybe(self.people),
                )
            )
        if random.random() < 0.3:
            Obligation.objects.filter(pk=owed[0].pk).update(withdrawn_at=self.now)
        found = [self.find(one) for one in owed for _ in range(2)]
        self.records += found
        for one in owed:
            self.records.append(
                factories.CheckInFactory(
                    obligation=one,
                    author=self.person(),
                    recorded_by=self.person(),
                    **self.audience(process),
                )
            )
        for _ in range(4):
            finding = self.maybe(found)
            self.records.append(
                factories.EvidenceFactory(
                    commitment=commitment,
                    obligation=finding.obligation if finding else self.maybe(owed),
                    verification=finding,
                    added_by=self.person(),
                    **self.audience(process),
                )
            )
            self.records.append(
                factories.NoteFactory(
                    commitment=commitment, author=self.person(), **self.audience(process)
                )
            )

    def find(self, obligation: Any) -> Any:
        done = self.random.choice([None, None, self.now])
        return factories.VerificationFactory(
            obligation=obligation,
            author=self.person(),
            released_at=done,
            withdrawn_at=self.random.choice([None, None, self.now]),
        )

    def audience(self, process: Any) -> dict[str, Any]:
        return {
            "audience": self.random.choice(
                [Audience.BODIES, Audience.BODIES, Audience.DELEGATION, Audience.PROCESS]
            ),
            "delegation": self.random.choice(self.parties[process]),
        }

    def release(self) -> None:
        """To a party of the record's process; some are taken back."""
        record = self.random.choice(self.records)
        process = Readers.of(record).process
        party = self.random.choice(self.parties[process])
        if not Release.objects.standing().of(record).filter(party=party).exists():
            factories.ReleaseFactory(
                record=record,
                party=party,
                withdrawn_at=self.random.choice([None, None, self.now]),
            )


def test_these_kinds_are_all_that_are_restricted() -> None:
    assert sorted(str(model._meta.model_name) for model in hiding_models()) == sorted(KINDS)


def test_a_list_holds_a_record_exactly_where_there_is_a_reason() -> None:
    said: set[str] = set()
    for seed in range(3):
        world = World(seed)
        people = capacities_of(person.pk for person in world.people)
        readers = {(one._meta.model_name, one.pk): Readers.of(one) for one in world.records}
        told, listed = set(), set()
        for person in world.people:
            own = people[person.pk]
            assert capacities(person) == own
            for key, one in readers.items():
                if found := one.reasons(own):
                    told.add((person, *key))
                    said.update(found)
            for kind in KINDS:
                keys = rows_of(kind).visible_to(person).values_list("pk", flat=True)
                listed |= {(person, kind, key) for key in keys}
        assert told == listed, seed
        assert 0 < len(listed) < len(readers) * len(world.people)
    # Else it would say little.
    assert {
        one.partition(" to ")[0].partition(", whose")[0].rstrip("0123456789") for one in said
    } == {
        "everybody in the process reads it",
        "coordinates the process",
        "sits in the body that leads it",
        "sits in the body that verifies it",
        "sits in the body that owes it",
        "acts for P",
        "acts for the party that owes it",
        "acts for the party that wrote it",
        "holds a seat of the party that owes it",
        "holds a seat of the party that wrote it",
        "reports for who owes it",
        "wrote it",
        "added it",
        "entered it",
        "released",
    }


@pytest.mark.parametrize("ground", ["body", "party", "focal_point"])
def test_those_whom_a_finding_judges_do_not_read_it_before_it_is_released(
    ground: str, commitment, obligation, verifying_body, lead_body, other_party
) -> None:
    """Though they coordinate, and sit in the verifying body; nor what it rests on."""
    who = factories.MembershipFactory(process=commitment.process, role=Role.COORDINATOR).user
    factories.TermFactory(seat__body=verifying_body, holder=who)
    grounds = {
        "body": {"party": None, "body": lead_body},
        "party": {"party": other_party},
        "focal_point": {"focal_point": who},
    }
    Obligation.objects.filter(pk=obligation.pk).update(**grounds[ground])
    finding = factories.VerificationFactory(obligation_id=obligation.pk, released_at=None)
    paper = factories.EvidenceFactory(commitment=commitment, verification=finding)
    if ground != "focal_point":
        assert reasons(finding, capacities(who)) != []
        seat = {"seat__body": lead_body}
        if ground == "party":
            seat = {"seat__body": verifying_body, "seat__party": other_party}
        factories.TermFactory(holder=who, **seat)
    for record in (finding, paper):
        assert reasons(record, capacities(who)) == []
        assert not type(record).objects.visible_to(who).filter(pk=record.pk).exists()
    finding.released_at = timezone.now()
    finding.save()
    assert reasons(finding, capacities(who)) == ["everybody in the process reads it"]


def test_an_outsider_has_no_reason(commitment, outsider) -> None:
    note = factories.NoteFactory(commitment=commitment, audience=Audience.PROCESS)
    assert reasons(note, capacities(outsider)) == []
