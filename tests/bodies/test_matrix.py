"""Who has which part: what writes the matrix, and two who write it at once."""

import datetime as dt
from functools import partial

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.actions.matrix import (
    Cell,
    ChangedMeanwhile,
    assign,
    give_up,
    take_on,
)
from coordination.bodies.models import Assignment, Body, Responsibility, Seat
from coordination.bodies.queries import letters_today
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def responsibility(process: Process) -> Responsibility:
    return factories.ResponsibilityFactory(process=process, name="Reopen roads")


@pytest.fixture
def seats(lead_body: Body) -> list[Seat]:
    return [factories.SeatFactory(body=lead_body, number=n) for n in (1, 2, 3)]


def write(responsibility: Responsibility, actor: User, *cells: Cell) -> list[str]:
    return assign(actor=actor, responsibility=responsibility, cells=cells, origin=Origin.WEB)


def test_a_row_is_written_and_says_so_in_the_ledger(
    responsibility: Responsibility, seats: list[Seat], lead_body: Body, coordinator: User
) -> None:
    chair, member, _other = seats
    changed = write(
        responsibility,
        coordinator,
        Cell(chair, "AR", ""),
        Cell(member, "C", ""),
        Cell(lead_body, "I", ""),
    )
    assert changed == [f"seat-{chair.pk}", f"seat-{member.pk}", f"body-{lead_body.pk}"]
    assert letters_today(responsibility) == {
        f"seat-{chair.pk}": "AR",
        f"seat-{member.pk}": "C",
        f"body-{lead_body.pk}": "I",
    }
    entry = Entry.objects.about(responsibility).get()
    assert entry.summary == (
        "Reopen roads: JMC 1 AR, before nothing, JMC 2 C, before nothing, JMC I, before nothing"
    )


def test_a_change_ends_what_was_and_keeps_it(
    responsibility: Responsibility, seats: list[Seat], coordinator: User
) -> None:
    seat = seats[0]
    with time_machine.travel("2026-03-01T12:00:00Z"):
        write(responsibility, coordinator, Cell(seat, "AR", ""))
    with time_machine.travel("2026-05-01T12:00:00Z"):
        write(responsibility, coordinator, Cell(seat, "A", "AR"))
    rows = responsibility.assignments.values_list("letter", "started_on", "ended_on")
    march, may = dt.date(2026, 3, 1), dt.date(2026, 5, 1)
    assert sorted(rows) == [("A", march, None), ("R", march, may)]
    on = Assignment.objects.filter(responsibility=responsibility).on
    assert sorted(on(dt.date(2026, 4, 30)).values_list("letter", flat=True)) == ["A", "R"]
    assert list(on(may).values_list("letter", flat=True)) == ["A"]


def test_what_is_mended_on_the_same_day_never_held(
    responsibility: Responsibility, seats: list[Seat], coordinator: User
) -> None:
    seat = seats[0]
    write(responsibility, coordinator, Cell(seat, "A", ""))
    write(responsibility, coordinator, Cell(seat, "C", "A"))
    write(responsibility, coordinator, Cell(seat, "A", "C"))
    assert letters_today(responsibility) == {f"seat-{seat.pk}": "A"}
    assert responsibility.assignments.count() == 3


def test_a_cell_that_somebody_else_changed_is_not_overwritten(
    responsibility: Responsibility, seats: list[Seat], coordinator: User, bob: User
) -> None:
    first, second, _third = seats
    write(responsibility, bob, Cell(first, "A", ""))
    with pytest.raises(ChangedMeanwhile) as refused:
        write(responsibility, coordinator, Cell(first, "C", ""), Cell(second, "R", ""))
    assert refused.value.cells == {f"seat-{first.pk}": "A"}
    assert letters_today(responsibility) == {f"seat-{first.pk}": "A"}


def test_other_cells_of_the_row_may_have_changed(
    responsibility: Responsibility, seats: list[Seat], coordinator: User, bob: User
) -> None:
    first, second, _third = seats
    write(responsibility, bob, Cell(first, "A", ""))
    write(responsibility, coordinator, Cell(first, "", ""), Cell(second, "R", ""))
    assert letters_today(responsibility) == {f"seat-{first.pk}": "A", f"seat-{second.pk}": "R"}


def test_two_who_choose_the_same_do_not_contradict_each_other(
    responsibility: Responsibility, seats: list[Seat], coordinator: User, bob: User
) -> None:
    write(responsibility, bob, Cell(seats[0], "A", ""))
    assert write(responsibility, coordinator, Cell(seats[0], "A", "")) == []
    assert Entry.objects.about(responsibility).count() == 1


@pytest.mark.parametrize("letters", ["AC", "X", "RA", "AA", "ARCI"])
def test_only_what_a_cell_can_say_is_taken(
    responsibility: Responsibility, seats: list[Seat], coordinator: User, letters: str
) -> None:
    with pytest.raises(Refused) as refused:
        write(responsibility, coordinator, Cell(seats[0], letters, ""))
    assert refused.value.message == "Choose A, R, A and R, C, I or nothing."
    assert responsibility.assignments.count() == 0


def test_a_seat_of_another_process_is_refused(
    responsibility: Responsibility, coordinator: User
) -> None:
    with pytest.raises(Refused):
        write(responsibility, coordinator, Cell(factories.SeatFactory(), "A", ""))


@pytest.mark.django_db(transaction=True)
def test_two_who_edit_the_matrix_at_once_lose_nothing(
    responsibility: Responsibility, seats: list[Seat], coordinator: User, bob: User
) -> None:
    """Different cells are both kept; of the same cell one wins and the other is told."""
    first, second, third = seats
    calls = [
        partial(write, responsibility, actor, Cell(own, "R", ""), Cell(third, letters, ""))
        for actor, own, letters in ((coordinator, first, "A"), (bob, second, "C"))
    ]
    results = at_once(*calls)
    assert sorted(type(one).__name__ for one in results) == ["ChangedMeanwhile", "list"]
    winner = 0 if isinstance(results[0], list) else 1
    own, letters = ((first, "A"), (second, "C"))[winner]
    assert letters_today(responsibility) == {f"seat-{own.pk}": "R", f"seat-{third.pk}": letters}
    alone = at_once(
        partial(write, responsibility, coordinator, Cell(first, "I", "R" if own == first else "")),
        partial(write, responsibility, bob, Cell(second, "I", "R" if own == second else "")),
    )
    assert [len(one) for one in alone] == [1, 1]
    assert letters_today(responsibility) == {
        f"seat-{first.pk}": "I",
        f"seat-{second.pk}": "I",
        f"seat-{third.pk}": letters,
    }
    assert list(verify(responsibility.process)) == []


@pytest.mark.django_db(transaction=True)
def test_a_responsibility_that_two_enter_at_once_is_there_once(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User, bob: User
) -> None:
    names = ("Publish the map of minefields", "publish  the Map of minefields")
    calls = [
        partial(take_on, actor=actor, process=process, body=body, name=name, origin=Origin.WEB)
        for actor, body, name in zip(
            (coordinator, bob), (lead_body, verifying_body), names, strict=True
        )
    ]
    one, other = at_once(*calls)
    assert one.pk == other.pk
    assert process.responsibilities.count() == 1
    assert sorted(one.claims.values_list("body__code", flat=True)) == ["JMC", "VM"]
    connection.close()


def test_a_body_takes_on_what_another_has_and_both_claim_it(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    take = partial(take_on, actor=coordinator, process=process, origin=Origin.WEB)
    take(name="Remove fixed checkpoints", body=lead_body)
    with pytest.raises(Refused) as refused:
        take(name="remove fixed  checkpoints", body=lead_body)
    assert refused.value.message == "“Remove fixed checkpoints” is entered already."
    known = take(name="remove fixed  checkpoints", body=verifying_body)
    assert known.name == "Remove fixed checkpoints"
    assert known.claims.count() == 2
    with pytest.raises(Refused):
        take(name="  ", body=lead_body)


def test_what_is_given_up_ends_with_all_that_hangs_on_it(
    process: Process, lead_body: Body, seats: list[Seat], coordinator: User
) -> None:
    made = take_on(
        actor=coordinator, process=process, body=lead_body, name="Mark mines", origin=Origin.WEB
    )
    write(made, coordinator, Cell(seats[0], "AR", ""))
    give_up(actor=coordinator, responsibility=made, body=lead_body, origin=Origin.WEB)
    today = process.today()
    assert [made.claims.on(today).count(), made.assignments.on(today).count()] == [0, 2]
    give_up(actor=coordinator, responsibility=made, body=None, origin=Origin.WEB)
    assert Responsibility.objects.on(today).filter(process=process).count() == 0
    assert made.assignments.on(today).count() == 0
    before = Entry.objects.about(made).count()
    give_up(actor=coordinator, responsibility=made, body=None, origin=Origin.WEB)
    assert Entry.objects.about(made).count() == before


# --- Rows with days ahead, and what is no more --------------------------------------------------


def ahead(process: Process, days: int = 30) -> dt.date:
    return process.today() + dt.timedelta(days=days)


def test_a_letter_that_was_to_end_later_ends_now(
    responsibility: Responsibility, seats: list[Seat], coordinator: User
) -> None:
    day = ahead(responsibility.process)
    factories.AssignmentFactory(responsibility=responsibility, seat=seats[0], ended_on=day)
    write(responsibility, coordinator, Cell(seats[0], "", "A"))
    assert letters_today(responsibility) == {}
    assert responsibility.assignments.get().ended_on == responsibility.process.today()


def test_a_letter_that_was_to_begin_later_gives_way_to_what_is_decided_now(
    responsibility: Responsibility, seats: list[Seat], coordinator: User
) -> None:
    day = ahead(responsibility.process)
    factories.AssignmentFactory(responsibility=responsibility, seat=seats[0], started_on=day)
    write(responsibility, coordinator, Cell(seats[0], "A", ""))
    assert letters_today(responsibility) == {f"seat-{seats[0].pk}": "A"}
    rows = responsibility.assignments.order_by("pk").values_list("started_on", "ended_on")
    assert list(rows) == [(day, day), (responsibility.process.today(), None)]


def test_nothing_is_given_to_what_is_no_more(
    responsibility: Responsibility, seats: list[Seat], lead_body: Body, coordinator: User
) -> None:
    today = responsibility.process.today()
    gone, *_others = seats
    gone.ended_on = today
    gone.save()
    with pytest.raises(Refused) as refused:
        write(responsibility, coordinator, Cell(gone, "A", ""))
    assert refused.value.field == f"seat-{gone.pk}"
    give_up(actor=coordinator, responsibility=responsibility, body=None, origin=Origin.WEB)
    with pytest.raises(Refused) as refused:
        write(responsibility, coordinator, Cell(seats[1], "A", ""))
    assert refused.value.message == "“Reopen roads” was given up meanwhile."


def test_a_claim_that_was_to_begin_later_begins_when_it_is_taken_on(
    responsibility: Responsibility, lead_body: Body, coordinator: User
) -> None:
    process, day = responsibility.process, ahead(responsibility.process)
    factories.ClaimFactory(responsibility=responsibility, body=lead_body, started_on=day)
    take_on(
        actor=coordinator, process=process, body=lead_body, name="Reopen roads", origin=Origin.WEB
    )
    assert responsibility.claims.on(process.today()).count() == 1
    give_up(actor=coordinator, responsibility=responsibility, body=lead_body, origin=Origin.WEB)
    assert responsibility.claims.on(day).count() == 0


def test_a_cell_is_named_once(
    responsibility: Responsibility, seats: list[Seat], coordinator: User
) -> None:
    with pytest.raises(Refused) as refused:
        write(responsibility, coordinator, Cell(seats[0], "A", ""), Cell(seats[0], "R", ""))
    assert refused.value.message == "A cell was named twice."
