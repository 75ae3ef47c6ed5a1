"""The shipped examples, against due dates that were worked out by hand from the agreements."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from coordination.bodies.gaps import Kind, find
from coordination.bodies.structure import load as load_structure
from coordination.commitments.expected import state_of
from coordination.commitments.models import (
    Breach,
    CheckIn,
    Evidence,
    ExpectedOccurrence,
    Measurement,
    Obligation,
    Verification,
)
from coordination.commitments.standing import of_obligation
from coordination.ledger.actions import verify
from coordination.portability.loader import load_process_file
from coordination.portability.validation import read_process_file
from coordination.processes.models import Process

from .sample import EXAMPLES

pytestmark = pytest.mark.django_db

DAYTON = {
    "D-01": None,
    "D-02": "1996-01-13",
    "D-03": "1996-01-19",
    "D-04": "1995-12-27",
    "D-05": "1996-01-19",
    "D-06": "1996-01-19",
    "D-07": "1996-01-19",
    "D-08": "1996-01-04",
    "D-09": "1996-01-19",
    "D-10": "1996-02-03",
    "D-11": "1996-03-19",
    "D-12": "1996-04-18",
    "D-13": "1995-12-21",
    "D-14": "1996-03-13",
    "D-15": "1996-06-11",
    "D-16": "1996-06-11",
    "D-17": "1996-12-14",
    "D-18": "1996-06-14",
    "D-19": "1996-03-13",
    "D-20": "1996-03-13",
    "D-13b": "1996-02-22",  # 45 days after the talks began on 18 December, and 21 by agreement
}
RARCSS = {
    "R-01": "2018-09-15",
    "R-02": "2018-09-26",
    "R-03": "2018-09-26",
    "R-04": "2018-09-26",
    "R-05": "2018-09-27",
    "R-06": "2018-10-03",
    "R-07": "2018-10-12",
    "R-08": "2018-10-12",
    "R-09": "2018-10-12",
    "R-10": "2018-12-11",
    "R-11": None,
    "R-12": "2019-03-12",
    "R-13": "2019-11-12",  # put off by agreement
    "R-14a": "2019-07-02",
    "R-14b": "2018-12-15",
    "R-15": "2020-06-22",
    "R-19": "2019-07-06",
    "R-20a": None,
    "R-21": "2020-05-22",
    "R-22": "2022-02-22",
    "R-23": "2022-12-24",
    "R-20b": None,
    "R-21b": "2020-06-22",
    "R-23b": "2023-02-22",
}


#: The day of each example that is shown as today.
ON = {"dayton.yaml": date(1996, 2, 14), "rarcss.yaml": date(2019, 6, 30)}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[str], Process]]:
    """The examples, each shifted to its day and loaded once for all tests, which only read them."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        rows = {name: load_example(name, rebase) for name, rebase in ON.items()}
    yield lambda name: Process.objects.get(pk=rows[name].pk)
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def load_example(name: str, rebase: date | None = None) -> Process:
    content = (EXAMPLES / name).read_bytes()
    if rebase is None:  # beside the shifted one, which may be there
        content = content.replace(b"  slug: ", b"  slug: unshifted-", 1)
    return load_process_file(name, content, rebase=rebase).process


def due_days(name: str, process: Process) -> dict[str, str | None]:
    """The due day of each commitment, by the ref that it has in the file; what recurs is due
    another day each time that this is run."""
    parsed = read_process_file(name, (EXAMPLES / name).read_bytes())
    rows = process.commitments.select_related("deadline").order_by("number")
    return {
        one.ref: str(row.deadline.due_on) if row.deadline.due_on else None
        for one, row in zip(parsed.commitments, rows, strict=True)
        if row.kind != "recurring"
    }


def test_daytons_due_dates_are_those_of_its_annexes() -> None:
    process = load_example("dayton.yaml")
    assert due_days("dayton.yaml", process) == DAYTON
    elections = process.commitments.get(title="Hold elections")
    assert elections.deadline.latest_on == date(1996, 9, 14)


def test_the_due_dates_of_the_rarcss_are_those_of_its_matrix() -> None:
    process = load_example("rarcss.yaml")
    assert due_days("rarcss.yaml", process) == RARCSS


def test_the_shifted_rarcss_knows_no_later_decision_about_the_transition(loaded) -> None:
    process = loaded("rarcss.yaml")
    transition = process.anchors.get(key="transition")
    shift = timedelta(days=process.rebased_days)
    assert [one.on - shift for one in transition.dates.all()] == [
        date(2019, 5, 12),
        date(2019, 11, 12),
    ]
    assert not transition.has_happened


@pytest.mark.parametrize("name", ON)
def test_on_its_day_an_example_shows_every_standing(loaded, name: str) -> None:
    process = loaded(name)
    obligations = list(
        Obligation.objects.filter(commitment__process=process).select_related("commitment__process")
    )
    today = process.today()
    assert {of_obligation(one).mark for one in obligations} >= {"ok", "over", "rep", "contra"}
    assert any(one.due_on and one.due_on > today for one in obligations)
    assert any(one.next_check_in_on == today for one in obligations)
    assert any(one.focal_point is None for one in obligations)
    reports = CheckIn.objects.filter(obligation__in=obligations)
    assert max(process.today(one.submitted_at) for one in reports) <= today
    assert Verification.objects.filter(obligation__in=obligations).count() >= 10
    assert list(verify(process)) == []


def test_the_examples_show_what_is_unusual(loaded) -> None:
    dayton = loaded("dayton.yaml")
    owed = Obligation.objects.filter(commitment__process=dayton)
    assert {of_obligation(one).mark for one in owed.filter(in_breach=True)} == {"breach"}
    assert owed.filter(is_disputed=True).count() == 1
    assert Measurement.objects.filter(bound__commitment__process=dayton).count() == 9
    papers = Evidence.objects.filter(commitment__process=dayton)
    assert papers.filter(contradicts__isnull=False).count() == 2
    waiting = Verification.objects.filter(obligation__in=owed, released_at=None)
    assert sorted(bool(one.approved_at) for one in waiting) == [False, True]
    breach = Breach.objects.get(obligation__in=owed, state="escalated")
    zone = breach.steps.get(state="escalated")
    assert zone.who == "The chair of the commission"
    rarcss = loaded("rarcss.yaml")
    times = ExpectedOccurrence.objects.filter(obligation__commitment__process=rarcss)
    states = {str(state_of(one)) for one in times}
    assert states == {"expected", "met", "late", "missing", "called_off"}


@pytest.mark.parametrize("name", ON)
def test_an_example_shows_gaps_and_overlaps_of_its_matrix(loaded, name: str) -> None:
    process = loaded(name)
    found = {gap.kind for gap in find(load_structure(process))}
    assert found >= {
        Kind.NOBODY_ACCOUNTABLE,
        Kind.ACCOUNTABLE_VACANT,
        Kind.RESPONSIBLE_VACANT,
        Kind.TWO_ACCOUNTABLE,
        Kind.CLAIMED_TWICE,
        Kind.STEP_VACANT,
        Kind.LINE_NOWHERE,
        Kind.VERIFIER_OWES,
    }


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_body_of_an_example_that_leads_has_somebody_to_run_it(path: Path) -> None:
    parsed = read_process_file(path.name, path.read_bytes(), rebased=True)
    assert parsed.rebase_on is not None
    leads = {one.lead for one in parsed.commitments if one.lead}
    run = {
        body.code
        for body in parsed.bodies
        for seat in body.seats
        if seat.role in ("chair", "secretary") and seat.terms
    }
    assert leads - run == set()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_people_of_the_examples_have_example_addresses(path: Path) -> None:
    parsed = read_process_file(path.name, path.read_bytes(), rebased=True)
    assert [one.email for one in parsed.people if not one.email.endswith(".example")] == []
