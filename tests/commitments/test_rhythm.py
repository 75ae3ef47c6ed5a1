"""What recurs: the ledger of its periods, and what may change in it."""

import datetime as dt
from random import Random
from typing import Any

import pytest
import time_machine

from coordination.base.errors import Refused
from coordination.commitments.actions import (
    Owed,
    create_commitment,
    move_anchor,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import extend_deadline, withdraw_extension
from coordination.commitments.actions.entering import (
    change_commitment,
    change_deadline,
    change_owners,
)
from coordination.commitments.actions.expecting import ENDED, NOT_STARTED
from coordination.commitments.actions.findings import withdraw_verification
from coordination.commitments.actions.flags import lift_flag, raise_flag
from coordination.commitments.actions.triggers import call_off, expect_more
from coordination.commitments.expected import State, state_of
from coordination.commitments.models import Commitment, ExpectedOccurrence, Flag, Obligation
from coordination.commitments.verification import differences
from coordination.processes.models import Track
from tests.factories import AnchorEventFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
Kind = Commitment.Kind


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def enter(process, party, coordinator, alice, verifying_body):
    """Enter a commitment that recurs, from the first of the month unless it is said."""

    def make(
        every: tuple[int, str] = (1, "months"), start: Any = "2026-06-01", end: Any = None, **more
    ) -> Commitment:
        terms = [{"purpose": "start", "on": day(start)}] if isinstance(start, str) else []
        terms += [start] if isinstance(start, dict) else []
        terms += [{"purpose": "end", "on": day(end)}] if end else []
        return create_commitment(
            **{
                "actor": coordinator,
                "process": process,
                "owed": [Owed(party, focal_point=alice)],
                "terms": terms,
                "origin": "web",
                "kind": Kind.RECURRING,
                "every_amount": every[0],
                "every_unit": every[1],
                "reference": "Art. I",
                "title": "Report",
                "track": Track.MILITARY,
                "verifying_body": verifying_body,
                **more,
            }
        )

    return make


def times(commitment: Commitment) -> list[ExpectedOccurrence]:
    rows = ExpectedOccurrence.objects.filter(obligation__commitment=commitment)
    return list(rows.order_by("obligation", "period_from", "number"))


def due_days(commitment: Commitment) -> list[str]:
    return [str(one.due_on) for one in times(commitment)]


def report(obligation: Obligation, level: int = 3, **more: Any) -> Any:
    return submit_check_in(
        obligation=obligation, author=obligation.focal_point, level=level, origin="web", **more
    )[0]


def owed(commitment: Commitment) -> tuple[str, int]:
    one = commitment.obligations.get()
    return str(one.due_on), one.missed


# --- Which periods there are ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "start", "expected"),
    [
        ((1, "months"), "2026-01-31", ["02-27", "03-30", "04-29", "05-30", "06-29"]),
        ((6, "months"), "2025-08-31", ["02-27", "08-30"]),
        ((1, "weeks"), "2026-05-20", ["05-26", "06-02"]),
        ((2, "weeks"), "2026-06-01", ["06-14"]),
        ((30, "days"), "2026-04-20", ["05-19", "06-18"]),
        ((48, "hours"), "2026-05-28", ["05-29", "05-31", "06-02"]),
        ((36, "hours"), "2026-05-28", ["05-28", "05-30", "05-31", "06-02"]),
    ],
)
def test_each_period_is_expected_by_its_last_day_until_the_running_one(
    enter, every, start, expected
) -> None:
    found = [one[5:] for one in due_days(enter(every, start))]
    assert found == expected


def test_a_year_that_begins_on_a_leap_day_ends_before_its_last_of_february(enter) -> None:
    commitment = enter((1, "years"), "2024-02-29")
    assert due_days(commitment) == ["2025-02-27", "2026-02-27", "2027-02-27"]


def test_so_many_times_in_each_period_are_each_expected(enter) -> None:
    commitment = enter(start="2026-05-15", times=2)
    assert due_days(commitment) == ["2026-06-14"] * 2
    assert [one.number for one in times(commitment)] == [1, 2]
    first, second = times(commitment)
    report(commitment.obligations.get())
    report(commitment.obligations.get())
    assert [one.check_ins.count() for one in (first, second)] == [1, 1]


def test_a_day_without_a_start_is_the_day_on_which_it_was_entered(enter) -> None:
    assert due_days(enter(start=None)) == ["2026-06-30"]


def test_nothing_is_expected_while_it_is_not_known_when_it_starts(
    enter, process, coordinator
) -> None:
    anchor = AnchorEventFactory(process=process, key="transfer")
    commitment = enter(start={"purpose": "start", "anchor": anchor, "amount": 5})
    assert due_days(commitment) == []
    move = {"actor": coordinator, "anchor": anchor, "origin": "web", "status": "planned"}
    move_anchor(on=day("2026-06-10"), **move)
    assert due_days(commitment) == ["2026-07-14"]
    move_anchor(on=day("2026-04-01"), **move)
    assert due_days(commitment) == ["2026-05-05", "2026-06-05"]
    move_anchor(on=day("2026-06-20"), **move)  # what is over is called off: nobody had begun
    assert due_days(commitment) == ["2026-05-05", "2026-07-24"]
    assert [one.called_off_because for one in times(commitment)] == [NOT_STARTED, ""]
    move_anchor(on=day("2026-04-01"), **move)
    assert due_days(commitment) == ["2026-05-05", "2026-06-05"]
    assert [one.called_off_because for one in times(commitment)] == ["", ""]


def test_the_end_cuts_the_last_period_short(enter, clock) -> None:
    commitment = enter(start="2026-05-01", end="2026-06-10")
    assert due_days(commitment) == ["2026-05-31", "2026-06-10"]
    clock.shift(dt.timedelta(days=90))
    assert (expect_more(), due_days(commitment)) == (0, ["2026-05-31", "2026-06-10"])


def test_what_ends_before_it_starts_is_never_expected(enter) -> None:
    assert due_days(enter(start="2026-07-01", end="2026-06-10")) == []


def test_an_end_that_is_brought_forward_calls_off_what_lies_behind_it(enter, coordinator) -> None:
    commitment = enter(start="2026-03-01")
    terms = [
        {"purpose": "start", "on": day("2026-03-01")},
        {"purpose": "end", "on": day("2026-03-31")},
    ]
    change_deadline(actor=coordinator, commitment=commitment, origin="web", terms=terms)
    rows = times(commitment)
    assert [(str(one.due_on), one.called_off_because) for one in rows] == [
        ("2026-03-31", ""), ("2026-04-30", ENDED), ("2026-05-31", ENDED),
    ]  # fmt: skip


def test_a_slower_rhythm_invents_no_missed_period_when_it_becomes_faster(
    enter, coordinator
) -> None:
    commitment = enter((1, "years"), "2026-01-01")
    change_commitment(
        actor=coordinator, commitment=commitment, origin="web", every_amount=1, every_unit="weeks"
    )
    [running] = times(commitment)
    assert running.due_on >= commitment.process.today()
    assert commitment.obligations.get().missed == 0


def test_an_owner_that_is_named_again_owes_nothing_of_the_meantime(
    enter, coordinator, party, other_party, clock
) -> None:
    commitment = enter(start="2026-05-01")
    both = [Owed(party), Owed(other_party)]
    change_owners(actor=coordinator, commitment=commitment, origin="web", owed=both)
    change_owners(actor=coordinator, commitment=commitment, origin="web", owed=both[:1])
    clock.shift(dt.timedelta(days=120))
    expect_more()
    change_owners(actor=coordinator, commitment=commitment, origin="web", owed=both)
    again = commitment.obligations.get(party=other_party)
    assert (again.missed, again.due_on >= commitment.process.today()) == (0, True)


def test_an_end_that_is_put_off_goes_on_with_the_rhythm(enter, coordinator) -> None:
    commitment = enter(start="2026-05-01", end="2026-06-10")
    terms = [{"purpose": "start", "on": day("2026-05-01")}]
    change_deadline(actor=coordinator, commitment=commitment, origin="web", terms=terms)
    assert due_days(commitment) == ["2026-05-31", "2026-06-30"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(14, ["06-30"]), (30, ["06-30", "07-31"]), (400, 14)],
)
def test_what_is_expected_meanwhile_is_there_at_the_next_tick_however_late_it_is(
    enter, clock, days, expected
) -> None:
    commitment = enter()
    clock.shift(dt.timedelta(days=days))
    ticked = expect_more()
    found = [one[5:] for one in due_days(commitment)]
    assert (found if days < 400 else len(found)) == expected
    assert ticked == (0 if days == 14 else 1)
    assert expect_more() == 0
    assert list(differences(commitment.process)) == []


def test_more_periods_than_anybody_reads_are_refused(enter) -> None:
    with pytest.raises(Refused):
        enter((1, "days"), "1990-01-01")


# --- What is asked for ------------------------------------------------------------------------


def test_the_last_period_that_is_over_is_asked_for_and_older_ones_are_counted(enter) -> None:
    commitment = enter(start="2026-02-01")
    assert owed(commitment) == ("2026-05-31", 4)
    report(commitment.obligations.get())
    assert owed(commitment) == ("2026-06-30", 3)


def test_an_older_period_that_was_extended_is_asked_for_until_its_new_day(
    enter, coordinator, clock
) -> None:
    commitment = enter(start="2026-05-01")
    may, _june = times(commitment)
    extension, _moves = extend_deadline(
        actor=coordinator, commitment=commitment, origin="web", expected=may,
        agreed_by="JMC", agreed_on=day("2026-05-30"), on=day("2026-07-20"),
    )  # fmt: skip
    assert owed(commitment) == ("2026-06-30", 0)
    report(commitment.obligations.get(), expected=times(commitment)[1])
    assert owed(commitment) == ("2026-07-20", 0)
    clock.shift(dt.timedelta(days=35))
    expect_more()
    assert owed(commitment) == ("2026-07-20", 0)
    withdraw_extension(actor=coordinator, extension=extension, because="No.", origin="web")
    assert owed(commitment) == ("2026-07-31", 1)
    assert list(differences(commitment.process)) == []


def test_what_is_called_off_is_not_asked_for(enter, coordinator) -> None:
    commitment = enter(start="2026-05-01")
    call_off(actor=coordinator, expected=times(commitment)[0], because="Snow.", origin="web")
    assert owed(commitment) == ("2026-06-30", 0)
    assert state_of(times(commitment)[0]) == State.CALLED_OFF


# --- What may change --------------------------------------------------------------------------


def stored(rows: list[ExpectedOccurrence]) -> dict[int, dict[str, Any]]:
    keys = [one.pk for one in rows]
    return {one["id"]: one for one in ExpectedOccurrence.objects.filter(pk__in=keys).values()}


def is_settled(row: ExpectedOccurrence) -> bool:
    """It is over, or something was said of it."""
    said = row.check_ins.exists() or row.called_off_at
    found = row.verifications.model.every.filter(expected=row).exists()
    longer = row.extensions.model.every.filter(expected=row).exists()
    return bool(row.due_at <= dt.datetime.now(dt.UTC) or said or found or longer)


def test_the_start_moves_everything_until_something_is_over_or_said(
    enter, process, coordinator
) -> None:
    anchor = AnchorEventFactory(process=process, key="transfer")
    move = {"actor": coordinator, "anchor": anchor, "origin": "web", "status": "planned"}
    move_anchor(on=day("2026-06-10"), **move)
    commitment = enter(start={"purpose": "start", "anchor": anchor})
    assert due_days(commitment) == ["2026-07-09"]
    move_anchor(on=day("2026-06-20"), **move)
    assert due_days(commitment) == ["2026-07-19"]
    report(commitment.obligations.get(), level=1)
    kept = stored(times(commitment))
    move_anchor(on=day("2026-06-25"), **move)
    assert stored(times(commitment)) == kept


def test_a_new_rhythm_follows_what_is_over_and_begins_with_its_running_period(
    enter, coordinator
) -> None:
    commitment = enter(start="2026-04-15")
    before = stored(times(commitment)[:1])
    change_commitment(
        actor=coordinator, commitment=commitment, origin="web", every_amount=1, every_unit="weeks"
    )
    assert due_days(commitment) == ["2026-05-14", "2026-06-04"]
    assert stored(times(commitment)[:1]) == before


def test_a_finding_that_was_withdrawn_still_keeps_its_period(
    enter, coordinator, carol, verifying_body
) -> None:
    commitment = enter()
    [june] = times(commitment)
    finding = record_verification(
        actor=carol, obligation=june.obligation, body=verifying_body, level=1, found="Half.",
        occurred_on=day("2026-05-31"), expected=june, origin="web",
    )  # fmt: skip
    withdraw_verification(actor=carol, verification=finding, because="No.", origin="web")
    change_commitment(actor=coordinator, commitment=commitment, origin="web", every_amount=2)
    assert due_days(commitment) == ["2026-06-30", "2026-08-31"][: len(times(commitment))]
    assert times(commitment)[0] == june


@pytest.mark.parametrize("end", [None, "2026-06-20"])
def test_what_no_longer_recurs_expects_nothing_more_and_keeps_what_was(
    enter, coordinator, end
) -> None:
    commitment = enter(start="2026-05-01", end=end)
    kept = stored(times(commitment)[:1])
    commitment.deadline.terms.all().delete()
    change_commitment(actor=coordinator, commitment=commitment, origin="web", kind=Kind.DATED)
    assert stored(times(commitment)) == kept
    commitment.refresh_from_db()
    assert (commitment.recurs_from, commitment.expects_next_at) == (None, None)
    assert owed(commitment) == ("None", 0)


def test_who_is_added_later_owes_from_the_running_period_on(
    enter, process, party, other_party, coordinator, alice, clock
) -> None:
    commitment = enter(start="2026-02-01")
    change_owners(
        actor=coordinator, commitment=commitment, origin="web",
        owed=[Owed(party, focal_point=alice), Owed(other_party)],
    )  # fmt: skip
    added = commitment.obligations.get(party=other_party)
    assert [str(one.due_on) for one in added.expected.all()] == ["2026-06-30"]
    for days in (0, 40, 60):  # and stays so, whenever the dates are worked out again
        clock.shift(dt.timedelta(days=days))
        expect_more()
        change_commitment(
            actor=coordinator, commitment=commitment, origin="web", title=f"Report {days}"
        )
    assert [str(one.due_on) for one in added.expected.all()] == [
        "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30",
    ]  # fmt: skip
    assert list(differences(process)) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_change_touches_only_the_untouched_future(
    enter, process, party, other_party, coordinator, alice, carol, verifying_body, clock, seed
) -> None:
    """Whatever is over or was touched stays as it is to the last column, whatever is changed."""
    random = Random(seed)
    commitment = enter((random.choice([10, 20]), "days"), "2026-05-05", times=2)
    for _ in range(10):
        row = random.choice(times(commitment))
        match random.choice(["report", "find", "call off", "extend", "wait"]):
            case "report" if not row.called_off_at:
                report(row.obligation, random.choice([1, 3]), expected=row)
            case "find":
                record_verification(
                    actor=carol, obligation=row.obligation, body=verifying_body, level=1,
                    found="Half.", occurred_on=day("2026-05-31"), expected=row, origin="web",
                )  # fmt: skip
            case "call off" if row.reported_level != 3:
                call_off(actor=coordinator, expected=row, because="Snow.", origin="web")
            case "extend":
                extend_deadline(
                    actor=coordinator, commitment=commitment, origin="web", expected=row,
                    agreed_by="JMC", agreed_on=day("2026-05-30"), amount=3,
                )  # fmt: skip
            case "wait":
                clock.shift(dt.timedelta(days=random.choice([3, 25])))
                expect_more()
        kept = [one for one in times(commitment) if is_settled(one)]
        before = stored(kept)
        match random.choice(["rhythm", "times", "start", "owners", "tick"]):
            case "rhythm":
                change_commitment(
                    actor=coordinator, commitment=commitment, origin="web",
                    every_amount=random.choice([5, 15, 40]),
                )  # fmt: skip
            case "times":
                change_commitment(
                    actor=coordinator, commitment=commitment, origin="web",
                    times=random.choice([1, 2, 3]),
                )  # fmt: skip
            case "start":
                start = {"purpose": "start", "on": day(random.choice(["2026-04-20", "2026-05-01"]))}
                end = {"purpose": "end", "on": commitment.process.today() + dt.timedelta(days=50)}
                change_deadline(
                    actor=coordinator, commitment=commitment, origin="web",
                    terms=random.choice([[start], [start, end]]),
                )  # fmt: skip
            case "owners":
                change_owners(
                    actor=coordinator, commitment=commitment, origin="web",
                    owed=[Owed(party, focal_point=alice), Owed(other_party, focal_point=alice)],
                )  # fmt: skip
            case "tick":
                expect_more()
        assert stored(kept) == before
        own = [(one.period_from, one.period_to) for one in times(commitment)]
        assert all(begins < ends for begins, ends in own)
    assert list(differences(process)) == []


# --- A late edit never makes it in time -------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_once_late_by_its_first_full_report_only_a_finding_makes_it_met(
    enter, carol, verifying_body, clock, seed
) -> None:
    random = Random(seed)
    commitment = enter(start="2026-05-20", every=(3, "weeks"))
    obligation = commitment.obligations.get()
    key, was_late = times(commitment)[0].pk, False
    for _ in range(14):
        clock.shift(dt.timedelta(days=random.choice([0, 0, 2, 4])))
        expect_more()
        rows = times(commitment)
        about = random.choice([rows[0], rows[0], random.choice(rows)])
        level = random.choice([3, 3, 1])
        today = commitment.process.today()
        report(
            obligation,
            level,
            expected=about,
            period_on=random.choice([None, today, today - dt.timedelta(days=7)]),
            done_on=random.choice([None, day("2026-05-21")]) if level == 3 else None,
        )
        state = state_of(ExpectedOccurrence.objects.get(pk=key))
        assert not (was_late and state == State.MET)
        was_late = was_late or state == State.LATE
        if state == State.MISSING:
            was_late = True
    record_verification(
        actor=carol, obligation=obligation, body=verifying_body, level=3, found="All.",
        occurred_on=day("2026-05-25"), expected=ExpectedOccurrence.objects.get(pk=key),
        origin="web",
    )  # fmt: skip
    assert state_of(ExpectedOccurrence.objects.get(pk=key)) == State.MET


def test_a_report_that_is_moved_to_another_time_takes_what_it_revised_with_it(enter, clock) -> None:
    """Else what was late would be in time by a report that was taken back."""
    commitment = enter(start="2026-06-01", every=(1, "weeks"))
    obligation, asked = commitment.obligations.get(), day("2026-06-01")
    [first] = times(commitment)
    report(obligation, 3, expected=first, period_on=asked)
    clock.shift(dt.timedelta(days=9))
    expect_more()
    report(obligation, 1, expected=first, period_on=asked)
    report(obligation, 3, expected=first)
    first.refresh_from_db()
    assert state_of(first) == State.LATE
    report(obligation, 3, expected=times(commitment)[1], period_on=asked)
    first.refresh_from_db()
    assert state_of(first) == State.LATE


def test_periods_that_came_due_while_it_was_suspended_are_not_missed(
    enter, clock, coordinator
) -> None:
    """June is missed; July to September fell into the suspension; October counts again."""
    commitment = enter()
    clock.move_to(dt.datetime(2026, 7, 10, 7, tzinfo=dt.UTC))
    expect_more()
    flag = raise_flag(
        actor=coordinator,
        commitment=commitment,
        kind=Flag.Kind.SUSPENDED,
        reason="Talks have stopped.",
        origin="web",
    )
    clock.move_to(dt.datetime(2026, 9, 5, 7, tzinfo=dt.UTC))
    expect_more()
    states = [state_of(row) for row in ExpectedOccurrence.objects.order_by("number")]
    assert states[:3] == [State.MISSING, State.CALLED_OFF, State.CALLED_OFF]
    clock.move_to(dt.datetime(2026, 10, 5, 7, tzinfo=dt.UTC))
    lift_flag(actor=coordinator, flag=flag, because="They resumed.", origin="web")
    clock.move_to(dt.datetime(2026, 11, 5, 7, tzinfo=dt.UTC))
    expect_more()
    rows = list(ExpectedOccurrence.objects.order_by("number"))
    assert [state_of(row) for row in rows][:5] == [
        State.MISSING,
        *[State.CALLED_OFF] * 3,
        State.MISSING,
    ]
    assert {row.called_off_because for row in rows[1:4]} == {"It was suspended then."}
    assert list(differences(commitment.process)) == []
