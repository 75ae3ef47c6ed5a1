"""What the page says will be sent is what the ticks of those days then send."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import local_moment
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.check_in_plan import policy_of, try_policy
from coordination.commitments.models import Commitment, Obligation, ReminderPolicy
from coordination.outbox.models import AddressProblem, Message
from coordination.processes.models import Membership, Party, Process
from coordination.reminders.actions import tick
from coordination.reminders.everybody import Everybody
from coordination.reminders.forecast import forecast
from coordination.reminders.models import Escalation, Reminder
from coordination.reminders.people import ASKED
from coordination.reminders.sources.verifications import reports_to_verify
from tests import factories
from tests.conftest import member, seated

pytestmark = pytest.mark.django_db

Kind = Reminder.Kind


def fresh(commitment: Commitment) -> Commitment:
    return Commitment.objects.select_related(
        "process", "lead_body__process", "verifying_body", "deadline"
    ).get(pk=commitment.pk)


def told(commitment: Commitment) -> list[tuple[dt.date, str, str]]:
    return sorted(
        (line.written_on, line.person.name, str(line.kind))
        for line in forecast(fresh(commitment)).lines
    )


def sent() -> list[tuple[dt.date, str, str]]:
    """What was written of the commitment to those whom mail reaches."""
    failing = AddressProblem.objects.values("address")
    rows = Reminder.objects.filter(state=Reminder.State.WRITTEN)
    rows = rows.exclude(recipient__email__in=failing).exclude(kind=Kind.ADDRESS)
    return sorted(
        (
            row.message.created_at.astimezone(row.recipient.zone).date(),
            row.recipient.name,
            row.kind,
        )
        for row in rows.select_related("message", "recipient")
        if row.message is not None
    )


def tick_through(process: Process, start: dt.datetime, days: int) -> None:
    """Let every mail leave as soon as it is written.

    A tick at which nothing can be due is left out, since it costs time and does nothing.
    """
    first = process.today(start)
    told = {ahead for policy in ReminderPolicy.objects.all() for ahead in policy.deadline_days}
    due = {Obligation.objects.first().due_on - dt.timedelta(ahead) for ahead in told or {14}}
    for n in range(days):
        day = first + dt.timedelta(n)
        for clock in (dt.time(7), dt.time(14)):  # the mornings of Sarajevo and of New York
            moment = local_moment(day, clock, process.zone)
            if moment < start or not (day in due or something_is_due(moment)):
                continue
            with time_machine.travel(moment, tick=False):
                tick()
                Message.objects.filter(state="pending").update(state="sent")


def something_is_due(moment: dt.datetime) -> bool:
    return (
        Obligation.objects.filter(next_check_in_at__lte=moment).exists()
        or Escalation.objects.filter(next_at__lte=moment).exists()
        or Reminder.objects.filter(state="waiting", write_at__lte=moment).exists()
    )


def with_a_long_ladder(process: Process, party: Party, lead_body: Body) -> None:
    head = member(process, "Hugo", Membership.Role.DELEGATE, party)
    head.memberships.update(heads_delegation=True)
    guarantor = factories.PartyFactory(process=process, code="GGG")
    member(process, "Gina", Membership.Role.DELEGATE, guarantor)
    protocol = factories.ProtocolFactory(body=lead_body)
    factories.DisputeStepFactory(
        protocol=protocol, order=1, who="The secretary", seat=None, within_hours=48
    )
    factories.DisputeStepFactory(
        protocol=protocol, order=2, who="The guarantor", seat=None, to_party=guarantor
    )


def test_what_it_says_is_what_the_ticks_of_those_days_do(
    process: Process,
    party: Party,
    lead_body: Body,
    commitment: Commitment,
    obligation: Obligation,
    alice: User,
    bob: User,
    settings: Any,
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    with_a_long_ladder(process, party, lead_body)
    User.objects.filter(pk=alice.pk).update(time_zone="America/New_York")
    other = factories.ObligationFactory(
        commitment=commitment, party=factories.PartyFactory(process=process, code="EEE")
    )
    policy = ReminderPolicy(process=process, before_due=[5, 4, 1], after_due=[2], urgent=[])
    policy.dispute_after_days = 16
    policy.deadline_days = [6, 3]
    policy.save()
    with time_machine.travel(timezone.now(), tick=False):
        now = timezone.now()
        today = process.today()
        # A holiday that keeps the mails of three days back, beside the weekends.
        factories.HolidayFactory(
            process=process,
            first_on=today + dt.timedelta(9),
            last_on=today + dt.timedelta(12),
        )
        for one in (obligation, other):
            one.next_check_in_on = today + dt.timedelta(5)
            one.next_check_in_at = local_moment(one.next_check_in_on, dt.time(7), process.zone)
            one.save()
        expected = told(commitment)
    tick_through(process, now, 27)
    until = today + dt.timedelta(26)
    assert [line for line in sent() if line[0] < until] == [
        line for line in expected if line[0] < until
    ]
    assert {kind for _day, _who, kind in sent()} == {Kind.CHECK_IN, Kind.ESCALATION, Kind.DEADLINE}
    assert {who for _day, who, _kind in sent()} == {"Alice", "Hugo", "Bob", "Gina"}


def test_what_waits_and_a_silence_that_runs_are_taken_from_where_they_are(
    process: Process,
    commitment: Commitment,
    obligation: Obligation,
    bob: User,
    settings: Any,
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    saturday = process.today() + dt.timedelta(5 - process.today().weekday() + 7)
    asked = local_moment(saturday, dt.time(7), process.zone)
    obligation.next_check_in_on, obligation.next_check_in_at = saturday, asked
    obligation.save()
    with time_machine.travel(asked, tick=False):
        tick()  # asked, and written on Monday
        row = Reminder.objects.get(kind=Kind.CHECK_IN)
        assert row.state == Reminder.State.WAITING
        # A holiday that is entered now moves what waits already.
        monday = saturday + dt.timedelta(2)
        factories.HolidayFactory(process=process, first_on=monday, last_on=monday)
        expected = told(commitment)
    assert (saturday + dt.timedelta(3), "Alice", "check-in") in expected
    tick_through(process, asked + dt.timedelta(hours=1), 20)
    until = saturday + dt.timedelta(19)
    assert [line for line in sent() if line[0] < until] == [
        line for line in expected if line[0] < until
    ]


def ask_tomorrow(obligation: Obligation, policy: ReminderPolicy) -> None:
    process = obligation.commitment.process
    policy.process = process
    policy.save()
    obligation.next_check_in_on = process.today() + dt.timedelta(1)
    obligation.next_check_in_at = local_moment(
        obligation.next_check_in_on, dt.time(7), process.zone
    )
    obligation.save()


def every_day(process: Process) -> None:
    """No weekend, and mornings where the process is."""
    process.weekend = []
    process.save()
    User.objects.update(time_zone=process.time_zone)


def test_whom_no_mail_reaches_gets_none_and_is_stepped_over(
    process: Process,
    party: Party,
    lead_body: Body,
    commitment: Commitment,
    obligation: Obligation,
    bob: User,
    settings: Any,
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    head = member(process, "Hugo", Membership.Role.DELEGATE, party)
    head.memberships.update(heads_delegation=True)
    second = member(process, "Sasha", Membership.Role.OBSERVER)
    seated(second, lead_body, Seat.Role.SECRETARY, None)
    every_day(process)
    for person in (head, second):
        factories.AddressProblemFactory(address=person.email.lower())
    policy = ReminderPolicy(before_due=[], head_after_days=2, chair_after_days=20, urgent=[])
    policy.deadline_days = [7]
    ask_tomorrow(obligation, policy)
    now = timezone.now()
    expected = told(commitment)
    tick_through(process, now, 6)
    until = process.today() + dt.timedelta(5)
    assert [line for line in sent() if line[0] < until] == [
        line for line in expected if line[0] < until
    ]
    assert {(who, kind) for _day, who, kind in sent()} == {
        ("Alice", Kind.CHECK_IN),
        ("Bob", Kind.ESCALATION),
        ("Bob", Kind.DEADLINE),
    }


@pytest.mark.parametrize("reached", [True, False], ids=["waited for", "not reached"])
def test_a_ladder_on_which_nobody_sits_is_told_when_somebody_does(
    process: Process,
    commitment: Commitment,
    obligation: Obligation,
    alice: User,
    bob: User,
    settings: Any,
    reached: bool,
) -> None:
    settings.MAIL_AT_ANY_TIME = False
    every_day(process)
    today = process.today()
    Term.objects.filter(holder=bob).update(starts_on=today + dt.timedelta(5))
    if not reached:
        factories.AddressProblemFactory(address=alice.email.lower())
    ask_tomorrow(
        obligation,
        ReminderPolicy(before_due=[], head_after_days=None, chair_after_days=2, deadline_days=[]),
    )
    now = timezone.now()
    expected = told(commitment)
    tick_through(process, now, 7)
    until = today + dt.timedelta(6)
    assert [line for line in sent() if line[0] < until] == [
        line for line in expected if line[0] < until
    ]
    assert (today + dt.timedelta(5), "Bob", Kind.ESCALATION) in sent()


def test_another_policy_is_tried_on_a_silence_that_runs(
    process: Process, commitment: Commitment, obligation: Obligation, bob: User
) -> None:
    today = process.today()
    factories.EscalationFactory(
        obligation=obligation,
        since=today - dt.timedelta(9),
        due_on=obligation.due_on,
        focal_point=obligation.focal_point,
        next_at=timezone.now() + dt.timedelta(days=100),
    )
    one = fresh(commitment)
    try_policy(
        one.process, ReminderPolicy(process=process, head_after_days=None, chair_after_days=3)
    )
    rungs = [line for line in forecast(one, anew=True).lines if line.kind == Kind.ESCALATION]
    assert [(line.person, line.day) for line in rungs] == [(bob, today)]


def test_it_says_why_nobody_can_be_asked_and_who_is_told_instead(
    process: Process, commitment: Commitment, obligation: Obligation, bob: User, alice: User
) -> None:
    alice.memberships.update(ended_at=timezone.now())
    found = forecast(fresh(commitment))
    assert [one.why for one in found.unasked] == [
        "Alice, the focal point, is no longer a member of the process."
    ]
    assert {(line.kind, line.person) for line in found.lines} == {(Kind.ESCALATION, bob)}
    assert not Escalation.objects.exists()  # nothing is written down


def test_a_policy_is_tried_before_it_is_saved(
    process: Process, commitment: Commitment, obligation: Obligation, bob: User
) -> None:
    one = fresh(commitment)
    policy = ReminderPolicy(process=process, before_due=[2], after_due=[], head_after_days=None)
    try_policy(one.process, policy)
    assert policy_of(one) is policy
    lines = forecast(one, anew=True).lines
    due = process.today() + dt.timedelta(10)
    assert [line.day for line in lines if line.kind == Kind.CHECK_IN][:2] == [
        due - dt.timedelta(2),
        due + dt.timedelta(7),
    ]
    assert not ReminderPolicy.objects.exists()


def test_it_names_no_more_mails_than_fit_a_page(
    process: Process, commitment: Commitment, obligation: Obligation, bob: User
) -> None:
    found = forecast(fresh(commitment), most=5)
    assert found.is_cut
    assert len(found.lines) in (5, 6)


def test_it_asks_as_many_questions_for_many_owners_as_for_one(
    process: Process, commitment: Commitment, obligation: Obligation, bob: User
) -> None:
    def questions() -> int:
        one = fresh(commitment)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            forecast(one)
        return len(asked)

    with_a_long_ladder(process, obligation.party, commitment.lead_body)
    before = questions()
    for n in range(5):
        party = factories.PartyFactory(process=process)
        person = member(process, f"P{n}", Membership.Role.DELEGATE, party)
        factories.ObligationFactory(
            commitment=commitment,
            party=party,
            focal_point=person,
            due_on=obligation.due_on,
            next_check_in_on=obligation.next_check_in_on,
        )
    assert questions() == before


def test_everybody_answers_as_the_single_questions_do(
    process: Process,
    party: Party,
    lead_body: Body,
    commitment: Commitment,
    obligation: Obligation,
    alice: User,
    bob: User,
    carol: User,
    dave: User,
) -> None:
    with_a_long_ladder(process, party, lead_body)
    seated(alice, commitment.verifying_body, Seat.Role.MONITOR, party)  # who owes it does not judge
    today = process.today()
    seat = lead_body.seats.get()
    everybody = Everybody(process)
    for day in (today, today + dt.timedelta(30)):
        for body in (lead_body, commitment.verifying_body):
            assert everybody.chairs_of(body, day) == ASKED.chairs_of(body, day)
        assert everybody.holders_of(seat, day) == ASKED.holders_of(seat, day)
    for one in process.parties.all():
        assert everybody.heads_of(one) == ASKED.heads_of(one)
    steps = list(ASKED.dispute_steps_of(lead_body))
    assert everybody.dispute_steps_of(lead_body) == steps
    now = timezone.now()
    Obligation.objects.update(reported_level=3, reported_at=now)
    asked = [one.recipient for one in reports_to_verify(now - dt.timedelta(1), now)]
    assert everybody.judges_of(obligation, today) == asked == [carol]
