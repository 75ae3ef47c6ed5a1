"""What a held clock, an outage, a change of mind or a broken row must not lose."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import local_moment
from coordination.bodies.models import Body, Term
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Level, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin
from coordination.ledger.models import Checkpoint, Entry
from coordination.outbox import actions as outbox
from coordination.outbox import clock
from coordination.outbox.models import AddressProblem, ClockReading, Message
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from coordination.reminders.checkpoints import sign_all
from coordination.reminders.models import Escalation, Occurrence, Reminder
from coordination.reminders.sources import SOURCES
from coordination.reminders.tasks import deliver
from coordination.reviews.models import Review
from tests import factories
from tests.conftest import member

pytestmark = pytest.mark.django_db
Kind = Reminder.Kind


def report(obligation: Obligation, author: User, level: int = Level.FULL) -> None:
    submit_check_in(obligation=obligation, author=author, level=level, origin=Origin.WEB)


def hold() -> None:
    """The machine of the tests counts on: its clock is said to have been put ahead by a day."""
    tick()
    ClockReading.objects.update(seconds_up=clock.read().seconds_up + 86_400)
    assert clock.is_held()


# --- While the clock is not trusted -------------------------------------------------------


def test_what_arises_during_a_hold_is_reminded_of_after_it(
    obligation: Obligation, alice: User, carol: User, on: Any
) -> None:
    with on(1, dt.time(10)):
        hold()
        report(obligation, alice)
    with on(1, dt.time(14)):
        assert tick().is_held
        clock.confirm()
        tick()
    assert Reminder.objects.filter(kind=Kind.VERIFICATION).count() == 1


def test_an_answer_during_a_hold_takes_its_mail_back(
    obligation: Obligation, alice: User, on: Any
) -> None:
    with on(3):
        tick()
        hold()
        report(obligation, alice, Level.MINIMUM)
        assert tick().answered == 1
    assert Message.objects.get().state == Message.State.SUPERSEDED


def test_no_checkpoint_is_signed_and_no_meeting_planned_during_a_hold(
    commitment: Any, on: Any
) -> None:
    with on(1):
        hold()
        assert sign_all() == 0
    assert not Checkpoint.objects.exists()


def test_a_mail_about_an_account_goes_all_the_same(alice: User, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    hold()
    mail = outbox.queue_account_mail(
        recipient=alice, template="account/forgotten", context={"link": "x", "minutes": 5}
    )
    outbox.deliver()
    mail.refresh_from_db()
    assert mail.state == Message.State.KEPT


def test_while_the_clock_is_ahead_nobody_who_is_sending_seems_to_be_gone(alice: User) -> None:
    hold()
    mail = factories.MessageFactory(
        recipient=alice,
        state=Message.State.TRANSMITTING,
        owner="a worker",
        lease_until=timezone.now() - dt.timedelta(days=1),
    )
    outbox.deliver()
    mail.refresh_from_db()
    assert (mail.state, mail.owner) == (Message.State.TRANSMITTING, "a worker")


def test_what_was_written_while_the_clock_was_ahead_is_due_when_it_is_right(alice: User) -> None:
    hold()
    with time_machine.travel(timezone.now() + dt.timedelta(days=400), tick=False):
        mail = factories.MessageFactory(recipient=alice)
    clock.confirm()
    mail.refresh_from_db()
    assert mail.next_at <= timezone.now()


# --- Sources ------------------------------------------------------------------------------


def test_a_source_that_is_mended_says_what_it_had_to_say(
    lead_body: Body, bob: User, monkeypatch: pytest.MonkeyPatch, on: Any
) -> None:
    def minutes_to_approve(since: dt.datetime, now: dt.datetime) -> Any:
        raise ValueError("it cannot be read")

    with on(1, dt.time(9)):
        tick()
        factories.ReviewFactory(
            body=lead_body, state=Review.State.MINUTES_DRAFT, closed_at=timezone.now()
        )
    with monkeypatch.context() as patch:
        broken = tuple(
            minutes_to_approve if one.__name__ == "minutes_to_approve" else one for one in SOURCES
        )
        patch.setattr("coordination.reminders.sources.SOURCES", broken)
        with on(1, dt.time(13)):
            tick()
    with on(1, dt.time(16)):
        tick()
    assert Reminder.objects.filter(kind=Kind.MINUTES).count() == 1


def test_a_notice_of_a_day_without_a_scheduler_comes_the_day_after(
    lead_body: Body, bob: User, process: Process, on: Any
) -> None:
    Term.objects.filter(seat__body=lead_body).update(ends_on=process.today() + dt.timedelta(32))
    with on(1):
        tick()
    with on(3):
        tick()
    assert Reminder.objects.filter(kind=Kind.VACANCY, recipient=bob).count() == 1


def test_a_second_report_of_a_day_is_to_be_verified_too(
    obligation: Obligation, alice: User, carol: User, on: Any
) -> None:
    with on(1, dt.time(9)):
        report(obligation, alice)
        tick()
        Obligation.objects.update(verified_level=Level.INTERMEDIATE, verified_at=timezone.now())
    with on(1, dt.time(15)):
        obligation.refresh_from_db()
        report(obligation, alice)
        Obligation.objects.update(reported_at=timezone.now())
        tick()
    states = Reminder.objects.filter(kind=Kind.VERIFICATION).order_by("pk")
    assert [one.state for one in states][-1] == Reminder.State.WRITTEN


@pytest.mark.parametrize("kind", ["minutes", "deadline", "verification", "vacancy", "agenda"])
def test_what_became_moot_overnight_is_not_in_the_mail(
    kind: str,
    obligation: Obligation,
    lead_body: Body,
    bob: User,
    alice: User,
    carol: User,
    process: Process,
    settings: Any,
    on: Any,
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    Process.objects.update(weekend=[])
    User.objects.update(time_zone="Pacific/Auckland")  # where it is evening: it waits
    day, review = 5, None
    if kind == "minutes":
        review = factories.ReviewFactory(
            body=lead_body,
            state=Review.State.MINUTES_DRAFT,
            # In the evening before, whatever the hour is at which this is run.
            closed_at=local_moment(process.today() + dt.timedelta(4), dt.time(20), process.zone),
        )
    elif kind == "agenda":
        starts = timezone.now() + dt.timedelta(days=8, hours=-8)
        review = factories.ReviewFactory(
            body=lead_body, starts_at=starts, held_on=process.today(starts)
        )
    elif kind == "deadline":
        ReminderPolicy.objects.create(process=process, deadline_days=[5])
    elif kind == "verification":
        with on(4):
            report(obligation, alice)
    else:
        Term.objects.filter(seat__body=lead_body).update(ends_on=process.today() + dt.timedelta(35))
    with on(day):
        tick()
    waiting = Reminder.objects.filter(kind=kind)
    assert {one.state for one in waiting} == {Reminder.State.WAITING}
    if review is not None:
        Review.objects.filter(pk=review.pk).update(state=Review.State.CANCELLED)
    elif kind == "deadline":
        Obligation.objects.update(due_on=process.today() + dt.timedelta(60))
    elif kind == "verification":
        Obligation.objects.update(reported_level=Level.MINIMUM)
    else:
        Term.objects.filter(seat__body=lead_body).update(ends_on=None)
    with on(day, dt.time(9)):
        tick()
    assert {one.state for one in waiting.all()} == {Reminder.State.SUPERSEDED}
    assert all(one.reason for one in waiting.all())


# --- A question that was taken back -------------------------------------------------------


def suspend(obligation: Obligation, value: bool) -> None:
    Obligation.objects.filter(pk=obligation.pk).update(is_suspended=value)


def test_a_question_that_was_moot_for_a_while_is_asked_again(
    obligation: Obligation, on: Any
) -> None:
    with on(3):
        tick()
        suspend(obligation, True)
        tick()
    occurrence = Occurrence.objects.get()
    assert (occurrence.state, occurrence.reason) == ("skipped", "It is suspended.")
    obligation.refresh_from_db()
    assert obligation.asked_on is None
    suspend(obligation, False)
    Obligation.objects.update(
        next_check_in_on=occurrence.local_date, next_check_in_at=occurrence.due_at
    )
    with on(3, dt.time(12)):
        assert tick().asked == 1
    assert Message.objects.filter(state=Message.State.PENDING).count() == 1


def test_who_left_before_the_mail_did_was_not_asked(
    obligation: Obligation, alice: User, on: Any
) -> None:
    with on(3):
        tick()
        Membership.objects.filter(user=alice).update(ended_at=timezone.now())
        tick()
        tick()
    occurrence = Occurrence.objects.get()
    assert occurrence.state == Occurrence.State.NOBODY
    assert "no longer a member" in occurrence.reason
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == occurrence.local_date  # it stays due


def test_nobody_new_is_asked_about_what_is_fulfilled(
    obligation: Obligation, bob: User, on: Any
) -> None:
    with on(3):
        tick()
        Message.objects.update(state=Message.State.SENT)
        Obligation.objects.update(verified_level=Level.FULL, focal_point=bob)
        tick()
    assert not Reminder.objects.filter(recipient=bob, kind=Kind.CHECK_IN).exists()


def test_what_was_sent_again_is_taken_back_by_the_answer(
    obligation: Obligation, alice: User, coordinator: User, on: Any
) -> None:
    with on(3):
        tick()
        first = Message.objects.get()
        Message.objects.update(state=Message.State.SENT)
        first.refresh_from_db()
        copy = outbox.send_again(actor=coordinator, message=first, times=0, origin=Origin.WEB)
        report(obligation, alice, Level.MINIMUM)
        tick()
    copy.refresh_from_db()
    assert copy.state == Message.State.SUPERSEDED


def test_a_delivery_between_two_ticks_sends_no_answered_question(
    obligation: Obligation, alice: User, on: Any
) -> None:
    with on(3):
        tick()
        report(obligation, alice, Level.MINIMUM)
        deliver()
    assert Message.objects.get().state == Message.State.SUPERSEDED


# --- The ladder ---------------------------------------------------------------------------


@pytest.fixture
def head(process: Process, obligation: Obligation) -> User:
    person = member(process, "Hana", Membership.Role.DELEGATE, obligation.party)
    Membership.objects.filter(user=person).update(heads_delegation=True)
    return person


def told() -> list[str]:
    rows = Reminder.objects.filter(kind=Kind.ESCALATION).order_by("pk")
    return [str(one.recipient) for one in rows.select_related("recipient")]


def test_an_address_that_fails_later_is_not_waited_for_either(
    obligation: Obligation, alice: User, head: User, on: Any
) -> None:
    with on(3):
        tick()
    AddressProblem.objects.create(address=alice.email, kind=AddressProblem.Kind.BOUNCED)
    with on(9):
        tick()
    assert told() == ["Hana"]


def test_a_head_whom_no_mail_reaches_is_stepped_over(
    obligation: Obligation, head: User, bob: User, on: Any
) -> None:
    AddressProblem.objects.create(address=head.email, kind=AddressProblem.Kind.BOUNCED)
    for day in (3, 10):
        with on(day):
            tick()
    assert told() == ["Bob"]


def test_a_chair_who_is_named_late_is_told(
    obligation: Obligation, lead_body: Body, guarantor: Any, process: Process, on: Any
) -> None:
    for day in (3, 30):
        with on(day):
            tick()
    assert told() == []
    late = member(process, "Lena", Membership.Role.DELEGATE, guarantor)
    factories.TermFactory(seat__body=lead_body, seat__role="chair", holder=late)
    with on(32):
        tick()
    assert told() == ["Lena"]


def test_an_escalation_that_cannot_be_told_stops_nothing(
    obligation: Obligation, head: User, monkeypatch: pytest.MonkeyPatch, on: Any
) -> None:
    with on(3):
        tick()

    def broken(*_args: Any) -> None:
        raise ValueError("it cannot be told")

    monkeypatch.setattr("coordination.reminders.escalating._tell", broken)
    with on(10):
        result = tick()
    assert (result.told, result.written) == (0, 1)
    assert Escalation.objects.get().rung == 0


# --- Hours and the record -----------------------------------------------------------------


def test_a_scheduler_that_comes_back_at_night_writes_in_the_morning(
    obligation: Obligation, process: Process, settings: Any, on: Any
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    Process.objects.update(weekend=[])
    with on(3, dt.time(21)):
        tick()
    with on(5, dt.time(3)):
        tick()
    assert not Message.objects.exists()
    with on(5, dt.time(12)):
        tick()
    assert Message.objects.count() == 1


def test_the_record_tells_members_no_address_and_no_subject(
    obligation: Obligation, alice: User, coordinator: User, on: Any
) -> None:
    with on(3):
        tick()
    mail = Message.objects.get()
    outbox.hold(actor=coordinator, message=mail, reason="", origin=Origin.WEB)
    entry = Entry.objects.get(verb="message.held")
    assert alice.email not in entry.summary
    assert mail.subject not in entry.summary
    assert "Alice" in entry.summary
