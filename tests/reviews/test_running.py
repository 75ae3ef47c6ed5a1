"""Opening a meeting, recording what it finds and decides, closing it; and who may."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import CheckIn, Commitment, Level, Obligation, Verification
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Party, Process
from coordination.reviews import actions
from coordination.reviews.access import may_run
from coordination.reviews.models import AgendaItem, Attendance, Outcome, Review
from tests.conftest import member, seated
from tests.factories import (
    BodyFactory,
    ObligationFactory,
    SeatFactory,
    TermFactory,
    UserFactory,
)
from tests.threads import at_once

Kind = Outcome.Kind
State = Review.State
Role = Seat.Role

pytestmark = pytest.mark.django_db


def find(item: AgendaItem, actor: User, **fields: Any) -> tuple[Outcome, bool]:
    given = {
        "obligation": item.commitment.obligations.first(),
        "level": Level.INTERMEDIATE,
        "text": "Three of five positions are empty.",
        "submission": uuid.uuid4(),
        "origin": Origin.WEB,
    }
    return actions.record_finding(actor=actor, item=item, **given | fields)


def end(item: AgendaItem, actor: User, **fields: Any) -> tuple[Outcome, bool]:
    given = {"kind": Kind.NOTED, "text": "", "submission": uuid.uuid4(), "origin": Origin.WEB}
    return actions.record_outcome(actor=actor, item=item, **given | fields)


def decide(item: AgendaItem, actor: User, **fields: Any) -> tuple[Outcome, bool]:
    given = {"text": "The corridor opens.", "submission": uuid.uuid4(), "origin": Origin.WEB}
    return actions.record_decision(actor=actor, item=item, **given | fields)


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[str, str | None]:
    """The sentence of the refusal, and the field that it is about."""
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.message, caught.value.field


# --- Opening and closing ------------------------------------------------------------------------


def test_a_meeting_opens_with_the_agenda_of_the_moment(
    review: Review, commitment: Commitment, bob: User
) -> None:
    opened = actions.open_review(actor=bob, review=review, origin=Origin.WEB)
    assert opened.state == State.IN_SESSION
    assert timezone.now() - opened.opened_at < dt.timedelta(seconds=10)
    items = review.items.values_list("order", "commitment", "title", "reason")
    assert list(items) == [(1, commitment.pk, commitment.title, "Due in 10 days")]
    entry = Entry.objects.get(verb="review.opened")
    assert (entry.actor, entry.before["state"], entry.after["state"]) == (
        *(bob, State.PLANNED, State.IN_SESSION),
    )
    assert entry.after["items"] == [f"1. {commitment.title}"]


@pytest.mark.parametrize("state", [state for state in State if state != State.PLANNED])
def test_only_a_planned_meeting_opens(review: Review, bob: User, state: str) -> None:
    Review.objects.update(state=state)
    sentence, _field = refused(actions.open_review, actor=bob, review=review, origin=Origin.WEB)
    assert sentence == f"This review is {State(state).label}."


@pytest.mark.django_db(transaction=True)
def test_a_meeting_opened_twice_at_once_opens_once(
    review: Review, commitment: Commitment, bob: User
) -> None:
    done = at_once(*[lambda: actions.open_review(actor=bob, review=review, origin=Origin.WEB)] * 2)
    assert {type(one) for one in done} == {Review, Refused}
    assert review.items.count() == 1
    assert Entry.objects.filter(verb="review.opened").count() == 1


def test_closing_leaves_the_minutes_in_draft_and_records_nothing_more(
    session: AgendaItem, bob: User, commitment: Commitment
) -> None:
    review = actions.close_review(actor=bob, review=session.review, origin=Origin.WEB)
    assert (review.state, review.closed_at is not None) == (State.MINUTES_DRAFT, True)
    sentence = "This review is minutes in draft."
    for call in (
        lambda: find(session, bob),
        lambda: decide(session, bob),
        lambda: actions.close_review(actor=bob, review=session.review, origin=Origin.WEB),
        lambda: actions.mark_attendance(
            actor=bob, review=session.review, presences={}, origin=Origin.WEB
        ),
    ):
        assert refused(call) == (sentence, None)
    assert not Outcome.objects.exists()


# --- Findings -----------------------------------------------------------------------------------


def test_a_finding_of_the_verifying_body_becomes_the_verified_level(
    session: AgendaItem, obligation: Obligation, bob: User, lead_body: Body
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    session = AgendaItem.objects.get()
    outcome, is_new = find(session, bob, level=Level.FULL)
    assert is_new
    found = Verification.objects.get()
    assert outcome.verification == found
    assert (found.body, found.level, found.author, found.method) == (
        *(lead_body, Level.FULL, bob, Verification.Method.MEETING),
    )
    obligation.refresh_from_db()
    assert (obligation.verified_level, obligation.reported_level) == (Level.FULL, None)
    assert not CheckIn.objects.exists()
    verbs = Entry.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["verification.recorded", "review.finding"]
    assert list(verify(obligation.commitment.process)) == []


def test_what_a_meeting_opened_ahead_of_its_day_finds_is_not_dated_in_the_future(
    session: AgendaItem, obligation: Obligation, bob: User, lead_body: Body, process: Process
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    assert session.review.held_on > process.today()
    find(AgendaItem.objects.get(), bob, level=Level.FULL)
    obligation.refresh_from_db()
    assert obligation.completed_on == process.today()


def test_what_a_meeting_finds_is_dated_by_its_day(
    session: AgendaItem, obligation: Obligation, bob: User, lead_body: Body, process: Process
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    yesterday = process.today() - dt.timedelta(days=1)
    Review.objects.update(held_on=yesterday)
    find(AgendaItem.objects.get(), bob, level=Level.FULL)
    obligation.refresh_from_db()
    assert obligation.completed_on == yesterday


def test_a_finding_of_another_body_stands_in_the_minutes_only(
    session: AgendaItem, obligation: Obligation, bob: User
) -> None:
    outcome, _is_new = find(session, bob)
    assert (outcome.level, outcome.verification) == (Level.INTERMEDIATE, None)
    obligation.refresh_from_db()
    assert obligation.verified_level is None
    assert not Verification.objects.exists()


def test_nobody_records_a_verification_of_their_own_party(
    session: AgendaItem, lead_body: Body, alice: User, obligation: Obligation
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    seated(alice, lead_body, Role.SECRETARY)
    assert refused(find, AgendaItem.objects.get(), alice) == (
        *("You act for who owes this; somebody else must verify it.", None),
    )
    assert not Outcome.objects.exists()
    assert not Verification.objects.exists()


def test_a_finding_needs_its_obligation_a_level_and_words(session: AgendaItem, bob: User) -> None:
    elsewhere = ObligationFactory()
    assert refused(find, session, bob, obligation=elsewhere) == (
        *("This obligation is not part of the item.", "obligation"),
    )
    assert refused(find, session, bob, level=4) == ("Choose one of the four levels.", "level")
    assert refused(find, session, bob, text=" \n ") == (
        *("Write what was found, as it will stand in the minutes.", "text"),
    )
    assert not Outcome.objects.exists()


def test_a_finding_sent_twice_counts_once(session: AgendaItem, bob: User, lead_body: Body) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    session = AgendaItem.objects.get()
    form = {"submission": uuid.uuid4()}
    first, second = find(session, bob, **form), find(session, bob, **form)
    assert (first[0], first[1], second[1]) == (second[0], True, False)
    assert (Outcome.objects.count(), Verification.objects.count()) == (1, 1)


def test_a_form_sent_again_with_other_words_is_recorded_beside_the_first(
    session: AgendaItem, bob: User
) -> None:
    submission = uuid.uuid4()
    for text in ("Three of five.", "Four of five.", "Four of five."):
        find(session, bob, submission=submission, text=text)
    for kind in (Kind.NOTED, Kind.CARRIED_OVER, Kind.CARRIED_OVER):
        end(session, bob, submission=submission, kind=kind)
    said = Outcome.objects.order_by("pk").values_list("kind", "text")
    assert list(said) == [
        *((Kind.FINDING, "Three of five."), (Kind.FINDING, "Four of five.")),
        *((Kind.NOTED, ""), (Kind.CARRIED_OVER, "")),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_finding_sent_twice_at_once_counts_once(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    item, submission = AgendaItem.objects.get(), uuid.uuid4()
    done = at_once(*[lambda: find(item, bob, submission=submission)] * 3)
    assert sorted(is_new for _outcome, is_new in done) == [False, False, True]
    assert (Outcome.objects.count(), Verification.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", [Kind.NOTED, Kind.CARRIED_OVER])
def test_an_item_may_be_noted_or_carried_over_without_words(
    session: AgendaItem, bob: User, kind: str
) -> None:
    outcome, _is_new = end(session, bob, kind=kind)
    assert (outcome.kind, outcome.text, outcome.recorded_by) == (kind, "", bob)
    assert Entry.objects.latest("sequence").verb == f"review.{kind}"


def test_a_decision_says_what_was_decided(session: AgendaItem, bob: User) -> None:
    assert refused(decide, session, bob, text=" ") == ("Write what was decided.", "text")
    outcome, _is_new = decide(session, bob, text=" The corridor opens. ")
    assert outcome.text == "The corridor opens."
    summary = Entry.objects.latest("sequence").summary
    assert summary == "Decision (JMC, review 5, item 1)"


# --- Attendance ---------------------------------------------------------------------------------


def test_attendance_is_recorded_and_corrected(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    seat = lead_body.seats.get()
    for presence in ("present", "present", "absent"):
        actions.mark_attendance(
            actor=bob,
            review=session.review,
            presences={seat.pk: actions.Presence(presence, bob)},
            origin=Origin.WEB,
        )
    row = Attendance.objects.get()
    assert (row.seat, row.person, row.presence) == (seat, bob, "absent")
    entries = Entry.objects.filter(verb="review.attendance").order_by("sequence")
    assert [(entry.before, entry.after) for entry in entries] == [
        ({}, {str(seat.pk): ["present", bob.pk]}),
        ({str(seat.pk): ["present", bob.pk]}, {str(seat.pk): ["absent", bob.pk]}),
    ]


def test_a_mark_made_by_mistake_is_taken_back(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    seat = lead_body.seats.get()
    for presence in ("present", ""):
        actions.mark_attendance(
            actor=bob,
            review=session.review,
            presences={seat.pk: actions.Presence(presence, bob)},
            origin=Origin.WEB,
        )
    assert not Attendance.objects.exists()
    entry = Entry.objects.latest("sequence")
    assert (entry.before, entry.after) == ({str(seat.pk): ["present", bob.pk]}, {})


def test_nobody_is_present_in_a_vacant_seat_or_in_one_of_another_body(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    taken = lead_body.seats.get()
    vacant = SeatFactory(body=lead_body, number=999, role=Role.MEMBER)
    foreign = SeatFactory()

    def mark(seat: Seat, presence: str, person: User | None) -> None:
        actions.mark_attendance(
            actor=bob,
            review=session.review,
            presences={
                taken.pk: actions.Presence("present", bob),
                seat.pk: actions.Presence(presence, person),
            },
            origin=Origin.WEB,
        )

    for presence in ("present", "remote"):
        assert refused(mark, vacant, presence, None) == (
            *("JMC 999: Member is vacant: nobody can be present.", str(vacant.pk)),
        )
    assert refused(mark, foreign, "present", bob) == ("The seat belongs to another body.", None)
    assert not Attendance.objects.exists()
    mark(vacant, "absent", None)
    assert Attendance.objects.count() == 2


# --- Who may run a meeting ----------------------------------------------------------------------


@pytest.mark.parametrize("role", Role.values)
def test_chair_co_chair_and_secretary_run_their_body_s_meetings(
    review: Review, process: Process, lead_body: Body, role: str
) -> None:
    user = seated(member(process, "Sam", Membership.Role.OBSERVER), lead_body, role)
    assert may_run(user, review) == (role in (Role.CHAIR, Role.CO_CHAIR, Role.SECRETARY))


def test_coordinators_run_every_meeting_and_delegates_none(
    review: Review, coordinator: User, alice: User, carol: User, outsider: User
) -> None:
    assert [may_run(user, review) for user in (coordinator, alice, carol, outsider)] == [
        *(True, False, False, False),
    ]
    assert not may_run(UserFactory(is_staff=True, is_superuser=True), review)


def test_an_alternate_stands_in(review: Review, process: Process, lead_body: Body) -> None:
    alternate = member(process, "Alter", Membership.Role.OBSERVER)
    TermFactory(seat__body=lead_body, seat__role=Role.CO_CHAIR, alternate=alternate)
    assert may_run(alternate, review)


@pytest.mark.parametrize(
    ("starts", "ends", "runs"), [(-9, -1, False), (-9, 0, True), (0, 9, True), (1, None, False)]
)
def test_a_chair_runs_meetings_from_the_first_to_the_last_day_of_the_term(
    review: Review, process: Process, lead_body: Body, starts: int, ends: int | None, runs: bool
) -> None:
    user = member(process, "Sam", Membership.Role.OBSERVER)
    today = process.today()
    TermFactory(
        seat__body=lead_body,
        seat__role=Role.SECRETARY,
        holder=user,
        starts_on=today + dt.timedelta(starts),
        ends_on=None if ends is None else today + dt.timedelta(ends),
    )
    assert may_run(user, review) == runs


def test_a_chair_who_left_the_process_runs_nothing(review: Review, bob: User) -> None:
    assert may_run(bob, review)
    bob.memberships.update(ended_at=timezone.now())
    assert not may_run(bob, review)


def test_a_chair_of_another_body_does_not_run_this_one_s(
    review: Review, process: Process, guarantor: Party
) -> None:
    user = member(process, "Sam", Membership.Role.OBSERVER)
    seated(user, BodyFactory(process=process), Role.CHAIR)
    assert not may_run(user, review)
