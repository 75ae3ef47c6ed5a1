"""One mail a person and day, in their morning, and what is taken out of it before it leaves."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from coordination.commitments.actions import Owed, create_commitment, submit_check_in
from coordination.commitments.models import Commitment, Level, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin
from coordination.outbox.models import Message
from coordination.processes.models import Holiday, Membership, Party, Process
from coordination.reminders import digests
from coordination.reminders.actions import tick
from coordination.reminders.models import CheckInLink, Reminder
from tests import factories

pytestmark = pytest.mark.django_db
State = Reminder.State


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any, process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests wait for mornings; whatever day the test runs on is a working day."""
    settings.MAIL_AT_ANY_TIME = False
    monkeypatch.setattr(digests, "SETTLE", dt.timedelta())
    Process.objects.update(weekend=[])


def another(commitment: Commitment, days: int, focal_point: User) -> Obligation:
    """One more commitment of the same party, due so many days from today."""
    process = commitment.process
    made = create_commitment(
        actor=User.objects.get(name="Cora"),
        process=process,
        owed=[Owed(commitment.obligations.get().party, focal_point=focal_point)],
        terms=[{"on": process.today() + dt.timedelta(days)}],
        origin=Origin.WEB,
        title=f"Open crossing {days}",
        track="military",
        lead_body=commitment.lead_body,
    )
    return made.obligations.get()


def test_what_falls_due_together_comes_in_one_mail(
    commitment: Commitment, alice: User, on: Any
) -> None:
    another(commitment, 10, alice)
    with on(3):
        assert tick().written == 1
        assert tick().written == 0
    message = Message.objects.get()
    assert (message.kind, message.recipient) == ("digest", alice)
    assert message.process == commitment.process
    assert set(message.reminders.values_list("reference", flat=True)) == {"C-1", "C-2"}
    assert CheckInLink.objects.count() == 2
    assert "Open crossing 10" in message.body_text
    assert "Withdraw heavy weapons from the zone" in message.body_text


def test_one_thing_alone_is_asked_for_in_full(obligation: Obligation, on: Any) -> None:
    with on(3):
        tick()
    message = Message.objects.get()
    assert message.kind == "check-in"
    assert message.subject == (
        "Check-in: Withdraw heavy weapons from the zone (Annex 1A, Art. IX.1(c))"
    )


def test_who_had_a_mail_today_has_the_next_one_tomorrow(
    commitment: Commitment, alice: User, on: Any
) -> None:
    with on(3):
        tick()
    later = another(commitment, 10, alice)
    with on(3, dt.time(11)):
        Obligation.objects.filter(pk=later.pk).update(
            next_check_in_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        )
        assert tick().asked == 1
        waiting = Reminder.objects.get(state=State.WAITING)
        assert Message.objects.count() == 1
    assert waiting.write_at.astimezone(alice.zone).time() == dt.time(7)
    with on(4, dt.time(1)):
        tick()
        assert Message.objects.count() == 1
    with on(4, dt.time(12)):
        tick()
    waiting.refresh_from_db()
    assert (waiting.state, Message.objects.count()) == (State.WRITTEN, 2)


def test_it_is_written_in_the_readers_morning_and_never_at_night(
    obligation: Obligation, alice: User, on: Any
) -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")
    with on(3, dt.time(8)):  # in the evening there
        tick()
        assert not Message.objects.exists()
    reminder = Reminder.objects.get()
    local = reminder.write_at.astimezone(auckland)
    assert local.time() == dt.time(7)
    with on(3, dt.time(19)):  # in the morning there
        tick()
    assert Message.objects.get().created_at >= reminder.write_at


def test_it_waits_for_the_next_working_day(
    obligation: Obligation, process: Process, on: Any
) -> None:
    day = process.today() + dt.timedelta(3)
    Process.objects.update(weekend=[day.isoweekday()])
    Holiday.objects.create(
        process=process,
        name="Day of the accord",
        first_on=day + dt.timedelta(1),
        last_on=day + dt.timedelta(2),
    )
    for days in (3, 4, 5):
        with on(days):
            tick()
            assert not Message.objects.exists()
    with on(6):
        tick()
    assert Message.objects.get().created_at.astimezone(process.zone).date() == day + dt.timedelta(3)


def test_what_a_policy_calls_urgent_waits_for_no_morning(
    commitment: Commitment, alice: User, on: Any
) -> None:
    another(commitment, 10, alice)
    ReminderPolicy.objects.create(
        process=commitment.process, body=commitment.lead_body, urgent=["check-in"]
    )
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")
    with on(3):
        assert tick().written == 2
    assert set(Message.objects.values_list("kind", flat=True)) == {"check-in"}


def test_quiet_hours_hold_even_what_is_urgent(obligation: Obligation, alice: User, on: Any) -> None:
    ReminderPolicy.objects.create(process=obligation.commitment.process, urgent=["check-in"])
    User.objects.filter(pk=alice.pk).update(quiet_from=dt.time(6), quiet_until=dt.time(12))
    with on(3):
        tick()
    message = Message.objects.get()
    assert message.next_at.astimezone(alice.zone).time() == dt.time(12)


def test_what_was_answered_before_the_mail_left_is_not_in_it(
    commitment: Commitment, alice: User, on: Any
) -> None:
    second = another(commitment, 10, alice)
    with on(3):
        tick()
        submit_check_in(obligation=second, author=alice, level=Level.MINIMUM, origin=Origin.WEB)
        result = tick()
    assert (result.answered, result.written) == (1, 1)
    former, mail = Message.objects.order_by("pk")
    assert former.state == Message.State.SUPERSEDED
    assert former.error == "One of its reminders was taken back; the others are written anew."
    assert mail.state == Message.State.PENDING
    assert "Open crossing 10" not in mail.body_text
    gone = Reminder.objects.get(state=State.SUPERSEDED)
    assert gone.reason == "The check-in was made before the mail left."
    with on(3, dt.time(12)):
        tick()
    assert Message.objects.count() == 2


def test_what_left_stays_as_it_was_sent(commitment: Commitment, alice: User, on: Any) -> None:
    second = another(commitment, 10, alice)
    with on(3):
        tick()
        Message.objects.update(state=Message.State.SENT)
        submit_check_in(obligation=second, author=alice, level=Level.MINIMUM, origin=Origin.WEB)
        tick()
    assert Message.objects.get().state == Message.State.SENT
    assert set(Reminder.objects.values_list("state", flat=True)) == {State.WRITTEN}


def test_what_moved_or_was_suspended_is_taken_back_with_the_reason(
    commitment: Commitment, alice: User, on: Any
) -> None:
    second = another(commitment, 10, alice)
    with on(3):
        tick()
        Obligation.objects.filter(pk=second.pk).update(
            due_on=commitment.process.today() + dt.timedelta(40)
        )
        Obligation.objects.exclude(pk=second.pk).update(is_suspended=True)
        tick()
    assert set(Reminder.objects.values_list("reference", "reason")) == {
        ("C-1", "It is suspended."),
        ("C-2", "Its due day moved."),
    }
    assert Message.objects.get().state == Message.State.SUPERSEDED


def test_who_left_the_process_gets_no_mail_about_it(
    obligation: Obligation, alice: User, on: Any
) -> None:
    with on(3):
        tick()
        Membership.objects.filter(user=alice).update(ended_at=dt.datetime.now(dt.UTC))
        tick()
    assert Message.objects.get().state == Message.State.SUPERSEDED
    assert Reminder.objects.get().reason == "The recipient is no longer a member of the process."


def test_a_mail_of_two_processes_is_shown_to_the_coordinators_of_neither(
    commitment: Commitment, alice: User, coordinator: User, on: Any
) -> None:
    other = factories.ProcessFactory(
        slug="coast", weekend=[], time_zone=commitment.process.time_zone
    )
    party: Party = factories.PartyFactory(process=other)
    factories.MembershipFactory(process=other, user=alice, role="delegate", party=party)
    theirs = factories.ObligationFactory(
        commitment=factories.CommitmentFactory(process=other, title="Mark the channel"),
        party=party,
        focal_point=alice,
    )
    with on(3):
        Obligation.objects.filter(pk=theirs.pk).update(
            next_check_in_on=other.today(),
            next_check_in_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1),
        )
        assert tick().written == 1
    message = Message.objects.get()
    assert message.process is None
    assert {"Mark the channel", commitment.title} <= {
        one for one in (commitment.title, "Mark the channel") if one in message.body_text
    }
    assert not Message.objects.visible_to(coordinator).exists()
    seen = Reminder.objects.visible_to(coordinator)
    assert [one.title for one in seen] == [commitment.title]
