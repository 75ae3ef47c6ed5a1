"""What people are told around reviews: disputes, silence procedures, agendas that closed, and the
actions of a meeting."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, Protocol, Seat, Term
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin
from coordination.outbox.models import Message
from coordination.processes.models import Party, Process
from coordination.reminders.actions import tick
from coordination.reminders.agenda_mails import KIND, circulate_agendas
from coordination.reminders.models import Reminder
from coordination.reminders.settling import before_sending
from coordination.reviews import actions
from coordination.reviews.models import Dispute, Outcome, Review
from tests import factories
from tests.conftest import member, seated

pytestmark = pytest.mark.django_db
Kind = Reminder.Kind
State = Reminder.State


def found(kind: str) -> list[Reminder]:
    rows = Reminder.objects.filter(kind=kind).select_related("recipient", "message")
    return list(rows.order_by("recipient__name", "pk"))


def names(kind: str) -> list[str]:
    return [str(one.recipient) for one in found(kind)]


def later(**time: int) -> Any:
    return time_machine.travel(timezone.now() + dt.timedelta(**time), tick=False)


# --- Disputes -----------------------------------------------------------------------------------


@pytest.fixture
def protocol(lead_body: Body) -> Protocol:
    return factories.ProtocolFactory(body=lead_body, silence_hours=72)


def raised(body: Body, actor: User) -> Dispute:
    return actions.raise_dispute(
        actor=actor,
        body=body,
        subject="From when the days count",
        disagreement="One counts from the signature, the other does not.",
        origin=Origin.WEB,
    )


def answered(dispute: Dispute, actor: User) -> None:
    actions.answer_dispute(
        actor=actor, dispute=dispute, step=1, result="not_settled", words="No", origin=Origin.WEB
    )


def test_who_is_asked_hears_of_a_short_step_at_once_and_once(
    protocol: Protocol, lead_body: Body, bob: User, coordinator: User
) -> None:
    seat = lead_body.seats.get()
    factories.DisputeStepFactory(
        protocol=protocol, order=1, who="The chair", seat=seat, within_hours=48
    )
    raised(lead_body, coordinator)
    tick()
    tick()
    (one,) = found(Kind.DISPUTE)
    assert (one.recipient, one.urgent, one.reference) == (bob, True, "JMC, dispute 1")
    assert one.because.startswith(
        "The protocol of Joint Military Commission has this dispute as its step 1: The chair. You "
        "are asked to settle it, or to say that you cannot. Until "
    )
    assert one.message is not None
    assert one.message.subject.startswith("A dispute comes to you: From when the days count")
    assert "/p/valley/disputes/1/" in one.message.body_text


def test_a_long_step_goes_into_the_digest_and_is_asked_about_again_two_days_before_its_end(
    protocol: Protocol, lead_body: Body, party: Party, alice: User, bob: User
) -> None:
    factories.DisputeStepFactory(protocol=protocol, order=1, who="Avaria", to_party=party)
    raised(lead_body, bob)
    tick()
    assert [(str(one.recipient), one.urgent) for one in found(Kind.DISPUTE)] == [("Alice", False)]
    with later(days=4):
        tick()
    assert len(found(Kind.DISPUTE)) == 1
    with later(days=5, hours=1):
        tick()
    assert names(Kind.DISPUTE) == ["Alice", "Alice"]


def test_a_step_that_has_ended_takes_its_reminder_back(
    protocol: Protocol, lead_body: Body, bob: User, process: Process
) -> None:
    council = factories.BodyFactory(process=process, code="TOP")
    seated(member(process, "Tom", "observer"), council, Seat.Role.CHAIR)
    for order, hours in ((1, 300), (2, 300)):
        factories.DisputeStepFactory(
            protocol=protocol, order=order, who="The council", to_body=council, within_hours=hours
        )
    dispute = raised(lead_body, bob)
    tick()
    answered(dispute, bob)
    tick()
    first, second = found(Kind.DISPUTE)
    assert (first.state, first.reason) == (State.SUPERSEDED, "The step of the dispute has ended.")
    assert second.state != State.SUPERSEDED


def test_where_nobody_is_known_who_could_be_asked_those_who_run_the_body_see_to_it(
    protocol: Protocol, lead_body: Body, bob: User
) -> None:
    factories.DisputeStepFactory(protocol=protocol, order=1, who="The Contact Group")
    raised(lead_body, bob)
    tick()
    (one,) = found(Kind.DISPUTE)
    assert one.recipient == bob
    assert "you run the body, so please see to it" in one.because


# --- Silence procedures -------------------------------------------------------------------------


@pytest.fixture
def silence(protocol: Protocol, lead_body: Body, bob: User, alice: User, dave: User) -> Outcome:
    """Put to bob, who chairs, and to alice and her alternate dave; an adviser has no vote."""
    seat = factories.SeatFactory(body=lead_body)
    factories.TermFactory(seat=seat, holder=alice, alternate=dave)
    adviser = factories.SeatFactory(body=lead_body, vote=Seat.Vote.ADVISING)
    factories.TermFactory(seat=adviser, holder=member(lead_body.process, "Adam", "observer"))
    review = factories.ReviewFactory(
        body=lead_body, number=5, state=Review.State.IN_SESSION, opened_at=timezone.now()
    )
    made, _new = actions.record_decision(
        actor=bob,
        item=factories.AgendaItemFactory(review=review, order=1),
        text="The corridor opens.",
        submission=uuid.uuid4(),
        origin=Origin.WEB,
        by_silence=True,
    )
    return made


def test_all_who_have_a_vote_hear_at_once_until_when_they_may_object(
    silence: Outcome, lead_body: Body
) -> None:
    tick()
    tick()
    assert names(Kind.SILENCE) == ["Alice", "Bob", "Dave"]
    one = found(Kind.SILENCE)[0]
    assert (one.urgent, one.reference, one.title) == (True, "JMC, review 5", "The corridor opens.")
    assert "carried if nobody objects until" in one.because
    assert one.message is not None
    assert f"outcomes/{silence.pk}/object/" in one.message.body_text


def test_who_runs_the_body_hears_how_a_silence_ended_and_the_rest_is_taken_back(
    silence: Outcome, alice: User
) -> None:
    tick()
    seat = Term.objects.get(holder=alice).seat
    actions.object_to(
        actor=alice, outcome=silence, seat=seat, words="It is mined.", origin=Origin.WEB
    )
    tick()
    tick()
    ended = [one for one in found(Kind.SILENCE) if one.due_on is None]
    assert [str(one.recipient) for one in ended] == ["Bob"]
    assert "It is not carried. Not carried, objection by" in ended[0].because
    assert ended[0].state != State.SUPERSEDED
    before = [one for one in found(Kind.SILENCE) if one.due_on]
    assert {one.reason for one in before} == {"The silence procedure is over."}


def test_what_nobody_objected_to_is_told_as_carried(silence: Outcome) -> None:
    with later(hours=73):
        actions.sweep()
        tick()
        tick()
    (one,) = found(Kind.SILENCE)
    assert str(one.recipient) == "Bob"
    assert "It is carried. Nobody objected until" in one.because


# --- Agendas ------------------------------------------------------------------------------------


@pytest.fixture
def meeting(lead_body: Body, bob: User, alice: User, dave: User) -> Review:
    """In three days, with a paper; alice sits in the body and dave is her alternate."""
    dave.language = "fr"
    dave.save()
    seat = factories.SeatFactory(body=lead_body)
    factories.TermFactory(seat=seat, holder=alice, alternate=dave)
    factories.StandingItemFactory(body=lead_body, title="Adoption of the agenda")
    return factories.ReviewFactory(
        body=lead_body, number=5, place="Hall", papers="https://paper.example/map\nThe old map"
    )


def closed(meeting: Review, actor: User) -> None:
    actions.close_agenda(actor=actor, review=meeting, origin=Origin.WEB)


def mails() -> dict[str, Message]:
    rows = Message.objects.filter(kind=KIND).select_related("recipient")
    return {str(one.recipient): one for one in rows}


def test_a_closed_agenda_goes_with_its_papers_to_all_who_sit_in_the_body_and_their_alternates(
    meeting: Review, commitment: Commitment, bob: User
) -> None:
    tick()
    assert mails() == {}
    closed(meeting, bob)
    assert (tick().circulated, tick().circulated) == (3, 0)
    assert sorted(mails()) == ["Alice", "Bob", "Dave"]
    mail = mails()["Alice"]
    assert mail.subject.startswith("Agenda: Joint Military Commission, review 5, ")
    for words in (
        "1. Adoption of the agenda",
        "2. Move the heavy weapons (C-1)",
        "   Due in 10 days",
        "* https://paper.example/map",
        "* The old map",
        f"/p/valley/reviews/{meeting.pk}/",
    ):
        assert words in mail.body_text.replace(commitment.title, "Move the heavy weapons")
    assert '<a href="https://paper.example/map"' in mail.body_html


def test_the_agenda_is_sent_in_french_to_who_reads_french(meeting: Review, bob: User) -> None:
    closed(meeting, bob)
    circulate_agendas(timezone.now())
    mail = mails()["Dave"]
    assert mail.subject.startswith("Ordre du jour : Joint Military Commission, ")
    assert "est clos" in mail.body_text


def test_an_agenda_does_not_leave_once_its_meeting_is_called_off(
    meeting: Review, bob: User
) -> None:
    closed(meeting, bob)
    tick()
    Review.objects.update(state=Review.State.CANCELLED)
    before_sending()
    assert {one.state for one in mails().values()} == {Message.State.SUPERSEDED}


def test_members_are_told_that_they_can_propose_items_until_the_agenda_closes(
    meeting: Review, protocol: Protocol, bob: User
) -> None:
    Protocol.objects.update(agenda_closes_hours=24)
    with time_machine.travel(meeting.starts_at - dt.timedelta(days=2), tick=False):
        tick()
        assert names(Kind.AGENDA) == ["Alice", "Bob"]
        assert "You can propose items until its agenda closes." in found(Kind.AGENDA)[0].because
        closed(meeting, bob)
        before_sending()
    assert {one.state for one in found(Kind.AGENDA)} == {State.SUPERSEDED}


# --- Actions ------------------------------------------------------------------------------------


def test_who_reports_an_action_is_asked_before_and_after_its_day_and_reads_whose_it_is(
    lead_body: Body, party: Party, alice: User, bob: User, process: Process, on: Any
) -> None:
    review = factories.ReviewFactory(
        body=lead_body, number=5, state=Review.State.IN_SESSION, opened_at=timezone.now()
    )
    made, _new = actions.record_action(
        actor=bob,
        item=factories.AgendaItemFactory(review=review, order=2),
        title="Send the list of prisoners",
        owner=party,
        focal_point=alice,
        due_on=process.today() + dt.timedelta(days=2),
        submission=uuid.uuid4(),
        origin=Origin.WEB,
    )
    assert made.commitment is not None
    for day in (1, 3):
        with on(day, dt.time(9)):
            tick()
    asked = [one for one in found(Kind.CHECK_IN) if one.recipient == alice]
    due_on = made.commitment.obligations.get().due_on
    assert [(one.local_date - due_on).days for one in asked] == [-1, 1]
    questions = [one.message.body_text for one in asked if one.message]
    assert any("JMC, review 5, item 2" in question for question in questions)
