"""Dispute steps and reporting lines that lead to nobody, with real rows."""

from typing import Any

import pytest

from coordination.bodies.gaps import Kind
from coordination.bodies.models import Body, DisputeStep, ReportingLine
from coordination.processes.models import Party, Process
from tests.bodies.finding import day, end, gaps, held, only
from tests.factories import (
    BodyFactory,
    DisputeStepFactory,
    ProtocolFactory,
    ReportingLineFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def jmc(process: Process) -> Body:
    return BodyFactory(process=process, code="JMC", name="Joint Military Commission")


@pytest.fixture
def vm(process: Process) -> Body:
    return BodyFactory(process=process, code="VM", name="Verification Mission")


# --- Dispute steps ----------------------------------------------------------------------------


@pytest.fixture
def step(jmc: Body) -> DisputeStep:
    """The second step of the Joint Military Commission, which leads to nobody in particular."""
    return DisputeStepFactory(protocol=ProtocolFactory(body=jmc), order=2, who="The commanders")


def lead(step: DisputeStep, **to: Any) -> None:
    for field in ("seat", "to_body", "to_party"):
        setattr(step, field, to.get(field))
    step.save()


def test_a_step_leads_to_a_vacant_seat(process: Process, step: DisputeStep, vm: Body) -> None:
    assert gaps(process, Kind.STEP_VACANT) == []
    seat = SeatFactory(body=vm, number=1, role="chair")
    lead(step, seat=seat)
    TermFactory(seat=seat, starts_on=day(3), ends_on=day(9))
    gap = only(process, Kind.STEP_VACANT)
    assert gap.why == "Step 2 (The commanders) leads to VM seat 1, Chair, which is vacant."
    assert gap.closes == "Fill the seat, or let the step lead to somebody else."
    assert (gap.title, gap.since) == ("Joint Military Commission", day(10))
    assert gap.body_ids == (step.protocol.body_id, vm.pk)
    assert (gap.seat_ids, gap.subject) == ((seat.pk,), f"step_vacant:{step.pk}")
    assert gaps(process, Kind.STEP_VACANT, day(9)) == []
    lead(step, seat=SeatFactory(body=vm))
    other = only(process, Kind.STEP_VACANT)
    assert other.subject == gap.subject and other.facts != gap.facts
    end(step.protocol.body, day(20))
    assert gaps(process, Kind.STEP_VACANT) == []


def test_a_step_leads_to_a_body_where_nobody_sits(
    process: Process, step: DisputeStep, vm: Body
) -> None:
    lead(step, to_body=vm)
    gap = only(process, Kind.STEP_VACANT)
    assert gap.why == "Step 2 (The commanders) leads to VM, where nobody sits."
    assert (gap.body_ids, gap.seat_ids) == ((step.protocol.body_id, vm.pk), ())
    seat = held(vm)
    assert gaps(process, Kind.STEP_VACANT) == []
    end(vm, day(20))
    assert only(process, Kind.STEP_VACANT).since == day(20)
    lead(step, seat=seat)  # held, in a body that is no more
    gap = only(process, Kind.STEP_VACANT)
    assert gap.why == "Step 2 (The commanders) leads to VM, where nobody sits."
    assert gap.since == day(20)


def test_a_step_leads_to_a_seat_that_is_no_more(
    process: Process, step: DisputeStep, vm: Body
) -> None:
    lead(step, seat=held(vm, ended_on=day(20)))
    assert gaps(process, Kind.STEP_VACANT, day(19)) == []
    gap = only(process, Kind.STEP_VACANT)
    assert gap.why == "Step 2 (The commanders) leads to a seat that is no more."


def test_a_step_leads_to_a_party_that_left(
    process: Process, step: DisputeStep, party: Party
) -> None:
    lead(step, to_party=party)
    assert gaps(process, Kind.STEP_VACANT) == []
    party.left_on = day(9)
    party.save()
    gap = only(process, Kind.STEP_VACANT)
    assert gap.why == "Step 2 (The commanders) leads to AAA, which has left the process."
    assert (gap.since, gap.party_ids) == (day(10), (party.pk,))


def test_a_step_leads_to_a_party_that_has_yet_to_join(
    process: Process, step: DisputeStep, party: Party
) -> None:
    lead(step, to_party=party)
    party.joined_on = day(20)
    party.save()
    gap = only(process, Kind.STEP_VACANT, day(19))
    assert gap.why == (
        "Step 2 (The commanders) leads to AAA, which has not joined the process yet."
    )
    assert (gap.since, gap.party_ids) == (None, (party.pk,))
    assert gaps(process, Kind.STEP_VACANT, day(20)) == []
    party.left_on = day(25)
    party.save()
    assert only(process, Kind.STEP_VACANT).facts != gap.facts


# --- Reporting lines --------------------------------------------------------------------------


def test_a_line_ends_at_a_body_that_was_wound_up(process: Process, jmc: Body, vm: Body) -> None:
    line = ReportingLineFactory(body=jmc, to_body=vm, started_on=day(3))
    assert gaps(process, Kind.LINE_NOWHERE) == []
    end(vm, day(9))
    gap = only(process, Kind.LINE_NOWHERE)
    assert gap.why == "It reports to VM, which was wound up."
    assert gap.closes == "Enter to whom it reports."
    assert (gap.title, gap.since, gap.body_ids) == (jmc.name, day(9), (jmc.pk, vm.pk))
    assert gap.subject == f"line_nowhere:{jmc.pk}:reports_to:{vm.pk}:None"
    # Drawn afresh it is the same line; another kind of line is another gap.
    end(line, day(20))
    again = ReportingLineFactory(body=jmc, to_body=vm, started_on=day(3))
    assert (only(process, Kind.LINE_NOWHERE).subject, gap.facts) == (gap.subject, gap.facts)
    for kind, words in (
        (ReportingLine.Kind.INFORMS, "It sends its reports to VM, which was wound up."),
        (ReportingLine.Kind.LIAISON, "It liaises with VM, which was wound up."),
    ):
        again.kind = kind
        again.save()
        other = gaps(process, Kind.LINE_NOWHERE)[-1]
        assert other.why == words
        assert other.subject != gap.subject
    end(jmc, day(25))
    assert gaps(process, Kind.LINE_NOWHERE) == []


def test_a_line_ends_at_a_body_that_is_not_established_yet(
    process: Process, jmc: Body, vm: Body
) -> None:
    vm.established_on, vm.ended_on = day(15), day(31)
    vm.save()
    ReportingLineFactory(body=jmc, to_body=vm, started_on=day(3))
    gap = only(process, Kind.LINE_NOWHERE, day(10))
    assert gap.why == "It reports to VM, which is not established yet."
    assert gap.since == day(3)
    assert gaps(process, Kind.LINE_NOWHERE, day(15)) == []


def test_a_line_ends_at_a_party_that_left(process: Process, jmc: Body, party: Party) -> None:
    ReportingLineFactory(body=jmc, to_body=None, to_party=party)
    assert gaps(process, Kind.LINE_NOWHERE) == []
    party.left_on = day(9)
    party.save()
    assert gaps(process, Kind.LINE_NOWHERE, day(9)) == []
    gap = only(process, Kind.LINE_NOWHERE)
    assert gap.why == "It reports to AAA, which has left the process."
    assert (gap.since, gap.party_ids) == (day(10), (party.pk,))


def test_a_line_ends_at_a_party_that_has_yet_to_join(
    process: Process, jmc: Body, party: Party
) -> None:
    ReportingLineFactory(body=jmc, to_body=None, to_party=party, started_on=day(3))
    party.joined_on = day(20)
    party.save()
    gap = only(process, Kind.LINE_NOWHERE, day(19))
    assert gap.why == "It reports to AAA, which has not joined the process yet."
    assert gap.since == day(3)
    assert gaps(process, Kind.LINE_NOWHERE, day(20)) == []


def test_a_line_to_somebody_outside_the_process_leads_somewhere(
    process: Process, jmc: Body
) -> None:
    ReportingLineFactory(body=jmc, to_body=None, to_name="The Secretary-General")
    assert gaps(process, Kind.LINE_NOWHERE) == []


def test_bodies_report_to_one_another_in_a_circle(process: Process, jmc: Body, vm: Body) -> None:
    third, below = (BodyFactory(process=process, code=code) for code in ("TH", "BE"))
    ReportingLineFactory(body=jmc, to_body=vm, started_on=day(3))
    ReportingLineFactory(body=vm, to_body=third, started_on=day(9))
    ReportingLineFactory(body=below, to_body=third)
    assert gaps(process, Kind.LINE_NOWHERE) == []
    last = ReportingLineFactory(body=third, to_body=jmc, started_on=day(5))
    gap = only(process, Kind.LINE_NOWHERE)
    assert gap.why == "These report to one another in a circle: JMC, TH, VM."
    assert gap.closes == "End one of the lines, so that one of them is above the others."
    assert (gap.since, gap.body_ids) == (day(9), (jmc.pk, vm.pk, third.pk))
    assert gap.subject == f"line_nowhere:{jmc.pk}:circle"
    third.established_on = day(12)  # before that there was no circle
    third.save()
    assert only(process, Kind.LINE_NOWHERE).since == day(12)
    # A larger circle is the same gap with other facts.
    ReportingLineFactory(body=jmc, to_body=below)
    larger = only(process, Kind.LINE_NOWHERE)
    assert larger.subject == gap.subject and larger.facts != gap.facts
    assert (larger.since, len(larger.body_ids)) == (None, 4)
    last.kind = ReportingLine.Kind.INFORMS
    last.save()
    assert gaps(process, Kind.LINE_NOWHERE) == []


def test_a_large_circle_has_a_short_name(process: Process) -> None:
    bodies = [BodyFactory(process=process) for _ in range(60)]
    for body, above in zip(bodies, [*bodies[1:], bodies[0]], strict=True):
        ReportingLineFactory(body=body, to_body=above)
    assert len(only(process, Kind.LINE_NOWHERE).subject) <= 120


def test_a_body_stands_alone(process: Process, jmc: Body, vm: Body) -> None:
    line = ReportingLineFactory(body=vm, to_body=jmc, kind=ReportingLine.Kind.LIAISON)
    jmc.established_on = day(3)
    jmc.save()
    alone = {gap.title: gap for gap in gaps(process, Kind.LINE_NOWHERE)}
    assert set(alone) == {jmc.name, vm.name}
    gap = alone[jmc.name]
    assert gap.why == "It reports to nobody, and nobody reports to it."
    assert gap.closes == "Enter to whom it reports."
    assert (gap.since, gap.subject) == (day(3), f"line_nowhere:{jmc.pk}:alone")
    for kind in (ReportingLine.Kind.REPORTS_TO, ReportingLine.Kind.INFORMS):
        line.kind = kind
        line.save()
        assert gaps(process, Kind.LINE_NOWHERE) == []
    end(vm, day(20))  # and with it, whoever reported to the other one
    assert gaps(process, Kind.LINE_NOWHERE, day(19)) == []
    later = only(process, Kind.LINE_NOWHERE)
    assert (later.subject, later.since) == (gap.subject, day(20))


@pytest.mark.parametrize("way", ["from", "to"])
def test_a_body_that_stood_alone_stands_alone_anew_when_its_line_ends(
    process: Process, jmc: Body, vm: Body, way: str
) -> None:
    held_up = {"to_body": None, "to_name": "The Council"}
    ReportingLineFactory(body=vm, **held_up)
    before = only(process, Kind.LINE_NOWHERE)
    assert (before.since, before.title) == (None, jmc.name)
    ends = {"body": jmc, "to_body": vm} if way == "from" else {"body": vm, "to_body": jmc}
    line = ReportingLineFactory(**ends, started_on=day(5))
    assert gaps(process, Kind.LINE_NOWHERE) == []
    end(line, day(20))
    after = only(process, Kind.LINE_NOWHERE)
    assert (after.subject, after.since) == (before.subject, day(20))
    assert after.facts != before.facts  # who accepted it before did not accept this
    assert only(process, Kind.LINE_NOWHERE, day(4)).facts == before.facts
    line = ReportingLineFactory(**ends, started_on=day(21), kind=ReportingLine.Kind.LIAISON)
    end(line, day(22))
    assert only(process, Kind.LINE_NOWHERE) == after


def test_a_duty_to_report_has_no_addressee(process: Process, jmc: Body, vm: Body) -> None:
    ReportingLineFactory(body=vm, to_body=jmc)
    assert gaps(process, Kind.LINE_NOWHERE) == []
    ProtocolFactory(body=jmc, reports_per="month")
    gap = only(process, Kind.LINE_NOWHERE)
    assert gap.why == "It has to report, and no addressee is entered."
    assert gap.subject == f"line_nowhere:{jmc.pk}:unaddressed"
    line = ReportingLineFactory(body=jmc, to_body=None, to_name="The Council", kind="informs")
    assert gaps(process, Kind.LINE_NOWHERE) == []
    end(line, day(20))
    assert gaps(process, Kind.LINE_NOWHERE, day(19)) == []
    later = only(process, Kind.LINE_NOWHERE)
    assert (later.subject, gap.since, later.since) == (gap.subject, None, day(20))
    assert later.facts != gap.facts
    # Who reports to it changes nothing in that.
    ReportingLineFactory(body=vm, to_body=jmc, kind="informs", ended_on=day(25))
    assert only(process, Kind.LINE_NOWHERE) == later
