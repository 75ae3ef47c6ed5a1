"""Accepting a gap as intended, and how it comes back."""

from functools import partial

import pytest

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.actions.gaps import accept_gap, withdraw_acceptance
from coordination.bodies.actions.matrix import Cell, assign
from coordination.bodies.models import Acceptance, Body, Responsibility
from coordination.bodies.queries import Found, found
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def responsibility(process: Process, lead_body: Body) -> Responsibility:
    """Two seats are accountable for it, and both are held."""
    made = factories.ResponsibilityFactory(process=process, name="Reopen roads")
    for _ in range(2):
        term = factories.TermFactory(seat__body=lead_body)
        factories.AssignmentFactory(responsibility=made, seat=term.seat)
        factories.AssignmentFactory(responsibility=made, seat=term.seat, letter="R")
    return made


def overlap(responsibility: Responsibility) -> Found | None:
    subject = f"two_accountable:{responsibility.pk}"
    found_now = found(Process.objects.get(pk=responsibility.process_id))
    return next((one for one in found_now if one.gap.subject == subject), None)


def accept(
    process: Process, responsibility: Responsibility, actor: User, **given: str
) -> Acceptance:
    return accept_gap(
        actor=actor,
        process=process,
        subject=f"two_accountable:{responsibility.pk}",
        origin=Origin.WEB,
        **{"reason": "They share it until summer.", **given},
    )


def test_an_accepted_overlap_is_no_longer_open(
    process: Process, responsibility: Responsibility, coordinator: User
) -> None:
    before = overlap(responsibility)
    assert before is not None
    assert before.is_open
    acceptance = accept(process, responsibility, coordinator)
    after = overlap(responsibility)
    assert after == Found(before.gap, acceptance=acceptance)
    assert Entry.objects.about(acceptance).get().summary == (
        "Accepted as intended: Reopen roads: two accountable"
    )


def test_it_comes_back_when_the_facts_change_and_says_who_had_accepted_it(
    process: Process, responsibility: Responsibility, coordinator: User, lead_body: Body
) -> None:
    acceptance = accept(process, responsibility, coordinator)
    third = factories.TermFactory(seat__body=lead_body).seat
    assign(
        actor=coordinator,
        responsibility=responsibility,
        cells=[Cell(third, "A", "")],
        origin=Origin.WEB,
    )
    changed = overlap(responsibility)
    assert changed is not None
    assert [changed.is_open, changed.outdated] == [True, acceptance]
    again = accept(process, responsibility, coordinator, reason="All three, until summer.")
    acceptance.refresh_from_db()
    assert acceptance.withdrawn_at is not None
    renewed = overlap(responsibility)
    assert renewed is not None
    assert renewed.acceptance == again


def test_the_same_facts_again_are_accepted_again(
    process: Process, responsibility: Responsibility, coordinator: User, lead_body: Body
) -> None:
    """Somebody adds a third and takes it away: what was accepted is so again."""
    acceptance = accept(process, responsibility, coordinator)
    third = factories.TermFactory(seat__body=lead_body).seat
    change = partial(assign, actor=coordinator, responsibility=responsibility, origin=Origin.WEB)
    change(cells=[Cell(third, "A", "")])
    change(cells=[Cell(third, "", "A")])
    again = overlap(responsibility)
    assert again is not None
    assert again.acceptance == acceptance


def test_what_changed_while_somebody_read_it_is_not_accepted_blindly(
    process: Process, responsibility: Responsibility, coordinator: User
) -> None:
    with pytest.raises(Refused) as refused:
        accept(process, responsibility, coordinator, facts="other facts")
    assert refused.value.message == "This changed meanwhile: look at it again before you accept it."
    assert Acceptance.objects.count() == 0


def test_a_reason_is_needed_and_what_is_closed_cannot_be_accepted(
    process: Process, responsibility: Responsibility, coordinator: User
) -> None:
    with pytest.raises(Refused) as refused:
        accept(process, responsibility, coordinator, reason="  ")
    assert refused.value.field == "reason"
    responsibility.assignments.all().update(ended_on=process.today())
    with pytest.raises(Refused) as refused:
        accept(process, responsibility, coordinator)
    assert refused.value.message == (
        "This gap or overlap is closed already: there is nothing to accept."
    )


def test_an_acceptance_can_be_taken_back(
    process: Process, responsibility: Responsibility, coordinator: User
) -> None:
    acceptance = accept(process, responsibility, coordinator)
    for _ in range(2):
        withdraw_acceptance(actor=coordinator, acceptance=acceptance, origin=Origin.WEB)
    reopened = overlap(responsibility)
    assert reopened is not None
    assert [reopened.is_open, reopened.outdated] == [True, None]
    assert [entry.verb for entry in Entry.objects.about(acceptance).order_by("sequence")] == [
        "gap.accepted",
        "gap.reopened",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_accept_once(
    process: Process, responsibility: Responsibility, coordinator: User, bob: User
) -> None:
    results = at_once(
        *(partial(accept, process, responsibility, who) for who in (coordinator, bob))
    )
    assert results[0] == results[1]
    assert Acceptance.objects.filter(withdrawn_at=None).count() == 1
