"""What is triggered: each time by itself, and what follows from a fulfilment."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from coordination.base.errors import Refused
from coordination.commitments.actions import (
    Owed,
    create_commitment,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import extend_deadline
from coordination.commitments.actions.findings import withdraw_verification
from coordination.commitments.actions.triggers import (
    call_off,
    enter_trigger,
    expect_more,
    record_trigger_event,
    withdraw_trigger_event,
)
from coordination.commitments.expected import State, state_of
from coordination.commitments.models import Commitment, ExpectedOccurrence, Trigger
from coordination.commitments.verification import differences
from coordination.ledger.models import Entry
from coordination.processes.models import Track

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 10, 7, tzinfo=dt.UTC)
Kind = Commitment.Kind


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def enter(process, party, coordinator, alice, verifying_body):
    def make(*terms: dict[str, Any], **more: Any) -> Commitment:
        return create_commitment(
            **{
                "actor": coordinator,
                "process": process,
                "owed": [Owed(party, focal_point=alice)],
                "terms": terms,
                "origin": "web",
                "kind": Kind.TRIGGERED,
                "reference": "Art. I",
                "title": "Investigate",
                "track": Track.MILITARY,
                "verifying_body": verifying_body,
                **more,
            }
        )

    return make


@pytest.fixture
def trigger(process, coordinator) -> Trigger:
    return enter_trigger(
        actor=coordinator, process=process, origin="web", key="report", name="A report"
    )


@pytest.fixture
def happen(coordinator, trigger):
    def record(on: str = "2026-06-01", **more: Any):
        return record_trigger_event(
            actor=coordinator, trigger=trigger, what="Shots", on=day(on), origin="web", **more
        )

    return record


@pytest.fixture
def done(alice):
    def report(row: ExpectedOccurrence, level: int = 3, **more: Any) -> None:
        submit_check_in(
            obligation=row.obligation, author=alice, level=level, origin="web", expected=row, **more
        )

    return report


def opening(amount: int, unit: str = "days", **more: Any) -> dict[str, Any]:
    return {"from_opening": True, "amount": amount, "unit": unit, **more}


def times(commitment: Commitment) -> list[ExpectedOccurrence]:
    rows = ExpectedOccurrence.objects.filter(obligation__commitment=commitment)
    return list(rows.select_related("obligation__commitment__process").order_by("number"))


def due_days(commitment: Commitment) -> list[str]:
    return [str(one.due_on) for one in times(commitment)]


def owed(commitment: Commitment) -> str:
    return str(commitment.obligations.get().due_on)


def test_each_time_that_it_happens_is_answered_by_itself(enter, trigger, happen, done) -> None:
    commitment = enter(opening(7), trigger=trigger)
    assert (due_days(commitment), owed(commitment)) == ([], "None")
    happen("2026-06-01")
    happen("2026-06-08")
    assert (due_days(commitment), owed(commitment)) == (["2026-06-08", "2026-06-15"], "2026-06-08")
    done(times(commitment)[0])
    assert owed(commitment) == "2026-06-15"
    assert [state_of(one) for one in times(commitment)] == [State.LATE, State.EXPECTED]
    assert list(differences(commitment.process)) == []


def test_hours_count_from_the_moment_at_which_it_happened(enter, trigger, happen) -> None:
    commitment = enter(opening(48, "hours"), trigger=trigger)
    happen("2026-06-08", at=dt.datetime(2026, 6, 8, 9, 30, tzinfo=dt.UTC))
    happen("2026-06-08")
    assert [one.due_at for one in times(commitment)] == [
        dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 6, 10, 22, tzinfo=dt.UTC),
    ]


@pytest.mark.parametrize(("rule", "expected"), [("earlier", "2026-06-08"), ("later", "2026-08-01")])
def test_the_earlier_or_later_of_the_trigger_and_a_date(
    enter, trigger, happen, rule, expected
) -> None:
    commitment = enter(
        opening(7), {"on": day("2026-08-01")}, trigger=trigger, deadline={"rule": rule}
    )
    happen("2026-06-01")
    assert due_days(commitment) == [expected]


@pytest.mark.parametrize(
    ("at", "is_refused"),
    [
        (dt.datetime(2026, 6, 10, 21, 59, tzinfo=dt.UTC), False),
        (dt.datetime(2026, 6, 10, 22, 0, tzinfo=dt.UTC), True),  # the 11th in Sarajevo
    ],
)
def test_nothing_happens_tomorrow(enter, happen, at, is_refused) -> None:
    if is_refused:
        with pytest.raises(Refused):
            happen("2026-06-10", at=at)
    else:
        assert happen("2026-06-10", at=at).on == day("2026-06-10")


def test_what_did_not_happen_is_called_off_where_nobody_has_answered(
    enter, trigger, happen, done, coordinator, other_party, party, alice
) -> None:
    commitment = enter(
        opening(7),
        trigger=trigger,
        owed=[Owed(party, focal_point=alice), Owed(other_party, focal_point=alice)],
    )
    event = happen()
    done(times(commitment)[0])
    withdraw_trigger_event(actor=coordinator, event=event, because="A drill.", origin="web")
    assert sorted(state_of(one) for one in times(commitment)) == [State.CALLED_OFF, State.LATE]
    assert {one.due_on for one in commitment.obligations.all()} == {None}
    assert list(differences(commitment.process)) == []


def test_what_was_met_is_not_called_off(enter, trigger, happen, done, coordinator) -> None:
    commitment = enter(opening(7), trigger=trigger)
    happen()
    done(times(commitment)[0])
    with pytest.raises(Refused):
        call_off(actor=coordinator, expected=times(commitment)[0], because="Snow.", origin="web")


# --- What follows -----------------------------------------------------------------------------


@pytest.fixture
def cascade(enter, trigger) -> list[Commitment]:
    """A report is answered within 7 days, that is published within 5, and that is discussed
    within 2 weeks."""
    first = enter(opening(7), trigger=trigger)
    second = enter(opening(5), follows=first)
    return [first, second, enter(opening(2, "weeks"), follows=second)]


def test_each_fulfilment_lets_the_next_be_expected(cascade, happen, done) -> None:
    first, second, third = cascade
    happen()
    assert [due_days(one) for one in cascade] == [["2026-06-08"], [], []]
    done(times(first)[0], done_on=day("2026-06-03"))
    assert [due_days(one) for one in cascade] == [["2026-06-08"], ["2026-06-08"], []]
    done(times(second)[0])
    assert due_days(third) == ["2026-06-24"]
    done(times(first)[0], done_on=day("2026-06-05"))
    assert [due_days(one) for one in cascade] == [["2026-06-08"], ["2026-06-10"], ["2026-06-24"]]
    assert list(differences(first.process)) == []


def test_a_finding_dates_anew_what_follows_and_one_that_contradicts_takes_its_date(
    cascade, happen, done, carol, verifying_body
) -> None:
    first, second, _third = cascade
    happen()
    done(times(first)[0], done_on=day("2026-06-03"))

    def find(level: int, on: str) -> Any:
        time = times(first)[0]
        return record_verification(
            actor=carol, obligation=time.obligation, body=verifying_body, level=level,
            found="Seen.", occurred_on=day(on), expected=time, origin="web",
        )  # fmt: skip

    find(3, "2026-06-04")
    assert due_days(second) == ["2026-06-09"]
    contradicts = find(1, "2026-06-04")
    assert (due_days(second), owed(second)) == (["None"], "None")
    assert Entry.objects.latest("sequence").summary == (
        f"{second.code}: due on no day, before 9 Jun 2026"
    )
    withdraw_verification(actor=carol, verification=contradicts, because="No.", origin="web")
    assert (due_days(second), owed(second)) == (["2026-06-09"], "2026-06-09")
    assert list(differences(first.process)) == []


def test_a_report_that_is_taken_back_takes_the_date_of_what_follows(cascade, happen, done) -> None:
    first, second, _third = cascade
    happen()
    done(times(first)[0])
    assert due_days(second) == ["2026-06-15"]
    done(times(first)[0], level=1)
    assert due_days(second) == ["None"]
    done(times(first)[0])
    assert due_days(second) == ["2026-06-15"]


def test_a_report_that_is_moved_to_another_time_moves_what_follows(cascade, happen, done) -> None:
    first, second, _third = cascade
    happen("2026-06-01")
    happen("2026-06-02")
    earlier, later = times(first)
    done(earlier, period_on=day("2026-06-09"), done_on=day("2026-06-03"))
    done(later, period_on=day("2026-06-09"), done_on=day("2026-06-04"))
    assert [(one.follows, str(one.due_on)) for one in times(second)] == [
        (earlier, "None"),
        (later, "2026-06-09"),
    ]
    assert list(differences(first.process)) == []


def test_what_follows_itself_is_expected_again_after_each_time(
    enter, trigger, happen, done
) -> None:
    commitment = enter(opening(1, "months"), trigger=trigger)
    again = enter(opening(1, "months"), follows=commitment)
    Commitment.objects.filter(pk=again.pk).update(follows=again)
    happen()
    [first] = times(commitment)
    row = ExpectedOccurrence.objects.create(
        obligation=again.obligations.get(), number=1, follows=first
    )
    done(row)
    assert due_days(again)[1:] == ["2026-07-10"]


def test_what_cannot_be_planned_keeps_nothing_else_from_being_planned(
    enter, clock, caplog, trigger
) -> None:
    start = {"purpose": "start", "on": day("2026-06-01")}
    said = {"kind": Kind.RECURRING, "every_amount": 1}
    ended = enter(start, every_unit="days", **said)
    other = enter(start, every_unit="weeks", **said)
    # As a rhythm that no form lets through any more: its periods run out of the calendar.
    Commitment.objects.filter(pk=ended.pk).update(every_unit="years", every_amount=9_000)
    clock.move_to(NOW + dt.timedelta(days=30))
    assert expect_more() == 1
    assert times(other)[-1].due_on > day("2026-07-07")
    [line] = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert line == f"The periods of {ended.code} in valley were refused"


def test_what_follows_a_time_that_is_called_off_is_called_off_with_it(
    enter, trigger, coordinator, alice
) -> None:
    first = enter({"from_opening": True, "amount": 2}, trigger=trigger)
    second = enter({"from_opening": True, "amount": 2}, follows=first)
    event = record_trigger_event(
        actor=coordinator, trigger=trigger, what="x", on=day("2026-06-09"), origin="web"
    )
    [time] = times(first)
    said = {"obligation": first.obligations.get(), "author": alice, "origin": "web"}
    submit_check_in(level=3, expected=time, **said)
    submit_check_in(level=0, expected=time, **said)
    withdraw_trigger_event(actor=coordinator, event=event, because="No.", origin="web")
    assert [state_of(one) for one in (*times(first), *times(second))] == [State.CALLED_OFF] * 2


def test_a_finding_of_the_day_leaves_late_what_was_reported_after_the_moment(
    enter, trigger, coordinator, alice, carol, verifying_body, clock
) -> None:
    commitment = enter({"from_opening": True, "amount": 2, "unit": "hours"}, trigger=trigger)
    record_trigger_event(
        actor=coordinator, trigger=trigger, what="x", on=NOW.date(), at=NOW, origin="web"
    )
    [time] = times(commitment)
    clock.move_to(NOW + dt.timedelta(hours=5))
    said = {"obligation": commitment.obligations.get(), "expected": time, "origin": "web"}
    submit_check_in(author=alice, level=3, **said)
    record_verification(
        actor=carol, body=verifying_body, level=3, found="Seen.", occurred_on=NOW.date(), **said
    )
    assert state_of(times(commitment)[0]) == State.LATE


@pytest.mark.parametrize(
    ("agreed_on", "state"), [("2026-06-14", State.MET), ("2026-06-20", State.LATE)]
)
def test_what_was_late_stays_late_when_it_is_extended_afterwards(
    enter, trigger, coordinator, alice, clock, agreed_on, state
) -> None:
    commitment = enter({"from_opening": True, "amount": 2}, trigger=trigger)
    record_trigger_event(actor=coordinator, trigger=trigger, what="x", on=NOW.date(), origin="web")
    [time] = times(commitment)
    clock.move_to(NOW + dt.timedelta(days=5))
    submit_check_in(
        obligation=commitment.obligations.get(), expected=time, author=alice, level=3, origin="web"
    )
    clock.move_to(NOW + dt.timedelta(days=12))
    extend_deadline(
        actor=coordinator, commitment=commitment, expected=time, on=day("2026-06-30"),
        agreed_by="JMC", agreed_on=day(agreed_on), origin="web",
    )  # fmt: skip
    assert state_of(times(commitment)[0]) == state


def test_a_time_that_was_called_off_is_not_extended(enter, trigger, coordinator) -> None:
    commitment = enter({"from_opening": True, "amount": 2}, trigger=trigger)
    record_trigger_event(actor=coordinator, trigger=trigger, what="x", on=NOW.date(), origin="web")
    [time] = times(commitment)
    call_off(actor=coordinator, expected=time, because="No.", origin="web")
    with pytest.raises(Refused, match="called off this time"):
        extend_deadline(
            actor=coordinator, commitment=commitment, expected=time, amount=3, agreed_by="JMC",
            agreed_on=NOW.date(), origin="web",
        )  # fmt: skip
