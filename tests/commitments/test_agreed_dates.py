"""Dates that were agreed on later: extensions, and readings of a deadline."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from coordination.base.errors import Refused
from coordination.commitments.actions import Owed, create_commitment, move_anchor
from coordination.commitments.actions.agreed_dates import (
    enter_reading,
    extend_deadline,
    put_reading_in_force,
    withdraw_extension,
    withdraw_reading,
)
from coordination.commitments.actions.entering import withdraw_commitment
from coordination.commitments.models import Commitment, Deadline, Extension, Reading
from coordination.commitments.verification import differences
from coordination.processes.models import AnchorEvent, Track
from tests.factories import AnchorEventFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def enter(process, party, coordinator):
    def make(*terms: dict[str, Any], **more: Any) -> Commitment:
        return create_commitment(
            actor=coordinator, process=process, owed=[Owed(party)], terms=terms, origin="web",
            reference="Art. I", title="Withdraw", track=Track.MILITARY, **more,
        )  # fmt: skip

    return make


@pytest.fixture
def extend(coordinator):
    def agree(commitment: Commitment, **more: Any) -> Extension:
        given = {"agreed_by": "JMC", "agreed_on": day("2026-05-30"), "origin": "web"} | more
        return extend_deadline(actor=coordinator, commitment=commitment, **given)[0]

    return agree


@pytest.fixture
def signed(process, coordinator) -> AnchorEvent:
    anchor = AnchorEventFactory(process=process, key="signed")
    move_anchor(
        actor=coordinator, anchor=anchor, status="actual", on=day("2026-05-15"), origin="web"
    )
    return anchor


def dates(commitment: Commitment) -> tuple[str, str]:
    """Originally due, and due."""
    row = Deadline.objects.get(commitment=commitment)
    return str(row.original_on), str(row.due_on)


def test_an_extension_keeps_the_original_date_and_can_be_taken_back(
    enter, extend, coordinator
) -> None:
    commitment = enter({"on": day("2026-07-31")})
    first = extend(commitment, amount=1, unit="months")
    assert dates(commitment) == ("2026-07-31", "2026-08-31")
    extend(commitment, on=day("2026-10-01"))
    assert dates(commitment) == ("2026-07-31", "2026-10-01")
    for one in (Extension.objects.last(), first):
        withdraw_extension(actor=coordinator, extension=one, because="No.", origin="web")
    assert dates(commitment) == ("2026-07-31", "2026-07-31")
    assert list(differences(commitment.process)) == []


def test_extensions_count_in_the_order_in_which_they_were_agreed(enter, extend) -> None:
    commitment = enter({"on": day("2026-01-31")})
    extend(commitment, amount=1, unit="months", agreed_on=day("2026-05-02"))
    extend(commitment, amount=28, agreed_on=day("2026-05-01"))
    assert dates(commitment) == ("2026-01-31", "2026-03-28")


def test_an_extension_moves_with_what_it_prolongs(enter, extend, signed, coordinator) -> None:
    commitment = enter({"anchor": signed, "amount": 30})
    extend(commitment, amount=10)
    assert dates(commitment) == ("2026-06-14", "2026-06-24")
    move_anchor(
        actor=coordinator, anchor=signed, status="actual", on=day("2026-05-20"), origin="web"
    )
    assert dates(commitment) == ("2026-06-19", "2026-06-29")


@pytest.mark.parametrize(
    "more",
    [
        {"on": day("2026-07-30")},
        {"on": day("2026-09-01")},  # later than the latest that is permitted
        {"amount": 90},
        {"on": day("2026-08-10"), "agreed_on": day("2026-06-02")},
    ],
)
def test_what_is_no_extension_is_refused_and_changes_nothing(enter, extend, more) -> None:
    commitment = enter({"on": day("2026-07-31")}, {"on": day("2026-08-31"), "purpose": "latest"})
    with pytest.raises(Refused):
        extend(commitment, **more)
    assert dates(commitment) == ("2026-07-31", "2026-07-31")
    assert Extension.every.count() == 0


def test_what_has_no_date_or_may_not_be_extended_is_not(enter, extend) -> None:
    with pytest.raises(Refused):
        extend(enter(), amount=3)
    with pytest.raises(Refused):
        extend(enter({"on": day("2026-07-31")}, deadline={"extendable": False}), amount=3)


def test_each_party_reads_it_as_it_does_and_the_one_in_force_decides(
    enter, party, other_party, coordinator, signed
) -> None:
    """Minsk: within 14 days, of the signature or of the resolution."""
    commitment = enter({"anchor": signed, "amount": 14})
    resolution = {"on": day("2026-06-10")}
    ours, _moves = enter_reading(
        actor=coordinator, commitment=commitment, party=party, origin="web",
        terms=[{"anchor": signed, "amount": 14}],
    )  # fmt: skip
    theirs, _moves = enter_reading(
        actor=coordinator, commitment=commitment, party=other_party, origin="web",
        terms=[resolution],
    )  # fmt: skip
    for one in (ours, theirs):
        one.refresh_from_db()
    assert (str(ours.due_on), str(theirs.due_on)) == ("2026-05-29", "2026-06-10")
    assert dates(commitment) == ("2026-05-29", "2026-05-29")
    decide = {"actor": coordinator, "commitment": commitment, "decided_by": "JMC", "origin": "web"}
    put_reading_in_force(reading=theirs, **decide)
    assert dates(commitment) == ("2026-05-29", "2026-06-10")
    withdraw_reading(actor=coordinator, reading=theirs, because="No.", origin="web")
    assert dates(commitment) == ("2026-05-29", "2026-05-29")
    assert list(differences(commitment.process)) == []


def test_a_reading_that_was_withdrawn_makes_no_circle(enter, party, coordinator) -> None:
    first, second = enter({"on": day("2026-07-01")}), enter({"on": day("2026-08-01")})
    reading, _moves = enter_reading(
        actor=coordinator, commitment=first, party=party, origin="web",
        terms=[{"after_commitment": second, "amount": 1}],
    )  # fmt: skip
    given = {"actor": coordinator, "commitment": second, "party": party, "origin": "web"}
    given["terms"] = [{"after_commitment": first, "amount": 1}]
    with pytest.raises(Refused):
        enter_reading(**given)
    withdraw_reading(actor=coordinator, reading=reading, because="No.", origin="web")
    made, _moves = enter_reading(**given)
    made.refresh_from_db()
    assert str(made.due_on) == "2026-07-02"
    with pytest.raises(Refused):
        put_reading_in_force(
            actor=coordinator, commitment=first, reading=reading, decided_by="JMC", origin="web"
        )


@pytest.mark.parametrize("purpose", ["not_before", "latest"])
def test_a_bound_that_is_not_known_yet_leaves_the_day_a_projection(
    enter, process, coordinator, signed, purpose
) -> None:
    anchor = AnchorEventFactory(process=process, key="elections")
    commitment = enter({"anchor": signed, "amount": 60}, {"anchor": anchor, "purpose": purpose})
    row = Deadline.objects.get(commitment=commitment)
    assert (str(row.due_on), row.is_projected) == ("2026-07-14", True)
    move_anchor(
        actor=coordinator, anchor=anchor, status="actual", on=day("2026-05-30"), origin="web"
    )
    row.refresh_from_db()
    expected = "2026-07-14" if purpose == "not_before" else "2026-05-30"
    assert (str(row.due_on), row.is_projected) == (expected, False)


def test_nothing_counts_from_the_next_period_of_what_recurs(
    enter, process, coordinator, party
) -> None:
    """A period is no completion; and it came to a date or to none by what was worked out."""
    recurs = enter(
        {"purpose": "start", "on": day("2026-05-01")},
        kind=Commitment.Kind.RECURRING, every_amount=1, every_unit="months",
    )  # fmt: skip
    commitment = enter({"after_commitment": recurs, "amount": 10})
    assert dates(commitment) == ("None", "None")


def test_an_extension_that_changes_nothing_is_refused(enter, extend) -> None:
    commitment = enter({"on": day("2026-07-31")})
    with pytest.raises(Refused, match="It changes nothing: it is due 31 Jul 2026 already"):
        extend(commitment, on=day("2026-07-31"))
    extend(commitment, on=day("2026-09-30"))
    with pytest.raises(Refused, match="That is earlier than 30 Sep 2026"):
        extend(commitment, on=day("2026-08-31"), agreed_on=day("2026-05-01"))
    assert dates(commitment) == ("2026-07-31", "2026-09-30")


def test_what_an_extension_counts_from_moves_it_no_further_than_permitted_and_never_back(
    enter, extend, signed, coordinator
) -> None:
    latest = {"on": day("2026-08-31"), "purpose": "latest"}
    bound = enter({"anchor": signed, "amount": 30}, latest)
    fixed = enter({"anchor": signed, "amount": 30})
    extend(bound, amount=30)
    extend(fixed, on=day("2026-07-01"))
    move_anchor(
        actor=coordinator, anchor=signed, status="actual", on=day("2026-05-15"), origin="web"
    )
    assert (dates(bound)[1], dates(fixed)[1]) == ("2026-07-14", "2026-07-01")
    move_anchor(
        actor=coordinator, anchor=signed, status="rescheduled", on=day("2026-07-20"),
        origin="web", not_happened=True, decided_by="JMC", decided_on=day("2026-06-01"),
    )  # fmt: skip
    assert (dates(bound), dates(fixed)) == (
        ("2026-08-19", "2026-08-31"),
        ("2026-08-19", "2026-08-19"),
    )


def test_a_reading_that_others_changed_meanwhile_keeps_what_they_decided(
    enter, other_party, coordinator
) -> None:
    commitment, other = enter({"on": day("2026-07-31")}), enter({"on": day("2026-07-31")})
    given: dict[str, Any] = {
        "actor": coordinator, "commitment": commitment, "party": other_party,
        "terms": [{"on": day("2026-07-01")}], "origin": "web",
    }  # fmt: skip
    reading, _moves = enter_reading(**given)
    stale = Reading.objects.get(pk=reading.pk)
    put_reading_in_force(
        actor=coordinator, commitment=commitment, reading=reading, decided_by="JMC", origin="web"
    )
    enter_reading(**given, reading=stale, argument="As it is written.")
    reading.refresh_from_db()
    said = (reading.in_force, reading.decided_by, reading.argument)
    assert said == (True, "JMC", "As it is written.")
    assert dates(commitment) == ("2026-07-31", "2026-07-01")
    with pytest.raises(Refused, match="another deadline"):
        enter_reading(**given | {"commitment": other}, reading=stale)
    withdraw_reading(actor=coordinator, reading=reading, because="No.", origin="web")
    with pytest.raises(Refused, match="This reading was withdrawn meanwhile"):
        enter_reading(**given, reading=stale, argument="Once more.")
    assert Reading.objects.count() == 0


def test_what_only_a_withdrawn_reading_counts_from_can_be_withdrawn(
    enter, other_party, coordinator
) -> None:
    base, commitment = enter({"on": day("2026-07-31")}), enter({"on": day("2026-07-31")})
    reading, _moves = enter_reading(
        actor=coordinator, commitment=commitment, party=other_party, origin="web",
        terms=[{"after_commitment": base, "amount": 3}],
    )  # fmt: skip
    gone = {"actor": coordinator, "because": "A slip.", "origin": "web"}
    with pytest.raises(Refused, match="counts from it"):
        withdraw_commitment(commitment=base, **gone)
    withdraw_reading(reading=reading, **gone)
    withdraw_commitment(commitment=base, **gone)
    assert list(Commitment.objects.all()) == [commitment]
