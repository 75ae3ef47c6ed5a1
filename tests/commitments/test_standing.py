"""Where an obligation stands, by its kind, its levels and the time; no database is needed."""

import datetime as dt

import pytest

from coordination.commitments.models import Commitment, Deadline, Level, Obligation
from coordination.commitments.standing import ORDER, Standing, of_commitment, of_obligation
from coordination.processes.models import Process
from tests.factories import ObligationFactory, PartyFactory

Kind = Commitment.Kind
DUE = dt.date(2026, 7, 1)
#: The due day ends at 22:00 UTC: midnight in Sarajevo.
DUE_ENDS = dt.datetime(2026, 7, 1, 22, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)
DATED = [Kind.DATED, Kind.QUANTITY, Kind.TRIGGERED, Kind.UNDATED]
KEPT_UP = [Kind.STANDING, Kind.RECURRING, Kind.LIMIT]


def obligation(kind: str = Kind.DATED, *, dated: bool = True, **fields) -> Obligation:
    process = Process(time_zone="Europe/Sarajevo")
    every = {"every_amount": 1, "every_unit": "months"} if kind == Kind.RECURRING else {}
    due = {"due_on": DUE, "due_at": DUE_ENDS} if dated else {}
    verifier = fields.pop("verifier", 1)
    commitment = Commitment(process=process, kind=kind, verifying_body_id=verifier, **every)
    commitment.deadline = Deadline()
    return Obligation(commitment=commitment, **(due | fields))


def at(days: float = 0) -> dt.datetime:
    return NOON + dt.timedelta(days=days)


def stands(one: Obligation, days: float = 0) -> tuple[str, str]:
    standing = of_obligation(one, at(days))
    return standing.mark, standing.words


@pytest.mark.parametrize("kind", [*DATED, *KEPT_UP])
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-30, ("none", "in 30 days")),
        (-1, ("none", "in 1 day")),
        (0, ("risk", "Due today")),
        (1, ("over", "1 day late")),
        (30, ("over", "30 days late")),
    ],
)
def test_what_is_due_is_ahead_then_due_then_late(
    kind: str, days: int, expected: tuple[str, str]
) -> None:
    assert stands(obligation(kind), days) == expected


def test_a_due_day_ends_at_midnight_in_the_zone_of_the_process() -> None:
    one = obligation()
    last = of_obligation(one, DUE_ENDS - dt.timedelta(microseconds=1))
    first = of_obligation(one, DUE_ENDS)
    assert (last, first) == (Standing("risk", "Due today"), Standing("over", "1 day late"))


def test_a_due_moment_is_late_on_the_same_day() -> None:
    one = obligation(due_at=NOON)
    assert stands(one, -0.01) == ("risk", "Due today")
    assert stands(one, 0.01) == ("over", "1 day late")


@pytest.mark.parametrize(
    ("days", "ends", "starts"),
    [
        (-30, "ends in 30 days", "permitted in 30 days"),
        (1, "Has ended", "Permitted now"),
        (300, "Has ended", "Permitted now"),
    ],
)
def test_what_ends_or_becomes_permitted_is_never_late(days: int, ends: str, starts: str) -> None:
    assert stands(obligation(Kind.UNTIL), days) == ("none", ends)
    assert stands(obligation(Kind.NOT_BEFORE), days) == ("none", starts)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.DATED, ("wait", "No date yet")),
        (Kind.QUANTITY, ("wait", "No date yet")),
        (Kind.UNTIL, ("wait", "No date yet")),
        (Kind.NOT_BEFORE, ("wait", "No date yet")),
        (Kind.TRIGGERED, ("wait", "When asked for")),
        (Kind.UNDATED, ("none", "No date given")),
        (Kind.STANDING, ("none", "In force")),
        (Kind.LIMIT, ("none", "In force")),
        (Kind.RECURRING, ("none", "every month")),
    ],
)
def test_each_kind_without_a_date(kind: str, expected: tuple[str, str]) -> None:
    assert stands(obligation(kind, dated=False), 300) == expected


@pytest.mark.parametrize("days", [-30, 0, 30])
@pytest.mark.parametrize("level", [None, *Level.values[:3]])
def test_less_than_full_leaves_it_to_the_time(level: int | None, days: int) -> None:
    bare = stands(obligation(), days)
    reported = {"reported_level": level, "reported_at": at(-40)}
    verified = {"verified_level": level, "verified_at": at(-39)}
    assert stands(obligation(**reported), days) == bare
    assert stands(obligation(**verified), days) == bare
    assert stands(obligation(**reported, **verified), days) == bare


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(Commitment.EXPECTED)))
@pytest.mark.parametrize("days", [-30, 0, 30])
def test_a_report_of_full_waits_for_verification(kind: str, days: int) -> None:
    one = obligation(kind, reported_level=Level.FULL, reported_at=at(-40))
    assert stands(one, days) == ("rep", "To verify")


def test_a_report_of_full_that_no_body_verifies_says_so() -> None:
    one = obligation(verifier=None, reported_level=Level.FULL, reported_at=at(-40))
    assert stands(one) == ("rep", "Reported, nobody verifies")


@pytest.mark.parametrize("level", Level.values[:3])
@pytest.mark.parametrize(
    ("verified_after", "expected"),
    [(1, ("contra", "Contradicted")), (0, ("contra", "Contradicted")), (-1, ("rep", "To verify"))],
)
def test_a_lower_finding_contradicts_a_report_that_was_there_before_it(
    level: int, verified_after: int, expected: tuple[str, str]
) -> None:
    one = obligation(
        reported_level=Level.FULL,
        reported_at=at(-20),
        verified_level=level,
        verified_at=at(-20 + verified_after),
    )
    assert stands(one, 30) == expected


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(Commitment.KEPT_UP)))
@pytest.mark.parametrize("reported", [None, *Level.values])
def test_what_was_found_full_is_met(kind: str, reported: int | None) -> None:
    one = obligation(kind, verified_level=Level.FULL, verified_at=at(-3), reported_level=reported)
    assert stands(one, 30) == ("ok", "Met")


@pytest.mark.parametrize(
    ("completed_on", "words"),
    [
        (DUE - dt.timedelta(days=5), "Met"),
        (DUE, "Met"),
        (DUE + dt.timedelta(days=1), "Met 1 day late"),
        (DUE + dt.timedelta(days=12), "Met 12 days late"),
    ],
)
def test_what_was_met_says_how_late_it_was(completed_on: dt.date, words: str) -> None:
    one = obligation(verified_level=Level.FULL, verified_at=at(20), completed_on=completed_on)
    assert stands(one, 30) == ("ok", words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.STANDING, "In force"),
        (Kind.LIMIT, "Within the limit"),
        (Kind.RECURRING, "every month"),
        (Kind.TRIGGERED, "When asked for"),
    ],
)
def test_what_must_be_kept_up_is_never_met_by_a_finding(kind: str, words: str) -> None:
    one = obligation(kind, dated=False, verified_level=Level.FULL, verified_at=at(-3))
    assert stands(one, 30) == ("wait" if kind == Kind.TRIGGERED else "none", words)


@pytest.mark.parametrize("kind", Commitment.EXPECTED)
def test_of_what_is_expected_several_times_the_one_that_is_owed_decides(kind: str) -> None:
    found = {"verified_level": Level.FULL, "verified_at": at(-3), "completed_on": DUE}
    said = {"reported_level": Level.FULL, "reported_at": at(-4)}
    assert stands(obligation(kind, **found, **said), 30) == ("over", "30 days late")


def test_some_standings_need_attention() -> None:
    assert [mark for mark in ORDER if Standing(mark, "").needs_attention] == [
        "breach",
        "over",
        "contra",
        "risk",
        "rep",
    ]


# --- Of a commitment --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_commitment_stands_as_the_obligation_that_needs_attention_most() -> None:
    met = ObligationFactory(due_on=DUE, due_at=DUE_ENDS, verified_level=Level.FULL)
    commitment = met.commitment
    assert of_commitment(commitment, at(3)) == Standing("ok", "Met")
    party = PartyFactory(process=commitment.process)
    ObligationFactory(commitment=commitment, party=party, due_on=DUE, due_at=DUE_ENDS)
    assert of_commitment(commitment, at(3)) == Standing("over", "3 days late")


@pytest.mark.django_db
def test_a_commitment_is_as_far_as_its_least_advanced_obligation() -> None:
    first = ObligationFactory(reported_level=Level.FULL, verified_level=Level.MINIMUM)
    commitment = first.commitment
    assert (commitment.reported_level, commitment.verified_level) == (3, 1)
    second = ObligationFactory(
        commitment=commitment,
        party=PartyFactory(process=commitment.process),
        reported_level=Level.NOT_INITIATED,
    )
    assert (commitment.reported_level, commitment.verified_level) == (0, None)
    second.delete()
    assert commitment.reported_level == 3


@pytest.mark.django_db
def test_a_commitment_owed_by_nobody_needs_attention() -> None:
    commitment = ObligationFactory().commitment
    commitment.obligations.all().delete()
    assert of_commitment(commitment) == Standing("over", "Owed by nobody")
    assert (commitment.reported_level, commitment.verified_level) == (None, None)
