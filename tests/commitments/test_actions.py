"""Entering commitments, reporting on them and verifying what was reported."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.commitments import actions
from coordination.commitments.actions import Owed
from coordination.commitments.models import (
    CheckIn,
    Commitment,
    Deadline,
    Level,
    Obligation,
    Verification,
)
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import AnchorDate, Party, Process, Track
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db

#: A Monday, nine in the morning in Sarajevo.
NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
TODAY = NOW.date()


def days(n: int) -> dt.date:
    return TODAY + dt.timedelta(days=n)


def ago(n: int) -> dt.datetime:
    return NOW - dt.timedelta(days=n)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def report(obligation: Obligation, level: int = Level.MINIMUM, **fields: Any) -> CheckIn:
    """What the focal point reports from a page."""
    author = fields.pop("author", obligation.focal_point)
    check_in, _new = actions.submit_check_in(
        obligation=obligation, author=author, level=level, origin=Origin.WEB, **fields
    )
    obligation.refresh_from_db()
    return check_in


@pytest.fixture
def find(carol: User, verifying_body: Body):
    """What carol finds for the verifying body."""

    def record(obligation: Obligation, level: int, **fields: Any) -> Verification:
        verification = actions.record_verification(
            **{
                "actor": carol,
                "obligation": obligation,
                "body": verifying_body,
                "level": level,
                "found": " Two of five positions are empty. ",
                "occurred_on": days(-1),
                "origin": Origin.WEB,
                **fields,
            }
        )
        obligation.refresh_from_db()
        return verification

    return record


def last_entry() -> Entry:
    return Entry.objects.latest("sequence")


# --- Entering a commitment --------------------------------------------------------------------


def enter(actor: User, process: Process, *owed: Owed, **fields: Any) -> Commitment:
    return actions.create_commitment(
        **{
            "actor": actor,
            "process": process,
            "owed": owed,
            "origin": Origin.WEB,
            "reference": "Art. I",
            "title": "Cease hostilities",
            "track": Track.MILITARY,
            **fields,
        }
    )


def test_a_commitment_is_owed_by_each_of_its_owners(
    process: Process, party: Party, other_party: Party, lead_body: Body, coordinator, alice
) -> None:
    commitment = enter(
        coordinator,
        process,
        Owed(party, share="four of nine", focal_point=alice),
        Owed(other_party),
        Owed(lead_body),
    )
    owned = [
        (o.party, o.body, o.share, o.focal_point, o.reported_level, o.verified_level)
        for o in commitment.obligations.all()
    ]
    assert owned == [
        (party, None, "four of nine", alice, None, None),
        (other_party, None, "", None, None, None),
        (None, lead_body, "", None, None, None),
    ]


def test_entering_a_commitment_is_in_the_ledger(process, party, coordinator) -> None:
    commitment = enter(coordinator, process, Owed(party), terms=[{"on": days(10)}])
    entered, moved = Entry.objects.order_by("sequence")
    assert (entered.verb, entered.summary, entered.actor) == (
        "commitment.entered",
        "Entered C-1, Cease hostilities",
        coordinator,
    )
    assert entered.after["owed_by"] == ["Avaria"]
    assert entered.after["terms"] == [str(days(10))]
    assert (moved.verb, moved.object_id, moved.summary) == (
        "deadline.moved",
        commitment.pk,
        "C-1: due 11 Jun 2026",
    )
    assert list(verify(process)) == []


def test_commitments_are_numbered_in_each_process(process, party, coordinator) -> None:
    numbers = [enter(coordinator, process, Owed(party)).number for _ in range(2)]
    numbers.append(enter(coordinator, process, Owed(party), number=7).number)
    numbers.append(enter(coordinator, process, Owed(party)).number)
    foreign = factories.PartyFactory()
    numbers.append(enter(coordinator, foreign.process, Owed(foreign)).number)
    assert numbers == [1, 2, 7, 8, 1]


def test_a_new_commitment_is_asked_about_as_planned(obligation: Obligation) -> None:
    assert (obligation.due_on, obligation.next_check_in_on) == (days(10), days(3))
    # Seven in the morning in Sarajevo, which is two hours ahead of UTC in June.
    assert obligation.next_check_in_at == dt.datetime(2026, 6, 4, 5, tzinfo=dt.UTC)


def test_a_commitment_that_nobody_owes_is_refused(process, coordinator) -> None:
    with pytest.raises(Refused) as refused:
        enter(coordinator, process)
    assert refused.value.field == "owed"
    assert Commitment.objects.count() == 0


@pytest.mark.parametrize("where", ["owner", "lead_body", "verifying_body"])
def test_what_belongs_to_another_process_is_refused(
    process, party, coordinator, where: str
) -> None:
    foreign = factories.BodyFactory(name="Contact Group")
    owed = Owed(foreign) if where == "owner" else Owed(party)
    fields = {} if where == "owner" else {where: foreign}
    with pytest.raises(Refused) as refused:
        enter(coordinator, process, owed, **fields)
    assert refused.value.message == "Contact Group belongs to another process."
    assert (Commitment.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_provision_of_another_process_is_refused(process, party, coordinator) -> None:
    with pytest.raises(Refused):
        enter(coordinator, process, Owed(party), provision=factories.ProvisionFactory())


# --- Reporting --------------------------------------------------------------------------------


def test_a_report_is_kept_and_becomes_the_reported_level(obligation, alice) -> None:
    check_in = report(
        obligation,
        Level.INTERMEDIATE,
        account=" Three of five areas are clear. ",
        obstacle=CheckIn.Obstacle.ACCESS,
        period_on=days(0),
    )
    assert (check_in.number, check_in.level, check_in.account, check_in.obstacle) == (
        1,
        Level.INTERMEDIATE,
        "Three of five areas are clear.",
        CheckIn.Obstacle.ACCESS,
    )
    assert (check_in.author, check_in.recorded_by, check_in.revises) == (alice, alice, None)
    assert (obligation.reported_level, obligation.reported_at) == (Level.INTERMEDIATE, NOW)
    assert (obligation.verified_level, obligation.completed_on) == (None, None)


def test_a_report_is_in_the_ledger(obligation, process, alice) -> None:
    check_in = report(obligation, Level.INTERMEDIATE, account="Clear.", period_on=days(0))
    entry = last_entry()
    assert (entry.verb, entry.actor, entry.object_type, entry.object_id, entry.origin) == (
        "check-in.submitted",
        alice,
        "checkin",
        check_in.pk,
        "web",
    )
    assert entry.summary == "Checked in for C-1, Avaria: Intermediate"
    assert entry.before == {"reported_level": None}
    assert entry.after == {
        "account": "Clear.",
        "obstacle": "nothing",
        "period_on": "2026-06-01",
        "reported_level": 2,
        "audience": "bodies",
    }
    assert list(verify(process)) == []


def test_after_a_report_the_owner_is_asked_at_the_next_planned_day(obligation) -> None:
    report(obligation)
    assert obligation.next_check_in_on == days(3)
    with time_machine.travel(NOW + dt.timedelta(days=3), tick=False):
        report(obligation, period_on=days(3))
    assert obligation.next_check_in_on == days(9)


def test_a_report_for_a_day_that_is_yet_to_come_is_refused(obligation) -> None:
    with pytest.raises(Refused) as refused:
        report(obligation, period_on=days(1))
    assert refused.value.field == "period_on"
    assert CheckIn.objects.count() == 0


def test_who_reports_that_it_is_done_is_not_asked_again(obligation) -> None:
    report(obligation, Level.FULL)
    assert (obligation.next_check_in_on, obligation.next_check_in_at) == (None, None)


@pytest.mark.parametrize("level", [-1, 4, None, "full"])
def test_a_level_off_the_scale_is_refused_and_nothing_is_kept(obligation, level) -> None:
    entries = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        report(obligation, level)
    assert (refused.value.field, refused.value.message) == (
        "level",
        "Choose one of the four levels.",
    )
    assert (CheckIn.objects.count(), Entry.objects.count()) == (0, entries)


def test_a_report_that_somebody_else_typed_names_both(obligation, alice, coordinator) -> None:
    check_in = report(obligation, author=alice, recorded_by=coordinator)
    assert (check_in.author, check_in.recorded_by) == (alice, coordinator)
    assert last_entry().actor == coordinator
    assert last_entry().summary == "Checked in for C-1, Avaria: Minimum, as told by Alice"


def test_a_form_that_is_sent_twice_counts_once(obligation, alice) -> None:
    form = {
        "obligation": obligation,
        "author": alice,
        "origin": Origin.WEB,
        "submission": uuid.uuid4(),
    }
    first = actions.submit_check_in(level=Level.MINIMUM, **form)
    entries = Entry.objects.count()
    second = actions.submit_check_in(level=Level.MINIMUM, **form)
    assert (first[1], second) == (True, (first[0], False))
    assert (CheckIn.objects.count(), Entry.objects.count()) == (1, entries)


def test_a_form_sent_again_with_other_words_revises_the_first(obligation, alice) -> None:
    form = {
        "obligation": obligation,
        "author": alice,
        "origin": Origin.WEB,
        "submission": uuid.uuid4(),
    }
    first, _new = actions.submit_check_in(level=Level.MINIMUM, account="Begun.", **form)
    second, new = actions.submit_check_in(level=Level.FULL, account="Done, in fact.", **form)
    assert (new, second.revises, second.account) == (True, first, "Done, in fact.")
    obligation.refresh_from_db()
    assert obligation.reported_level == Level.FULL
    first.refresh_from_db()
    assert (first.level, first.account) == (Level.MINIMUM, "Begun.")
    again = actions.submit_check_in(level=Level.FULL, account="Done, in fact.", **form)
    assert again == (second, False)


def test_revising_an_earlier_period_leaves_the_level_of_the_later_one(obligation) -> None:
    report(obligation, Level.INTERMEDIATE, period_on=days(-7))
    report(obligation, Level.MINIMUM, period_on=days(0))
    report(obligation, Level.NOT_INITIATED, period_on=days(-7))
    assert obligation.reported_level == Level.MINIMUM
    assert obligation.check_ins.count() == 3


def test_a_form_of_another_obligation_is_refused(obligation) -> None:
    sent = report(obligation).submission
    with pytest.raises(Refused):
        report(factories.ObligationFactory(), submission=sent)
    assert CheckIn.objects.count() == 1


def test_a_second_report_for_a_period_revises_the_first_which_is_kept(obligation) -> None:
    first = report(obligation, Level.FULL, account="Done.", period_on=days(0))
    second = report(obligation, Level.MINIMUM, account="Not yet.", period_on=days(0))
    third = report(obligation, Level.INTERMEDIATE, period_on=days(0))
    other = report(obligation, Level.INTERMEDIATE, period_on=days(-9))
    assert [c.revises for c in (first, second, third, other)] == [None, first, second, None]
    assert [c.number for c in (first, second, third, other)] == [1, 2, 3, 4]
    first.refresh_from_db()
    assert (first.level, first.account) == (Level.FULL, "Done.")
    assert [e.verb for e in Entry.objects.order_by("-sequence")[:4]] == [
        "check-in.submitted",
        "check-in.revised",
        "check-in.revised",
        "check-in.submitted",
    ]


def test_a_revision_from_full_to_less_is_asked_about_again(obligation) -> None:
    report(obligation, Level.FULL, period_on=days(0))
    assert obligation.next_check_in_on is None
    report(obligation, Level.MINIMUM, period_on=days(0))
    assert obligation.next_check_in_on == days(3)


def test_a_report_without_a_period_revises_nothing(obligation) -> None:
    assert [report(obligation).revises for _ in range(2)] == [None, None]


def test_an_old_report_entered_late_does_not_replace_a_newer_level(obligation) -> None:
    report(obligation, Level.INTERMEDIATE, at=ago(5))
    old = report(obligation, Level.MINIMUM, at=ago(9))
    assert (obligation.reported_level, obligation.reported_at) == (Level.INTERMEDIATE, ago(5))
    assert (old.number, old.submitted_at) == (2, ago(9))
    report(obligation, Level.FULL, at=ago(5))
    assert obligation.reported_level == Level.FULL


def test_each_owner_reports_for_itself(process, party, other_party, coordinator, alice) -> None:
    commitment = enter(coordinator, process, Owed(party, focal_point=alice), Owed(other_party))
    ours, theirs = commitment.obligations.all()
    report(ours, Level.FULL)
    theirs.refresh_from_db()
    assert (theirs.reported_level, theirs.reported_at) == (None, None)


# --- Verifying --------------------------------------------------------------------------------


def test_a_finding_becomes_the_verified_level_and_leaves_the_reported_one(
    obligation, find, carol, verifying_body
) -> None:
    report(obligation, Level.FULL, at=ago(2))
    verification = find(obligation, Level.MINIMUM, method=Verification.Method.SITE_VISIT)
    assert (obligation.reported_level, obligation.verified_level) == (Level.FULL, Level.MINIMUM)
    assert (obligation.verified_at, obligation.completed_on) == (NOW, None)
    assert (verification.number, verification.found, verification.author) == (
        1,
        "Two of five positions are empty.",
        carol,
    )
    entry = last_entry()
    assert (entry.verb, entry.actor) == ("verification.recorded", carol)
    assert entry.summary == "VM found C-1, Avaria: Minimum"
    assert entry.before == {"verified_level": None}
    assert entry.after == {
        "article": "",
        "confidence": "moderate",
        "found": "Two of five positions are empty.",
        "level": 1,
        "method": "site_visit",
        "occurred_on": "2026-05-31",
        "proof": "grounds",
        "verified_level": 1,
    }


def test_a_contradicted_owner_is_asked_again(obligation, find) -> None:
    report(obligation, Level.FULL, at=ago(2))
    assert obligation.next_check_in_on is None
    find(obligation, Level.MINIMUM)
    assert obligation.next_check_in_on == days(3)


def test_what_is_found_full_is_completed_on_the_day_it_was_so(obligation, find) -> None:
    find(obligation, Level.FULL, occurred_on=days(-4))
    assert (obligation.completed_on, obligation.next_check_in_on) == (days(-4), None)
    find(obligation, Level.INTERMEDIATE)
    assert obligation.completed_on is None
    assert [v.number for v in obligation.verifications.all()] == [2, 1]


def test_an_old_finding_entered_late_does_not_replace_a_newer_one(obligation, find) -> None:
    find(obligation, Level.FULL, at=ago(2), occurred_on=days(-4))
    find(obligation, Level.MINIMUM, at=ago(9))
    assert (obligation.verified_level, obligation.completed_on) == (Level.FULL, days(-4))
    assert obligation.verifications.count() == 2


def test_another_body_than_the_verifying_one_is_refused(obligation, find, lead_body) -> None:
    with pytest.raises(Refused) as refused:
        find(obligation, Level.FULL, body=lead_body)
    assert refused.value.message == "Joint Military Commission does not verify C-1."
    assert Verification.objects.count() == 0


def test_who_acts_for_the_party_that_owes_it_is_refused(obligation, find, alice) -> None:
    with pytest.raises(Refused) as refused:
        find(obligation, Level.FULL, actor=alice)
    assert refused.value.message == "You act for who owes this; somebody else must verify it."
    assert (Verification.objects.count(), obligation.verified_level) == (0, None)


def test_who_acts_for_another_party_may_verify(obligation, find, dave) -> None:
    assert find(obligation, Level.MINIMUM, actor=dave).author == dave


def test_who_sits_in_the_verifying_body_for_the_party_that_owes_it_is_refused(
    obligation, find, process, party, verifying_body
) -> None:
    monitor = factories.MembershipFactory(process=process, role="monitor").user
    factories.TermFactory(seat__body=verifying_body, seat__party=party, holder=monitor)
    with pytest.raises(Refused):
        find(obligation, Level.FULL, actor=monitor)


def test_who_sits_in_the_body_that_owes_it_is_refused(obligation, find, lead_body, bob) -> None:
    own = factories.ObligationFactory(
        commitment=obligation.commitment, party=None, body=lead_body, focal_point=None
    )
    with pytest.raises(Refused, match="You act for who owes this"):
        find(own, Level.FULL, actor=bob)


def test_a_focal_point_verifies_no_report_of_their_own(obligation, find, coordinator) -> None:
    Obligation.objects.update(focal_point=coordinator)
    with pytest.raises(Refused, match="You act for who owes this"):
        find(obligation, Level.FULL, actor=coordinator)


def test_what_was_withdrawn_takes_no_report_and_no_finding(obligation, find) -> None:
    Obligation.objects.update(withdrawn_at=NOW)
    for act in (report, find):
        with pytest.raises(Refused, match="withdrawn from the register meanwhile"):
            act(obligation, Level.FULL)


def test_a_finding_off_the_scale_is_refused(obligation, find) -> None:
    with pytest.raises(Refused):
        find(obligation, 4)


def test_a_finding_about_tomorrow_is_refused(obligation, find) -> None:
    with pytest.raises(Refused):
        find(obligation, Level.FULL, occurred_on=days(1))


def test_completion_moves_what_counts_from_it_and_back(
    obligation, find, process, party, coordinator, carol
) -> None:
    term = {"after_commitment": obligation.commitment, "amount": 5}
    dependent = enter(coordinator, process, Owed(party), terms=[term])

    def due() -> tuple[dt.date | None, bool, dt.date | None]:
        deadline = Deadline.objects.get(commitment=dependent)
        return deadline.due_on, deadline.is_projected, dependent.obligations.get().due_on

    assert due() == (days(15), True, days(15))
    find(obligation, Level.FULL, occurred_on=days(-4))
    assert due() == (days(1), False, days(1))
    moved = last_entry()
    assert (moved.verb, moved.actor, moved.after) == (
        "deadline.moved",
        carol,
        {"due_on": str(days(1))},
    )
    find(obligation, Level.MINIMUM)
    assert due() == (days(15), True, days(15))


# --- When the due day moves -------------------------------------------------------------------


def test_a_moved_due_day_moves_the_next_check_in(process, party, coordinator) -> None:
    anchor = factories.AnchorEventFactory(process=process)
    commitment = enter(coordinator, process, Owed(party), terms=[{"anchor": anchor, "amount": 30}])
    obligation = commitment.obligations.get()
    asked = [obligation.next_check_in_on]
    for on in (days(60), days(70), days(-40)):
        actions.move_anchor(
            actor=coordinator,
            anchor=anchor,
            status=AnchorDate.Status.PLANNED,
            on=on,
            origin=Origin.WEB,
        )
        obligation.refresh_from_db()
        asked.append(obligation.next_check_in_on)
    assert asked == [None, days(60), days(70), days(0)]


def test_a_moved_due_day_asks_nobody_who_has_said_that_it_is_done(
    obligation, process, coordinator
) -> None:
    report(obligation, Level.FULL)
    obligation.commitment.deadline.terms.update(on=days(40))
    actions.recompute_deadlines(actor=coordinator, process=process, origin=Origin.WEB)
    obligation.refresh_from_db()
    assert (obligation.due_on, obligation.next_check_in_on) == (days(40), None)


# --- What the database itself refuses ---------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        lambda o: factories.ObligationFactory(commitment=o.commitment, party=o.party),
        lambda o: factories.ObligationFactory(commitment=o.commitment, party=None),
        lambda o: factories.ObligationFactory(commitment=o.commitment, body=o.commitment.lead_body),
        lambda o: factories.CheckInFactory(obligation=o, level=4),
        lambda o: factories.CheckInFactory.create_batch(2, obligation=o, number=1),
        lambda o: factories.CheckInFactory.create_batch(
            2, obligation=o, submission=uuid.UUID(int=1)
        ),
        lambda o: factories.VerificationFactory(obligation=o, level=4),
        lambda o: factories.VerificationFactory.create_batch(2, obligation=o, number=1),
        lambda o: factories.CommitmentFactory(
            process=o.commitment.process, number=o.commitment.number
        ),
        lambda o: factories.CommitmentFactory(kind=Commitment.Kind.RECURRING),
        lambda o: factories.DeadlineFactory(commitment=o.commitment),
    ],
)
def test_the_database_refuses_what_would_contradict_itself(obligation, wrong) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(obligation)


# --- Two at once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_form_that_arrives_twice_at_the_same_moment_counts_once(obligation, alice) -> None:
    submission = uuid.uuid4()

    def send() -> tuple[CheckIn, bool]:
        return actions.submit_check_in(
            obligation=obligation,
            author=alice,
            level=Level.MINIMUM,
            origin=Origin.LINK,
            submission=submission,
        )

    answers = at_once(send, send, send)
    assert sorted(new for _check_in, new in answers) == [False, False, True]
    assert CheckIn.objects.count() == 1
    assert Entry.objects.filter(verb="check-in.submitted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_reports_and_commitments_entered_at_the_same_moment_are_numbered_in_turn(
    obligation, process, party, coordinator, alice
) -> None:
    def send() -> int:
        return report(Obligation.objects.get(pk=obligation.pk)).number

    def make() -> int:
        return enter(coordinator, process, Owed(party)).number

    numbers = at_once(send, send, make, make)
    assert (set(numbers[:2]), set(numbers[2:])) == ({1, 2}, {2, 3})
    assert list(verify(process)) == []


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_moved_anchor_at_the_same_moment_both_count(
    process, party, coordinator, alice
) -> None:
    anchor = factories.AnchorEventFactory(process=process)
    commitment = enter(
        coordinator,
        process,
        Owed(party, focal_point=alice),
        terms=[{"anchor": anchor, "amount": 30}],
    )
    pk = commitment.obligations.get().pk

    def send() -> None:
        for _ in range(5):
            report(Obligation.objects.get(pk=pk), Level.FULL)

    def move() -> None:
        for n in range(5):
            actions.move_anchor(
                actor=coordinator,
                anchor=anchor,
                status=AnchorDate.Status.PLANNED,
                on=days(n),
                origin=Origin.WEB,
            )

    assert at_once(send, move) == [None, None]
    obligation = Obligation.objects.get()
    assert (obligation.due_on, obligation.next_check_in_on) == (days(34), None)
    assert list(verify(process)) == []
