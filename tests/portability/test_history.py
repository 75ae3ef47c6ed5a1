"""What a file tells of the past of its commitments, entered as it was at the time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coordination.commitments.expected import state_of
from coordination.commitments.models import (
    Breach,
    Commitment,
    Evidence,
    ExpectedOccurrence,
    Extension,
    Flag,
    Measurement,
    Obligation,
    Reading,
    Verification,
)
from coordination.ledger.actions import verify
from coordination.portability.loader import Loaded

from .sample import load

pytestmark = pytest.mark.django_db

FILE = """\
format: entente-process/1
process: {slug: try, name: Try, short_name: Try, time_zone: UTC}
parties:
  - {code: NO, name: Northland, kind: state, part: conflict_party}
  - {code: SO, name: Southland, kind: state, part: conflict_party}
anchors: [{key: signed, name: Signature, dates: [{status: actual, on: 2024-01-01}]}]
people:
  - {email: ida@un.example, name: Ida Holm, role: coordinator}
  - {email: tom@mission.example, name: Tom Reyes, role: monitor}
  - {email: nils@northland.example, name: Nils Aker, role: delegate, party: NO}
bodies:
  - code: JC
    name: Joint Commission
    track: military
    protocol: {dispute_steps: [{who: The chair}, {who: The mediator}]}
triggers:
  - key: report
    name: Report of a violation
    events:
      - {on: 2024-02-01, what: First}
      - {on: 2024-03-01, what: Second}
commitments:
  - ref: arms
    title: Keep arms down
    reference: Art. 1
    kind: limit
    track: military
    lead: JC
    verified_by: JC
    owed_by: [NO, SO]
    starts: {after: signed}
    bounds:
      - {at_most: 10, of: guns, owner: NO}
      - {at_most: 20, of: guns, owner: SO}
  - ref: talks
    title: Conclude the talks
    reference: Art. 2
    track: political
    verified_by: JC
    owed_by: [NO]
    due: {after: signed, months: 1}
    readings:
      - {party: SO, due: {after: signed, days: 40}, in_force: true, decided_by: The commission}
    extensions:
      - {by: {days: 5}, agreed_by: Both, agreed_on: 2024-01-20}
      - {until: 2024-03-10, agreed_by: Both, agreed_on: 2024-02-20}
  - ref: answer
    title: Answer the report
    reference: Art. 3
    kind: triggered
    triggered_by: report
    track: security
    owed_by: [NO]
    due: {after_trigger: true, days: 7}
    extensions:
      - {time: 2, by: {days: 3}, agreed_by: Both, agreed_on: 2024-03-05}
  - ref: publish
    title: Publish the answer
    reference: Art. 4
    kind: triggered
    follows: answer
    track: security
    owed_by: [NO]
    due: {after_trigger: true, days: 2}
  - ref: meet
    title: Meet
    reference: Art. 5
    kind: recurring
    every: monthly
    starts: 2024-01-01
    ends: 2024-05-31
    track: political
    owed_by: [NO]
"""
HISTORY = """\
check_ins:
  - {commitment: answer, time: 1, at: 2024-02-06, by: nils@northland.example, level: full, done: 2024-02-05}
  - {commitment: meet, at: 2024-01-20, by: nils@northland.example, level: full}
  - {commitment: meet, at: 2024-03-02, by: nils@northland.example, level: full}
findings:
  - {commitment: talks, body: JC, at: 2024-02-03, by: tom@mission.example, level: minimum, found: Two rounds, confidence: high, against: Art. 2, learned: 2024-02-03, approved_by: ida@un.example, approved: 2024-02-04, released: 2024-02-06}
  - {commitment: talks, body: JC, at: 2024-02-12, by: tom@mission.example, level: full, found: Draft, approved_by: ida@un.example, released: false}
  - {commitment: talks, body: JC, at: 2024-02-14, by: tom@mission.example, level: full, found: Note, released: false}
measurements:
  - {commitment: arms, owner: NO, value: 12, on: 2024-01-10, body: JC, by: tom@mission.example}
  - {commitment: arms, owner: SO, value: 12, on: 2024-01-10, by: ida@un.example, at: 2024-01-12}
flags:
  - {commitment: talks, kind: disputed, reason: Unclear, by: ida@un.example, at: 2024-01-15, lifted: 2024-02-15, because: Settled}
breaches:
  - commitment: arms
    owner: NO
    what: Guns
    learned: 2024-01-11
    by: tom@mission.example
    at: 2024-01-12
    steps:
      - {state: confirmed, on: 2024-01-13, by: tom@mission.example, until: 2024-01-20}
      - {state: escalated, on: 2024-02-21, by: tom@mission.example, step: 2, until: "2024-02-22T10:00"}
evidence:
  - {commitment: arms, number: 4, title: Photograph, source: JC, url: "https://a.example", by: tom@mission.example, at: 2024-01-11}
  - {commitment: arms, title: Photograph, source: JC, url: "https://b.example", by: tom@mission.example, at: 2024-01-12, supersedes: 4, contradicts: [4]}
called_off:
  - {commitment: meet, time: 4, because: Holiday, by: ida@un.example, at: 2024-04-02}
"""  # noqa: E501


def owed(loaded: Loaded, title: str, code: str = "NO") -> Obligation:
    return Obligation.objects.get(
        commitment__process=loaded.process, commitment__title=title, party__code=code
    )


def times(obligation: Obligation) -> list[tuple[date | None, str]]:
    rows = obligation.expected.order_by("number")
    return [(row.due_on, str(state_of(row))) for row in rows]


def test_history_is_there_with_its_own_moments() -> None:
    loaded = load(FILE + HISTORY)
    flag, breach = Flag.objects.get(), Breach.objects.get()
    assert (flag.raised_at, flag.lifted_at) == (
        datetime(2024, 1, 15, 12, tzinfo=UTC),
        datetime(2024, 2, 15, 12, tzinfo=UTC),
    )
    assert (flag.lifted_by, flag.lifted_because) == (flag.author, "Settled")
    assert [one.recorded_at.day for one in Measurement.objects.order_by("pk")] == [10, 12]
    assert [(one.state, one.on.day, one.who, one.clock_at) for one in breach.steps.all()] == [
        ("alleged", 12, "", None),
        ("confirmed", 13, "", datetime(2024, 1, 21, tzinfo=UTC)),
        ("escalated", 21, "The mediator", datetime(2024, 2, 22, 10, tzinfo=UTC)),
    ]
    assert (breach.state, breach.dispute_step) == ("escalated", 2)
    newer, older = Evidence.objects.order_by("number")
    assert (newer.number, older.number) == (1, 4)
    assert (newer.supersedes, newer.contradicts.get()) == (older, older)
    assert older.added_at == datetime(2024, 1, 11, 12, tzinfo=UTC)
    assert ExpectedOccurrence.objects.exclude(called_off_at=None).get().called_off_at == datetime(
        2024, 4, 2, 12, tzinfo=UTC
    )
    assert list(verify(loaded.process)) == []


def test_the_columns_of_obligations_say_what_happened() -> None:
    loaded = load(FILE + HISTORY)
    north, south = (owed(loaded, "Keep arms down", code) for code in ("NO", "SO"))
    assert (north.in_breach, north.out_of_bounds) == (True, True)
    assert (south.in_breach, south.out_of_bounds) == (False, False)
    talks = owed(loaded, "Conclude the talks")
    assert (talks.verified_level, talks.is_disputed, talks.due_on) == (1, False, date(2024, 3, 10))


def test_a_finding_is_prepared_approved_or_released_as_the_file_says() -> None:
    load(FILE + HISTORY)
    found = Verification.objects.order_by("number").select_related("approved_by")
    first, second, third = found
    assert (first.approved_at, first.released_at) == (
        datetime(2024, 2, 4, 12, tzinfo=UTC),
        datetime(2024, 2, 6, 12, tzinfo=UTC),
    )
    assert (first.confidence, first.article, first.learned_on) == (
        "high",
        "Art. 2",
        date(2024, 2, 3),
    )
    assert str(second.approved_by) == "Ida Holm"
    assert [one.released_at for one in (second, third)] == [None, None]
    assert [bool(one.approved_at) for one in (second, third)] == [True, False]


def test_each_expected_time_is_met_late_or_missing_by_itself() -> None:
    loaded = load(FILE + HISTORY)
    assert times(owed(loaded, "Answer the report")) == [
        (date(2024, 2, 8), "met"),
        (date(2024, 3, 11), "missing"),
    ]
    assert times(owed(loaded, "Publish the answer")) == [(date(2024, 2, 7), "missing")]
    assert times(owed(loaded, "Meet")) == [
        (date(2024, 1, 31), "met"),
        (date(2024, 2, 29), "late"),
        (date(2024, 3, 31), "missing"),
        (date(2024, 4, 30), "called_off"),
        (date(2024, 5, 31), "missing"),
    ]


def test_readings_and_extensions_lead_to_the_date_in_force() -> None:
    loaded = load(FILE)
    row = Commitment.objects.get(process=loaded.process, title="Conclude the talks").deadline
    assert (row.original_on, row.due_on) == (date(2024, 2, 1), date(2024, 3, 10))
    assert [(one.due_on, one.in_force) for one in Reading.objects.all()] == [
        (date(2024, 2, 10), True)
    ]
    assert [str(one) for one in row.extensions.all()] == ["by 5 days", "until 10 Mar 2024"]


def test_what_came_after_the_day_that_becomes_today_is_left_out_and_counted() -> None:
    loaded = load(FILE + HISTORY, rebase=date(2024, 2, 10))
    shift = timedelta(days=loaded.process.rebased_days)
    # One event of a trigger, two extensions, a check-in, two findings, the lifting of a flag, a
    # step of a breach, and a time that was called off.
    assert loaded.left_out == 9
    assert Extension.objects.get().agreed_on == date(2024, 1, 20) + shift
    assert Flag.objects.get().lifted_at is None
    assert Breach.objects.get().state == "confirmed"
    assert Verification.objects.get().found == "Two rounds"
    assert times(owed(loaded, "Answer the report")) == [(date(2024, 2, 8) + shift, "met")]
    talks = owed(loaded, "Conclude the talks")
    assert (talks.is_disputed, talks.due_on) == (True, date(2024, 2, 15) + shift)


def test_what_is_approved_or_released_later_waits_for_it() -> None:
    load(FILE + HISTORY, rebase=date(2024, 2, 4))
    (approved,) = Verification.objects.all()
    assert (bool(approved.approved_at), approved.released_at) == (True, None)
    assert Obligation.objects.filter(verified_level__isnull=False).count() == 0
