"""What deadlines come to, and what moves when an anchor does."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coordination.base.errors import Refused
from coordination.commitments import actions
from coordination.commitments.actions import Owed
from coordination.commitments.models import Commitment, Deadline, DeadlineTerm, Level
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import AnchorDate, AnchorEvent, Party, Process, Track
from tests.factories import AnchorEventFactory, DeadlineTermFactory

pytestmark = pytest.mark.django_db

ACTUAL, PLANNED = AnchorDate.Status.ACTUAL, AnchorDate.Status.PLANNED
NOT_BEFORE, LATEST = DeadlineTerm.Purpose.NOT_BEFORE, DeadlineTerm.Purpose.LATEST
BEFORE = DeadlineTerm.Direction.BEFORE


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.fixture
def enter(process: Process, party: Party, coordinator):
    """Enter a commitment of the party with these terms."""

    def create(*terms: dict[str, Any], rule: str = Deadline.Rule.EARLIER, **fields) -> Commitment:
        commitment = actions.create_commitment(
            actor=coordinator,
            process=process,
            owed=fields.pop("owed", [Owed(party)]),
            terms=terms,
            deadline={"rule": rule},
            origin=Origin.WEB,
            reference="Art. I",
            title="Withdraw",
            track=Track.MILITARY,
            **fields,
        )
        commitment.deadline.refresh_from_db()
        return commitment

    return create


@pytest.fixture
def move(coordinator):
    def move_anchor(anchor: AnchorEvent, on: str, status: str = ACTUAL, **more) -> list:
        return actions.move_anchor(
            actor=coordinator,
            anchor=anchor,
            status=status,
            on=date(on),
            origin=Origin.WEB,
            **more,
        )

    return move_anchor


@pytest.fixture
def signature(process: Process, move) -> AnchorEvent:
    """Signed on 14 December 1995, the moment not known."""
    anchor = AnchorEventFactory(process=process, key="signature", name="Signature")
    move(anchor, "1995-12-14")
    return anchor


@pytest.fixture
def transfer(process: Process) -> AnchorEvent:
    """The transfer of authority, without a date so far."""
    return AnchorEventFactory(process=process, key="transfer", name="Transfer of authority")


def due(commitment: Commitment) -> dt.date | None:
    return Deadline.objects.get(commitment=commitment).due_on


def terms(anchor: AnchorEvent, amount: int, unit: str = "days", **more) -> dict[str, Any]:
    return {"anchor": anchor, "amount": amount, "unit": unit, **more}


# --- Each form of a deadline ------------------------------------------------------------------


def test_a_calendar_date_ends_with_its_day_in_the_zone_of_the_process(enter) -> None:
    deadline = enter({"on": date("2026-07-01")}).deadline
    assert (deadline.due_on, deadline.due_at) == (date("2026-07-01"), utc(2026, 7, 1, 22))
    assert not deadline.is_projected


def test_a_calendar_moment_is_due_at_that_moment(enter) -> None:
    deadline = enter({"on": date("2026-07-01"), "at": utc(2026, 7, 1, 10)}).deadline
    assert (deadline.due_on, deadline.due_at) == (date("2026-07-01"), utc(2026, 7, 1, 10))


@pytest.mark.parametrize(
    ("amount", "unit", "more", "expected"),
    [
        (72, "hours", {}, "1995-12-17"),
        (30, "days", {}, "1996-01-13"),
        (2, "weeks", {}, "1995-12-28"),
        (3, "months", {}, "1996-03-14"),
        (1, "years", {}, "1996-12-14"),
        (0, "days", {}, "1995-12-14"),
        (10, "days", {"direction": BEFORE}, "1995-12-04"),
        (1, "months", {"direction": BEFORE}, "1995-11-14"),
    ],
)
def test_an_offset_counts_from_its_anchor(
    enter, signature, amount: int, unit: str, more: dict, expected: str
) -> None:
    deadline = enter(terms(signature, amount, unit, **more)).deadline
    assert deadline.due_on == date(expected)
    assert not deadline.is_projected


def test_hours_count_from_the_moment_of_an_anchor_and_end_at_one(enter, transfer, move) -> None:
    commitment = enter(terms(transfer, 24, "hours"))
    move(transfer, "2026-03-28", at=utc(2026, 3, 28, 11))
    deadline = Deadline.objects.get(commitment=commitment)
    assert (deadline.due_on, deadline.due_at) == (date("2026-03-29"), utc(2026, 3, 29, 11))


def test_days_from_the_moment_of_an_anchor_end_with_the_day(enter, transfer, move) -> None:
    commitment = enter(terms(transfer, 1))
    move(transfer, "2026-03-28", at=utc(2026, 3, 28, 11))
    assert Deadline.objects.get(commitment=commitment).due_at == utc(2026, 3, 29, 22)


def test_the_moment_of_an_anchor_decides_its_day_in_the_zone(transfer, move) -> None:
    move(transfer, "2026-03-27", at=utc(2026, 3, 28, 23, 30))
    transfer.refresh_from_db()
    assert transfer.on == date("2026-03-29")


def test_nothing_is_due_without_terms_or_before_the_anchor_has_a_date(enter, transfer) -> None:
    assert enter().deadline.due_on is None
    assert enter(terms(transfer, 30)).deadline.due_on is None


# --- Several terms ----------------------------------------------------------------------------


def test_the_earlier_of_two(enter, signature) -> None:
    commitment = enter(terms(signature, 30), {"on": date("1996-01-10")})
    assert commitment.deadline.due_on == date("1996-01-10")
    assert not commitment.deadline.is_projected


def test_the_later_of_two(enter, signature) -> None:
    commitment = enter(terms(signature, 30), {"on": date("1996-01-10")}, rule=Deadline.Rule.LATER)
    assert commitment.deadline.due_on == date("1996-01-13")


def test_the_earlier_of_a_moment_and_the_end_of_its_day_is_the_moment(enter) -> None:
    commitment = enter(
        {"on": date("2026-07-01")}, {"on": date("2026-07-01"), "at": utc(2026, 7, 1, 10)}
    )
    assert commitment.deadline.due_at == utc(2026, 7, 1, 10)


def test_the_earlier_of_a_known_and_an_unknown_term_is_the_known_one_for_now(
    enter, signature, transfer, move
) -> None:
    commitment = enter(terms(signature, 60), terms(transfer, 30))
    assert commitment.deadline.due_on == date("1996-02-12")
    assert commitment.deadline.is_projected
    move(transfer, "1995-12-20")
    assert due(commitment) == date("1996-01-19")
    assert not Deadline.objects.get(commitment=commitment).is_projected


def test_the_later_of_a_known_and_an_unknown_term_is_not_known(
    enter, signature, transfer, move
) -> None:
    commitment = enter(terms(signature, 60), terms(transfer, 30), rule=Deadline.Rule.LATER)
    assert commitment.deadline.due_on is None
    move(transfer, "1995-12-20")
    assert due(commitment) == date("1996-02-12")


def test_a_not_before_bound_pushes_an_earlier_due_day(enter, signature) -> None:
    bound = {"on": date("1996-03-01"), "purpose": NOT_BEFORE}
    assert enter(terms(signature, 30), bound).deadline.due_on == date("1996-03-01")
    assert enter(terms(signature, 120), bound).deadline.due_on == date("1996-04-12")


def test_a_latest_permitted_day_stands_beside_the_due_day(enter, signature) -> None:
    latest = {"on": date("1996-06-30"), "purpose": LATEST}
    deadline = enter(terms(signature, 30), latest).deadline
    assert (deadline.due_on, deadline.latest_on) == (date("1996-01-13"), date("1996-06-30"))


def test_a_latest_permitted_day_alone_is_the_due_day(enter) -> None:
    deadline = enter({"on": date("1996-06-30"), "purpose": LATEST}).deadline
    assert (deadline.due_on, deadline.latest_on) == (date("1996-06-30"), date("1996-06-30"))
    assert not deadline.is_projected


def test_what_a_latest_permitted_day_projects_is_marked_as_projected(enter, transfer, move) -> None:
    move(transfer, "2026-05-01", PLANNED)
    deadline = enter(terms(transfer, 30, purpose=LATEST)).deadline
    assert (deadline.due_on, deadline.is_projected) == (date("2026-05-31"), True)


def test_a_day_counted_from_a_planned_anchor_is_a_projection(enter, transfer, move) -> None:
    commitment = enter(terms(transfer, 30))
    move(transfer, "2026-05-01", PLANNED)
    assert due(commitment) == date("2026-05-31")
    assert Deadline.objects.get(commitment=commitment).is_projected
    move(transfer, "2026-05-01", ACTUAL)
    assert not Deadline.objects.get(commitment=commitment).is_projected


def test_a_term_counts_from_one_thing(enter, signature, process) -> None:
    commitment = enter()
    for fields in (
        {"on": None},
        {"on": date("2026-01-01"), "anchor": signature},
        {"on": None, "at": utc(2026, 1, 1), "anchor": signature},
        {"on": None, "anchor": signature, "after_commitment": commitment},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DeadlineTermFactory(deadline=commitment.deadline, **fields)


# --- Another commitment's completion ----------------------------------------------------------


def after(commitment: Commitment, amount: int, unit: str = "days") -> dict[str, Any]:
    return {"after_commitment": commitment, "amount": amount, "unit": unit}


def test_until_it_is_completed_a_commitment_counts_with_its_own_due_day(enter) -> None:
    first = enter({"on": date("2026-06-01")})
    second = enter(after(first, 10))
    assert second.deadline.due_on == date("2026-06-11")
    assert second.deadline.is_projected


def test_others_count_from_the_day_on_which_the_last_owner_completed_it(
    enter, party, other_party, verifying_body, carol
) -> None:
    first = enter(
        {"on": date("2026-06-01")},
        owed=[Owed(party), Owed(other_party)],
        verifying_body=verifying_body,
    )
    second = enter(after(first, 10))
    for obligation, day in zip(first.obligations.all(), ("2026-05-02", "2026-05-20"), strict=True):
        assert due(second) == date("2026-06-11")
        actions.record_verification(
            actor=carol,
            obligation=obligation,
            body=verifying_body,
            level=Level.FULL,
            found="All of it.",
            occurred_on=date(day),
            origin=Origin.WEB,
        )
    assert due(second) == date("2026-05-30")
    assert not Deadline.objects.get(commitment=second).is_projected


def test_a_chain_of_commitments_moves_with_its_first(enter, transfer, move) -> None:
    first = enter(terms(transfer, 30))
    second = enter(after(first, 2, "weeks"))
    third = enter(after(second, 1, "months"))
    moves = move(transfer, "2026-01-01", PLANNED)
    expected = [date("2026-01-31"), date("2026-02-14"), date("2026-03-14")]
    assert [due(c) for c in (first, second, third)] == expected
    assert [(m.commitment, m.before, m.after) for m in moves] == [
        (c, None, day) for c, day in zip((first, second, third), expected, strict=True)
    ]


def test_the_order_in_which_a_chain_was_entered_does_not_matter(enter, transfer, move) -> None:
    last, first = enter(), enter(terms(transfer, 30))
    DeadlineTermFactory(deadline=last.deadline, on=None, after_commitment=first, amount=1)
    move(transfer, "2026-01-01", PLANNED)
    assert due(last) == date("2026-02-01")


def test_a_circle_is_refused_and_changes_nothing(
    enter, signature, move, process, coordinator
) -> None:
    first = enter(terms(signature, 30))
    second = enter(after(first, 10))
    DeadlineTermFactory(deadline=first.deadline, on=None, after_commitment=second, amount=1)
    entries = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        move(signature, "1995-12-20")
    assert refused.value.message == (
        f"{first.code} would count from itself, through other commitments."
    )
    assert Entry.objects.count() == entries
    assert (due(first), due(second)) == (date("1996-01-13"), date("1996-01-23"))
    assert AnchorEvent.objects.get().on == date("1995-12-14")


def test_a_commitment_does_not_count_from_itself(enter, process, coordinator) -> None:
    commitment = enter()
    DeadlineTermFactory(deadline=commitment.deadline, on=None, after_commitment=commitment)
    with pytest.raises(Refused):
        actions.recompute_deadlines(actor=coordinator, process=process, origin=Origin.WEB)


def test_a_commitment_does_not_count_from_one_of_another_process(enter) -> None:
    foreign = DeadlineTermFactory().deadline.commitment
    with pytest.raises(Refused):
        enter(after(foreign, 10))


def test_a_commitment_does_not_count_from_an_anchor_of_another_process(enter) -> None:
    with pytest.raises(Refused):
        enter(terms(AnchorEventFactory(), 10))


# --- Moving an anchor -------------------------------------------------------------------------


def test_moving_an_anchor_moves_what_counts_from_it_and_the_ledger_says_so(
    enter, process, transfer, move, coordinator
) -> None:
    moved, unmoved = enter(terms(transfer, 30)), enter({"on": date("2026-01-01")})
    move(transfer, "2026-05-01", PLANNED)
    entries = Entry.objects.count()
    move(transfer, "2026-05-11", AnchorDate.Status.RESCHEDULED, decided_by="Joint Commission")
    assert (due(moved), due(unmoved)) == (date("2026-06-10"), date("2026-01-01"))
    assert {o.due_on for o in moved.obligations.all()} == {date("2026-06-10")}
    new = Entry.objects.order_by("sequence")[entries:]
    assert [(e.verb, e.actor, e.before, e.after, e.summary) for e in new] == [
        (
            "anchor.rescheduled",
            coordinator,
            {"on": "2026-05-01"},
            {"on": "2026-05-11"},
            "Transfer of authority: rescheduled 11 May 2026, decided by Joint Commission",
        ),
        (
            "deadline.moved",
            coordinator,
            {"due_on": "2026-05-31"},
            {"due_on": "2026-06-10"},
            f"{moved.code}: due 10 Jun 2026, before 31 May 2026",
        ),
    ]
    assert list(verify(process)) == []


def test_every_date_that_an_anchor_had_is_kept(transfer, move) -> None:
    move(transfer, "2026-05-01", PLANNED)
    move(transfer, "2026-05-11", AnchorDate.Status.RESCHEDULED)
    move(transfer, "2026-05-12", ACTUAL)
    dates = [(row.status, row.on) for row in transfer.dates.all()]
    assert dates == [
        ("planned", date("2026-05-01")),
        ("rescheduled", date("2026-05-11")),
        ("actual", date("2026-05-12")),
    ]


def test_a_plan_is_entered_after_an_actual_date_only_where_it_has_not_happened(
    transfer, move
) -> None:
    move(transfer, "2026-05-12", ACTUAL)
    with pytest.raises(Refused):
        move(transfer, "2026-05-01", PLANNED)
    move(transfer, "2026-05-01", PLANNED, not_happened=True)
    transfer.refresh_from_db()
    assert (transfer.on, transfer.has_happened) == (date("2026-05-01"), False)


def test_the_same_date_again_moves_nothing(enter, transfer, move) -> None:
    enter(terms(transfer, 30))
    move(transfer, "2026-05-01", PLANNED)
    assert move(transfer, "2026-05-01", PLANNED) == []


def test_a_moved_hour_within_the_day_is_recorded_too(enter, transfer, move) -> None:
    commitment = enter(terms(transfer, 24, "hours"))
    move(transfer, "2026-05-01", at=utc(2026, 5, 1, 8))
    move(transfer, "2026-05-01", at=utc(2026, 5, 1, 12))
    assert Deadline.objects.get(commitment=commitment).due_at == utc(2026, 5, 2, 12)
    assert Entry.objects.filter(verb="deadline.moved").count() == 2


@pytest.mark.parametrize(
    "term",
    [
        {"amount": 30000, "unit": "years"},
        {"amount": 30000, "unit": "years", "direction": BEFORE},
        {"anchor": None, "on": dt.date.max},
        {"anchor": None, "on": date("0026-01-01")},
    ],
)
def test_a_day_outside_the_calendar_is_refused_and_changes_nothing(
    enter, signature, term: dict
) -> None:
    first = enter(terms(signature, 30))
    entries = Entry.objects.count()
    with pytest.raises(Refused):
        enter({"anchor": signature} | term)
    assert list(Commitment.objects.all()) == [first]
    assert Entry.objects.count() == entries


def test_moving_an_anchor_costs_the_same_however_many_do_not_move(
    enter, process, signature, transfer, coordinator
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            actions.recompute_deadlines(actor=coordinator, process=process, origin=Origin.WEB)
        return len(captured)

    enter(terms(signature, 30))
    one = queries()
    for _ in range(4):
        enter(terms(signature, 60))
    assert queries() == one


def test_the_first_of_the_latest_days_binds_and_one_without_a_date_does_not_lift_it(
    enter, process
) -> None:
    due = {"on": date("2027-12-01")}
    first, second = ({"on": date(day), "purpose": LATEST} for day in ("2026-10-01", "2026-11-01"))
    assert enter(due, second, first).deadline.due_on == date("2026-10-01")
    open_one = {"anchor": AnchorEventFactory(process=process), "purpose": LATEST}
    row = enter(due, first, open_one).deadline
    assert (row.due_on, row.latest_on, row.is_projected) == (first["on"], first["on"], True)
