"""Who is told when an owner does not answer, what each is told, and what stops it."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.actions import submit_check_in
from coordination.commitments.actions.policies import set_reminder_policy
from coordination.commitments.check_in_plan import check_in_moment
from coordination.commitments.models import Level, Obligation, ReminderPolicy
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Escalation, Occurrence, Reminder
from tests import factories
from tests.conftest import member, seated

pytestmark = pytest.mark.django_db
Kind = Reminder.Kind


@pytest.fixture
def head(process: Process, obligation: Obligation) -> User:
    """Heads the delegation that owes it."""
    person = member(process, "Hana", Membership.Role.DELEGATE, obligation.party)
    Membership.objects.filter(user=person).update(heads_delegation=True)
    return person


@pytest.fixture
def guarantors(process: Process, lead_body: Body, guarantor: Any) -> User:
    """Chairs the body that the lead body's protocol names for disputes."""
    above = factories.BodyFactory(process=process, code="GC", name="Guarantors’ Conference")
    protocol = factories.ProtocolFactory(body=lead_body)
    factories.DisputeStepFactory(
        protocol=protocol, order=1, who="the guarantors", to_body=above, within_hours=48
    )
    person = member(process, "Gita", Membership.Role.DELEGATE, guarantor)
    return seated(person, above, Seat.Role.CHAIR, guarantor)


def run(on: Any, days: Any) -> None:
    for day in days:
        with on(day):
            tick()


def told() -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(kind=Kind.ESCALATION).select_related("recipient").order_by("pk")
    return [(str(one.recipient), one.because) for one in rows]


def test_each_rung_is_told_in_its_time_and_why(
    obligation: Obligation, head: User, bob: User, guarantors: User, process: Process, on: Any
) -> None:
    today = process.today()
    first = today + dt.timedelta(3)  # a week before the due day
    run(on, range(3, 50))
    days = {
        str(one.recipient): (one.local_date - first).days
        for one in Reminder.objects.filter(kind=Kind.ESCALATION)
    }
    assert days == {"Hana": 7, "Bob": 14, "Gita": 28}
    words = dict(told())
    assert words["Hana"].startswith("Alice was asked on ")
    assert words["Hana"].endswith("no report came. You head the delegation of Avaria.")
    assert "Hana was told on " in words["Bob"]
    assert words["Bob"].endswith("You chair Joint Military Commission, which leads it.")
    assert words["Gita"].endswith(
        "The protocol of Joint Military Commission names you for disputes, "
        "as step 1: the guarantors."
    )
    entries = Entry.objects.filter(verb="escalation.told").order_by("pk")
    assert [entry.summary for entry in entries] == [
        f"C-1, Avaria: told {name}, since nobody reported" for name in ("Hana", "Bob", "Gita")
    ]
    assert Escalation.objects.get().next_at is None


def test_nobody_is_told_twice_on_one_rung(
    obligation: Obligation, head: User, bob: User, on: Any
) -> None:
    for _ in range(3):
        run(on, (3, 10, 10, 17, 17, 18))
    assert [name for name, _why in told()] == ["Hana", "Bob"]


def test_a_report_stops_it(obligation: Obligation, alice: User, head: User, on: Any) -> None:
    run(on, (3, 10))
    with on(10, dt.time(9)):
        submit_check_in(obligation=obligation, author=alice, level=Level.MINIMUM, origin=Origin.WEB)
        tick()
    escalation = Escalation.objects.get()
    assert (escalation.stop_reason, escalation.next_at) == ("The owner reported.", None)
    reminder = Reminder.objects.get(kind=Kind.ESCALATION)
    assert (reminder.state, reminder.reason) == (Reminder.State.SUPERSEDED, "The owner reported.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_suspended": True}, "It is suspended."),
        ({"due_on": dt.date(2040, 1, 1)}, "Its due day moved."),
        ({"verified_level": Level.FULL}, "It was found to be fulfilled."),
        ({"withdrawn_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "It was withdrawn."),
    ],
)
def test_what_makes_the_question_moot_stops_it(
    obligation: Obligation, head: User, on: Any, change: dict[str, Any], reason: str
) -> None:
    run(on, (3,))
    Obligation.objects.update(**change)
    run(on, (4,))
    assert Escalation.objects.filter(stopped_at__isnull=False).get().stop_reason == reason
    run(on, (10, 11))
    assert told() == []


def test_who_is_asked_instead_has_the_whole_time(
    obligation: Obligation, head: User, bob: User, process: Process, on: Any
) -> None:
    run(on, (3,))
    successor = member(process, "Sven", Membership.Role.DELEGATE, obligation.party)
    Obligation.objects.update(focal_point=successor)
    run(on, (8,))
    former, current = Escalation.objects.order_by("pk")
    assert former.stop_reason == "Somebody else answers for it now."
    assert (current.focal_point, current.since) == (successor, process.today() + dt.timedelta(8))
    run(on, (10, 14))
    assert told() == []
    run(on, (15,))
    assert [name for name, _why in told()] == ["Hana"]
    assert told()[0][1].startswith("Sven was asked on ")


def test_a_draft_stops_nothing(obligation: Obligation, alice: User, head: User, on: Any) -> None:
    run(on, (3,))
    factories.CheckInDraftFactory(obligation=obligation, author=alice)
    run(on, (10,))
    assert [name for name, _why in told()] == ["Hana"]


def test_a_rung_without_anybody_is_stepped_over(
    obligation: Obligation, alice: User, bob: User, on: Any
) -> None:
    """Alice is the only delegate: nobody heads the delegation but her, who was asked already."""
    run(on, (3, 10))
    assert [name for name, _why in told()] == ["Bob"]


def test_an_owner_whom_no_mail_reaches_is_not_waited_for(
    obligation: Obligation, alice: User, head: User, on: Any
) -> None:
    AddressProblem.objects.create(address=alice.email, kind=AddressProblem.Kind.BOUNCED)
    with on(3):
        result = tick()
    assert (result.nobody, result.told) == (1, 1)
    occurrence = Occurrence.objects.get()
    assert occurrence.reason == "No mail reaches the address of Alice, the focal point."
    assert [name for name, _why in told()] == ["Hana"]


def test_a_policy_sets_the_days_and_may_leave_rungs_out(
    obligation: Obligation, head: User, bob: User, process: Process, on: Any
) -> None:
    ReminderPolicy.objects.create(
        process=process, head_after_days=None, chair_after_days=3, dispute_after_days=None
    )
    run(on, range(3, 30))
    assert [name for name, _why in told()] == ["Bob"]
    assert Reminder.objects.get(kind=Kind.ESCALATION).local_date == (
        process.today() + dt.timedelta(6)
    )


def test_after_an_outage_two_rungs_are_not_told_on_one_day(
    obligation: Obligation, head: User, bob: User, on: Any
) -> None:
    run(on, (3,))
    run(on, (40, 40, 40))
    assert [name for name, _why in told()] == ["Hana"]
    run(on, (41,))
    assert [name for name, _why in told()] == ["Hana", "Bob"]


def set_days(process: Process, actor: User, **days: int | None) -> None:
    set_reminder_policy(actor=actor, process=process, fields=days, origin=Origin.WEB)


def on_day(process: Process, days: int) -> dt.datetime:
    return check_in_moment(process.today() + dt.timedelta(days), process.zone)


def told_on(process: Process) -> list[tuple[str, int]]:
    """Who was told, and how many days from today."""
    rows = Reminder.objects.filter(kind=Kind.ESCALATION).select_related("recipient").order_by("pk")
    return [(str(one.recipient), (one.local_date - process.today()).days) for one in rows]


def test_a_policy_with_fewer_days_hurries_a_silence_that_runs_and_tells_one_rung_a_day(
    obligation: Obligation, head: User, bob: User, process: Process, coordinator: User, on: Any
) -> None:
    run(on, (3, 5))
    with on(5, dt.time(9)):
        set_days(process, coordinator, head_after_days=1, chair_after_days=2)
        assert [tick().told for _ in range(3)] == [1, 0, 0]
    with on(5, dt.time(10)):  # saved once more, it does not tell the next on the same day
        set_days(process, coordinator, head_after_days=1, chair_after_days=1)
        assert tick().told == 0
    run(on, (6, 7, 8, 17))
    assert told_on(process) == [("Hana", 5), ("Bob", 7)]


def test_a_policy_with_more_days_slows_a_silence_that_runs(
    obligation: Obligation, head: User, bob: User, process: Process, coordinator: User, on: Any
) -> None:
    run(on, (3,))
    with on(4):
        set_days(process, coordinator, head_after_days=12, chair_after_days=20)
        tick()
    assert Escalation.objects.get().next_at == on_day(process, 15)
    run(on, (10, 14, 15, 17, 22, 23))
    assert told_on(process) == [("Hana", 15), ("Bob", 23)]


def test_a_rung_that_a_policy_adds_above_is_climbed_and_one_below_is_not(
    obligation: Obligation, head: User, bob: User, process: Process, coordinator: User, on: Any
) -> None:
    ReminderPolicy.objects.create(process=process, head_after_days=None, dispute_after_days=None)
    head.memberships.update(role=Membership.Role.DELEGATE)
    run(on, (3, 17))
    assert told_on(process) == [("Bob", 17)]
    assert Escalation.objects.get().next_at is None
    with on(18):
        set_days(process, coordinator, head_after_days=2)
        tick()
    run(on, (19, 30))
    assert told_on(process) == [("Bob", 17)]


def test_who_was_told_on_a_rung_that_is_gone_is_not_told_on_the_next(
    obligation: Obligation, lead_body: Body, process: Process, coordinator: User, on: Any
) -> None:
    """Hana heads the delegation and sits in the chair of the lead body as well."""
    person = member(process, "Hana", Membership.Role.DELEGATE, obligation.party)
    person.memberships.update(heads_delegation=True)
    seated(person, lead_body, Seat.Role.CO_CHAIR, obligation.party)
    run(on, (3, 10))
    with on(11):
        set_days(process, coordinator, head_after_days=None, chair_after_days=8)
        tick()
    run(on, (12, 20))
    assert [name for name, _why in told()].count("Hana") == 1


def test_a_focal_point_whom_no_mail_reaches_is_not_waited_for_under_another_policy_either(
    obligation: Obligation,
    alice: User,
    head: User,
    bob: User,
    process: Process,
    coordinator: User,
    on: Any,
) -> None:
    head.memberships.update(ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    Term.objects.update(ends_on=process.today())
    AddressProblem.objects.create(address=alice.email, kind=AddressProblem.Kind.BOUNCED)
    run(on, (3,))
    assert told() == []
    head.memberships.update(ended_at=None)
    with on(4):
        set_days(process, coordinator, head_after_days=9)
        assert tick().told == 1
    assert [name for name, _why in told()] == ["Hana"]
