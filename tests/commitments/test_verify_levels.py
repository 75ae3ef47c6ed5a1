"""`manage.py verify_levels` compares every column that repeats something with what it repeats."""

import datetime as dt
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from coordination.commitments.actions import (
    Owed,
    create_commitment,
    move_anchor,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import (
    enter_reading,
    extend_deadline,
    put_reading_in_force,
)
from coordination.commitments.actions.breaches import allege_breach
from coordination.commitments.actions.entering import Bounded
from coordination.commitments.actions.flags import raise_flag
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.actions.triggers import enter_trigger, record_trigger_event
from coordination.commitments.models import (
    Breach,
    Commitment,
    Deadline,
    ExpectedOccurrence,
    Level,
    Obligation,
    Reading,
)
from coordination.processes.models import Process, Track
from tests.factories import AnchorEventFactory

pytestmark = pytest.mark.django_db

Kind = Commitment.Kind
MOMENT = dt.datetime(2001, 2, 3, 4, tzinfo=dt.UTC)
DAY = MOMENT.date()
#: Every column that repeats something, and something else than it says.
COLUMNS: list[tuple[type, str, Any]] = [
    (Obligation, "reported_level", Level.INTERMEDIATE),
    (Obligation, "reported_at", MOMENT),
    (Obligation, "next_expected_on", DAY),
    (Obligation, "verified_level", Level.INTERMEDIATE),
    (Obligation, "verified_at", MOMENT),
    (Obligation, "due_on", DAY),
    (Obligation, "due_at", MOMENT),
    (Obligation, "missed", 77),
    (Obligation, "is_disputed", None),
    (Obligation, "is_suspended", None),
    (Obligation, "is_at_risk", None),
    (Obligation, "in_breach", None),
    (Obligation, "out_of_bounds", None),
    (Deadline, "original_on", DAY),
    (Deadline, "original_at", MOMENT),
    (Deadline, "due_on", DAY),
    (Deadline, "due_at", MOMENT),
    (Deadline, "latest_on", DAY),
    (Deadline, "starts_on", DAY),
    (Deadline, "starts_at", MOMENT),
    (Deadline, "ends_on", DAY),
    (Deadline, "is_projected", None),
    (Reading, "due_on", DAY),
    (Reading, "due_at", MOMENT),
    (ExpectedOccurrence, "original_on", DAY),
    (ExpectedOccurrence, "due_on", DAY),
    (ExpectedOccurrence, "due_at", MOMENT),
    (ExpectedOccurrence, "reported_level", Level.INTERMEDIATE),
    (ExpectedOccurrence, "reported_at", MOMENT),
    (ExpectedOccurrence, "done_on", DAY),
    (ExpectedOccurrence, "verified_level", Level.INTERMEDIATE),
    (ExpectedOccurrence, "verified_on", DAY),
    (Breach, "state", Breach.State.CONFIRMED),
    (Breach, "clock_at", MOMENT),
]
#: Worked out from today, or not a repetition at all.
OWN = {
    Obligation: {"completed_on", "asked_on", "next_check_in_on", "next_check_in_at"},
    Deadline: {"process"},  # that of its commitment, from the beginning
    Reading: set(),
    ExpectedOccurrence: {"called_off_at", "called_off_by", "called_off_because"},
    Breach: {"dispute_step"},
}


@pytest.fixture
def busy(
    process: Process, party, other_party, coordinator, alice, carol, verifying_body
) -> Process:
    """A process in which a bit of everything has happened."""
    today = process.today()
    anchor = AnchorEventFactory(process=process, key="transfer")
    move_anchor(actor=coordinator, anchor=anchor, status="planned", on=today, origin="web")
    reports = enter_trigger(
        actor=coordinator, process=process, origin="web", key="report", name="A report"
    )
    by: dict[str, Commitment] = {}
    for kind, more in {
        Kind.DATED: {"terms": [{"anchor": anchor, "amount": 72, "unit": "hours"}]},
        Kind.QUANTITY: {
            "terms": [{"on": today}],
            "bounds": [Bounded("at_most", Decimal(5), "tanks")],
        },
        Kind.RECURRING: {
            "every_amount": 1,
            "every_unit": "months",
            "terms": [{"purpose": "start", "on": today - dt.timedelta(days=100)}],
        },
        Kind.TRIGGERED: {
            "trigger": reports,
            "terms": [{"from_opening": True, "amount": 7}],
        },
    }.items():
        by[kind] = create_commitment(
            actor=coordinator, process=process, origin="web", kind=kind, reference="Art. I",
            title="Withdraw", track=Track.MILITARY, verifying_body=verifying_body,
            owed=[Owed(party, focal_point=alice), Owed(other_party, focal_point=alice)], **more,
        )  # fmt: skip
    dated, several = by[Kind.DATED], by[Kind.RECURRING]
    reading, _moves = enter_reading(
        actor=coordinator, commitment=dated, party=party, origin="web",
        terms=[{"anchor": anchor, "amount": 14}],
    )  # fmt: skip
    put_reading_in_force(
        actor=coordinator, commitment=dated, reading=reading, decided_by="JMC", origin="web"
    )
    extend_deadline(
        actor=coordinator, commitment=dated, origin="web", agreed_by="JMC", agreed_on=today,
        amount=3,
    )  # fmt: skip
    record_trigger_event(actor=coordinator, trigger=reports, what="Shots", on=today, origin="web")
    for one in (dated, several, by[Kind.TRIGGERED]):
        for obligation in one.obligations.all():
            submit_check_in(obligation=obligation, author=alice, level=1, origin="web")
    obligation = several.obligations.first()
    time = obligation.expected.first()
    for level in (1, 3):
        record_verification(
            actor=carol, obligation=obligation, body=verifying_body, level=level, found="Seen.",
            occurred_on=today, expected=time, origin="web",
        )  # fmt: skip
    raise_flag(actor=alice, commitment=dated, kind="disputed", reason="No.", origin="web")
    bound = by[Kind.QUANTITY].bounds.get()
    record_measurement(actor=alice, bound=bound, value=Decimal(9), on=today, origin="web")
    allege_breach(
        actor=coordinator, obligation=dated.obligations.first(), allegation="Tanks",
        learned_on=today, origin="web",
    )  # fmt: skip
    return process


def verify(*slugs: str) -> tuple[str, str]:
    """What the command prints, and how it fails."""
    out = StringIO()
    try:
        call_command("verify_levels", *slugs, stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def corrupted(row: Any, name: str, value: Any) -> Any:
    return not getattr(row, name) if value is None else value


def test_each_column_that_is_wrong_is_named_and_no_other(busy: Process) -> None:
    assert verify("valley") == ("Every column says what the record says.\n", "")
    for model, name, value in COLUMNS:
        row = model.objects.order_by("pk").first()
        was, wrong = getattr(row, name), corrupted(row, name, value)
        model.objects.filter(pk=row.pk).update(**{name: wrong})
        said, failed = verify()
        assert failed == "1 columns do not say what the record says.", (model, name, said)
        assert f": {name} is {wrong}, the record says {was}\n" in said
        assert said.startswith("valley: C-")
        model.objects.filter(pk=row.pk).update(**{name: was})
    assert verify() == ("Every column says what the record says.\n", "")


def test_a_wrong_day_of_completion_is_named(busy: Process) -> None:
    Obligation.objects.filter(pk=Obligation.objects.first().pk).update(completed_on=DAY)
    assert "completed_on is 2001-02-03, the record says None" in verify()[0]


def test_every_column_that_nobody_edits_is_checked_or_said_not_to_be() -> None:
    checked = {model: {name for one, name, _v in COLUMNS if one is model} for model in OWN}
    for model, own in OWN.items():
        repeats = {
            field.name
            for field in model._meta.concrete_fields
            if not field.editable and not field.name.startswith("withdrawn") and field.name != "id"
        }
        also = {"due_on", "due_at"} if model is ExpectedOccurrence else set()
        assert checked[model] == (repeats | also) - own


def test_an_unknown_process_is_said_so(busy: Process) -> None:
    assert verify("hills") == ("", "There is no process “hills” here.")
