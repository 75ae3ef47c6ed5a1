"""Each kind of gap with real rows: why, since when, whom it touches, what closes it."""

import datetime as dt
from typing import Any

import pytest

from coordination.bodies import structure
from coordination.bodies.gaps import Kind, find
from coordination.bodies.models import Body, Responsibility
from coordination.processes.models import Affiliation, Process
from tests.bodies.finding import NOW, day, end, gaps, held, only
from tests.factories import (
    AffiliationFactory,
    AssignmentFactory,
    BodyFactory,
    ClaimFactory,
    CommitmentFactory,
    MembershipFactory,
    ObligationFactory,
    PartyFactory,
    ReportingLineFactory,
    ResponsibilityFactory,
    SeatFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def jmc(process: Process) -> Body:
    return BodyFactory(process=process, code="JMC", name="Joint Military Commission")


@pytest.fixture
def vm(process: Process) -> Body:
    return BodyFactory(process=process, code="VM", name="Verification Mission")


@pytest.fixture
def function(process: Process) -> Responsibility:
    return ResponsibilityFactory(process=process, name="Reopen the road", started_on=day(2))


# --- The matrix -------------------------------------------------------------------------------


def test_nobody_is_accountable_for_a_function_of_which_the_last_one_was_let_go(
    process: Process, function: Responsibility, jmc: Body, vm: Body
) -> None:
    given = AssignmentFactory(responsibility=function, seat=held(jmc), ended_on=day(9))
    AssignmentFactory(responsibility=function, seat=held(vm), letter="R")
    ClaimFactory(responsibility=function, body=jmc)
    gap = only(process, Kind.NOBODY_ACCOUNTABLE)
    assert gap.words == "Reopen the road: nobody accountable"
    assert gap.why == "No seat and no body is accountable for it."
    assert gap.closes == "Make one seat or body accountable."
    assert gap.since == day(9)
    assert gap.body_ids == (jmc.pk, vm.pk)
    assert gap.responsibility_id == function.pk
    assert gap.subject == f"nobody_accountable:{function.pk}"
    assert gap.is_overlap is False
    assert gaps(process, Kind.NOBODY_ACCOUNTABLE, day(8)) == []
    # Made accountable again and let go of again, it is another matter.
    again = AssignmentFactory(responsibility=function, seat=given.seat, started_on=day(10))
    assert gaps(process, Kind.NOBODY_ACCOUNTABLE) == []
    end(again, day(20))
    later = only(process, Kind.NOBODY_ACCOUNTABLE)
    assert (later.subject, later.since) == (gap.subject, day(20))
    assert later.facts != gap.facts
    assert only(process, Kind.NOBODY_ACCOUNTABLE, day(9)).facts == gap.facts


def test_a_seat_or_body_that_is_no_more_is_accountable_for_nothing(
    process: Process, function: Responsibility, jmc: Body, vm: Body
) -> None:
    given = AssignmentFactory(responsibility=function, seat=held(jmc, ended_on=day(9)))
    assert gaps(process, Kind.NOBODY_ACCOUNTABLE, day(8)) == []
    assert only(process, Kind.NOBODY_ACCOUNTABLE).since == day(9)
    given.delete()
    assert only(process, Kind.NOBODY_ACCOUNTABLE).since == day(2)  # since there is the function
    held(vm)
    AssignmentFactory(responsibility=function, seat=None, body=vm)
    assert gaps(process, Kind.NOBODY_ACCOUNTABLE) == []
    end(vm, day(12))
    assert only(process, Kind.NOBODY_ACCOUNTABLE).since == day(12)
    assert gaps(process, Kind.ACCOUNTABLE_VACANT) == []


def test_a_function_that_is_not_yet_or_no_more_has_no_gap(
    process: Process, function: Responsibility
) -> None:
    end(function, day(10))
    assert {n: len(find(structure.load(process, day(n)))) for n in (1, 2, 9, 10)} == {
        1: 0, 2: 2, 9: 2, 10: 0
    }  # fmt: skip


def test_the_accountable_seat_is_vacant(
    process: Process, function: Responsibility, jmc: Body
) -> None:
    party = PartyFactory(process=process, code="BA")
    seat = SeatFactory(body=jmc, number=3, party=party, title="Commander")
    term = TermFactory(seat=seat, starts_on=day(1), ends_on=day(9))
    AssignmentFactory(responsibility=function, seat=seat, started_on=day(5))
    gap = only(process, Kind.ACCOUNTABLE_VACANT)
    assert gap.why == "JMC seat 3, Commander for BA is accountable, and the seat is vacant."
    assert gap.closes == "Fill the seat, or make another one accountable."
    assert gap.since == day(10)
    assert (gap.body_ids, gap.seat_ids) == ((jmc.pk,), (seat.pk,))
    assert gap.subject == f"accountable_vacant:{function.pk}:seat:{seat.pk}"
    assert gaps(process, Kind.ACCOUNTABLE_VACANT, day(9)) == []
    # The facts are since when: what else happens in the body changes nothing.
    held(jmc)
    AssignmentFactory(responsibility=function, seat=held(jmc), letter="C")
    assert only(process, Kind.ACCOUNTABLE_VACANT).facts == gap.facts
    TermFactory(seat=seat, starts_on=day(15), ends_on=day(20))
    assert gaps(process, Kind.ACCOUNTABLE_VACANT, day(15)) == []
    again = only(process, Kind.ACCOUNTABLE_VACANT)
    assert (again.subject, again.since) == (gap.subject, day(21))
    assert again.facts != gap.facts
    assert gap.person_ids == () and term.ends_on == day(9)


def test_a_body_is_accountable_and_nobody_sits_there(
    process: Process, function: Responsibility, jmc: Body
) -> None:
    AssignmentFactory(responsibility=function, seat=None, body=jmc, started_on=day(7))
    gap = only(process, Kind.ACCOUNTABLE_VACANT)
    assert gap.why == "JMC is accountable, and nobody sits there."
    assert (gap.since, gap.body_ids, gap.seat_ids) == (day(7), (jmc.pk,), ())
    held(jmc)
    assert gaps(process, Kind.ACCOUNTABLE_VACANT) == []


def test_nobody_is_responsible_and_it_is_enough_that_one_of_several_is_there(
    process: Process, function: Responsibility, jmc: Body, vm: Body
) -> None:
    AssignmentFactory(responsibility=function, seat=held(jmc))
    gap = only(process, Kind.NOBODY_RESPONSIBLE)
    assert gap.why == "No seat and no body is responsible for doing it."
    assert gap.closes == "Make a seat or a body responsible; it can be the accountable one."
    assert (gap.since, gap.body_ids, gap.subject) == (
        day(2), (jmc.pk,), f"nobody_responsible:{function.pk}"
    )  # fmt: skip
    one, other = (SeatFactory(body=vm, number=n, started_on=day(n)) for n in (4, 6))
    for seat in (one, other):
        AssignmentFactory(responsibility=function, seat=seat, letter="R")
    gap = only(process, Kind.RESPONSIBLE_VACANT)
    assert (
        gap.why == "Nobody holds what is responsible for it: VM seat 4, Member; VM seat 6, Member."
    )
    assert gap.closes == "Fill a seat, or make another one responsible."
    assert (gap.since, gap.body_ids, gap.seat_ids) == (
        day(6), (jmc.pk, vm.pk), (one.pk, other.pk)
    )  # fmt: skip
    assert gap.subject == f"responsible_vacant:{function.pk}"
    assert gaps(process, Kind.NOBODY_RESPONSIBLE) == []
    TermFactory(seat=other, starts_on=day(10), ends_on=day(20))
    assert gaps(process, Kind.RESPONSIBLE_VACANT, day(15)) == []
    later = only(process, Kind.RESPONSIBLE_VACANT)
    assert (later.subject, later.since) == (gap.subject, day(21))
    assert later.facts != gap.facts


def test_two_are_accountable(
    process: Process, function: Responsibility, jmc: Body, vm: Body
) -> None:
    seat = held(jmc, number=1)
    AssignmentFactory(responsibility=function, seat=seat, started_on=day(3))
    end(AssignmentFactory(responsibility=function, seat=None, body=vm), day(4))
    assert gaps(process, Kind.TWO_ACCOUNTABLE) == []
    held(vm)
    second = AssignmentFactory(responsibility=function, seat=None, body=vm, started_on=day(8))
    gap = only(process, Kind.TWO_ACCOUNTABLE)
    assert gap.why == "JMC seat 1, Member; VM are all accountable for it."
    assert gap.closes == "Leave one accountable; the others can be responsible or consulted."
    assert (gap.since, gap.subject) == (day(8), f"two_accountable:{function.pk}")
    assert (gap.body_ids, gap.seat_ids) == ((jmc.pk, vm.pk), (seat.pk,))
    assert gap.person_ids == (seat.terms.get().holder_id,)
    assert gap.is_overlap is True
    # Whoever sits there now, the same two are accountable; with a third, it is another matter.
    seat.terms.update(ends_on=day(20))
    TermFactory(seat=seat, starts_on=day(21))
    assert only(process, Kind.TWO_ACCOUNTABLE).facts == gap.facts
    third = AssignmentFactory(responsibility=function, seat=held(jmc), started_on=day(9))
    assert only(process, Kind.TWO_ACCOUNTABLE).facts != gap.facts
    end(third, day(10))
    assert only(process, Kind.TWO_ACCOUNTABLE).facts == gap.facts
    end(second, day(15))
    assert gaps(process, Kind.TWO_ACCOUNTABLE) == []
    assert only(process, Kind.TWO_ACCOUNTABLE, day(14)).since == day(8)


def test_what_is_entered_twice_is_not_two(
    process: Process, function: Responsibility, jmc: Body
) -> None:
    """A part or a claim that ends one day, and begins anew before."""
    seat = held(jmc)
    for fields in ({"ended_on": day(31)}, {"started_on": day(20)}):
        AssignmentFactory(responsibility=function, seat=seat, **fields)
        AssignmentFactory(responsibility=function, seat=seat, letter="R", **fields)
        ClaimFactory(responsibility=function, body=jmc, **fields)
        line = {"body": jmc, "to_body": None, "to_party": PartyFactory(process=process)}
        ReportingLineFactory(**line, **fields)
    assert find(structure.load(process, NOW)) == []


def test_two_mandates_claim_it(
    process: Process, function: Responsibility, jmc: Body, vm: Body
) -> None:
    ClaimFactory(responsibility=function, body=jmc, started_on=day(3))
    assert gaps(process, Kind.CLAIMED_TWICE) == []
    second = ClaimFactory(responsibility=function, body=vm)
    vm.established_on = day(6)  # before that there was no mandate
    vm.save()
    gap = only(process, Kind.CLAIMED_TWICE)
    assert gap.why == "The mandates of JMC and VM both claim it."
    assert gap.closes == "One mandate gives it up, or it is cut in two."
    assert (gap.since, gap.subject) == (day(6), f"claimed_twice:{function.pk}")
    assert gap.body_ids == (jmc.pk, vm.pk)
    assert gap.is_overlap is True
    assert gaps(process, Kind.CLAIMED_TWICE, day(5)) == []
    AssignmentFactory(responsibility=function, seat=held(jmc))
    assert only(process, Kind.CLAIMED_TWICE).facts == gap.facts
    third = ClaimFactory(responsibility=function, body=BodyFactory(process=process, code="AA"))
    more = only(process, Kind.CLAIMED_TWICE)
    assert more.why == "The mandates of AA, JMC, VM all claim it."
    assert more.subject == gap.subject and more.facts != gap.facts
    end(third, day(20))
    end(second, day(21))
    assert gaps(process, Kind.CLAIMED_TWICE) == []
    assert only(process, Kind.CLAIMED_TWICE, day(20)).facts == gap.facts


def test_the_gaps_of_a_responsibility_agree_since_when(process: Process) -> None:
    """Nothing is lacking before there is a responsibility, and a body for it."""
    body = BodyFactory(process=process, established_on=day(5))
    seats = [SeatFactory(body=body, started_on=day(3)) for _ in range(2)]
    for start, since in ((None, day(5)), (day(9), day(9)), (day(2), day(5))):
        function = ResponsibilityFactory(process=process, started_on=start)
        for seat in seats:
            for letter in "AR":
                AssignmentFactory(responsibility=function, seat=seat, letter=letter)
        for one in (body, BodyFactory(process=process)):
            ClaimFactory(responsibility=function, body=one)
        found = [
            gap
            for gap in find(structure.load(process, NOW))
            if gap.responsibility_id == function.pk
        ]
        assert {gap.kind: gap.since for gap in found} == dict.fromkeys(
            (
                *(Kind.ACCOUNTABLE_VACANT, Kind.RESPONSIBLE_VACANT),
                *(Kind.TWO_ACCOUNTABLE, Kind.CLAIMED_TWICE),
            ),
            since,
        )


def test_nothing_is_lacking_before_there_is_a_responsibility(
    process: Process, function: Responsibility, jmc: Body
) -> None:
    """Its last parts may have ended before it began."""
    for letter in "AR":
        AssignmentFactory(
            responsibility=function, seat=held(jmc), letter=letter, ended_on=dt.date(2025, 1, 1)
        )
    for kind in (Kind.NOBODY_ACCOUNTABLE, Kind.NOBODY_RESPONSIBLE):
        assert only(process, kind).since == day(2)


# --- Commitments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "words"),
    [
        (Kind.LEAD_EMPTY, "lead_body", "It leads"),
        (Kind.VERIFIER_EMPTY, "verifying_body", "It verifies"),
    ],
)
def test_nobody_sits_in_a_body_that_leads_or_verifies(
    process: Process, jmc: Body, kind: Kind, field: str, words: str
) -> None:
    bodies = {"process": process, "lead_body": None, "verifying_body": None, field: jmc}
    first = ObligationFactory(commitment=CommitmentFactory(**bodies))
    gap = only(process, kind)
    assert gap.why == f"{words} 1 commitment, and has no seats."
    assert (gap.title, gap.since, gap.body_ids) == (jmc.name, None, (jmc.pk,))
    assert gap.closes == "Fill a seat, or give the commitments to another body."
    seat = SeatFactory(body=jmc)
    TermFactory(seat=seat, starts_on=day(3), ends_on=day(9))
    gap = only(process, kind)
    assert gap.why == f"{words} 1 commitment, and all its seats are vacant."
    assert (gap.since, gap.seat_ids, gap.subject) == (day(10), (seat.pk,), f"{kind}:{jmc.pk}")
    assert gaps(process, kind, day(5)) == []
    # Another vacant seat is nothing new; another commitment is.
    SeatFactory(body=jmc, started_on=day(15))
    assert only(process, kind).facts == gap.facts
    ObligationFactory(commitment=CommitmentFactory(**bodies))
    more = only(process, kind)
    assert more.why == f"{words} 2 commitments, and all its seats are vacant."
    assert more.subject == gap.subject and more.facts != gap.facts
    first.completed_on = day(20)
    first.save()
    assert only(process, kind).facts == gap.facts
    held(jmc)
    assert gaps(process, kind) == []
    end(jmc, day(26))
    gone = only(process, kind)
    assert gone.why == f"{words} 1 commitment, and does not exist on this day."
    assert gone.since == day(26)


def test_a_commitment_that_was_completed_needs_nobody_and_one_to_be_kept_up_does(
    process: Process, jmc: Body
) -> None:
    commitment = CommitmentFactory(process=process, lead_body=jmc, verifying_body=None)
    ObligationFactory(commitment=commitment, completed_on=day(5))
    assert gaps(process, Kind.LEAD_EMPTY) == []
    for kind in ("standing", "recurring", "limit"):
        commitment.kind, commitment.every_amount, commitment.every_unit = kind, 1, "months"
        commitment.save()
        assert only(process, Kind.LEAD_EMPTY).body_ids == (jmc.pk,)


@pytest.fixture
def owed(process: Process, vm: Body) -> Any:
    """A commitment that a party owes and the Verification Mission verifies."""
    party = PartyFactory(process=process, code="BA")
    commitment = CommitmentFactory(process=process, lead_body=None, verifying_body=vm)
    return ObligationFactory(commitment=commitment, party=party)


def test_a_verifier_sits_for_the_party_that_owes(process: Process, vm: Body, owed: Any) -> None:
    held(vm, number=1, party=PartyFactory(process=process))
    assert gaps(process, Kind.VERIFIER_OWES) == []
    one, other = (SeatFactory(body=vm, number=n, party=owed.party) for n in (2, 3))
    first = TermFactory(seat=one, starts_on=day(4))
    gap = only(process, Kind.VERIFIER_OWES)
    name = first.holder.name
    assert gap.title == "VM, BA"
    assert gap.why == f"VM verifies 1 commitment that BA owes. To it belongs: {name}."
    assert gap.closes == "They stand aside when it is judged, or another body verifies it."
    assert (gap.since, gap.subject) == (day(4), f"verifier_owes:{vm.pk}:{owed.party.pk}")
    assert (gap.body_ids, gap.seat_ids) == ((vm.pk,), (one.pk,))
    assert (gap.person_ids, gap.party_ids) == ((first.holder_id,), (owed.party.pk,))
    assert gap.is_overlap is True
    # A second one is another matter; since the first one sits there it has been so.
    second = TermFactory(seat=other, starts_on=day(8))
    more = only(process, Kind.VERIFIER_OWES)
    assert more.why.endswith(f"To it belongs: {name}, {second.holder.name}.")
    assert (more.since, more.seat_ids) == (day(4), (one.pk, other.pk))
    assert more.subject == gap.subject and more.facts != gap.facts
    other.terms.update(ends_on=day(20))
    assert only(process, Kind.VERIFIER_OWES).facts == gap.facts
    # And so is a successor, though of the same party.
    one.terms.update(ends_on=day(21))
    TermFactory(seat=one, starts_on=day(22))
    assert only(process, Kind.VERIFIER_OWES).facts != gap.facts
    owed.completed_on = day(20)
    owed.save()
    assert gaps(process, Kind.VERIFIER_OWES) == []


def test_who_has_done_their_part_is_judged_no_more_though_others_owe_theirs(
    process: Process, vm: Body, owed: Any
) -> None:
    held(vm, party=owed.party)
    ObligationFactory(commitment=owed.commitment)
    owed.completed_on = day(20)
    owed.save()
    assert gaps(process, Kind.VERIFIER_OWES) == []
    owed.commitment.kind = "standing"
    owed.commitment.save()
    assert only(process, Kind.VERIFIER_OWES).party_ids == (owed.party.pk,)


@pytest.mark.parametrize("kind", Affiliation.Kind.values)
def test_a_verifier_belongs_to_the_party_that_owes_over_several_steps(
    process: Process, vm: Body, owed: Any, kind: str
) -> None:
    entity, army = (PartyFactory(process=process) for _ in range(2))
    held(vm, party=army)
    AffiliationFactory(party=army, other=entity)
    last = AffiliationFactory(party=entity, other=owed.party, kind=kind, started_on=day(5))
    gap = only(process, Kind.VERIFIER_OWES)
    assert (gap.party_ids, gap.since) == ((owed.party.pk,), day(5))  # who judges sat there before
    assert gaps(process, Kind.VERIFIER_OWES, day(4)) == []
    end(last, day(20))
    assert gaps(process, Kind.VERIFIER_OWES, day(20)) == []
    assert only(process, Kind.VERIFIER_OWES, day(19)).body_ids == (vm.pk,)


def test_a_part_of_the_party_that_owes_is_not_judged_by_who_stands_above_it(
    process: Process, vm: Body, owed: Any
) -> None:
    state = PartyFactory(process=process)
    held(vm, party=state)
    AffiliationFactory(party=owed.party, other=state)
    assert gaps(process, Kind.VERIFIER_OWES) == []


def test_a_verifier_acts_for_the_party_that_owes_though_the_seat_is_nobodys(
    process: Process, vm: Body, owed: Any
) -> None:
    seat = held(vm)
    membership = MembershipFactory(
        process=process,
        user=seat.terms.get().holder,
        role="delegate",
        party=owed.party,
        started_at=dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC),
    )
    assert gaps(process, Kind.VERIFIER_OWES, day(4)) == []
    gap = only(process, Kind.VERIFIER_OWES, day(5))
    assert (gap.person_ids, gap.since) == ((membership.user_id,), day(5))
    membership.ended_at = dt.datetime(2026, 1, 10, 9, tzinfo=dt.UTC)
    membership.save()
    assert gaps(process, Kind.VERIFIER_OWES, day(10)) == []


def test_an_alternate_judges_too(process: Process, vm: Body, owed: Any) -> None:
    seat = SeatFactory(body=vm)
    term = TermFactory(seat=seat, alternate=UserFactory(name="Aza"), starts_on=day(3))
    assert gaps(process, Kind.VERIFIER_OWES) == []
    MembershipFactory(
        process=process,
        user=term.alternate,
        role="delegate",
        party=owed.party,
        started_at=dt.datetime(2026, 1, 2, 9, tzinfo=dt.UTC),
    )
    gap = only(process, Kind.VERIFIER_OWES)
    assert gap.why == "VM verifies 1 commitment that BA owes. To it belongs: Aza (as alternate)."
    assert (gap.since, gap.seat_ids) == (day(3), (seat.pk,))
    assert gap.person_ids == (term.alternate_id,)
    # The seat itself is the party's: then both are.
    seat.party = owed.party
    seat.save()
    both = only(process, Kind.VERIFIER_OWES)
    assert both.why.endswith(f"To it belongs: {term.holder.name}, Aza (as alternate).")
    assert (both.seat_ids, both.person_ids) == (
        (seat.pk,), (term.holder_id, term.alternate_id)
    )  # fmt: skip
    assert both.facts != gap.facts
    seat.terms.update(ends_on=day(20))
    assert gaps(process, Kind.VERIFIER_OWES) == []


def test_a_body_verifies_what_it_owes_itself(process: Process, vm: Body) -> None:
    bodies = {"process": process, "lead_body": None, "verifying_body": vm}
    held(vm)
    first = ObligationFactory(commitment=CommitmentFactory(**bodies), party=None, body=vm)
    ObligationFactory(
        commitment=CommitmentFactory(**bodies), party=None, body=BodyFactory(process=process)
    )
    gap = only(process, Kind.VERIFIER_OWES)
    assert gap.why == "VM verifies 1 commitment that it owes itself."
    assert gap.words == "Verification Mission: the body verifies what it owes itself"
    assert gap.short == "The body verifies what it owes itself"
    assert gap.closes == "Another body verifies it."
    assert (gap.subject, gap.body_ids) == (f"verifier_owes:{vm.pk}:self", (vm.pk,))
    assert (gap.since, gap.is_overlap) == (None, True)
    ObligationFactory(commitment=CommitmentFactory(**bodies), party=None, body=vm)
    more = only(process, Kind.VERIFIER_OWES)
    assert more.why == "VM verifies 2 commitments that it owes itself."
    assert more.subject == gap.subject and more.facts != gap.facts
    first.completed_on = day(20)
    first.save()
    assert only(process, Kind.VERIFIER_OWES).facts == gap.facts
    end(vm, day(26))
    assert gaps(process, Kind.VERIFIER_OWES) == []


def test_a_vacant_seat_judges_nothing_and_so_does_a_body_that_is_no_more(
    process: Process, vm: Body, owed: Any
) -> None:
    seat = SeatFactory(body=vm, party=owed.party)
    assert gaps(process, Kind.VERIFIER_OWES) == []
    TermFactory(seat=seat)
    end(vm, day(20))
    assert gaps(process, Kind.VERIFIER_OWES) == []
    assert only(process, Kind.VERIFIER_OWES, day(19)).seat_ids == (seat.pk,)


# --- All together -----------------------------------------------------------------------------


def test_the_most_pressing_stands_first_and_each_is_named_once(process: Process, jmc: Body) -> None:
    for name in ("B", "A"):
        function = ResponsibilityFactory(process=process, name=name)
        for _ in range(2):
            AssignmentFactory(responsibility=function, seat=SeatFactory(body=jmc))
    ResponsibilityFactory(process=process, name="C")
    found = find(structure.load(process))
    order = [kind.value for kind in Kind]
    assert [order.index(gap.kind) for gap in found] == sorted(order.index(g.kind) for g in found)
    assert [gap.title for gap in found if gap.kind == Kind.TWO_ACCOUNTABLE] == ["A", "B"]
    assert len({gap.subject for gap in found}) == len(found)


def test_what_another_process_lacks_is_not_found_here(process: Process) -> None:
    ResponsibilityFactory()
    assert find(structure.load(process)) == []
