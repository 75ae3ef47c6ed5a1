"""What waits on what: entering it, refusing circles, what slips, and the pages that show it."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.base.errors import Refused
from coordination.commitments import chains
from coordination.commitments.actions import Owed, create_commitment, recompute_deadlines
from coordination.commitments.actions.dependencies import (
    enter_dependency,
    refuse_circle_through,
    withdraw_dependency,
)
from coordination.commitments.actions.entering import withdraw_commitment
from coordination.commitments.chain_facts import edges, load, neighbours, what_slips
from coordination.commitments.chains import Edge, Kind
from coordination.commitments.models import Commitment, Dependency, Obligation
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process, Track
from tests import factories
from tests.editing import fill, says
from tests.threads import at_once

pytestmark = pytest.mark.django_db

DAY = dt.date(2030, 1, 31)
Make = Callable[..., Commitment]


@pytest.fixture
def make(process: Process, party: Party, coordinator: User) -> Make:
    """Enters a commitment by its title: due in some days from a fixed one, or as terms say."""

    def enter(title: str, days: int | None = None, **fields: Any) -> Commitment:
        terms = [] if days is None else [{"on": DAY + dt.timedelta(days=days)}]
        return create_commitment(
            actor=coordinator, process=process, origin=Origin.WEB,
            reference="Art. 1", title=title, track=Track.MILITARY,
            **({"owed": [Owed(party)], "terms": terms} | fields),
        )  # fmt: skip

    return enter


@pytest.fixture
def wait(coordinator: User) -> Callable[[Commitment, Commitment], Dependency]:
    return lambda one, on: enter_dependency(
        actor=coordinator, commitment=one, on=on, origin=Origin.WEB
    )


def months_after(other: Commitment, n: int = 1, **fields: Any) -> dict[str, Any]:
    return {"after_commitment": other, "amount": n, "unit": "months"} | fields


def refusal(call: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.message, caught.value.field


def complete(commitment: Commitment, day: dt.date) -> None:
    Obligation.objects.filter(commitment=commitment).update(completed_on=day)


# --- Entering and withdrawing -------------------------------------------------------------------


def test_what_is_entered_and_withdrawn_is_in_the_record(
    make: Make, coordinator: User, process: Process
) -> None:
    one, two = make("One"), make("Two")
    row = enter_dependency(
        actor=coordinator, commitment=two, on=one, origin=Origin.WEB, reason=" Lists first. ",
        source="Art. 9",
    )  # fmt: skip
    assert (row.reason, row.source) == ("Lists first.", "Art. 9")
    for _twice in range(2):
        withdraw_dependency(actor=coordinator, dependency=row, because="Slip.", origin="web")
    assert list(Dependency.objects.all()) == []
    kept = Dependency.every.get()
    assert (kept.withdrawn_by, kept.withdrawn_because) == (coordinator, "Slip.")
    said = Entry.objects.filter(verb__startswith="dependency.").order_by("sequence")
    assert [entry.summary for entry in said] == [
        f"{two.code} waits on {one.code}",
        f"{two.code} no longer waits on {one.code}",
    ]
    assert list(verify(process)) == []


def test_what_waits_on_itself_or_twice_or_elsewhere_is_refused(
    make: Make, coordinator: User, wait: Any
) -> None:
    one, two = make("One"), make("Two")
    wait(two, one)
    assert refusal(lambda: wait(two, one)) == ("It waits on that one already.", "on")
    assert refusal(lambda: wait(one, one)) == ("Nothing waits on itself.", "on")
    elsewhere = factories.CommitmentFactory()
    assert refusal(lambda: wait(one, elsewhere))[0].endswith("belongs to another process.")
    row = Dependency.objects.get()
    assert refusal(
        lambda: withdraw_dependency(actor=coordinator, dependency=row, because=" ", origin="web")
    ) == ("Say why it is withdrawn.", "because")


def test_a_circle_through_deadlines_and_what_follows_is_refused_with_its_codes(
    make: Make, wait: Any
) -> None:
    one = make("One", 0)
    start = months_after(one, purpose="start")
    two = make("Two", kind="recurring", every_amount=1, every_unit="months", terms=[start])
    three = make("Three", kind="triggered", follows=two)
    message, field = refusal(lambda: wait(one, three))
    codes = ", ".join(each.code for each in (one, three, two, one))
    assert (message, field) == (
        f"{one.code} would wait on itself: {codes}, each waiting on the next. "
        "Take one of these steps out first.",
        "on",
    )


def test_a_circle_that_a_new_deadline_closes_is_found_from_the_commitment(
    make: Make, wait: Any
) -> None:
    one = make("One", 0)
    two = make("Two", terms=[months_after(one)])
    refuse_circle_through(two)
    factories.DeadlineTermFactory(deadline=one.deadline, on=None, after_commitment=two)
    codes = ", ".join(each.code for each in (two, one, two))
    assert codes in refusal(lambda: refuse_circle_through(two, "terms"))[0]


def test_what_was_withdrawn_closes_no_circle(make: Make, wait: Any, coordinator: User) -> None:
    one, two = make("One"), make("Two")
    row = wait(two, one)
    withdraw_dependency(actor=coordinator, dependency=row, because="Slip.", origin="web")
    assert wait(one, two).on == two


@pytest.mark.django_db(transaction=True)
def test_two_who_close_a_circle_at_once_are_not_both_let_through(
    make: Make, coordinator: User, process: Process
) -> None:
    one, two = make("One"), make("Two")
    enter = functools.partial(enter_dependency, actor=coordinator, origin=Origin.WEB)
    results = at_once(
        functools.partial(enter, commitment=one, on=two),
        functools.partial(enter, commitment=two, on=one),
    )
    assert sorted(type(one).__name__ for one in results) == ["Dependency", "Refused"]
    assert Dependency.objects.count() == 1
    assert list(verify(process)) == []


# --- What the facts are -------------------------------------------------------------------------


def test_edges_say_whether_they_keep_it_from_going_ahead(
    make: Make, wait: Any, process: Process
) -> None:
    base = make("Base", 0)
    fixed = {"on": DAY}
    cases = {
        "after": ([months_after(base)], {}, True),
        "before": ([months_after(base, direction="before")], {}, False),
        "not before": ([fixed, months_after(base, purpose="not_before")], {}, True),
        "at the latest": ([fixed, months_after(base, purpose="latest")], {}, False),
        "whichever is earlier": ([fixed, months_after(base)], {"rule": "earlier"}, False),
        "whichever is later": ([fixed, months_after(base)], {"rule": "later"}, True),
    }
    made = {
        name: make(name, terms=terms, deadline=deadline)
        for name, (terms, deadline, _keeps) in cases.items()
    }
    found = {edge.after: edge for edge in edges(process)}
    assert {name: found[made[name].pk] for name in cases} == {
        name: Edge(base.pk, made[name].pk, Kind.COUNTS, keeps)
        for name, (_terms, _deadline, keeps) in cases.items()
    }
    for one in made.values():
        assert edges(process, one.pk) == [found[one.pk]]
    assert set(edges(process, base.pk)) == set(found.values())


def test_what_recurs_triggers_others_without_keeping_them(
    make: Make, process: Process, coordinator: User
) -> None:
    report = make("Report", kind="recurring", every_amount=1, every_unit="months")
    make("Answer", kind="triggered", follows=report)
    assert [edge.keeps for edge in edges(process) if edge.kind == Kind.FOLLOWS] == [False]
    assert list(chains.blocked(load(process, coordinator))) == []


def test_it_is_met_when_all_who_owe_it_are(
    make: Make, process: Process, party: Party, other_party: Party, coordinator: User
) -> None:
    both = make("Both", 0, owed=[Owed(party), Owed(other_party)])
    first, second = both.obligations.order_by("pk")
    Obligation.objects.filter(pk=first.pk).update(completed_on=DAY)
    day = DAY + dt.timedelta(9)
    Obligation.objects.filter(pk=second.pk).update(next_expected_on=day)
    factories.CheckInFactory(obligation=second, author=coordinator, next_expected_on=day)
    fact = load(process, coordinator).facts[both.pk]
    assert (fact.is_done, fact.ends_on) == (False, day)
    Obligation.objects.filter(pk=second.pk).update(completed_on=DAY + dt.timedelta(2))
    fact = load(process, coordinator).facts[both.pk]
    assert (fact.is_done, fact.completed_on) == (True, DAY + dt.timedelta(2))


# --- What slips ---------------------------------------------------------------------------------


def test_what_slips_is_counted_again_and_what_waits_is_pushed_where_it_has_to_be(
    make: Make, wait: Any, process: Process, coordinator: User
) -> None:
    start = make("Start", 0)
    month = make("A month after", terms=[months_after(start)])
    soon, far = make("Soon", 10), make("Far", 400)
    wait(soon, start)
    wait(far, start)
    week = make("A week after soon", terms=[{"after_commitment": soon, "amount": 1,
                                             "unit": "weeks"}])  # fmt: skip
    cap = make("Capped", terms=[months_after(start), {"on": DAY + dt.timedelta(40)}])
    graph = load(process, coordinator)
    slips = {one.fact.title: one for one in what_slips(graph, process, start, 29)}
    # 31 January and a month is 28 February; 29 days later it is 1 March, and a month after 1 April.
    assert {name: (one.before, one.after) for name, one in slips.items()} == {
        "A month after": (dt.date(2030, 2, 28), dt.date(2030, 4, 1)),
        "Soon": (dt.date(2030, 2, 10), dt.date(2030, 3, 1)),
        "A week after soon": (dt.date(2030, 2, 17), dt.date(2030, 3, 8)),
        "Capped": (dt.date(2030, 2, 28), dt.date(2030, 3, 12)),
    }
    assert slips["Soon"].words == f"waits on {start.code}"
    assert slips["A week after soon"].words == f"its date counts from {soon.code}"
    assert month.pk and week.pk and cap.pk


def test_what_slips_is_what_moves_when_it_is_completed_so_late(
    make: Make, process: Process, coordinator: User
) -> None:
    start = make("Start", 0)
    two = make("Two", terms=[months_after(start)])
    three = make("Three", terms=[months_after(two, 3), months_after(start, 2)])
    slips = what_slips(load(process, coordinator), process, start, 30)
    complete(start, DAY + dt.timedelta(30))
    moves = recompute_deadlines(actor=coordinator, process=process, origin=Origin.WEB)
    assert {s.fact.id: (s.before, s.after) for s in slips} == {
        move.commitment.pk: (move.before, move.after) for move in moves
    }
    assert {two.pk, three.pk} == {slip.fact.id for slip in slips}


def test_the_facts_take_as_many_queries_for_many_as_for_few(
    make: Make, process: Process, coordinator: User, wait: Any, django_assert_num_queries: Any
) -> None:
    start = make("Start", 0)
    last = start
    for more in (1, 12):
        for n in range(more):
            last = make(f"Step {n}", terms=[months_after(last)])
            wait(last, make(f"Beside {n}", 1))
        with django_assert_num_queries(11):  # two are the reader's capacities
            slips = what_slips(load(process, coordinator), process, start, 30)
    assert len(slips) == 13


# --- Pages --------------------------------------------------------------------------------------


def page(client: Client, process: Process, path: str) -> Any:
    return client.get(f"/p/{process.slug}/commitments/{path}")


@pytest.fixture
def office(coordinator: User) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


def test_a_dependency_is_entered_by_its_register_number_and_withdrawn_on_pages(
    make: Make, office: Client, process: Process
) -> None:
    one, two = make("One"), make("Two")
    new = f"/p/valley/commitments/{two.number}/waits-on/new/"
    wrong = office.post(new, fill(office, new, on="C-999"))
    assert wrong.status_code == 422
    assert "There is no commitment C-999 in the register" in says(wrong)
    assert office.post(new, fill(office, new, on=f" c-{one.number} ")).status_code == 302
    row = Dependency.objects.get()
    assert (row.commitment, row.on) == (two, one)
    back = f"/p/valley/commitments/{two.number}/waits-on/{row.pk}/withdraw/"
    assert office.post(back, fill(office, back, because="Slip.")).status_code == 302
    assert Dependency.objects.count() == 0
    assert "Cora withdrew it" in says(office.get(back))


@pytest.mark.parametrize("late", ["0", "3651", "-4", "", "soon", "1.5", "9" * 30])
def test_impossible_days_are_refused_with_a_sentence(
    make: Make, office: Client, process: Process, late: str
) -> None:
    one = make("One", 0)
    answer = office.get(f"/p/valley/commitments/{one.number}/chain/", {"late": late})
    assert answer.status_code == 422
    assert "Write a whole number of days, from 1 to 3650." in says(answer)


def test_the_chain_shows_both_sides_the_path_that_decides_and_what_slips(
    make: Make, wait: Any, office: Client, process: Process, django_assert_max_num_queries: Any
) -> None:
    first, second = make("Hand over lists", 0), make("Clear the road", 5)
    target = make("Release prisoners", 3)
    wait(target, first)
    wait(target, second)
    make("Report on it", terms=[months_after(target)])
    with django_assert_max_num_queries(40):
        shown = office.get(f"/p/valley/commitments/{target.number}/chain/?late=30")
    words = says(shown)
    assert "It depends on 2 other commitments, and 1 depends on it." in words
    assert "1 date moves where it is 30 days late." in words
    assert "3 Mar 2030" in words
    assert "4 Apr 2030" not in words
    assert "2 days too late" in words  # for its own day, on which the road is not clear
    assert f"{target.code} waits on it" in words
    path = [step for step, _words in shown.context["path"]]
    assert [step.fact.title for step in path] == ["Clear the road", "Release prisoners"]


def test_what_is_kept_waiting_stands_under_where_it_begins(
    make: Make, wait: Any, office: Client, process: Process
) -> None:
    root, middle, last = make("Root", 0), make("Middle", 1), make("Last", 2)
    wait(middle, root)
    wait(last, middle)
    words = says(page(office, process, "waiting/"))
    assert "Of 3 commitments, 2 cannot go ahead because others are not met." in words
    assert "2 commitments wait on it" in words
    complete(root, DAY)
    words = says(page(office, process, "waiting/"))
    assert "Of 3 commitments, 1 cannot go ahead because another is not met." in words


def test_nothing_is_kept_waiting_where_nothing_depends(
    make: Make, office: Client, process: Process
) -> None:
    make("Root", 0)
    assert "Nothing is kept waiting" in says(page(office, process, "waiting/"))


def test_a_long_chain_stays_a_light_page_and_asks_no_more(
    office: Client, process: Process, party: Party, make: Make, wait: Any
) -> None:
    rows = [make(f"Step {n}", n) for n in range(3)]
    wait(rows[1], rows[0])
    wait(rows[2], rows[1])
    counted: list[int] = []
    for more in (0, 60):
        extra = [factories.CommitmentFactory(process=process) for _ in range(more)]
        for one in extra:
            factories.ObligationFactory(commitment=one, party=party)
            factories.DependencyFactory(commitment=one, on=rows[0])
            factories.DependencyFactory(commitment=rows[2], on=one)
        for path in (f"{rows[2].number}/chain/?late=9", f"{rows[0].number}/chain/", "waiting/"):
            answer = page(office, process, path)
            assert len(answer.content) < 50_000
            counted.append(answer.status_code)
    assert counted == [200] * 6
    assert [len(neighbours(rows[2]).before), neighbours(rows[2]).more_before] == [8, 53]


def test_what_waited_on_a_withdrawn_commitment_waits_no_more(
    make: Make, wait: Any, coordinator: User, process: Process
) -> None:
    one, two, three = make("One"), make("Two"), make("Three")
    wait(two, one)
    wait(three, two)
    withdraw_commitment(actor=coordinator, commitment=two, because="Slip.", origin="web")
    assert edges(process) == []
    wait(one, three)  # closes no circle
    assert edges(process) == [Edge(three.pk, one.pk)]
