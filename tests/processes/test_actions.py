"""What the actions on parties and anchors refuse, whoever calls them."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.base.errors import Refused
from coordination.base.trees import makes_circle
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.actions import (
    affiliate,
    change_affiliation,
    change_anchor,
    change_party,
    enter_anchor,
    enter_party,
)
from coordination.processes.models import Affiliation, Party, Process
from tests.factories import AffiliationFactory, AnchorEventFactory, PartyFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


def enter(process: Process, **fields: Any) -> Party:
    given = {"code": "EU", "name": "Union", "kind": "regional", "part": "ally"} | fields
    return enter_party(actor=None, process=process, origin=Origin.WEB, **given)


def part_of(party: Party, other: Party, **fields: Any) -> Affiliation:
    return affiliate(
        actor=None, party=party, kind="part_of", other=other, origin=Origin.WEB, **fields
    )


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.message, caught.value.field


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_a_party_at_once_one_is_told_that_it_is_there(process: Process) -> None:
    done = at_once(lambda: enter(process), lambda: enter(process, name="European Union"))
    assert sorted(type(one).__name__ for one in done) == ["Party", "Refused"]
    assert process.parties.count() == 1
    assert list(verify(process)) == []


def test_the_code_of_a_party_is_corrected_where_nobody_else_has_it(
    party: Party, other_party: Party
) -> None:
    change_party(actor=None, party=party, origin=Origin.WEB, code="ZZZ", name="New")
    party.refresh_from_db()
    assert (party.code, party.name) == ("ZZZ", "New")
    assert refused(change_party, actor=None, party=party, origin=Origin.WEB, code="bbb") == (
        *("bbb is another party: choose another code.", "code"),
    )


def test_a_party_leaves_after_it_joined(party: Party) -> None:
    days = {"joined_on": day(5), "left_on": day(4)}
    assert refused(change_party, actor=None, party=party, origin=Origin.WEB, **days) == (
        *("A party leaves after it joined.", "left_on"),
    )
    assert not Entry.objects.exists()


def test_nobody_is_part_of_themselves_directly_or_through_others(process: Process) -> None:
    one, two, three = PartyFactory.create_batch(3, process=process)
    part_of(one, two)
    part_of(two, three)
    assert refused(part_of, three, one) == (
        f"{one.code} is itself a part of {three.code}, directly or through others.",
        "other",
    )
    assert refused(part_of, one, one) == ("A party is not part of itself.", "other")
    assert refused(part_of, one, two) == ("This is recorded already.", "other")
    assert refused(part_of, one, PartyFactory())[0] == "The party belongs to another process."
    # To act for somebody makes nobody a part of them; but nobody acts for themselves.
    affiliate(actor=None, party=three, kind="acts_for", other=one, origin=Origin.WEB)
    acts = {"actor": None, "kind": "acts_for", "origin": Origin.WEB}
    assert refused(affiliate, party=one, other=three, **acts) == (
        f"{three.code} itself acts for {one.code}, directly or through others.",
        "other",
    )


def test_what_was_part_of_it_once_may_contain_it_later(process: Process) -> None:
    one, two = PartyFactory.create_batch(2, process=process)
    tie = AffiliationFactory(party=one, other=two, ended_on=day(10))
    assert refused(part_of, two, one, started_on=day(9))[1] == "other"
    part_of(two, one, started_on=day(10))
    tie.refresh_from_db()
    assert (tie.ended_on, Affiliation.objects.count()) == (day(10), 2)


@pytest.mark.parametrize(
    ("new", "others", "circle"),
    [
        ((3, 1, None, None), [(1, 2, None, None), (2, 3, None, None)], True),
        ((3, 1, None, None), [(1, 2, None, day(5)), (2, 3, day(5), None)], False),
        ((3, 1, None, None), [(1, 2, None, day(6)), (2, 3, day(5), None)], True),
        ((3, 1, None, day(5)), [(1, 2, None, day(6)), (2, 3, day(5), None)], False),
        ((3, 1, day(9), None), [(1, 2, None, None), (2, 3, day(20), None)], True),
        ((1, 1, None, None), [], True),
        ((1, 2, None, None), [(2, 3, None, None), (3, 2, None, None)], False),
        ((1, 2, None, None), [(1, 2, None, None)], False),
    ],
)
def test_a_circle_is_one_only_on_a_day_on_which_all_its_ties_hold(
    new: Any, others: Any, circle: bool
) -> None:
    assert makes_circle(new, others) is circle


def test_an_end_is_recorded_once_and_can_be_corrected_and_taken_back(process: Process) -> None:
    one, two = PartyFactory.create_batch(2, process=process)
    tie = AffiliationFactory(party=one, other=two, started_on=day(5))
    common = {"actor": None, "affiliation": tie, "origin": Origin.WEB}
    for ended_on in (day(9), day(9), day(10), None):
        change_affiliation(ended_on=ended_on, **common)
    entries = Entry.objects.order_by("sequence")
    assert [(entry.verb, entry.before, entry.after) for entry in entries] == [
        ("affiliation.ended", {"ended_on": None}, {"ended_on": "1996-01-09"}),
        ("affiliation.changed", {"ended_on": "1996-01-09"}, {"ended_on": "1996-01-10"}),
        ("affiliation.changed", {"ended_on": "1996-01-10"}, {"ended_on": None}),
    ]
    assert refused(change_affiliation, ended_on=day(4), **common) == (
        *("It cannot end before it starts.", "ended_on"),
    )


@pytest.mark.parametrize(
    ("started", "fields", "first"),
    [
        (day(5), {}, day(5)),
        (None, {"ended_on": day(9)}, day(9)),
        (day(5), {"started_on": day(7), "ended_on": day(9)}, day(7)),
    ],
)
def test_what_was_entered_by_mistake_ends_on_its_first_day(
    process: Process, started: Any, fields: Any, first: dt.date
) -> None:
    one, two = PartyFactory.create_batch(2, process=process)
    tie = AffiliationFactory(party=one, other=two, started_on=started)
    fields = {"started_on": started} | fields
    change_affiliation(actor=None, affiliation=tie, origin=Origin.WEB, mistaken=True, **fields)
    tie.refresh_from_db()
    assert (tie.started_on, tie.ended_on) == (first, first)
    assert Entry.objects.get().verb == "affiliation.mistaken"


def test_an_end_that_is_taken_back_closes_no_circle(process: Process) -> None:
    one, two = PartyFactory.create_batch(2, process=process)
    tie = AffiliationFactory(party=one, other=two, ended_on=day(10))
    part_of(two, one, started_on=day(10))
    assert refused(
        change_affiliation, actor=None, affiliation=tie, origin=Origin.WEB, ended_on=None
    ) == (
        f"{two.code} is itself a part of {one.code}, directly or through others.",
        "ended_on",
    )
    tie.refresh_from_db()
    assert tie.ended_on == day(10)


def test_a_process_counts_from_one_day_zero(process: Process, coordinator: User) -> None:
    first = AnchorEventFactory(process=process, key="toa", is_day_zero=True)
    common = {"actor": coordinator, "origin": Origin.WEB}
    second = enter_anchor(process=process, key="signing", name="Signing", **common)
    assert refused(change_anchor, anchor=second, is_day_zero=True, **common)[1] == "is_day_zero"
    change_anchor(anchor=first, is_day_zero=False, **common)
    change_anchor(anchor=second, is_day_zero=True, **common)
    assert process.day_zero == second
    assert refused(enter_anchor, process=process, key="toa", name="Again", **common)[1] == "key"
