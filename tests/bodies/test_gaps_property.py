"""Gaps and overlaps are planted in random structures, and exactly those are found.

`Draft` makes up structures in which all is well. `PLANTS` add one thing each that is not, and know
what they added. `DAMAGE` breaks what is there already, so that one fault bears on several rules: an
oracle then says what has to be found, each rule written out in the plainest way.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from coordination.bodies.gaps import Kind, find
from coordination.bodies.structure import (
    AssignmentFacts,
    BodyFacts,
    LineFacts,
    SeatFacts,
    StepFacts,
    Structure,
)

DAY = dt.date(2026, 6, 1)
Found = set[tuple[str, str]]


class Draft:
    """A structure in the making. Ids are handed out once, whatever they are of."""

    def __init__(self, random: Random, size: int) -> None:
        self.random, self.last = random, 0
        self.facts: dict[str, Any] = {
            field.name: field.default_factory()
            for field in dataclasses.fields(Structure)
            if field.default_factory is not dataclasses.MISSING
        }
        self.facts["bodies"], self.members, self.owers = {}, [], []
        for n in range(4):
            for pool in (self.members, self.owers):
                party = self.new()
                pool.append(party)
                self.facts["parties"][party] = f"P{party}"
                # Belongs to some that were there before, of those that judge or of those that owe.
                above = {party, *random.sample(pool, random.randint(0, n))}
                if len(above) > 1:
                    self.facts["belongs_to"][party] = {one: self.any_day() for one in above}
        #: Bodies in which all is well: what is planted in others would take their faults away.
        self.places: list[int] = []
        for _ in range(size):
            self.places.append(self.body(above=random.choice([*self.places, None])))
        for _ in range(random.randint(0, 2 * size)):
            self.responsibility()
        for _ in range(random.randint(0, size)):
            self.step()
            body = self.any_body()
            self.facts["reporting"].add(body)
            self.facts["led"][self.any_body()] = random.randint(1, 9)
            self.facts["verified"][body] = random.randint(1, 9)
            self.facts["judged"][body, random.choice(self.owers)] = 1
            self.facts["last_answered"][body] = self.facts["last_asked"][body] = DAY
            self.facts["lines"].append(LineFacts(self.new(), body, "liaison", self.any_body()))

    def new(self) -> int:
        self.last += 1
        return self.last

    def any_day(self) -> dt.date | None:
        return self.random.choice([None, DAY - dt.timedelta(days=self.random.randint(0, 900))])

    def any_body(self) -> int:
        return self.random.choice(self.places)

    def body(self, above: int | None = None, seats: int = 1, **fields: Any) -> int:
        """A body that reports to another one, or to somebody outside the process."""
        pk = self.alone(seats, **fields)
        name = "" if above else "The Council"
        self.facts["lines"].append(LineFacts(self.new(), pk, "reports_to", above, None, name))
        return pk

    def alone(self, seats: int = 1, **fields: Any) -> int:
        pk = self.new()
        fields = {"established_on": self.any_day()} | fields
        self.facts["bodies"][pk] = BodyFacts(pk, f"B{pk}", f"Body {pk}", **fields)
        for _ in range(seats and self.random.randint(1, 4)):
            self.seat(pk)
        return pk

    def seat(self, body: int, *, vacant: bool = False, party: int | None = None) -> int:
        pk, holder = self.new(), self.new()
        party = party or self.random.choice([*self.members, None])
        held = {"holder_id": holder, "holder": f"Person {holder}", "held_since": self.any_day()}
        if vacant:
            held = {"vacant_since": self.any_day(), "last_term_id": self.random.choice([None, 1])}
        elif self.random.random() < 0.5:
            alternate = self.new()
            held |= {"alternate_id": alternate, "alternate": f"Person {alternate}"}
            for person in (holder, alternate):
                self.act(person, self.random.choice([*self.members, None]))
        self.facts["seats"][pk] = SeatFacts(pk, body, pk, "Member", party_id=party, **held)
        return pk

    def act(self, person: int, party: int | None) -> None:
        if party:
            self.facts["acts_for"][person] = (party, self.any_day())

    def held_seat(self) -> int:
        seats = self.facts["seats"].values()
        return self.random.choice([s.id for s in seats if s.holder_id and s.body_id in self.places])

    def give(self, responsibility: int, letter: str, seat: int | None = None) -> None:
        """To the seat, or else to somebody who is there."""
        body = None
        if seat is None and self.random.random() < 0.3:
            body = self.facts["seats"][self.held_seat()].body_id
        elif seat is None:
            taken = {one.seat_id for one in self.facts["assignments"]}
            seat = self.held_seat()
            while seat in taken:  # so that nobody has a letter twice
                seat = self.seat(self.any_body())
        one = AssignmentFacts(responsibility, letter, seat, body, self.any_day())
        self.facts["assignments"].append(one)

    def responsibility(self, letters: str = "AR") -> int:
        pk = self.new()
        self.facts["responsibilities"][pk] = f"Function {pk % 7}"
        self.facts["responsible_since"][pk] = self.any_day()
        for letter in letters + "CIR"[: self.random.randint(0, 3 if "R" in letters else 2)]:
            self.give(pk, letter)
        if self.random.random() < 0.5:
            self.claim(pk, self.any_body())
        return pk

    def claim(self, responsibility: int, body: int) -> None:
        self.facts["claims"].append((responsibility, body, self.any_day()))

    def step(self, **to: int) -> int:
        pk = self.new()
        if not to:
            seat = self.held_seat()
            body = self.facts["seats"][seat].body_id
            to = self.random.choice([{}, {"seat_id": seat}, {"to_body_id": body}])
        self.facts["steps"].append(StepFacts(pk, self.any_body(), 1, "Somebody", **to))
        return pk

    def structure(self) -> Structure:
        return Structure(day=DAY, **self.facts)


# --- What is planted --------------------------------------------------------------------------


def nobody_accountable(draft: Draft) -> str:
    return f"{draft.responsibility('R')}"


def nobody_responsible(draft: Draft) -> str:
    return f"{draft.responsibility('A')}"


def accountable_vacant(draft: Draft) -> str:
    seat, pk = draft.seat(draft.any_body(), vacant=True), draft.responsibility("R")
    draft.give(pk, "A", seat)
    return f"{pk}:seat:{seat}"


def responsible_vacant(draft: Draft) -> str:
    pk = draft.responsibility("A")
    for _ in range(draft.random.randint(1, 3)):
        draft.give(pk, "R", draft.seat(draft.any_body(), vacant=True))
    return f"{pk}"


def two_accountable(draft: Draft) -> str:
    pk = draft.responsibility()
    for _ in range(draft.random.randint(1, 3)):
        draft.give(pk, "A", draft.seat(draft.any_body()))
    return f"{pk}"


def claimed_twice(draft: Draft) -> str:
    pk = draft.responsibility()
    for _ in range(2):
        draft.claim(pk, draft.body())
    return f"{pk}"


def empty_body(draft: Draft) -> int:
    body = draft.body(above=draft.any_body(), seats=0)
    for _ in range(draft.random.randint(0, 2)):
        draft.seat(body, vacant=True)
    return body


def lead_empty(draft: Draft) -> str:
    body = empty_body(draft)
    draft.facts["led"][body] = 1
    return f"{body}"


def verifier_empty(draft: Draft) -> str:
    body = empty_body(draft)
    draft.facts["verified"][body] = 2
    return f"{body}"


def verifier_owes(draft: Draft) -> str:
    """By the seat's party, by what that belongs to, or by whom the holder or the alternate acts
    for.
    """
    body, party = draft.body(above=draft.any_body()), draft.new()
    way = draft.random.randint(0, 3)
    seat = draft.seat(body, party=party if way == 0 else None)
    if way == 1:
        agent = draft.new()
        draft.facts["belongs_to"][agent] = {agent: None, party: draft.any_day()}
        draft.seat(body, party=agent)
    if way == 2:
        draft.act(draft.facts["seats"][seat].holder_id, party)
    if way == 3:
        alternate, seats = draft.new(), draft.facts["seats"]
        seats[seat] = dataclasses.replace(seats[seat], alternate_id=alternate)
        draft.act(alternate, party)
    draft.facts["judged"][body, party] = 1
    return f"{body}:{party}"


def verifier_of_its_own(draft: Draft) -> str:
    body = draft.body(above=draft.any_body())
    draft.facts["judged_own"][body] = 1
    return f"{body}:self"


def absent(draft: Draft) -> int:
    """A party that has left, or has yet to join."""
    party = draft.new()
    draft.facts["absent_parties"][party] = draft.random.choice([DAY, None])
    return party


def step_vacant(draft: Draft) -> str:
    party = absent(draft)
    to = draft.random.choice(
        [
            {"seat_id": draft.seat(draft.any_body(), vacant=True)},
            {"to_body_id": empty_body(draft)},
            {"seat_id": draft.new()},  # one that is no more
            {"to_party_id": party},
        ]
    )
    return f"{draft.step(**to)}"


def line_to_what_is_not(draft: Draft) -> str:
    ended = {"established_on": None, "ended_on": DAY}
    coming = {"established_on": DAY + dt.timedelta(days=1)}
    source = draft.any_body()
    target = draft.body(**draft.random.choice([ended, coming]))
    kind = draft.random.choice(["reports_to", "informs", "liaison"])
    draft.facts["lines"].append(LineFacts(draft.new(), source, kind, target))
    return f"{source}:{kind}:{target}:None"


def line_to_a_party_that_is_not_there(draft: Draft) -> str:
    source, party = draft.any_body(), absent(draft)
    draft.facts["lines"].append(LineFacts(draft.new(), source, "informs", None, party))
    return f"{source}:informs:None:{party}"


def circle(draft: Draft) -> str:
    ring = [draft.alone() for _ in range(draft.random.randint(2, 4))]
    for body, above in zip(ring, [*ring[1:], ring[0]], strict=True):
        draft.facts["lines"].append(LineFacts(draft.new(), body, "reports_to", above))
    return f"{min(ring)}:circle"


def alone(draft: Draft) -> str:
    return f"{draft.alone()}:alone"


def unaddressed(draft: Draft) -> str:
    body = draft.alone()
    draft.facts["reporting"].add(body)
    if draft.random.random() < 0.5:
        draft.body(above=body)
    return f"{body}:unaddressed"


Plant = Callable[[Draft], str]
PLANTS: dict[Plant, Kind] = {
    nobody_accountable: Kind.NOBODY_ACCOUNTABLE,
    accountable_vacant: Kind.ACCOUNTABLE_VACANT,
    nobody_responsible: Kind.NOBODY_RESPONSIBLE,
    responsible_vacant: Kind.RESPONSIBLE_VACANT,
    lead_empty: Kind.LEAD_EMPTY,
    verifier_empty: Kind.VERIFIER_EMPTY,
    step_vacant: Kind.STEP_VACANT,
    line_to_what_is_not: Kind.LINE_NOWHERE,
    line_to_a_party_that_is_not_there: Kind.LINE_NOWHERE,
    circle: Kind.LINE_NOWHERE,
    alone: Kind.LINE_NOWHERE,
    unaddressed: Kind.LINE_NOWHERE,
    two_accountable: Kind.TWO_ACCOUNTABLE,
    claimed_twice: Kind.CLAIMED_TWICE,
    verifier_owes: Kind.VERIFIER_OWES,
    verifier_of_its_own: Kind.VERIFIER_OWES,
}


# --- What is broken ---------------------------------------------------------------------------


def some(draft: Draft, field: str) -> Any:
    return draft.random.choice(list(draft.facts[field]) or [None])


def vacate(draft: Draft) -> None:
    if pk := some(draft, "seats"):
        seats = draft.facts["seats"]
        seats[pk] = dataclasses.replace(seats[pk], holder_id=None, holder="", vacant_since=DAY)


def abolish(draft: Draft) -> None:
    draft.facts["seats"].pop(some(draft, "seats"), None)


def wind_up(draft: Draft) -> None:
    pk, bodies = some(draft, "bodies"), draft.facts["bodies"]
    bodies[pk] = dataclasses.replace(bodies[pk], ended_on=DAY)


def drop(field: str) -> Callable[[Draft], None]:
    def damage(draft: Draft) -> None:
        rows = draft.facts[field]
        draft.facts[field] = [row for row in rows if row is not some(draft, field)]

    return damage


def draw_a_line(draft: Draft) -> None:
    one, other = some(draft, "bodies"), some(draft, "bodies")
    if one != other:
        kind = draft.random.choice(["reports_to", "reports_to", "informs", "liaison"])
        draft.facts["lines"].append(LineFacts(draft.new(), one, kind, other))


def assign(draft: Draft) -> None:
    if (pk := some(draft, "responsibilities")) and (seat := some(draft, "seats")):
        letter = draft.random.choice("AARRCI")
        draft.facts["assignments"].append(AssignmentFacts(pk, letter, seat))


def claim(draft: Draft) -> None:
    if pk := some(draft, "responsibilities"):
        draft.claim(pk, some(draft, "bodies"))


def judge(draft: Draft) -> None:
    draft.facts["judged"][some(draft, "bodies"), draft.random.choice(draft.members)] = 3
    draft.facts["led"][some(draft, "bodies")] = 3
    draft.facts["judged_own"][some(draft, "bodies")] = 3


def leave(draft: Draft) -> None:
    party = draft.random.choice(draft.members)
    draft.facts["absent_parties"][party] = DAY
    draft.facts["lines"].append(
        LineFacts(draft.new(), some(draft, "bodies"), "informs", None, party)
    )


DAMAGE = [
    *(vacate, abolish, wind_up, draw_a_line, assign, claim, judge, leave),
    *map(drop, ("lines", "assignments", "claims")),
]


def oracle(facts: dict[str, Any]) -> Found:
    """What has to be found, rule by rule, and slowly."""
    bodies = [b for b in facts["bodies"].values() if b.exists_on(DAY)]
    there = {b.id for b in bodies}
    seats = {s.id: s for s in facts["seats"].values() if s.body_id in there}
    filled = {s.id for s in seats.values() if s.holder_id}
    peopled = {seats[pk].body_id for pk in filled}
    found: list[tuple[str, str]] = []
    for pk in facts["responsibilities"]:
        holders: dict[str, set[tuple[str, int]]] = {"A": set(), "R": set()}
        for one in facts["assignments"]:
            if one.responsibility_id == pk and one.letter in holders:
                if one.seat_id in seats:
                    holders[one.letter].add(("seat", one.seat_id))
                if one.body_id in there:
                    holders[one.letter].add(("body", one.body_id))
        working = {("seat", seat) for seat in filled} | {("body", body) for body in peopled}
        if not holders["A"]:
            found.append(("nobody_accountable", f"{pk}"))
        for what, which in holders["A"] - working:
            found.append(("accountable_vacant", f"{pk}:{what}:{which}"))
        if len(holders["A"]) >= 2:
            found.append(("two_accountable", f"{pk}"))
        if not holders["R"]:
            found.append(("nobody_responsible", f"{pk}"))
        elif not holders["R"] & working:
            found.append(("responsible_vacant", f"{pk}"))
        if len({body for one, body, _since in facts["claims"] if one == pk} & there) >= 2:
            found.append(("claimed_twice", f"{pk}"))
    found += [("lead_empty", f"{body}") for body in facts["led"] if body not in peopled]
    found += [("verifier_empty", f"{body}") for body in facts["verified"] if body not in peopled]
    for body, party in facts["judged"]:
        for seat in (seats[pk] for pk in filled if seats[pk].body_id == body):
            people = (seat.holder_id, seat.alternate_id)
            acting = {facts["acts_for"][one][0] for one in people if one in facts["acts_for"]}
            for own in (seat.party_id, *acting):
                if own and party in facts["belongs_to"].get(own, {own}):
                    found.append(("verifier_owes", f"{body}:{party}"))
    found += [("verifier_owes", f"{body}:self") for body in facts["judged_own"] if body in there]
    for step in facts["steps"]:
        to = [pk for pk in (step.seat_id, step.to_body_id, step.to_party_id) if pk]
        good = filled | peopled | (set(facts["parties"]) - set(facts["absent_parties"]))
        if step.body_id in there and to and not good & {*to}:
            found.append(("step_vacant", f"{step.id}"))
    found += [("line_nowhere", subject) for subject in _lines(facts, there)]
    return {(kind, f"{kind}:{subject}") for kind, subject in found}


def _lines(facts: dict[str, Any], there: set[int]) -> set[str]:
    lines = [line for line in facts["lines"] if line.body_id in there]
    found = {
        f"{line.body_id}:{line.kind}:{line.to_body_id}:{line.to_party_id}"
        for line in lines
        if (line.to_body_id and line.to_body_id not in there)
        or line.to_party_id in facts["absent_parties"]
    }
    # Who stands above whom, over any number of lines.
    above = {
        (line.body_id, line.to_body_id)
        for line in lines
        if line.kind == "reports_to" and line.to_body_id in there
    }
    while more := {(a, d) for a, b in above for c, d in above if b == c} - above:
        above |= more
    for a, b in above:
        if a == b:
            found.add(f"{min(c for c in there if (a, c) in above and (c, a) in above)}:circle")
    reporting = {line.body_id for line in lines if line.kind != "liaison"}
    told = {line.to_body_id for line in lines if line.kind != "liaison"}
    for body in there - reporting:
        if body in facts["reporting"]:
            found.add(f"{body}:unaddressed")
        elif body not in told:
            found.add(f"{body}:alone")
    return found


# --- The properties ---------------------------------------------------------------------------

seeds = st.integers(0, 2**32)
sizes = st.integers(1, 8)
plantings = st.lists(st.sampled_from(list(PLANTS)), max_size=20)


def found_in(structure: Structure) -> Found:
    found = find(structure)
    subjects = {(gap.kind.value, gap.subject) for gap in found}
    assert len(subjects) == len(found)  # each is named once
    return subjects


def test_every_kind_is_planted() -> None:
    assert set(PLANTS.values()) == set(Kind)


@settings(max_examples=100)
@given(seed=seeds, size=sizes)
def test_nothing_is_found_where_all_is_well(seed: int, size: int) -> None:
    assert found_in(Draft(Random(seed), size).structure()) == set()


@settings(max_examples=300)
@given(seed=seeds, size=sizes, planting=plantings)
@example(seed=1, size=8, planting=list(PLANTS) * 3)
@example(seed=2, size=1, planting=list(PLANTS))
def test_exactly_what_was_planted_is_found(seed: int, size: int, planting: list[Plant]) -> None:
    draft, planted = Draft(Random(seed), size), set()
    for plant in planting:
        kind = PLANTS[plant]
        planted.add((kind.value, f"{kind.value}:{plant(draft)}"))
    assert len(planted) == len(planting)
    assert oracle(draft.facts) == planted
    assert found_in(draft.structure()) == planted


@settings(max_examples=300)
@given(
    seed=seeds,
    size=sizes,
    planting=plantings,
    damage=st.lists(st.sampled_from(DAMAGE), max_size=40),
)
@example(seed=3, size=8, planting=list(PLANTS), damage=DAMAGE * 5)
def test_one_fault_bears_on_every_rule_that_it_touches(
    seed: int, size: int, planting: list[Plant], damage: list[Callable[[Draft], None]]
) -> None:
    draft = Draft(Random(seed), size)
    for plant in planting:
        plant(draft)
    for harm in damage:
        harm(draft)
    assert found_in(draft.structure()) == oracle(draft.facts)


@settings(max_examples=100)
@given(
    seed=seeds,
    planting=plantings,
    damage=st.lists(st.sampled_from(DAMAGE), max_size=20),
    order=seeds,
)
def test_the_order_in_which_facts_are_read_changes_nothing(
    seed: int,
    planting: list[Plant],
    damage: list[Callable[[Draft], None]],
    order: int,
) -> None:
    draft = Draft(Random(seed), 5)
    for change in (*planting, *damage):
        change(draft)
    before = find(draft.structure())
    shuffled = Random(order)
    for field, rows in draft.facts.items():
        if isinstance(rows, list):
            shuffled.shuffle(rows)
        elif isinstance(rows, dict):
            draft.facts[field] = dict(shuffled.sample(list(rows.items()), len(rows)))
    assert find(draft.structure()) == before
