"""A disagreement from the meeting along the steps of the protocol, until it is settled."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from coordination.reviews import actions
from coordination.reviews.agenda import compile_agenda
from coordination.reviews.disputes import may_answer, may_raise, next_steps, running_stage
from coordination.reviews.models import AgendaItem, AgendaReason, Dispute, DisputeStage, Review
from tests.conftest import member, seated
from tests.factories import (
    AgendaItemFactory,
    BodyFactory,
    DisputeStepFactory,
    ProtocolFactory,
    ReviewFactory,
)
from tests.threads import at_once

State = Dispute.State
Result = DisputeStage.Result

pytestmark = pytest.mark.django_db

SAID = {
    "subject": "From when the days count",
    "disagreement": "Avaria counts from the signature, Bellonia from the entry into force.",
    "origin": Origin.WEB,
}


@pytest.fixture
def steps(lead_body: Body, bob: User, party: Party) -> Any:
    """The chair within two days, another body without a time, a party within three hours."""
    protocol = ProtocolFactory(body=lead_body)
    above = BodyFactory(process=lead_body.process, code="TOP", name="Top Council")
    chair = lead_body.seats.get()
    DisputeStepFactory(protocol=protocol, order=1, who="The chair", seat=chair, within_hours=48)
    DisputeStepFactory(protocol=protocol, order=2, who="The council", to_body=above)
    DisputeStepFactory(
        protocol=protocol, order=3, who="The guarantor", to_party=party, within_hours=3
    )
    return protocol.dispute_steps


@pytest.fixture
def dispute(steps: Any, lead_body: Body, bob: User) -> Dispute:
    return actions.raise_dispute(actor=bob, body=lead_body, **SAID)


def answer(dispute: Dispute, actor: User, result: str, step: int = 1, words: str = "So") -> Any:
    return actions.answer_dispute(
        actor=actor, dispute=dispute, step=step, result=result, words=words, origin=Origin.WEB
    )


def way(dispute: Dispute) -> list[tuple[int, str, str]]:
    return list(dispute.stages.values_list("number", "who", "result"))


def verbs() -> list[str]:
    rows = Entry.objects.filter(verb__startswith="dispute.").order_by("sequence")
    return list(rows.values_list("verb", flat=True))


# --- Raising ------------------------------------------------------------------------------------


def test_a_disagreement_on_an_item_asks_the_first_step_at_once(
    session: AgendaItem, steps: Any, bob: User, party: Party
) -> None:
    made = actions.raise_dispute(
        actor=bob, body=session.review.body, item=session, raised_for=party, **SAID
    )
    assert (made.number, made.state, made.commitment) == (1, State.OPEN, session.commitment)
    stage = made.stages.get()
    assert (stage.number, stage.who, stage.seat) == (1, "The chair", steps.first().seat)
    assert stage.until == stage.asked_at + dt.timedelta(hours=48) == made.clock_at
    assert verbs() == ["dispute.raised", "dispute.asked"]


def test_the_same_disagreement_again_is_the_same_dispute(
    dispute: Dispute, lead_body: Body, bob: User
) -> None:
    assert actions.raise_dispute(actor=bob, body=lead_body, **SAID) == dispute
    assert verbs() == ["dispute.raised", "dispute.asked"]


def test_a_body_without_steps_asks_nobody_and_the_dispute_stays_open(
    lead_body: Body, bob: User
) -> None:
    made = actions.raise_dispute(actor=bob, body=lead_body, **SAID)
    assert (made.state, made.clock_at, list(made.stages.all())) == (State.OPEN, None, [])
    assert verbs() == ["dispute.raised"]
    protocol = ProtocolFactory(body=lead_body)
    DisputeStepFactory(protocol=protocol, order=1, who="The chair", within_hours=24)
    actions.ask_next_step(actor=bob, dispute=made, origin=Origin.WEB)
    assert way(made) == [(1, "The chair", "")]


def test_nothing_is_raised_on_an_item_of_a_meeting_whose_minutes_are_approved(
    session: AgendaItem, bob: User
) -> None:
    Review.objects.update(state=Review.State.APPROVED)
    with pytest.raises(Refused):
        actions.raise_dispute(actor=bob, body=session.review.body, item=session, **SAID)


def test_who_keeps_the_body_or_acts_for_a_party_with_a_seat_may_raise_one(
    lead_body: Body,
    party: Party,
    bob: User,
    coordinator: User,
    alice: User,
    dave: User,
    outsider: User,
    process: Process,
) -> None:
    seated(member(process, "Sam", "observer"), lead_body, Seat.Role.MEMBER, party)
    people = (bob, coordinator, alice, dave, outsider)
    assert [may_raise(one, lead_body) for one in people] == [True, True, True, False, False]


# --- Answers ------------------------------------------------------------------------------------


def test_a_settlement_ends_it(dispute: Dispute, bob: User) -> None:
    answer(dispute, bob, Result.SETTLED, words="They count from the signature.")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.settlement) == (State.SETTLED, "They count from the signature.")
    assert dispute.clock_at is None
    assert dispute.ended_at is not None
    assert way(dispute) == [(1, "The chair", Result.SETTLED)]
    assert verbs()[2:] == ["dispute.settled"]


def test_what_is_not_settled_goes_on_at_once_to_the_next_step(dispute: Dispute, bob: User) -> None:
    answer(dispute, bob, Result.NOT_SETTLED)
    assert way(dispute) == [(1, "The chair", Result.NOT_SETTLED), (2, "The council", "")]
    second = dispute.stages.get(number=2)
    assert second.until - second.asked_at == dt.timedelta(days=7)  # no time is named
    assert verbs()[2:] == ["dispute.answered", "dispute.asked"]


def test_after_the_last_step_it_is_exhausted_and_can_be_settled_by_hand(
    dispute: Dispute, bob: User
) -> None:
    for step in (1, 2, 3):
        answer(dispute, bob, Result.NOT_SETTLED, step)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.clock_at) == (State.EXHAUSTED, None)
    assert verbs()[-1] == "dispute.exhausted"
    actions.settle_dispute(
        actor=bob, dispute=dispute, settlement="At Dayton, over dinner.", origin=Origin.WEB
    )
    dispute.refresh_from_db()
    assert (dispute.state, dispute.settlement) == (State.SETTLED, "At Dayton, over dinner.")


def test_a_second_press_counts_once_and_somebody_else_is_told_what_was_recorded(
    dispute: Dispute, bob: User, coordinator: User
) -> None:
    answer(dispute, bob, Result.NOT_SETTLED)
    answer(dispute, bob, Result.NOT_SETTLED)
    assert len(way(dispute)) == 2
    with pytest.raises(Overtaken, match="Bob recorded: not settled"):
        answer(dispute, coordinator, Result.SETTLED)


def test_an_answer_has_words(dispute: Dispute, bob: User) -> None:
    with pytest.raises(Refused) as refused:
        answer(dispute, bob, Result.SETTLED, words=" ")
    assert refused.value.field == "words"


def test_each_step_is_answered_by_who_is_asked_or_keeps_the_body(
    dispute: Dispute,
    bob: User,
    alice: User,
    dave: User,
    coordinator: User,
    outsider: User,
    process: Process,
) -> None:
    council = seated(
        member(process, "Tom", "observer"),
        Body.objects.get(code="TOP"),
        Seat.Role.CHAIR,
    )
    allowed = []
    for step in (1, 2, 3):
        stage = dispute.stages.get(number=step)
        people = (bob, council, alice, dave, coordinator, outsider)
        allowed.append([may_answer(one, dispute, stage) for one in people])
        answer(dispute, bob, Result.NOT_SETTLED, step)
    assert allowed == [
        [True, False, False, False, True, False],
        [True, True, False, False, True, False],
        [True, False, True, False, True, False],
    ]


# --- Clocks -------------------------------------------------------------------------------------


def test_a_clock_that_runs_out_asks_the_next_step_once(dispute: Dispute) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(hours=47), tick=False):
        assert actions.move_on() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(hours=49), tick=False):
        assert (actions.sweep().disputes, actions.move_on()) == (1, 0)
    assert way(dispute) == [(1, "The chair", Result.NO_ANSWER), (2, "The council", "")]
    assert verbs()[2:] == ["dispute.time-ran-out", "dispute.asked"]


def test_after_an_outage_no_step_is_skipped(dispute: Dispute) -> None:
    late = timezone.now() + dt.timedelta(days=60)
    with time_machine.travel(late, tick=False):
        assert [actions.move_on(), actions.move_on()] == [1, 0]
    second = dispute.stages.get(number=2)
    assert (second.asked_at, second.until) == (late, late + dt.timedelta(days=7))


def test_the_last_clock_leaves_it_exhausted(dispute: Dispute) -> None:
    moment = timezone.now()
    for _step in range(4):
        moment += dt.timedelta(days=8)
        with time_machine.travel(moment, tick=False):
            actions.move_on()
    dispute.refresh_from_db()
    assert (dispute.state, len(way(dispute))) == (State.EXHAUSTED, 3)


def test_no_step_ends_while_the_clock_is_not_trusted(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coordination.reviews.actions.disputes.is_held", lambda: True)
    assert actions.move_on(timezone.now() + dt.timedelta(days=9)) == 0


def test_a_step_that_was_asked_stays_as_the_protocol_had_it(
    dispute: Dispute, steps: Any, bob: User
) -> None:
    steps.filter(order=1).update(who="Somebody else")
    steps.filter(order=1).delete()
    assert way(dispute) == [(1, "The chair", "")]
    answer(dispute, bob, Result.NOT_SETTLED)
    assert way(dispute)[1][1] == "The council"


# --- The agenda ---------------------------------------------------------------------------------


def reasons(review: Review) -> list[tuple[str, str, str]]:
    found = compile_agenda(review, timezone.now())
    return [(one.title, one.kind, one.reason) for one in found]


def test_an_open_dispute_is_on_the_next_agenda_and_a_settlement_is_noted_once(
    dispute: Dispute, review: Review, bob: User
) -> None:
    assert dispute.clock_at is not None
    day = f"{dispute.body.process.today(dispute.clock_at):%-d %B}"
    assert reasons(review) == [
        (dispute.subject, AgendaReason.TO_DECIDE, f"Dispute 1, step 1 until {day}")
    ]
    answer(dispute, bob, Result.SETTLED)
    noted = (dispute.subject, AgendaReason.NEWLY_REPORTED, "Dispute 1 is settled, to be noted")
    assert reasons(review) == [noted]
    review.agenda_closed_at = timezone.now()
    review.state = Review.State.APPROVED
    review.save()
    later = review.starts_at + dt.timedelta(days=30)
    following = ReviewFactory(body=review.body, starts_at=later, held_on=later.date())
    assert reasons(following) == []


def test_where_its_commitment_is_on_the_agenda_a_dispute_is_one_reason_more(
    commitment: Commitment, review: Review, lead_body: Body, bob: User
) -> None:
    actions.raise_dispute(actor=bob, body=lead_body, commitment=commitment, **SAID)
    ((title, _kind, reason),) = reasons(review)
    assert title == commitment.title
    assert reason == "Due in 10 days · Dispute 1, its protocol names no step"


def test_a_dispute_that_was_carried_over_is_on_the_agenda_once(
    dispute: Dispute, review: Review, last_review: Review
) -> None:
    AgendaItemFactory(review=last_review, title=dispute.subject, kind=AgendaReason.TO_DECIDE)
    ((title, kind, reason),) = reasons(review)
    assert (title, kind) == (dispute.subject, AgendaReason.CARRIED_OVER)
    assert reason.startswith("Carried over · Dispute 1, step 1")


def test_what_comes_next_follows_the_protocol_as_it_is_now(dispute: Dispute, steps: Any) -> None:
    assert [step.who for step in next_steps(dispute)] == ["The council", "The guarantor"]
    assert running_stage(dispute) == dispute.stages.get()


@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_at_once_one_asks_the_next_step(dispute: Dispute) -> None:
    late = timezone.now() + dt.timedelta(hours=49)
    assert sorted(at_once(lambda: actions.move_on(late), lambda: actions.move_on(late))) == [0, 1]
    assert len(way(dispute)) == 2
