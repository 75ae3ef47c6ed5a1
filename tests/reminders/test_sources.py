"""What people are reminded of besides their own check-ins: of what, when, who, and once."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import Unit, local_moment
from coordination.bodies.models import Body, Protocol, Seat, Term
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Breach, Commitment, Level, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin
from coordination.outbox.models import AddressProblem, Message
from coordination.processes.models import Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Reminder
from coordination.reminders.settling import before_sending
from coordination.reminders.sources import SOURCES
from coordination.reviews.models import Review
from tests import factories

pytestmark = pytest.mark.django_db
Kind = Reminder.Kind


def found(kind: str) -> list[Reminder]:
    rows = Reminder.objects.filter(kind=kind).select_related("recipient", "message")
    return list(rows.order_by("recipient__name"))


def names(kind: str) -> list[str]:
    return [str(one.recipient) for one in found(kind)]


def report(obligation: Obligation, author: User, level: int = Level.FULL) -> None:
    submit_check_in(obligation=obligation, author=author, level=level, origin=Origin.WEB)


# --- Reports to verify --------------------------------------------------------------------


def test_a_report_of_fulfilment_asks_those_who_verify_it_once(
    obligation: Obligation, alice: User, carol: User, bob: User
) -> None:
    report(obligation, alice)
    tick()
    tick()
    (one,) = found(Kind.VERIFICATION)
    assert one.recipient == carol
    assert one.because.startswith("Avaria reported on ")
    assert one.because.endswith("that it is fulfilled; Verification Mission verifies it.")
    assert one.path.endswith(f"/commitments/1/verify/{obligation.pk}/")
    assert one.message is not None
    assert one.path in one.message.body_text


def test_a_report_of_less_asks_nobody_to_verify(
    obligation: Obligation, alice: User, carol: User
) -> None:
    report(obligation, alice, Level.INTERMEDIATE)
    tick()
    assert found(Kind.VERIFICATION) == []


def test_nobody_is_asked_to_verify_what_they_owe(
    obligation: Obligation, alice: User, verifying_body: Body
) -> None:
    seat = factories.SeatFactory(body=verifying_body, party=obligation.party)
    factories.TermFactory(seat=seat, holder=alice)
    report(obligation, alice)
    tick()
    assert found(Kind.VERIFICATION) == []


def test_a_finding_takes_the_reminder_back(
    obligation: Obligation, alice: User, carol: User
) -> None:
    report(obligation, alice)
    tick()
    Obligation.objects.update(verified_at=timezone.now())
    tick()
    (one,) = found(Kind.VERIFICATION)
    assert (one.state, one.reason) == (Reminder.State.SUPERSEDED, "A finding was made meanwhile.")


# --- Breaches -----------------------------------------------------------------------------


@pytest.fixture
def breach(obligation: Obligation, bob: User) -> Breach:
    """An allegation whose examination was due an hour ago."""
    return factories.BreachFactory(
        obligation=obligation, entered_by=bob, clock_at=timezone.now() - dt.timedelta(hours=1)
    )


def test_a_clock_that_ran_out_tells_who_runs_the_lead_body_at_once(
    breach: Breach, bob: User, alice: User
) -> None:
    tick()
    tick()
    (one,) = found(Kind.BREACH)
    assert (one.recipient, one.urgent) == (bob, True)
    assert "its next step was due on" in one.because


def test_an_answer_that_is_due_is_asked_of_the_owners_delegation_too(
    breach: Breach, bob: User, alice: User
) -> None:
    Breach.objects.update(state=Breach.State.RESPONSE_DUE)
    tick()
    assert names(Kind.BREACH) == ["Alice", "Bob"]


def test_a_breach_that_went_on_takes_its_reminder_back(breach: Breach) -> None:
    tick()
    Breach.objects.update(state=Breach.State.CURED, clock_at=None)
    tick()
    assert found(Kind.BREACH)[0].reason == "The breach went on to another step."


# --- Reviews ------------------------------------------------------------------------------


def test_who_sits_in_a_body_is_told_before_its_agenda_closes(
    lead_body: Body, bob: User, process: Process, on: Any
) -> None:
    factories.ProtocolFactory(body=lead_body, agenda_closes_hours=48)
    starts = timezone.now() + dt.timedelta(days=10)
    factories.ReviewFactory(body=lead_body, starts_at=starts, held_on=process.today(starts))
    for day in (1, 5):
        with on(day):
            tick()
    assert found(Kind.AGENDA) == []
    for day in (6, 7):
        with on(day, dt.time(23, 30)):
            tick()
    (one,) = found(Kind.AGENDA)
    assert one.recipient == bob
    assert one.due_on == process.today(starts - dt.timedelta(hours=48))


@pytest.fixture
def meeting(lead_body: Body, bob: User, process: Process) -> Review:
    """A meeting in ten days at noon, whose agenda closes two days before."""
    factories.ProtocolFactory(body=lead_body, agenda_closes_hours=48)
    review = factories.ReviewFactory.build(body=lead_body)
    return _to(review, process, 10)


def _to(review: Review, process: Process, days: int, clock: dt.time = dt.time(12)) -> Review:
    review.held_on = process.today() + dt.timedelta(days)
    review.starts_at = local_moment(review.held_on, clock, process.zone)
    review.save()
    return review


def _agendas() -> list[tuple[str, int, str]]:
    """State, day of the meeting (from today) and reason of what was planned, the first first."""
    rows = Reminder.objects.filter(kind=Kind.AGENDA).order_by("pk").select_related("process")
    return [(one.state, (one.local_date - one.process.today()).days, one.reason) for one in rows]


def test_what_waits_of_a_meeting_that_moves_is_written_anew_with_the_new_day(
    meeting: Review, bob: User, process: Process, on: Any, settings: Any
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    moved = "The meeting was moved."
    bob.time_zone = process.time_zone
    bob.save()
    factories.HolidayFactory(
        process=process, first_on=process.today(), last_on=process.today() + dt.timedelta(60)
    )
    with on(6, dt.time(13)):
        tick()
    with on(6, dt.time(14)):
        tick()
    _to(meeting, process, 9)  # a day earlier: the hour at which it is told has passed
    with on(6, dt.time(15)):
        tick()
    _to(meeting, process, 10)  # and back
    with on(6, dt.time(16)):
        tick()
        tick()
    assert _agendas() == [
        ("superseded", 10, moved),
        ("superseded", 9, moved),
        ("waiting", 10, ""),
    ]
    _to(meeting, process, 30)
    with on(6, dt.time(17)):
        tick()
    assert _agendas()[2:] == [("superseded", 10, moved)]


def test_what_was_written_of_a_meeting_that_moves_is_taken_back_before_it_leaves(
    meeting: Review, process: Process, on: Any
) -> None:
    with on(7):
        tick()
    mail = Message.objects.get(reminders__kind=Kind.AGENDA)
    # Twelve hours earlier it is another day, though its agenda closes on the same.
    Protocol.objects.update(agenda_closes_hours=36)
    _to(meeting, process, 9, dt.time(23))
    with on(7, dt.time(9)):
        before_sending()
        tick()
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("superseded", "The meeting was moved.")
    assert [one[:2] for one in _agendas()] == [("superseded", 10), ("written", 9)]


def test_minutes_in_draft_go_to_the_chair(lead_body: Body, bob: User) -> None:
    factories.ReviewFactory(
        body=lead_body, state=Review.State.MINUTES_DRAFT, closed_at=timezone.now()
    )
    tick()
    tick()
    assert names(Kind.MINUTES) == ["Bob"]


# --- Seats --------------------------------------------------------------------------------


@pytest.fixture
def ending(lead_body: Body, bob: User, process: Process) -> Term:
    """Bob's term in the chair ends thirty days from tomorrow."""
    Term.objects.filter(seat__body=lead_body).update(
        ends_on=process.today() + dt.timedelta(days=31)
    )
    return Term.objects.get(seat__body=lead_body)


def test_a_term_that_ends_is_told_to_who_runs_the_body_and_to_coordinators(
    ending: Term, coordinator: User, on: Any
) -> None:
    with on(1):
        tick()
    assert names(Kind.VACANCY) == ["Bob", "Cora"]
    with on(2):
        tick()
    assert len(found(Kind.VACANCY)) == 2
    with on(24):
        tick()
    assert len(found(Kind.VACANCY)) == 4


def test_a_seat_with_a_successor_does_not_fall_vacant(
    ending: Term, coordinator: User, on: Any
) -> None:
    assert ending.ends_on is not None
    factories.TermFactory(seat=ending.seat, starts_on=ending.ends_on + dt.timedelta(1))
    with on(1):
        tick()
    assert found(Kind.VACANCY) == []


# --- Deadlines ----------------------------------------------------------------------------


def test_who_runs_the_lead_body_hears_of_a_deadline_on_the_days_of_its_policy(
    obligation: Obligation, lead_body: Body, bob: User, process: Process, on: Any
) -> None:
    ReminderPolicy.objects.create(process=process, deadline_days=[9])
    ReminderPolicy.objects.create(process=process, body=lead_body, deadline_days=[5])
    for day in range(1, 8):
        with on(day):
            tick()
    (one,) = found(Kind.DEADLINE)
    assert (one.recipient, one.local_date) == (bob, process.today() + dt.timedelta(5))
    assert one.due_on == process.today() + dt.timedelta(10)


def test_what_is_reported_full_is_no_coming_deadline(
    obligation: Obligation, alice: User, bob: User, process: Process, on: Any
) -> None:
    ReminderPolicy.objects.create(process=process, deadline_days=[5])
    report(obligation, alice)
    with on(5):
        tick()
    assert found(Kind.DEADLINE) == []


def test_what_was_found_otherwise_since_is_a_coming_deadline(
    obligation: Obligation, alice: User, bob: User, process: Process, on: Any
) -> None:
    ReminderPolicy.objects.create(process=process, deadline_days=[5])
    report(obligation, alice)
    now = timezone.now()
    Obligation.objects.update(verified_level=Level.MINIMUM, verified_at=now)
    with on(5):
        tick()
    assert names(Kind.DEADLINE) == ["Bob"]


def test_of_what_recurs_the_next_time_is_a_coming_deadline_whatever_was_reported_of_the_last(
    obligation: Obligation, alice: User, bob: User, process: Process, on: Any
) -> None:
    ReminderPolicy.objects.create(process=process, deadline_days=[5])
    Commitment.objects.update(
        kind=Commitment.Kind.RECURRING, every_amount=1, every_unit=Unit.MONTHS
    )
    now = timezone.now()
    for level in ("reported", "verified"):  # of the last time; the due day is that of the next
        Obligation.objects.update(**{f"{level}_level": Level.FULL, f"{level}_at": now})
    with on(5):
        tick()
    assert names(Kind.DEADLINE) == ["Bob"]
    assert found(Kind.DEADLINE)[0].state != Reminder.State.SUPERSEDED


# --- Addresses ----------------------------------------------------------------------------


def test_an_address_that_fails_is_told_to_the_coordinators(
    alice: User, coordinator: User, bob: User
) -> None:
    problem = AddressProblem.objects.create(
        address=alice.email, kind=AddressProblem.Kind.BOUNCED, answer="550 5.1.1 no such user"
    )
    tick()
    tick()
    (one,) = found(Kind.ADDRESS)
    assert one.recipient == coordinator
    assert "Alice" in one.title
    problem.cleared_at = timezone.now()
    problem.save()
    tick()
    assert found(Kind.ADDRESS)[0].reason == "The address works again."


# --- All of them --------------------------------------------------------------------------


def test_a_source_that_fails_stops_no_other(
    lead_body: Body, bob: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(since: dt.datetime, now: dt.datetime) -> Any:
        raise ValueError("it cannot be read")

    monkeypatch.setattr("coordination.reminders.sources.SOURCES", (broken, *SOURCES))
    factories.ReviewFactory(
        body=lead_body, state=Review.State.MINUTES_DRAFT, closed_at=timezone.now()
    )
    tick()
    assert names(Kind.MINUTES) == ["Bob"]
    assert caplog.messages == ["The reminders of broken could not be planned."]


def test_a_digest_holds_what_asks_for_something_before_what_is_told(
    obligation: Obligation, bob: User, carol: User, alice: User, lead_body: Body, on: Any
) -> None:
    ReminderPolicy.objects.create(process=obligation.commitment.process, deadline_days=[3])
    factories.TermFactory(
        seat=factories.SeatFactory(
            body=Body.objects.get(code="VM"), role=Seat.Role.MONITOR, party=None
        ),
        holder=bob,
    )
    with on(7):
        report(obligation, alice, Level.MINIMUM)
        Obligation.objects.update(reported_level=Level.FULL, reported_at=timezone.now())
        factories.ReviewFactory(
            body=lead_body, state=Review.State.MINUTES_DRAFT, closed_at=timezone.now()
        )
        tick()
    text = Message.objects.get(recipient=bob).body_text
    titles = ["Reports to verify", "Minutes to approve"]
    places = [text.upper().index(title.upper()) for title in titles]
    assert places == sorted(places)
