"""The commitments of four real agreements, read back against what their texts say."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from coordination.commitments.actions import move_anchor, submit_check_in
from coordination.commitments.actions.triggers import record_trigger_event
from coordination.commitments.expected import state_of
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin
from coordination.portability.validation import read_process_file
from coordination.processes.models import Process

from .test_cases import CASES, load_case

pytestmark = pytest.mark.django_db

#: By the ref of each commitment: its kind, and the day on which it is due as the agreement says.
#: Where one article holds two undertakings, the second has a letter of its own.
DAYTON = {
    "D-01": ("standing", None),
    "D-02": ("dated", "1996-01-13"),
    "D-03": ("dated", "1996-01-19"),
    "D-04": ("dated", "1995-12-27"),
    "D-05": ("dated", "1996-01-19"),
    "D-06": ("dated", "1996-01-19"),
    "D-07": ("dated", "1996-01-19"),
    "D-07b": ("undated", None),
    "D-08": ("dated", "1996-01-04"),
    "D-09": ("dated", "1996-01-19"),
    "D-10": ("dated", "1996-02-03"),
    "D-11": ("not_before", "1996-03-19"),
    "D-11b": ("undated", None),
    "D-12": ("dated", "1996-04-18"),
    "D-13": ("dated", "1995-12-21"),
    "D-13b": ("dated", "1996-02-04"),
    "D-14": ("until", "1996-03-13"),
    "D-15": ("until", "1996-06-11"),
    "D-16": ("dated", "1996-06-11"),
    "D-17": ("dated", "1996-12-14"),
    "D-18": ("dated", "1996-06-14"),
    "D-19": ("quantity", "1996-03-13"),
    "D-20": ("quantity", "1996-03-13"),
}
GOOD_FRIDAY = {
    "G-01": ("dated", "1998-05-22"),
    "G-02": ("dated", "1998-06-25"),
    "G-02b": ("undated", None),
    "G-03": ("dated", "1998-06-30"),
    "G-04": ("dated", "2000-07-28"),
    "G-05": ("dated", "2000-05-22"),
    "G-06": ("dated", "1999-09-30"),
    "G-07": ("dated", "1999-11-30"),
    "G-08": ("quantity", "1998-10-31"),
    "G-09": ("quantity", None),
    "G-10": ("recurring", None),
    "G-11": ("recurring", None),
    "G-12": ("dated", "2002-12-02"),
    "G-13": ("dated", "2003-12-02"),
    "G-14": ("not_before", None),
    "G-15": ("undated", None),
    "G-15b": ("undated", None),
    "G-16": ("undated", None),
    "G-16b": ("undated", None),
}
MINSK = {
    "M-01": ("dated", "2014-09-20"),
    "M-02": ("dated", "2014-09-20"),
    "M-03": ("standing", None),
    "M-04": ("dated", "2015-02-17"),
    "M-05": ("dated", "2015-03-03"),
    "M-06": ("dated", "2015-02-17"),
    "M-07": ("dated", "2015-02-17"),
    "M-08": ("dated", "2015-03-14"),
    "M-09": ("dated", "2015-03-08"),
    "M-10": ("dated", "2015-12-31"),
    "M-11": ("dated", "2015-12-31"),
    "M-12": ("undated", None),
    "M-13": ("undated", None),
    "M-13b": ("undated", None),
    "M-14": ("undated", None),
    "M-15": ("dated", "2019-12-31"),
    "M-15b": ("dated", "2019-12-31"),
    "M-15c": ("dated", "2019-12-31"),
    "M-16": ("dated", "2020-01-08"),
    "M-17": ("dated", "2020-03-31"),
    "M-18": ("dated", "2020-04-09"),
    "M-19": ("standing", None),
}
RARCSS = {
    "R-01": ("dated", "2018-09-15"),
    "R-02": ("dated", "2018-09-26"),
    "R-03": ("dated", "2018-09-26"),
    "R-04": ("dated", "2018-09-26"),
    "R-05": ("dated", "2018-09-27"),
    "R-06": ("dated", "2018-10-03"),
    "R-07": ("dated", "2018-10-12"),
    "R-08": ("dated", "2018-10-12"),
    "R-09": ("dated", "2018-10-12"),
    "R-10": ("dated", "2018-12-11"),
    "R-11": ("dated", None),
    "R-12": ("dated", "2019-03-12"),
    "R-13": ("dated", "2019-05-12"),
    "R-14a": ("triggered", None),
    "R-14b": ("triggered", None),
    "R-15": ("dated", "2020-06-22"),
    "R-16": ("recurring", None),
    "R-17": ("recurring", None),
    "R-18": ("recurring", None),
    "R-19": ("triggered", None),
    "R-20a": ("triggered", None),
    "R-20b": ("triggered", None),
    "R-21": ("dated", "2020-05-22"),
    "R-21b": ("dated", "2020-06-22"),
    "R-22": ("dated", "2022-02-22"),
    "R-23": ("dated", "2022-12-24"),
    "R-23b": ("until", "2023-02-22"),
}
TABLES = {"dayton": DAYTON, "good_friday": GOOD_FRIDAY, "minsk": MINSK, "rarcss": RARCSS}
#: Everything that counts from the transfer of authority, over however many steps.
FROM_TRANSFER = {"D-03", "D-04", "D-05", "D-06", "D-07", "D-09", "D-10", "D-11", "D-12"}


@pytest.fixture(scope="module")
def cases(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Process]]:
    """The four processes, loaded once; what a test changes in them is undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield {name: load_case(f"{name}.yaml") for name in TABLES}
        transaction.set_rollback(True)


@cache
def refs(name: str) -> list[str]:
    parsed = read_process_file(name, (CASES / f"{name}.yaml").read_bytes())
    return [one.ref for one in parsed.commitments]


def register(cases: dict[str, Process], name: str) -> dict[str, Commitment]:
    """The commitments of a process by their refs, as they stand in the database."""
    rows = Commitment.objects.filter(process=cases[name]).order_by("number")
    rows = rows.select_related("deadline", "process", "trigger", "follows")
    return dict(zip(refs(name), rows.prefetch_related("deadline__readings"), strict=True))


def commitment(cases: dict[str, Process], ref: str) -> Commitment:
    name = next(name for name, table in TABLES.items() if ref in table)
    return register(cases, name)[ref]


def original(row: Commitment) -> str | None:
    return str(row.deadline.original_on) if row.deadline.original_on else None


def bounds(row: Commitment) -> list[str]:
    return [
        f"{bound.obligation.owner.code}: {bound}" if bound.obligation else str(bound)
        for bound in row.bounds.select_related("obligation__party", "obligation__body")
    ]


def due_days(rows: dict[str, Commitment]) -> dict[str, tuple[date | None, ...]]:
    """Every day that a deadline knows, and those of its readings."""
    return {
        ref: (
            *(row.deadline.original_on, row.deadline.due_on, row.deadline.latest_on),
            *(row.deadline.starts_on, row.deadline.ends_on),
            *(reading.due_on for reading in row.deadline.readings.all()),
        )
        for ref, row in rows.items()
    }


def test_all_commitments_of_the_four_agreements_are_there() -> None:
    refs = {re.sub("[abc]$", "", ref) for table in TABLES.values() for ref in table}
    assert [sum(ref.startswith(letter) for ref in refs) for letter in "DGMR"] == [20, 16, 19, 23]


@pytest.mark.parametrize("name", TABLES)
def test_each_has_its_kind_and_the_due_day_that_follows_from_its_text(
    cases: dict[str, Process], name: str
) -> None:
    rows = register(cases, name)
    assert {ref: (row.kind, original(row)) for ref, row in rows.items()} == TABLES[name]


@pytest.mark.parametrize(
    ("ref", "readings"),
    [
        ("M-04", {"UA": date(2015, 2, 16), "CADLR": date(2015, 2, 17)}),
        ("M-05", {"UA": date(2015, 3, 1), "CADLR": date(2015, 3, 3)}),
    ],
)
def test_where_a_text_can_be_read_in_two_ways_both_dates_are_there(
    cases: dict[str, Process], ref: str, readings: dict[str, date]
) -> None:
    rows = commitment(cases, ref).deadline.readings.select_related("party")
    assert {row.party.code: row.due_on for row in rows} == readings
    assert all(row.argument and row.source for row in rows)


@pytest.mark.parametrize(
    ("ref", "precision", "wording"),
    [
        ("G-06", "season", "no later than summer 1999"),
        ("G-07", "season", "no later than autumn 1999"),
        ("M-03", "moment", ""),
        ("D-07b", "day", "at once"),
    ],
)
def test_vague_and_exact_dates_keep_their_precision_and_their_words(
    cases: dict[str, Process], ref: str, precision: str, wording: str
) -> None:
    row = commitment(cases, ref).deadline
    assert (row.precision, row.wording) == (precision, wording)


@pytest.mark.parametrize(
    ("ref", "held_against"),
    [
        (
            "D-05",
            [
                "at least 2 km from the cease-fire line",
                "at least 1 km from the cease-fire line in Sarajevo",
            ],
        ),
        (
            "D-19",
            [
                "BA-BIH: at least 4 members appointed",
                "BA-SRP: at least 2 members appointed",
                "ECTHR: at least 3 members appointed",
            ],
        ),
        (
            "D-20",
            [
                "BA-BIH: at least 4 members appointed",
                "BA-SRP: at least 2 members appointed",
                "COE: at least 8 members appointed",
            ],
        ),
        ("G-08", ["at least 12 subjects in the work programme"]),
        (
            "G-09",
            [
                "at least 6 matters through existing bodies",
                "at least 6 matters through new implementation bodies",
            ],
        ),
        (
            "M-01",
            [
                "at least 15 km from the line for weapons of more than 100 mm",
                "at least 30 km of width of the zone",
            ],
        ),
        ("M-17", ["at least 3 additional areas"]),
    ],
)
def test_numbers_are_bounds_of_one_owner_or_of_all(
    cases: dict[str, Process], ref: str, held_against: list[str]
) -> None:
    assert bounds(commitment(cases, ref)) == held_against


def test_what_is_kept_up_starts_at_its_moment(cases: dict[str, Process]) -> None:
    starts = {ref: commitment(cases, ref).deadline.starts_at for ref in ("M-03", "M-19", "D-01")}
    assert starts == {
        "M-03": datetime(2015, 2, 14, 22, tzinfo=UTC),
        "M-19": datetime(2020, 7, 26, 21, 1, tzinfo=UTC),
        "D-01": None,
    }
    assert commitment(cases, "D-01").deadline.starts_on == date(1995, 12, 14)


def test_what_recurs_has_its_rhythm_and_the_day_from_which_it_counts(
    cases: dict[str, Process],
) -> None:
    found = {}
    for ref in ("G-10", "G-11", "R-16", "R-17", "R-18"):
        row = commitment(cases, ref)
        found[ref] = (row.every_amount, row.every_unit, row.recurs_from)
    assert found == {
        "G-10": (6, "months", date(1999, 12, 2)),
        "G-11": (6, "months", date(1999, 12, 2)),
        "R-16": (1, "months", date(2018, 9, 26)),
        "R-17": (3, "months", date(2018, 9, 27)),
        "R-18": (1, "months", date(2018, 9, 27)),
    }
    first = commitment(cases, "R-17").obligations.get().expected.order_by("number")[:2]
    assert [row.due_on for row in first] == [date(2018, 12, 26), date(2019, 3, 26)]


def test_a_default_the_latest_day_and_a_barred_extension_are_fields(
    cases: dict[str, Process],
) -> None:
    assert commitment(cases, "D-16").otherwise == "A default ratio of 5:2:2 applies."
    assert commitment(cases, "D-18").deadline.latest_on == date(1996, 9, 14)
    assert not commitment(cases, "R-11").deadline.extendable


def test_what_waits_on_others_names_them(cases: dict[str, Process]) -> None:
    waits = commitment(cases, "M-10").waits_on.select_related("on")
    dialogue, reform = commitment(cases, "M-07"), commitment(cases, "M-11")
    assert {wait.on for wait in waits} == {dialogue, reform}
    assert commitment(cases, "G-02b").waits_on.get().on == commitment(cases, "G-02")


def test_what_history_says_was_done_was_found_by_the_verifying_body(
    cases: dict[str, Process],
) -> None:
    done = {
        ref: {one.completed_on for one in commitment(cases, ref).obligations.all()}
        for ref in ("D-17", "D-18", "G-05")
    }
    assert done == {
        "D-17": {date(1999, 3, 5)},
        "D-18": {date(1996, 9, 14)},
        "G-05": {None, date(2005, 9, 26)},
    }


def test_moving_the_transfer_of_authority_moves_what_counts_from_it_and_nothing_else(
    cases: dict[str, Process],
) -> None:
    before = due_days(register(cases, "dayton"))
    transfer = cases["dayton"].anchors.get(key="toa")
    moves = move_anchor(
        actor=None, anchor=transfer, status="actual", on=date(1995, 12, 23), origin=Origin.WEB
    )
    after = due_days(register(cases, "dayton"))
    moved = {ref: (before[ref], after[ref]) for ref in before if before[ref] != after[ref]}
    assert set(moved) == FROM_TRANSFER
    assert len(moves) == len(FROM_TRANSFER)
    shifts = {
        (new - old).days
        for were, are in moved.values()
        for old, new in zip(were, are, strict=True)
        if old and new
    }
    assert shifts == {3}


def test_each_poll_moves_the_earliest_day_of_the_next(cases: dict[str, Process]) -> None:
    poll = cases["good_friday"].anchors.get(key="border_poll")
    for held, earliest in ((date(2010, 5, 6), "2017-05-06"), (date(2018, 5, 3), "2025-05-03")):
        move_anchor(actor=None, anchor=poll, status="actual", on=held, origin=Origin.WEB)
        assert original(commitment(cases, "G-14")) == earliest


def test_the_elections_move_with_the_transition(cases: dict[str, Process]) -> None:
    transition = cases["rarcss"].anchors.get(key="transition")
    statuses = [(one.status, one.on) for one in transition.dates.order_by("pk")]
    assert statuses == [
        ("planned", date(2019, 5, 12)),
        ("rescheduled", date(2019, 11, 12)),
        ("rescheduled", date(2020, 2, 22)),
        ("actual", date(2020, 2, 22)),
    ]
    move_anchor(
        actor=None, anchor=transition, status="actual", on=date(2020, 3, 1), origin=Origin.WEB
    )
    found = {ref: original(commitment(cases, ref)) for ref in ("R-15", "R-23", "R-23b")}
    assert found == {"R-15": "2020-07-01", "R-23": "2022-12-31", "R-23b": "2023-03-01"}


def test_the_council_of_parties_is_due_at_the_earlier_of_its_two_dates(
    cases: dict[str, Process],
) -> None:
    amended = cases["rarcss"].anchors.get(key="act_amended")
    move_anchor(actor=None, anchor=amended, status="actual", on=date(2020, 3, 2), origin=Origin.WEB)
    assert original(commitment(cases, "R-15")) == "2020-05-02"


def test_a_violation_report_opens_one_time_that_is_due_in_two_weeks(
    cases: dict[str, Process],
) -> None:
    trigger = cases["rarcss"].triggers.get(key="violation_report")
    record_trigger_event(
        actor=None, trigger=trigger, what="Attack", on=date(2019, 3, 4), origin=Origin.WEB
    )
    opened = commitment(cases, "R-19").obligations.get().expected.get()
    assert (opened.due_on, str(state_of(opened))) == (date(2019, 3, 18), "missing")


def test_the_second_step_of_a_cascade_counts_from_the_fulfilment_of_the_first(
    cases: dict[str, Process],
) -> None:
    first, second = commitment(cases, "R-14a"), commitment(cases, "R-14b")
    assert (first.follows, second.follows) == (None, first)
    record_trigger_event(
        actor=None, trigger=first.trigger, what="A bill", on=date(2018, 11, 9), origin=Origin.WEB
    )
    presented = first.obligations.get()
    assert [row.due_on for row in presented.expected.all()] == [date(2018, 11, 16)]
    assert not second.obligations.get().expected.exists()
    submit_check_in(
        obligation=presented,
        author=User.objects.create_user("clerk@justice.example", name="Clerk"),
        level=3,
        done_on=date(2018, 11, 15),
        origin=Origin.WEB,
    )
    assert [row.due_on for row in second.obligations.get().expected.all()] == [date(2018, 12, 15)]


def test_what_has_no_time_limit_is_expected_without_a_day(cases: dict[str, Process]) -> None:
    for ref, key in (("R-20a", "deadlock"), ("R-20b", "non_compliance")):
        trigger = cases["rarcss"].triggers.get(key=key)
        record_trigger_event(
            actor=None, trigger=trigger, what="It came", on=date(2020, 1, 6), origin=Origin.WEB
        )
        opened = commitment(cases, ref).obligations.get().expected.get()
        assert (opened.due_on, str(state_of(opened))) == (None, "expected")
