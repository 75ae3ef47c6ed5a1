"""What is refused when a commitment is entered or changed, and what becomes of what was said."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from coordination.base.errors import Refused
from coordination.commitments.actions import (
    Bounded,
    Owed,
    create_commitment,
    record_verification,
)
from coordination.commitments.actions.dependencies import enter_dependency
from coordination.commitments.actions.entering import (
    change_bounds,
    change_commitment,
    change_owners,
    withdraw_commitment,
)
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.actions.rewriting import rewrite_commitment
from coordination.commitments.actions.triggers import enter_trigger, expect_more
from coordination.commitments.expected import State, state_of
from coordination.commitments.models import Commitment, ExpectedOccurrence, Obligation
from coordination.commitments.verification import differences
from coordination.ledger.models import Entry
from coordination.processes.models import Track

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 10, 7, tzinfo=dt.UTC)
JULY = {"on": dt.date(2026, 7, 31)}
START = {"purpose": "start", "on": dt.date(2026, 1, 1)}
MONTHLY: dict[str, Any] = {"kind": "recurring", "every_amount": 1, "every_unit": "months"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def by(coordinator) -> dict[str, Any]:
    return {"actor": coordinator, "origin": "web"}


@pytest.fixture
def enter(process, party, by, alice, verifying_body):
    def make(*terms: dict[str, Any], **more: Any) -> Commitment:
        owed = [Owed(party, focal_point=alice)]
        said = {"reference": "Art. I", "title": "Do it", "verifying_body": verifying_body}
        fields = {"owed": owed, "track": Track.MILITARY, **said, **more}
        return create_commitment(process=process, terms=terms, **by, **fields)

    return make


def test_what_was_withdrawn_meanwhile_is_neither_changed_nor_counted_from(enter, by, party) -> None:
    gone, other = enter(JULY), enter(JULY)
    withdraw_commitment(commitment=Commitment.objects.get(pk=gone.pk), because="A slip.", **by)
    calls = [
        lambda: change_commitment(commitment=gone, title="Changed", **by),
        lambda: rewrite_commitment(commitment=gone, title="Changed", **by),
        lambda: change_owners(commitment=gone, owed=[Owed(party)], **by),
        lambda: change_bounds(commitment=gone, bounds=[], **by),
        lambda: enter_dependency(commitment=gone, on=other, **by),
    ]
    for call in calls:
        with pytest.raises(Refused, match="It was withdrawn from the register meanwhile"):
            call()
    named = [
        lambda: enter({"after_commitment": gone, "amount": 3}),
        lambda: enter_dependency(commitment=other, on=gone, **by),
        lambda: enter(kind="triggered", follows=gone),
    ]
    for call in named:
        with pytest.raises(Refused, match=f"{gone.code} was withdrawn from the register"):
            call()
    assert list(Obligation.objects.values_list("commitment", flat=True)) == [other.pk]


@pytest.mark.parametrize(
    ("rhythm", "field"),
    [
        ({"every_unit": "hours", "every_amount": 12}, "every_amount"),
        ({"every_unit": "years", "every_amount": 100}, "every_amount"),
        ({"times": 101}, "times"),
    ],
)
def test_a_rhythm_beyond_reason_is_refused(enter, by, rhythm, field) -> None:
    with pytest.raises(Refused) as caught:
        enter(START, **MONTHLY | rhythm)
    assert caught.value.field == field
    commitment = enter(START, **MONTHLY)
    with pytest.raises(Refused):
        change_commitment(commitment=commitment, **by, **rhythm)


def test_what_was_found_of_one_time_completes_nothing(
    enter, by, carol, verifying_body, process
) -> None:
    commitment = enter(START, **MONTHLY)
    waits = enter({"after_commitment": commitment, "amount": 10})
    time = ExpectedOccurrence.objects.filter(obligation__commitment=commitment).first()
    record_verification(
        actor=carol, obligation=commitment.obligations.get(), body=verifying_body, level=3,
        found="Seen.", occurred_on=dt.date(2026, 1, 20), expected=time, origin="web",
    )  # fmt: skip
    row = commitment.obligations.get()
    assert (row.verified_level, row.completed_on) == (3, None)
    assert waits.deadline.due_on is None
    rewrite_commitment(commitment=commitment, kind="dated", terms=[JULY], **by)
    row = commitment.obligations.get()
    assert (row.verified_level, row.completed_on, row.due_on) == (None, None, JULY["on"])
    assert list(differences(process)) == []


def test_what_was_completed_is_no_longer_when_it_has_to_be_kept_up(
    enter, by, carol, verifying_body, process
) -> None:
    commitment = enter(JULY)
    waits = enter({"after_commitment": commitment, "amount": 10})
    record_verification(
        actor=carol, obligation=commitment.obligations.get(), body=verifying_body, level=3,
        found="Seen.", occurred_on=dt.date(2026, 6, 1), origin="web",
    )  # fmt: skip
    waits.deadline.refresh_from_db()
    assert waits.deadline.due_on == dt.date(2026, 6, 11)
    rewrite_commitment(commitment=commitment, kind="standing", terms=[START], **by)
    waits.deadline.refresh_from_db()
    assert (commitment.obligations.get().completed_on, waits.deadline.due_on) == (None, None)
    assert list(differences(process)) == []


def test_what_another_follows_goes_on_being_expected(enter, by, process) -> None:
    trigger = enter_trigger(process=process, key="report", name="A report", **by)
    first = enter({"from_opening": True, "amount": 2}, kind="triggered", trigger=trigger)
    second = enter({"from_opening": True, "amount": 2}, kind="triggered", follows=first)
    with pytest.raises(Refused, match=f"{second.code} is triggered by its fulfilment"):
        rewrite_commitment(commitment=first, kind="dated", trigger=None, terms=[JULY], **by)


def test_the_numbers_of_who_owes_it_no_longer_stay_as_they_are(
    enter, by, party, other_party, alice
) -> None:
    ours, theirs = (Bounded("at_least", Decimal(5), "tanks", one) for one in (party, other_party))
    commitment = enter(
        JULY, kind="quantity", owed=[Owed(party), Owed(other_party)], bounds=[ours, theirs]
    )
    bound = commitment.bounds.get(obligation__party=party)
    record_measurement(
        actor=alice, bound=bound, value=Decimal(1), on=dt.date(2026, 6, 1), origin="web"
    )
    change_owners(commitment=commitment, owed=[Owed(other_party)], **by)
    more = Bounded("at_least", Decimal(7), "tanks", other_party)
    change_bounds(commitment=commitment, bounds=[more], **by)
    assert sorted(map(str, commitment.bounds.all())) == ["at least 5 tanks", "at least 7 tanks"]
    with pytest.raises(Refused, match="does not owe it"):
        change_bounds(commitment=commitment, bounds=[ours, more], **by)


def test_a_number_says_nothing_of_what_is_no_longer_held_against_it(enter, by, alice) -> None:
    commitment = enter(kind="limit", bounds=[Bounded("at_most", Decimal(5), "tanks")])
    record_measurement(
        actor=alice, bound=commitment.bounds.get(), value=Decimal(9), on=dt.date(2026, 6, 1),
        origin="web",
    )  # fmt: skip
    assert commitment.obligations.get().out_of_bounds
    rewrite_commitment(commitment=commitment, kind="standing", bounds=[], terms=[], **by)
    assert not commitment.obligations.get().out_of_bounds
    assert str(commitment.bounds.get()) == "at most 5 tanks"


def test_who_owes_it_again_owes_nothing_of_the_time_between(
    enter, by, party, other_party, clock
) -> None:
    both = [Owed(party), Owed(other_party)]
    commitment = enter({"purpose": "start", "on": dt.date(2026, 6, 1)}, owed=both, **MONTHLY)
    change_owners(commitment=commitment, owed=both[1:], **by)
    clock.move_to(dt.datetime(2026, 9, 10, tzinfo=dt.UTC))
    expect_more()
    change_owners(commitment=commitment, owed=both, **by)
    again = commitment.obligations.get(party=party)
    rows = ExpectedOccurrence.objects.filter(obligation=again).order_by("number")
    assert [state_of(row) for row in rows] == [State.CALLED_OFF] * 3 + [State.EXPECTED]
    assert again.missed == 0


def test_a_bound_that_passes_from_one_owner_to_another_is_in_the_ledger(
    enter, by, party, other_party
) -> None:
    commitment = enter(owed=[Owed(party), Owed(other_party)])
    for owner in (party, other_party):
        guns = Bounded("at_most", Decimal(9), "guns", owner)
        change_bounds(commitment=commitment, bounds=[guns], **by)
    entry = Entry.objects.about(commitment).filter(verb="commitment.bounds-changed").first()
    assert entry.before == {"bounds": ["at most 9 guns, Avaria"]}
    assert entry.after == {"bounds": ["at most 9 guns, Bellonia"]}
