"""Asking for what is due: once, whoever else asks, and after whatever outage."""

import datetime as dt
import itertools
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import in_words, local_moment
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Commitment, Level, Obligation
from coordination.ledger.actions import Origin
from coordination.outbox.models import Heartbeat, Message
from coordination.processes.models import Process
from coordination.reminders.actions import Tick, tick
from coordination.reminders.models import CheckInLink, Occurrence, Reminder
from tests import factories
from tests.threads import at_once

from .conftest import dump, make_due, message_of

State = Occurrence.State


def days_from(today: dt.date, occurrences: Any) -> list[tuple[int, str]]:
    """Days after today and state of each occurrence."""
    rows = occurrences.order_by("local_date").values_list("local_date", "state")
    return [((day - today).days, state) for day, state in rows]


@pytest.mark.django_db
def test_where_nothing_is_due_a_tick_leaves_word_and_nothing_else(obligation: Obligation) -> None:
    assert tick() == Tick()
    assert not Message.objects.exists()
    assert timezone.now() - Heartbeat.objects.get(name="tick").at < dt.timedelta(seconds=10)


@pytest.mark.django_db
def test_a_check_in_that_falls_due_is_asked_for_once(
    obligation: Obligation, alice: User, process: Process, on: Any
) -> None:
    today = process.today()
    with on(3):  # seven days before the due day
        assert tick() == Tick(asked=1, written=1)
        assert tick() == Tick()
    occurrence = Occurrence.objects.get()
    message = Message.objects.get()
    assert (occurrence.state, message_of(occurrence)) == (State.ASKED, message)
    assert occurrence.local_date == today + dt.timedelta(3)
    assert occurrence.due_at == local_moment(occurrence.local_date, dt.time(7), process.zone)
    assert (message.recipient, message.to_address) == (alice, "alice@people.example")
    assert message.reason == (
        f"The check-in of {in_words(occurrence.local_date)} fell due; "
        "you are the focal point of Avaria."
    )
    assert message.events.get().state == Message.State.PENDING
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == today + dt.timedelta(9)
    assert obligation.next_check_in_at == local_moment(
        obligation.next_check_in_on, dt.time(7), process.zone
    )


@pytest.mark.django_db
def test_nobody_is_asked_before_the_morning_of_the_process(obligation: Obligation, on: Any) -> None:
    with on(3, dt.time(6, 59)):
        assert tick() == Tick()
    with on(3, dt.time(7)):
        assert tick() == Tick(asked=1, written=1)


@pytest.mark.django_db
def test_day_by_day_the_plan_is_followed_to_the_end(
    obligation: Obligation, process: Process, on: Any
) -> None:
    today = process.today()
    for day in range(32):
        with on(day):
            tick()
    asked = [day for day, state in days_from(today, Occurrence.objects) if state == State.ASKED]
    assert asked == [3, 9, 10, 11, 17, 24, 31]
    assert Message.objects.count() == len(asked)
    # What was not answered is asked for again, so the mail before is not needed.
    assert Message.objects.filter(state=Message.State.PENDING).count() == 1


@pytest.mark.django_db
def test_after_an_outage_there_is_one_mail_and_the_days_are_recorded(
    obligation: Obligation, process: Process, on: Any
) -> None:
    today = process.today()
    with on(12):
        assert tick() == Tick(asked=1, written=1)
        assert tick() == Tick()
    skipped = State.SKIPPED
    assert days_from(today, Occurrence.objects) == [
        *((3, skipped), (9, skipped), (10, skipped), (11, State.ASKED)),
    ]
    assert Message.objects.count() == 1
    asked_for = in_words(today + dt.timedelta(11))
    reasons = set(Occurrence.objects.filter(state=skipped).values_list("reason", flat=True))
    assert reasons == {f"Nobody asked on the day; asked for with that of {asked_for}."}
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == today + dt.timedelta(17)


@pytest.mark.django_db
def test_after_years_without_a_tick_there_is_still_one_mail(
    obligation: Obligation, process: Process, on: Any
) -> None:
    today = process.today()
    with on(3 * 365):
        assert tick() == Tick(asked=1, written=1)
        assert tick() == Tick()
    days = days_from(today, Occurrence.objects)
    assert [state for _day, state in days] == [State.SKIPPED] * (len(days) - 1) + [State.ASKED]
    assert 3 * 365 - 7 < days[-1][0] <= 3 * 365
    assert all(later - earlier <= 7 for (earlier, _), (later, _) in itertools.pairwise(days))


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_ask_each_owner_once(commitment: Commitment, alice: User) -> None:
    for _ in range(5):
        party = factories.PartyFactory(process=commitment.process)
        factories.ObligationFactory(commitment=commitment, party=party, focal_point=alice)
    make_due(*commitment.obligations.all())
    ticks = at_once(tick, tick, tick)
    assert sum(one.asked for one in ticks) == 6
    assert [one.nobody for one in ticks] == [0, 0, 0]
    assert (
        Reminder.objects.count() == Occurrence.objects.count() == CheckInLink.objects.count() == 6
    )
    # Trying it out nobody waits for what others may add: in use all six come in one mail.
    assert sum(one.reminders.count() for one in Message.objects.all()) == 6


@pytest.mark.django_db(transaction=True)
def test_a_report_that_comes_with_the_tick_leaves_no_question_open(
    obligation: Obligation, alice: User
) -> None:
    make_due(obligation)

    def report() -> Any:
        return submit_check_in(
            obligation=obligation, author=alice, level=Level.MINIMUM, origin=Origin.WEB
        )

    results = at_once(tick, report)
    assert not [result for result in results if isinstance(result, Exception)]
    tick()
    open_questions = Occurrence.objects.exclude(state=State.ANSWERED)
    assert not open_questions.exists()
    assert not Message.objects.filter(state=Message.State.PENDING).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("nobody", "Avaria has no focal point."),
        ("closed", "The account of Alice, the focal point, is closed."),
        ("left", "Alice, the focal point, is no longer a member of the process."),
    ],
)
def test_where_nobody_can_be_asked_it_says_why(
    obligation: Obligation, alice: User, process: Process, on: Any, change: str, reason: str
) -> None:
    if change == "nobody":
        Obligation.objects.update(focal_point=None)
    elif change == "closed":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        alice.memberships.update(ended_at=timezone.now())
    with on(3):
        assert tick() == Tick(nobody=1)
        assert tick() == Tick()
    occurrence = Occurrence.objects.get()
    assert (occurrence.state, occurrence.reason) == (State.NOBODY, reason)
    assert occurrence.recipient is None
    assert not Message.objects.exists()
    assert not CheckInLink.objects.exists()
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == process.today() + dt.timedelta(3)


@pytest.mark.django_db
def test_who_is_named_later_is_asked_at_the_next_tick(
    obligation: Obligation, alice: User, process: Process, on: Any
) -> None:
    Obligation.objects.update(focal_point=None)
    with on(3):
        assert tick() == Tick(nobody=1)
    with on(4):
        Obligation.objects.update(focal_point=alice)
        assert tick() == Tick(asked=1, written=1)
        assert tick() == Tick()
    assert Occurrence.objects.get().state == State.ASKED
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == process.today() + dt.timedelta(9)


@pytest.mark.django_db
def test_while_nobody_can_be_asked_a_tick_writes_nothing_new(
    obligation: Obligation, on: Any, django_assert_max_num_queries: Any
) -> None:
    Obligation.objects.update(focal_point=None)
    with on(3):
        tick()
    with on(365):
        tick()
        Heartbeat.objects.all().delete()
        before = dump()
        with django_assert_max_num_queries(51):
            assert tick() == Tick()
        Heartbeat.objects.all().delete()
        assert dump() == before
    states = [state for _day, state in days_from(dt.date.today(), Occurrence.objects)]
    assert states == [State.SKIPPED] * (len(states) - 1) + [State.NOBODY]
    assert len(states) > 50


@pytest.mark.django_db
def test_who_takes_over_from_a_focal_point_who_was_asked_is_asked_too(
    obligation: Obligation, alice: User, bob: User, on: Any
) -> None:
    with on(3):
        assert tick() == Tick(asked=1, written=1)
        Obligation.objects.update(focal_point=bob)
        assert tick() == Tick(asked=1, written=1)
        assert tick() == Tick()
    assert [m.recipient for m in Message.objects.order_by("pk")] == [alice, bob]
    assert Occurrence.objects.get().state == State.ASKED


@pytest.mark.django_db
def test_a_mail_that_cannot_be_written_stops_no_other(
    commitment: Commitment, caplog: pytest.LogCaptureFixture
) -> None:
    broken = commitment.obligations.get()
    nowhere = factories.MembershipFactory(
        process=commitment.process, user__time_zone="Nowhere/Land"
    ).user
    Obligation.objects.filter(pk=broken.pk).update(focal_point=nowhere)
    other = factories.ObligationFactory(
        commitment=commitment,
        party=factories.PartyFactory(process=commitment.process),
        focal_point=factories.MembershipFactory(process=commitment.process).user,
    )
    make_due(broken, other)
    Obligation.objects.filter(pk=broken.pk).update(focal_point=nowhere)
    assert tick() == Tick(asked=2, written=1)
    assert Message.objects.get().recipient == other.focal_point
    assert Reminder.objects.get(recipient=nowhere).state == Reminder.State.WAITING
    assert caplog.messages == [f"The reminders of person {nowhere.pk} could not be written."]
    User.objects.filter(pk=nowhere.pk).update(time_zone="UTC")
    assert tick() == Tick(written=1)


@pytest.mark.django_db
def test_the_longest_names_can_be_asked(obligation: Obligation, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="N" * 120)
    type(obligation.party).objects.update(name="P" * 160)
    Commitment.objects.update(title="T" * 240, reference="R" * 120)
    make_due(Obligation.objects.get())
    assert tick() == Tick(asked=1, written=1)


@pytest.mark.django_db
def test_who_reported_first_is_not_asked(obligation: Obligation, alice: User, on: Any) -> None:
    with on(3, dt.time(6)):
        submit_check_in(obligation=obligation, author=alice, level=Level.MINIMUM, origin=Origin.WEB)
    with on(3):
        assert tick() == Tick()
    with on(9):
        assert tick() == Tick(asked=1, written=1)


@pytest.mark.django_db
def test_who_reported_that_it_is_done_is_asked_no_more(
    obligation: Obligation, alice: User, on: Any
) -> None:
    submit_check_in(obligation=obligation, author=alice, level=Level.FULL, origin=Origin.WEB)
    with on(30):
        assert tick() == Tick()


@pytest.mark.django_db
def test_the_broker_is_told_once_however_many_are_asked(
    commitment: Commitment, alice: User
) -> None:
    for _ in range(3):
        party = factories.PartyFactory(process=commitment.process)
        factories.ObligationFactory(commitment=commitment, party=party, focal_point=alice)
    make_due(*commitment.obligations.all())
    with current_app.connection_for_read() as broker:
        client = broker.default_channel.client
        before = client.llen("celery")
        assert tick().asked == 4
        assert client.llen("celery") == before + 1
        tick()
        assert client.llen("celery") == before + 1
