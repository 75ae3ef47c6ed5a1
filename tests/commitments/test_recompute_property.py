"""Whatever happens to a web of commitments, its stored dates are those that an oracle comes to.

After each of many random events: every due day equals the oracle's, working everything out anew
moves nothing and writes nothing, `verify_levels` finds nothing, and the ledger tells of exactly the
days that moved.
"""

import datetime as dt
from contextlib import suppress
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from coordination.base.errors import Refused
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
    withdraw_extension,
    withdraw_reading,
)
from coordination.commitments.actions.dates import recompute_deadlines
from coordination.commitments.actions.entering import (
    Bounded,
    change_commitment,
    change_deadline,
    change_owners,
)
from coordination.commitments.actions.findings import withdraw_verification
from coordination.commitments.actions.flags import lift_flag, raise_flag
from coordination.commitments.actions.triggers import (
    call_off,
    enter_trigger,
    expect_more,
    record_trigger_event,
    withdraw_trigger_event,
)
from coordination.commitments.models import (
    Commitment,
    Deadline,
    ExpectedOccurrence,
    Extension,
    Flag,
    Obligation,
    Reading,
    TriggerEvent,
    Verification,
)
from coordination.commitments.verification import differences
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Process, Track
from tests.commitments import oracle
from tests.commitments.oracle import OPEN, Known, Terms, When
from tests.factories import AnchorEventFactory, PartyFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, 13, tzinfo=dt.UTC)
Kind = Commitment.Kind
LASTING, SEVERAL = Commitment.LASTING, Commitment.EXPECTED
KINDS = [*Kind, Kind.DATED, Kind.DATED, Kind.QUANTITY, Kind.UNTIL]
UNITS = ["hours", "days", "days", "weeks", "months", "years"]
SIZE, EVENTS = 9, 16


class Said:
    """What was said of one commitment, as plain data: what the oracle reads."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.terms = Terms([], [], [])
        self.start: list[tuple] = []
        self.end: list[tuple] = []
        self.readings: dict[int, Terms] = {}
        self.in_force: int | None = None
        self.extensions: dict[int, tuple] = {}  # by id: (of the time, agreed on, what)

    def edges(self) -> set[Any]:
        terms = [
            *self.terms.due,
            *self.terms.not_before,
            *self.terms.latest,
            *self.start,
            *self.end,
        ]
        for reading in self.readings.values():
            terms += reading.due
        return {source for source, _n, _unit in terms if isinstance(source, tuple)}


class World:
    """A process in which things happen at random, and the plain account of what happened."""

    def __init__(self, process: Process, people: dict[str, Any], seed: int, clock: Any) -> None:
        self.random, self.process, self.clock = Random(seed), process, clock
        process.time_zone = self.random.choice(
            ["Europe/Sarajevo", "America/Havana", "America/St_Johns", "Pacific/Apia"]
        )
        process.save()
        self.zone: ZoneInfo = process.zone
        self.coordinator, self.carol = people["coordinator"], people["carol"]
        self.alice, self.verifier = people["alice"], people["verifying_body"]
        self.parties = [people["party"], people["other_party"], PartyFactory(process=process)]
        self.anchors = [AnchorEventFactory(process=process, key=f"a{n}") for n in range(3)]
        self.dates: dict[str, Known] = {}
        self.trigger = enter_trigger(
            actor=self.coordinator, process=process, origin="web", key="report", name="Report"
        )
        self.said: dict[int, Said] = {}
        self.findings: dict[int, list[tuple]] = {}  # of an obligation: (id, level, day, time)
        self.withdrawn: set[int] = set()
        self.reports: dict[int, list[tuple]] = {}  # of an expected time: (level, done on, today)
        for _ in range(SIZE):
            self.enter()

    # --- Entering ---

    @property
    def today(self) -> dt.date:
        return self.process.today()

    def day(self, least: int = -400, most: int = 400) -> dt.date:
        return self.today + dt.timedelta(days=self.random.randint(least, most))

    def moment(self, day: dt.date) -> dt.datetime:
        clock = dt.time(self.random.randint(0, 23), self.random.choice([1, 29]))
        return dt.datetime.combine(day, clock, tzinfo=dt.UTC)

    def when(self, moment: dt.datetime) -> When:
        return oracle.at(int(oracle.seconds_of(moment)), self.zone)

    def term(self, purpose: str, *, opens: bool = False) -> tuple[dict, tuple]:
        """A term as the actions take it, and as the oracle does."""
        form = self.random.choice(["on", "at", "anchor", "anchor", "after", "after", "opening"])
        amount = self.random.choice([0, 1, 2, 5, 25, 30, 72])
        unit = self.random.choice(UNITS)
        sign = self.random.choice([1, 1, 1, -1])
        if unit == "years":
            amount %= 4
        direction = "before" if sign < 0 else "after"
        count = {"purpose": purpose, "amount": amount, "unit": unit, "direction": direction}
        if form == "opening" and opens:
            return count | {"from_opening": True}, ("opening", sign * amount, unit)
        if form == "after" and self.said:
            key = self.random.choice(list(self.said))
            base = Commitment.objects.get(pk=key)
            return count | {"after_commitment": base}, (("after", key), sign * amount, unit)
        if form in ("anchor", "opening"):
            anchor = self.random.choice(self.anchors)
            return count | {"anchor": anchor}, (anchor.key, sign * amount, unit)
        on = self.day()
        if form == "at":
            at = self.moment(on)
            when = self.when(at)
            return {"purpose": purpose, "on": when.on, "at": at}, (when, 0, "days")
        return {"purpose": purpose, "on": on}, (When(on), 0, "days")

    def terms(self, kind: str, said: Said) -> list[dict]:
        """Terms that a kind may have; they are put down in `said`."""
        opens = kind == Kind.TRIGGERED
        given = []
        said.terms, said.start, said.end = Terms([], [], []), [], []
        if kind in LASTING:
            parts = [("start", said.start, 1), ("end", said.end, self.random.choice([0, 0, 1]))]
        else:
            n = self.random.choice([0, 1, 1, 2, 3])
            parts = [
                ("due", said.terms.due, n),
                ("not_before", said.terms.not_before, self.random.choice([0, 0, 1])),
                ("latest", said.terms.latest, self.random.choice([0, 0, 0, 1])),
            ]
        for purpose, into, count in parts:
            for _ in range(count):
                term, plain = self.term(purpose, opens=opens)
                given.append(term)
                into.append(plain)
        said.terms.rule = self.random.choice(["earlier", "later"])
        return given

    def enter(self) -> None:
        kind = self.random.choice(KINDS)
        said = Said(kind)
        more: dict[str, Any] = {}
        if kind == Kind.RECURRING:
            unit = self.random.choice(["days", "weeks", "months"])
            more = {"every_amount": {"days": 60, "weeks": 9, "months": 2}[unit]}
            more |= {"every_unit": unit, "times": self.random.choice([1, 1, 2])}
        if kind == Kind.TRIGGERED:
            several = Commitment.objects.filter(kind__in=SEVERAL)
            follows = self.random.choice([None, *several])
            more = {"follows": follows} if follows else {"trigger": self.trigger}
        if kind in Commitment.MEASURED:
            more["bounds"] = [Bounded("at_most", 5, "tanks")]
        with suppress(Refused):  # more periods than there may be
            commitment = create_commitment(
                actor=self.coordinator,
                process=self.process,
                owed=[Owed(one, focal_point=self.alice) for one in self.random.sample(
                    self.parties, self.random.choice([1, 1, 2]))],
                terms=self.terms(kind, said),
                deadline={"rule": said.terms.rule},
                origin=Origin.WEB,
                kind=kind,
                reference="Art. I",
                title="Withdraw",
                track=Track.MILITARY,
                verifying_body=self.verifier,
                **more,
            )  # fmt: skip
            self.said[commitment.pk] = said

    # --- What happens ---

    def one_of(self, rows: Any) -> Any:
        return self.random.choice(list(rows.order_by("pk")) or [None])

    def move(self) -> None:
        anchor = self.random.choice(self.anchors)
        happened = self.random.random() < 0.4
        on = self.day(-200, 0) if happened else self.day()
        at = self.moment(on) if self.random.random() < 0.4 else None
        try:
            move_anchor(
                actor=self.coordinator,
                anchor=anchor,
                status="actual" if happened else "planned",
                on=on,
                at=at,
                origin="web",
                not_happened=True,
            )
        except Refused:
            return
        when = self.when(at) if at else When(on)
        self.dates[anchor.key] = Known(when, happened)

    def time_of(self, obligation: Obligation) -> ExpectedOccurrence | None:
        return self.one_of(obligation.expected.filter(called_off_at=None))

    def report(self) -> None:
        obligation = self.one_of(Obligation.objects.all())
        level = self.random.choice([3, 3, 3, 1])
        done_on = self.random.choice([None, self.day(-40, 0)]) if level == 3 else None
        check_in, _new = submit_check_in(
            obligation=obligation,
            author=self.alice,
            level=level,
            origin="web",
            expected=self.time_of(obligation),
            done_on=done_on,
        )
        if check_in.expected_id:
            said = (level, done_on, self.today)
            self.reports.setdefault(check_in.expected_id, []).append(said)

    def find(self) -> None:
        obligation = self.one_of(Obligation.objects.all())
        level, on = self.random.choice([3, 3, 1]), self.day(-90, 0)
        time = self.time_of(obligation)
        made = record_verification(
            actor=self.carol,
            obligation=obligation,
            body=self.verifier,
            level=level,
            found="Seen.",
            occurred_on=on,
            expected=time,
            origin="web",
        )
        found = (made.pk, level, on, time.pk if time else None)
        self.findings.setdefault(obligation.pk, []).append(found)

    def take_back(self) -> None:
        if one := self.one_of(Verification.objects.all()):
            withdraw_verification(
                actor=self.carol, verification=one, because="A mistake.", origin="web"
            )
            self.withdrawn.add(one.pk)

    def extend(self) -> None:
        commitment = self.one_of(Commitment.objects.exclude(kind__in=LASTING))
        if commitment is None:
            return
        time = None
        if commitment.kind in SEVERAL:
            time = self.one_of(ExpectedOccurrence.objects.filter(obligation__commitment=commitment))
        new = self.random.choice([None, self.day(0, 500)])
        at = self.moment(new) if new and self.random.random() < 0.4 else None
        amount, unit = (None, "days") if new else (self.random.randint(1, 40), "days")
        agreed_on = self.day(-5, 0)
        try:
            made, _moves = extend_deadline(
                actor=self.coordinator,
                commitment=commitment,
                origin="web",
                agreed_by="JMC",
                agreed_on=agreed_on,
                on=new,
                at=at,
                amount=amount,
                unit=unit,
                expected=time,
            )
        except Refused:
            return
        when = None if new is None else self.when(at) if at else When(new)
        said = (time.pk if time else None, agreed_on, (when, amount, unit))
        self.said[commitment.pk].extensions[made.pk] = said

    def shorten(self) -> None:
        if one := self.one_of(Extension.objects.all()):
            withdraw_extension(
                actor=self.coordinator, extension=one, because="A mistake.", origin="web"
            )
            del self.said[one.deadline.commitment_id].extensions[one.pk]

    def read(self) -> None:
        commitment = self.one_of(Commitment.objects.exclude(kind__in=LASTING))
        if commitment is None:
            return
        there = self.one_of(commitment.deadline.readings.all())
        party = there.party if there else self.random.choice(self.parties)
        terms = [self.term("due", opens=commitment.kind == Kind.TRIGGERED) for _ in range(2)]
        said, rule = self.said[commitment.pk], self.random.choice(["earlier", "later"])
        before = said.readings.get(there.pk) if there else None
        plain = Terms(
            [one for _given, one in terms], said.terms.not_before, said.terms.latest, rule
        )
        said.readings[there.pk if there else 0] = plain
        circle = self.is_circular()
        try:
            made, _moves = enter_reading(
                actor=self.coordinator,
                commitment=commitment,
                party=party,
                terms=[given for given, _one in terms],
                origin="web",
                reading=there,
                rule=rule,
            )
        except Refused:
            assert circle
            del said.readings[there.pk if there else 0]
            if before is not None and there:
                said.readings[there.pk] = before
            return
        assert not circle
        said.readings.pop(0, None)
        said.readings[made.pk] = plain

    def decide(self) -> None:
        if one := self.one_of(Reading.objects.all()):
            chosen = self.random.choice([one, one, None])
            commitment = one.deadline.commitment
            put_reading_in_force(
                actor=self.coordinator,
                commitment=commitment,
                reading=chosen,
                decided_by="JMC",
                origin="web",
            )
            self.said[commitment.pk].in_force = chosen.pk if chosen else None

    def unread(self) -> None:
        if one := self.one_of(Reading.objects.all()):
            withdraw_reading(
                actor=self.coordinator, reading=one, because="A mistake.", origin="web"
            )
            said = self.said[one.deadline.commitment_id]
            del said.readings[one.pk]
            if said.in_force == one.pk:
                said.in_force = None

    def restate(self) -> None:
        commitment = self.one_of(Commitment.objects.all())
        said = self.said[commitment.pk]
        before = (said.terms, said.start, said.end)
        given = self.terms(commitment.kind, said)
        circle = self.is_circular()
        try:
            change_deadline(
                actor=self.coordinator,
                commitment=commitment,
                origin="web",
                terms=given,
                rule=said.terms.rule,
            )
        except Refused as refused:
            assert circle or "more than" in str(refused.message)
            said.terms, said.start, said.end = before
            return
        assert not circle
        for reading in said.readings.values():
            reading.not_before, reading.latest = said.terms.not_before, said.terms.latest

    def change_rhythm(self) -> None:
        if one := self.one_of(Commitment.objects.filter(kind=Kind.RECURRING)):
            change_commitment(
                actor=self.coordinator,
                commitment=one,
                origin="web",
                every_amount=self.random.choice([40, 75]),
                every_unit="days",
                times=self.random.choice([1, 2]),
            )

    def change_kind(self) -> None:
        kinds = (Kind.DATED, Kind.UNTIL, Kind.NOT_BEFORE)
        if one := self.one_of(Commitment.objects.filter(kind__in=kinds)):
            kind = self.random.choice(kinds)
            change_commitment(actor=self.coordinator, commitment=one, origin="web", kind=kind)
            self.said[one.pk].kind = kind

    def happen(self) -> None:
        on = self.day(-60, 0)
        at = self.moment(on - dt.timedelta(days=1)) if self.random.random() < 0.5 else None
        record_trigger_event(
            actor=self.coordinator, trigger=self.trigger, what="A report.", on=on, at=at,
            origin="web",
        )  # fmt: skip

    def unhappen(self) -> None:
        if one := self.one_of(TriggerEvent.objects.all()):
            withdraw_trigger_event(
                actor=self.coordinator, event=one, because="It did not.", origin="web"
            )

    def call_off(self) -> None:
        if one := self.one_of(ExpectedOccurrence.objects.all()):
            with suppress(Refused):
                call_off(actor=self.coordinator, expected=one, because="Snow.", origin="web")

    def change_owners(self) -> None:
        commitment = self.one_of(Commitment.objects.all())
        owed = self.random.sample(self.parties, self.random.choice([1, 2]))
        change_owners(
            actor=self.coordinator,
            commitment=commitment,
            origin="web",
            owed=[Owed(one, focal_point=self.alice) for one in owed],
        )

    def flag(self) -> None:
        if one := self.one_of(Flag.objects.filter(lifted_at=None)):
            lift_flag(actor=self.coordinator, flag=one, because="Over.", origin="web")
        commitment = self.one_of(Commitment.objects.all())
        raise_flag(
            actor=self.coordinator,
            commitment=commitment,
            kind=self.random.choice(Flag.Kind.values),
            reason="Talks.",
            origin="web",
        )

    def wait(self) -> None:
        self.clock.shift(dt.timedelta(days=self.random.choice([1, 14, 100])))
        expect_more()
        assert expect_more() == 0

    EVENTS = (
        *(move, move, report, report, find, find, take_back, extend, extend, shorten),
        *(read, decide, unread, restate, change_rhythm, change_kind, happen, happen, unhappen),
        *(call_off, change_owners, flag, wait),
    )

    # --- What it comes to ---

    def is_circular(self) -> bool:
        counts_from = {
            key: {source[1] for source in said.edges()} for key, said in self.said.items()
        }
        for start in counts_from:
            reached, waiting = set(), [start]
            while waiting:
                for key in counts_from[waiting.pop()] - reached:
                    if key == start:
                        return True
                    reached.add(key)
                    waiting.append(key)
        return False

    def found_last(self, obligation: int, time: int | None = None) -> tuple | None:
        rows = [
            one
            for one in self.findings.get(obligation, ())
            if one[0] not in self.withdrawn and (time is None or one[3] == time)
        ]
        return rows[-1] if rows else None

    def completed(self, key: int) -> dt.date | None:
        """The day on which the last owner was found to have completed it."""
        days = []
        for obligation in Obligation.objects.filter(commitment=key):
            found = self.found_last(obligation.pk)
            if found is None or found[1] != 3:
                return None
            days.append(found[2])
        return max(days, default=None)

    def fulfilled(self, row: ExpectedOccurrence) -> dt.date | None:
        """The day on which one time was done, as was found or else as was said."""
        if found := self.found_last(row.obligation_id, row.pk):
            return found[2] if found[1] == 3 else None
        done = None
        for level, on, said_on in self.reports.get(row.pk, ()):
            done = None if level != 3 else on or done or said_on
        return done

    def look_up(self, source: Any, opening: Known = OPEN) -> Known:
        if source == "opening":
            return opening
        if isinstance(source, str):
            return self.dates.get(source, OPEN)
        key = source[1]
        if key not in self.memo:
            if day := self.completed(key):
                self.memo[key] = Known(When(day), True)
            elif self.said[key].kind in SEVERAL:
                self.memo[key] = OPEN
            else:
                self.memo[key] = Known(self.due(key).when, False)
        return self.memo[key]

    def due(self, key: int, opening: Known = OPEN, time: int | None = None) -> Known:
        said = self.said[key]
        terms = said.readings[said.in_force] if said.in_force else said.terms

        def look_up(source: Any) -> Known:
            return self.look_up(source, opening)

        due = oracle.due_by(terms, look_up, self.zone)
        due = oracle.prolonged(due, self.longer(said, time), self.zone)
        return oracle.at_the_latest(due, terms, look_up, self.zone)

    def longer(self, said: Said, time: int | None) -> list[tuple]:
        rows = [(one[1], pk, one[2]) for pk, one in said.extensions.items() if one[0] == time]
        return [what for _agreed_on, _pk, what in sorted(rows, key=lambda row: row[:2])]

    def opening(self, row: ExpectedOccurrence) -> Known:
        if row.opened_by:
            at = row.opened_by.at
            return Known(self.when(at) if at else When(row.opened_by.on), True)
        day = self.fulfilled(row.follows)
        return Known(When(day), True) if day else OPEN

    def plain(self, when: When | None) -> tuple:
        return (when.on, oracle.moment_of(when.ends(self.zone))) if when else (None, None)

    def check(self) -> None:
        self.memo: dict[int, Known] = {}
        for deadline in Deadline.objects.select_related("commitment"):
            key = deadline.commitment_id
            said = self.said[key]
            owed = Obligation.objects.filter(commitment=key)
            stored = (deadline.due_on, deadline.due_at)
            if said.kind not in SEVERAL:
                due = self.due(key)
                assert stored == self.plain(due.when), said.kind
                assert {(one.due_on, one.due_at) for one in owed} == {stored}
                if said.kind not in LASTING:
                    assert deadline.is_projected == (not due.settled)
                    own = oracle.due_by(said.terms, self.look_up, self.zone).when
                    assert (deadline.original_on, deadline.original_at) == self.plain(own)
            if said.kind in LASTING:
                start = oracle.one_of(said.start, "later", self.look_up, self.zone).when
                end = oracle.one_of(said.end, "earlier", self.look_up, self.zone).when
                dates = (start.on if start else None, end.on if end else None)
                assert (deadline.starts_on, deadline.ends_on) == dates
            for reading in deadline.readings.all():
                read = oracle.due_by(said.readings[reading.pk], self.look_up, self.zone).when
                assert (reading.due_on, reading.due_at) == self.plain(read)
        rows = ExpectedOccurrence.objects.filter(obligation__withdrawn_at=None)
        for row in rows.select_related("obligation", "opened_by", "follows"):
            key = row.obligation.commitment_id
            if row.period_to:
                last = When(oracle.day_of(oracle.number_of(row.period_to) - 1))
                longer = self.longer(self.said[key], row.pk)
                due = oracle.prolonged(Known(last, True), longer, self.zone)
            else:
                due = self.due(key, self.opening(row), row.pk)
            assert (row.due_on, row.due_at) == self.plain(due.when)


def stored() -> list[Any]:
    """Everything that working out dates writes, but for when somebody is asked."""
    asked = ("asked_on", "next_check_in_on", "next_check_in_at")
    rows: list[Any] = [list(Deadline.objects.order_by("pk").values())]
    rows += [list(Reading.objects.order_by("pk").values())]
    rows += [list(ExpectedOccurrence.objects.order_by("pk").values())]
    rows += [list(Commitment.objects.order_by("pk").values())]
    owed = Obligation.objects.order_by("pk").values()
    return [*rows, [{k: v for k, v in one.items() if k not in asked} for one in owed]]


def due_days() -> dict[Any, tuple]:
    """The due day and moment of each commitment that is due once, and of each expected time."""
    found: dict[Any, tuple] = {}
    for row in Deadline.objects.exclude(commitment__kind__in=SEVERAL).select_related("commitment"):
        found[row.commitment.code] = (row.due_on, row.due_at)
    for one in ExpectedOccurrence.objects.select_related("obligation__commitment"):
        found[one.obligation.commitment.code, one.pk] = (one.due_on, one.due_at)
    return found


def moves_between(before: dict[Any, tuple], after: dict[Any, tuple]) -> set[tuple]:
    """What the ledger has to tell: each due moment that changed; of one of several times, where
    it had one before."""
    moved = set()
    for key in before.keys() & after.keys():
        (was, was_at), (is_, is_at) = before[key], after[key]
        several = isinstance(key, tuple)
        if was_at == is_at or (several and was_at is None):
            continue
        sides = (was, is_) if was != is_ else (was_at, is_at)
        moved.add((key[0] if several else key, *(str(side) for side in sides)))
    return moved


def about_due(entry: Any) -> bool:
    """Not about the day on which what is kept up starts or ends."""
    return bool({"due_on", "due_at"} & entry.after.keys())


def told(entries: Any) -> list[tuple]:
    found = []
    for entry in entries:
        sides = []
        for side in (entry.before, entry.after):
            [value] = side.values() or [None]
            at = "due_at" in side and dt.datetime.fromisoformat(value)
            sides.append(str(at.astimezone(dt.UTC) if at else value))
        found.append((entry.summary.split(":")[0], *sides))
    return found


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("seed", range(3))
def test_dates_are_as_if_worked_out_from_scratch_whatever_happens(
    process, coordinator, carol, alice, party, other_party, verifying_body, clock, seed
) -> None:
    people = {
        "coordinator": coordinator,
        "carol": carol,
        "alice": alice,
        "party": party,
        "other_party": other_party,
        "verifying_body": verifying_body,
    }
    world = World(process, people, seed, clock)
    world.check()
    for _ in range(EVENTS):
        happens = world.random.choice(World.EVENTS)
        before, count = due_days(), Entry.objects.count()
        happens(world)
        after = due_days()
        world.check()
        entries = Entry.objects.order_by("sequence")[count:]
        moved = told(one for one in entries if one.verb == "deadline.moved" and about_due(one))
        assert set(moved) == moves_between(before, after), happens.__name__
        assert list(differences(process)) == [], happens.__name__
        kept = stored()
        assert recompute_deadlines(actor=coordinator, process=process, origin=Origin.SYSTEM) == []
        assert stored() == kept, happens.__name__
