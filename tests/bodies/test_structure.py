"""Who does what on a day, read from rows."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.bodies import structure
from coordination.bodies.gaps import find
from coordination.bodies.models import ReportingLine
from coordination.processes.models import Affiliation, Process
from tests.factories import (
    AffiliationFactory,
    AssignmentFactory,
    BodyFactory,
    ClaimFactory,
    CommitmentFactory,
    DisputeStepFactory,
    FormerNameFactory,
    MembershipFactory,
    ObligationFactory,
    PartyFactory,
    ProtocolFactory,
    ReportingLineFactory,
    ResponsibilityFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


def test_bodies_stand_there_with_the_names_they_bore(process: Process) -> None:
    body = BodyFactory(process=process, name="Third", established_on=day(5), ended_on=day(25))
    FormerNameFactory(body=body, name="Second", until=day(20))
    FormerNameFactory(body=body, name="First", until=day(10))
    BodyFactory()  # of another process
    read = {n: structure.load(process, day(n)) for n in (4, 5, 10, 19, 20, 24, 25)}
    names = {n: [one.name for one in read[n].bodies.values()] for n in read}
    assert names == {
        **{n: ["First"] for n in (4, 5)},
        **{n: ["Second"] for n in (10, 19)},
        **{n: ["Third"] for n in (20, 24, 25)},
    }
    assert [n for n in read if read[n].exists(body.pk)] == [5, 10, 19, 20, 24]
    assert [n for n in read if read[n].existing] == [5, 10, 19, 20, 24]
    assert read[5].exists(None) is False


def test_a_seat_has_who_held_it_on_the_day_or_since_when_nobody_did(process: Process) -> None:
    seat = SeatFactory(body__process=process, started_on=day(2), ended_on=day(30), role="co_chair")
    first = TermFactory(seat=seat, starts_on=day(5), ends_on=day(10), alternate=None)
    second = TermFactory(seat=seat, starts_on=day(20))

    def on(n: int) -> tuple | None:
        facts = structure.load(process, day(n)).seats.get(seat.pk)
        return facts and (
            *(facts.holder, facts.held_since, facts.vacant_since, facts.last_term_id),
        )

    assert on(1) is None
    assert on(2) == ("", None, day(2), None)  # never held yet
    assert on(5) == on(10) == (first.holder.name, day(5), None, None)
    assert on(11) == on(19) == ("", None, day(11), first.pk)
    assert on(20) == on(29) == (second.holder.name, day(20), None, None)
    assert on(30) is None
    facts = structure.load(process, day(2)).seats[seat.pk]
    assert (facts.name, facts.body_id, facts.role) == ("Co-chair", seat.body_id, "co_chair")


def test_where_two_terms_run_the_later_one_holds_the_seat(process: Process) -> None:
    seat = SeatFactory(body__process=process)
    TermFactory(seat=seat, starts_on=day(1), ends_on=day(10))
    incoming = TermFactory(seat=seat, starts_on=day(10))
    assert structure.load(process, day(10)).seats[seat.pk].holder_id == incoming.holder_id


def test_today_is_the_day_of_the_process(process: Process) -> None:
    process.time_zone = "Africa/Juba"
    with time_machine.travel(dt.datetime(2026, 1, 9, 22, tzinfo=dt.UTC), tick=False):
        assert structure.load(process).day == day(10)


def test_a_body_is_peopled_while_somebody_sits_in_it_and_it_exists(process: Process) -> None:
    body = BodyFactory(process=process, established_on=day(2), ended_on=day(20))
    one, other = (SeatFactory(body=body) for _ in range(2))
    TermFactory(seat=one, starts_on=day(3), ends_on=day(5))
    TermFactory(seat=other, starts_on=day(4), ends_on=day(9))
    SeatFactory(body=body, started_on=day(15))  # a seat that nobody ever held
    read = {n: structure.load(process, day(n)) for n in (2, 3, 9, 10, 16, 20)}
    assert [n for n in read if read[n].peopled(body.pk)] == [3, 9]
    assert [n for n in read if read[n].filled(one.pk)] == [3]
    assert {n: read[n].empty_since(body.pk) for n in (2, 10, 16, 20)} == {
        2: day(2), 10: day(10), 16: day(10), 20: day(20)
    }  # fmt: skip
    assert structure.load(process, day(1)).empty_since(body.pk) is None
    assert (read[2].peopled(None), read[2].filled(None)) == (False, False)


def test_lines_claims_assignments_and_functions_are_those_of_the_day(process: Process) -> None:
    span = {"started_on": day(5), "ended_on": day(10)}
    function = ResponsibilityFactory(process=process, **span)
    given = AssignmentFactory(responsibility=function, **span)
    claim = ClaimFactory(responsibility=function, **span)
    line = ReportingLineFactory(body=given.seat.body, **span)
    for n, there in ((4, False), (5, True), (9, True), (10, False)):
        facts = structure.load(process, day(n))
        assert facts.lines == (
            [
                structure.LineFacts(
                    line.pk, line.body_id, "reports_to", line.to_body_id, None, "", day(5)
                )
            ]
            if there
            else []
        )
        assert facts.responsibilities == ({function.pk: function.name} if there else {})
        assert facts.claims == ([(function.pk, claim.body_id, day(5))] if there else [])
        assert [one.seat_id for one in facts.assignments] == ([given.seat_id] if there else [])


def test_the_body_above_is_the_first_that_one_reports_to(process: Process) -> None:
    body = BodyFactory(process=process)
    for kind in (ReportingLine.Kind.LIAISON, ReportingLine.Kind.INFORMS):
        ReportingLineFactory(body=body, kind=kind)
    ReportingLineFactory(body=body, to_body=None, to_name="The Secretary-General")
    assert structure.load(process).superior_of(body.pk) is None
    first, _second = (ReportingLineFactory(body=body) for _ in range(2))
    assert structure.load(process).superior_of(body.pk).id == first.pk


def test_a_line_to_a_body_that_is_no_more_gives_way_to_one_that_leads_somewhere(
    process: Process,
) -> None:
    body, old = BodyFactory(process=process), BodyFactory(process=process, ended_on=day(9))
    first = ReportingLineFactory(body=body, to_body=old)
    second = ReportingLineFactory(body=body, started_on=day(20))
    above = {n: structure.load(process, day(n)).superior_of(body.pk).id for n in (8, 9, 20)}
    assert above == {8: first.pk, 9: first.pk, 20: second.pk}


def test_a_seat_belongs_to_its_party_its_holders_and_whatever_these_belong_to(
    process: Process,
) -> None:
    entity, state, union, ally, other = (PartyFactory(process=process) for _ in range(5))
    AffiliationFactory(party=entity, other=state, started_on=day(5), ended_on=day(20))
    AffiliationFactory(party=state, other=union)
    AffiliationFactory(party=ally, other=union, kind=Affiliation.Kind.ACTS_FOR)
    AffiliationFactory(party=union, other=state)  # in a circle, which ends too
    seat = SeatFactory(body__process=process, party=entity)
    term = TermFactory(seat=seat)
    MembershipFactory(
        process=process,
        user=term.holder,
        role="delegate",
        party=ally,
        started_at=dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC),
    )

    def on(n: int, person: int | None = term.holder_id) -> dict[int, dt.date]:
        facts = structure.load(process, day(n))
        since = {pk: facts.belongs_since(facts.seats[seat.pk], person, pk) for pk in facts.parties}
        return {pk: day for pk, day in since.items() if day}

    own = {entity.pk: dt.date.min}
    assert on(4) == own
    assert on(5) == own | {state.pk: day(5), union.pk: day(5)}
    assert on(10) == own | {state.pk: day(5), union.pk: day(5), ally.pk: day(10)}
    assert on(20) == own | dict.fromkeys((ally.pk, union.pk, state.pk), day(10))  # by the ally
    assert other.pk not in on(20)
    assert on(20, None) == own


def test_of_several_ways_to_belong_to_a_party_the_oldest_counts(process: Process) -> None:
    low, left, right, high = (PartyFactory(process=process) for _ in range(4))
    for party, other, n in ((low, left, 2), (left, high, 9), (low, right, 5), (right, high, 4)):
        AffiliationFactory(party=party, other=other, started_on=day(n))
    AffiliationFactory(party=low, other=high, started_on=day(20))
    assert structure.load(process, day(28)).belongs_to == {
        low.pk: {low.pk: None, left.pk: day(2), right.pk: day(5), high.pk: day(5)},
        left.pk: {left.pk: None, high.pk: day(9)},
        right.pk: {right.pk: None, high.pk: day(4)},
    }


def test_a_delegate_acts_for_a_party_from_a_day_of_the_process(process: Process) -> None:
    """At 23:30 in UTC it is tomorrow in Sarajevo."""
    membership = MembershipFactory(
        process=process,
        role="delegate",
        party=PartyFactory(process=process),
        started_at=dt.datetime(2026, 1, 9, 23, 30, tzinfo=dt.UTC),
    )
    acting = {membership.user_id: (membership.party_id, day(10))}
    assert [structure.load(process, day(n)).acts_for for n in (9, 10)] == [{}, acting]


def test_a_party_is_absent_from_the_day_after_its_last_and_before_its_first(
    process: Process,
) -> None:
    party = PartyFactory(process=process, joined_on=day(3), left_on=day(9))
    PartyFactory(process=process)
    assert {n: structure.load(process, day(n)).absent_parties for n in (2, 3, 9, 10)} == {
        2: {party.pk: None},
        3: {},
        9: {},
        10: {party.pk: day(10)},
    }


def test_the_last_lines_are_those_that_held_and_ended(process: Process) -> None:
    body, above, below = (BodyFactory(process=process) for _ in range(3))
    span = {"body": body, "to_body": above, "started_on": day(1)}
    ReportingLineFactory(**span, ended_on=day(9))
    ReportingLineFactory(**span, ended_on=day(7))
    ReportingLineFactory(**span, ended_on=day(20))
    ReportingLineFactory(**span | {"started_on": day(12)}, ended_on=day(12))  # by mistake
    ReportingLineFactory(**span, ended_on=day(13), kind=ReportingLine.Kind.LIAISON)
    ReportingLineFactory(body=below, to_body=body, ended_on=day(14), kind="informs")
    ReportingLineFactory(body=above, to_body=None, to_name="The Council", ended_on=day(5))
    facts = structure.load(process, day(14))
    assert facts.last_answered == {body.pk: day(9), below.pk: day(14), above.pk: day(5)}
    assert facts.last_asked == {above.pk: day(9), body.pk: day(14)}
    end = BodyFactory(process=process, ended_on=day(11))
    ReportingLineFactory(body=end, to_body=above, ended_on=day(18))
    assert structure.load(process, day(19)).last_asked[above.pk] == day(11)


def test_commitments_count_while_somebody_has_to_keep_them(process: Process) -> None:
    lead, verifier = BodyFactory(process=process), BodyFactory(process=process)
    one, other = PartyFactory(process=process), PartyFactory(process=process)
    bodies = {"process": process, "lead_body": lead, "verifying_body": verifier}
    open_one = CommitmentFactory(**bodies)
    ObligationFactory(commitment=open_one, party=one, completed_on=day(1))
    ObligationFactory(commitment=open_one, party=other)
    done = CommitmentFactory(**bodies)
    ObligationFactory(commitment=done, party=one, completed_on=day(1))
    kept_up = CommitmentFactory(**bodies, kind="standing")
    ObligationFactory(commitment=kept_up, party=one, completed_on=day(1))
    owed_by_a_body = CommitmentFactory(**bodies)
    ObligationFactory(commitment=owed_by_a_body, party=None, body=lead)
    owed_by_itself = CommitmentFactory(**bodies)
    ObligationFactory(commitment=owed_by_itself, party=None, body=verifier)
    ObligationFactory(commitment=owed_by_itself, party=other)
    done_by_itself = CommitmentFactory(**bodies)
    ObligationFactory(commitment=done_by_itself, party=None, body=verifier, completed_on=day(1))
    CommitmentFactory(**bodies)  # that nobody owes yet
    facts = structure.load(process)
    assert facts.led == {lead.pk: 4}
    assert facts.verified == {verifier.pk: 4}
    assert facts.judged == {(verifier.pk, one.pk): 1, (verifier.pk, other.pk): 2}
    assert facts.judged_own == {verifier.pk: 1}


def test_what_ended_last_is_remembered_however_it_ended(process: Process) -> None:
    functions = [ResponsibilityFactory(process=process) for _ in range(6)]

    def give(n: int, letter: str = "A", **fields: object) -> None:
        AssignmentFactory(responsibility=functions[n], letter=letter, **fields)

    give(0, ended_on=day(3))
    give(0, started_on=day(3), ended_on=day(7))
    give(0, started_on=day(8), ended_on=day(8))  # by mistake
    give(1, seat__ended_on=day(4))
    give(1, letter="R", ended_on=day(5))
    give(2, seat__body__ended_on=day(6), seat__ended_on=day(9))
    give(3, seat=None, body=BodyFactory(process=process, ended_on=day(2)))
    give(4, letter="C", ended_on=day(2))
    give(5, ended_on=day(20))
    facts = structure.load(process, day(10))
    assert facts.last_accountable == {
        functions[0].pk: day(7),
        functions[1].pk: day(4),
        functions[2].pk: day(6),
        functions[3].pk: day(2),
    }
    assert facts.last_responsible == {functions[1].pk: day(5)}


def grow(process: Process) -> None:
    """One more of everything that a structure is read from, sound and unsound."""
    body, party = BodyFactory(process=process), PartyFactory(process=process, left_on=day(1))
    seat = SeatFactory(body=body, party=party)
    term = TermFactory(seat=seat)
    MembershipFactory(process=process, user=term.holder, role="delegate", party=party)
    SeatFactory(body=body)
    FormerNameFactory(body=body)
    AffiliationFactory(party=party)
    ReportingLineFactory(body=body)
    ReportingLineFactory(body=body, to_body=None, to_party=party)
    protocol = ProtocolFactory(body=body, reports_per="month")
    DisputeStepFactory(protocol=protocol, seat=seat)
    function = ResponsibilityFactory(process=process)
    for _ in range(2):
        ClaimFactory(responsibility=function)
        AssignmentFactory(responsibility=function)
    AssignmentFactory(responsibility=function, letter="R", seat=None, body=body)
    AssignmentFactory(responsibility=function, ended_on=day(1))
    commitment = CommitmentFactory(process=process, lead_body=body, verifying_body=body)
    ObligationFactory(commitment=commitment, party=party)
    ObligationFactory(commitment=commitment, party=None, body=body)
    ReportingLineFactory(body=BodyFactory(process=process), ended_on=day(1))


def test_a_large_process_is_read_in_as_many_queries_as_a_small_one(process: Process) -> None:
    def queries() -> tuple[int, int]:
        fresh = Process.objects.get(pk=process.pk)
        with CaptureQueriesContext(connection) as captured:
            found = find(structure.load(fresh))
        return len(captured), len(found)

    assert queries() == (18, 0)
    grow(process)
    few = queries()
    for _ in range(5):
        grow(process)
    many = queries()
    assert (few[0], many[0]) == (18, 18)
    assert many[1] == 6 * few[1] > 0
