"""The register as of a day says what its columns said when that day ended, whatever came after."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coordination.base.errors import Refused
from coordination.commitments.actions import (
    Bounded,
    Owed,
    create_commitment,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import extend_deadline
from coordination.commitments.actions.breaches import allege_breach, judge_breach, record_response
from coordination.commitments.actions.entering import (
    change_commitment,
    change_owners,
    withdraw_commitment,
)
from coordination.commitments.actions.findings import (
    approve_verification,
    prepare_verification,
    release_verification,
    withdraw_verification,
)
from coordination.commitments.actions.flags import lift_flag, raise_flag
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.actions.triggers import expect_more, record_trigger_event
from coordination.commitments.as_it_stood import (
    Headline,
    end_of,
    headline,
    headline_today,
    register_on,
    standing_at,
)
from coordination.commitments.models import (
    Bound,
    Breach,
    Commitment,
    ExpectedOccurrence,
    Flag,
    Obligation,
    Verification,
)
from coordination.commitments.register import VIEWS, rule_of
from coordination.commitments.standing import of_commitment
from coordination.commitments.timeliness import of_obligation
from tests import factories
from tests.conftest import Role, member

SEEDS = 2
pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
COLUMNS = (
    *("reported_level", "reported_at", "next_expected_on", "verified_level", "verified_at"),
    *("completed_on", "is_disputed", "is_suspended", "is_at_risk", "in_breach", "out_of_bounds"),
    *("due_on", "due_at", "missed"),
)
SAID = ("number", "title", "kind", "lead_body_id", "verifying_body_id")


def as_of(process: Any, moment: dt.datetime) -> dict[int, Any]:
    return picture(register_on(Commitment.every.all(), process, moment), moment)


def live(process: Any) -> dict[int, Any]:
    rows = Commitment.objects.filter(process=process).for_list()
    return picture(rows, timezone.now())


def picture(rows: Any, moment: dt.datetime) -> dict[int, Any]:
    """Everything that pages show of a register, as plain values."""
    found = {}
    for one in rows:
        owed = {}
        for obligation in one.obligations.all():
            obligation.commitment = one
            columns = {name: getattr(obligation, name) for name in COLUMNS}
            owed[obligation.pk] = columns | {"timeliness": of_obligation(obligation, moment)}
        dates = (one.deadline.due_on, one.deadline.due_at, one.deadline.starts_on)
        said = [getattr(one, name) for name in SAID]
        found[one.pk] = (said, dates, of_commitment(one, moment), owed)
    return found


class World:
    """A register to which things happen at random."""

    def __init__(self, process: Any, people: dict[str, Any], seed: int, clock: Any) -> None:
        self.process, self.clock, self.random = process, clock, Random(seed)
        self.__dict__ |= people
        self.trigger = factories.TriggerFactory(process=process)
        for kind in ("dated", "dated", "standing", "limit", "recurring", "triggered"):
            self.enter(kind)

    def enter(self, kind: str = "dated") -> None:
        today, given = self.process.today(), {}
        if kind == "recurring":
            given = {"every_amount": 7, "every_unit": "days"}
        terms = [{"on": today + dt.timedelta(days=self.random.choice([3, 9, 30]))}]
        if kind in ("standing", "limit", "recurring"):
            terms = [{"on": today, "purpose": "start"}]
        if kind == "triggered":
            given = {"trigger": self.trigger}
            terms = [{"from_opening": True, "amount": 5, "unit": "days"}]
        owed = [self.party] if kind == "dated" else [self.party, self.other_party]
        bounds = [Bounded("at_most", Decimal(10), "tanks")] if kind == "limit" else []
        create_commitment(
            actor=self.coordinator, process=self.process, origin="web", kind=kind, terms=terms,
            owed=[Owed(one) for one in owed], bounds=bounds, reference="Art. I",
            title=f"A {kind} one", track="military", lead_body=self.lead_body,
            verifying_body=self.verifying_body, **given,
        )  # fmt: skip

    def one_of(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.random.choice(found) if found else None

    def owed(self) -> Obligation:
        return self.one_of(Obligation.objects.all())

    def time_of(self, obligation: Obligation) -> ExpectedOccurrence | None:
        return self.one_of(obligation.expected.filter(called_off_at=None))

    def report(self) -> None:
        obligation = self.owed()
        submit_check_in(
            obligation=obligation, author=self.coordinator, level=self.random.choice([0, 1, 2, 3]),
            origin="web", expected=self.time_of(obligation),
        )  # fmt: skip

    def find(self) -> None:
        obligation = self.owed()
        record_verification(
            actor=self.carol, obligation=obligation, body=self.verifying_body, found="Seen.",
            level=self.random.choice([0, 1, 2, 3, 3]), occurred_on=self.process.today(),
            expected=self.time_of(obligation), origin="web",
        )  # fmt: skip

    def prepare(self) -> None:
        obligation = self.owed()
        prepare_verification(
            actor=self.carol, obligation=obligation, body=self.verifying_body, found="Seen.",
            level=self.random.choice([1, 3]), occurred_on=self.process.today(),
            expected=self.time_of(obligation), origin="web",
        )  # fmt: skip

    def approve(self) -> None:
        waiting = Verification.objects.filter(approved_at=None)
        if one := self.one_of(waiting):
            approve_verification(actor=self.other, verification=one, version=1, origin="web")

    def release(self) -> None:
        waiting = Verification.objects.filter(approved_at__isnull=False, released_at=None)
        if one := self.one_of(waiting):
            release_verification(actor=self.other, verification=one, origin="web")

    def take_back(self) -> None:
        if one := self.one_of(Verification.objects.all()):
            withdraw_verification(
                actor=self.carol, verification=one, because="A slip.", origin="web"
            )

    def flag(self) -> None:
        obligation = self.owed()
        raise_flag(
            actor=self.coordinator, commitment=obligation.commitment, reason="Talks.", origin="web",
            obligation=self.random.choice([obligation, None]),
            kind=self.random.choice(Flag.Kind.values),
        )  # fmt: skip

    def lift(self) -> None:
        if one := self.one_of(Flag.objects.filter(lifted_at=None)):
            lift_flag(actor=self.coordinator, flag=one, because="Over.", origin="web")

    def allege(self) -> None:
        allege_breach(
            actor=self.carol, obligation=self.owed(), allegation="Shots.", origin="web",
            learned_on=self.process.today(),
        )  # fmt: skip

    def judge(self) -> None:
        if one := self.one_of(Breach.objects.filter(state="alleged")):
            judge_breach(
                actor=self.other, breach=one, words="Seen.", origin="web",
                outcome=self.random.choice(["confirmed", "confirmed", "unfounded"]),
            )  # fmt: skip

    def cure(self) -> None:
        if one := self.one_of(Breach.objects.filter(state="confirmed")):
            record_response(
                actor=self.other, breach=one, outcome="cured", words="Gone.", origin="web"
            )

    def measure(self) -> None:
        bound = self.one_of(Bound.objects.all())
        record_measurement(
            actor=self.coordinator, bound=bound, value=Decimal(self.random.choice([8, 12])),
            on=self.process.today(), origin="web",
        )  # fmt: skip

    def extend(self) -> None:
        dated = Commitment.objects.filter(kind="dated", deadline__due_on__isnull=False)
        if one := self.one_of(dated):
            extend_deadline(
                actor=self.coordinator, commitment=one, agreed_by="JMC", origin="web",
                agreed_on=self.process.today(), amount=self.random.choice([1, 10]),
            )  # fmt: skip

    def extend_time(self) -> None:
        if one := self.one_of(ExpectedOccurrence.objects.filter(called_off_at=None)):
            extend_deadline(
                actor=self.coordinator, commitment=one.obligation.commitment, agreed_by="JMC",
                agreed_on=self.process.today(), amount=3, expected=one, origin="web",
            )  # fmt: skip

    def happen(self) -> None:
        record_trigger_event(
            actor=self.coordinator, trigger=self.trigger, what="A report.",
            on=self.process.today(), origin="web",
        )  # fmt: skip

    def reword(self) -> None:
        one = self.one_of(Commitment.objects.filter(kind__in=["dated", "until"]))
        said = self.random.choice(
            [{"title": "Another title"}, {"lead_body": None}, {"kind": "until"}, {"kind": "dated"}]
        )
        change_commitment(actor=self.coordinator, commitment=one, origin="web", **said)

    def hand_over(self) -> None:
        one = self.one_of(Commitment.objects.filter(kind__in=["dated", "standing"]))
        owed = self.random.choice(
            [[self.party], [self.other_party], [self.party, self.other_party]]
        )
        change_owners(
            actor=self.coordinator, commitment=one, origin="web", owed=[Owed(p) for p in owed]
        )

    def withdraw(self) -> None:
        if Commitment.objects.count() > 6:
            one = self.one_of(Commitment.objects.filter(kind="dated"))
            withdraw_commitment(
                actor=self.coordinator, commitment=one, because="A slip.", origin="web"
            )

    EVENTS = (
        *(report, report, report, find, find, prepare, approve, release, take_back, flag, lift),
        *(allege, judge, judge, cure, measure, extend, extend_time, happen, reword, hand_over),
        *(withdraw, enter),
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_past_day_is_shown_as_its_columns_stood_when_it_ended(
    process, coordinator, carol, party, other_party, lead_body, verifying_body, seed
) -> None:
    people = {
        "coordinator": coordinator, "carol": carol, "party": party, "other_party": other_party,
        "lead_body": lead_body, "verifying_body": verifying_body,
        "other": member(process, "Otto", Role.COORDINATOR),
    }  # fmt: skip
    known: list[tuple[dt.date, dict[int, Any], Headline, dict[str, set[int]]]] = []

    def listed() -> dict[str, set[int]]:
        everything, now = Commitment.objects.filter(process=process), timezone.now()
        rules = {view: rule_of(view, now, coordinator) for view in VIEWS}
        return {
            view: {one.pk for one in everything.filter(rule.condition())}
            for view, rule in rules.items()
        }

    with time_machine.travel(NOW, tick=False) as clock:
        world = World(process, people, seed, clock)
        for _ in range(7):
            expect_more()
            for _ in range(5):
                clock.shift(dt.timedelta(minutes=world.random.choice([1, 90])))
                with suppress(Refused):
                    world.random.choice(World.EVENTS)(world)
            day = process.today()
            clock.move_to(
                dt.datetime.combine(day, dt.time(23, 59, 59, 999999), tzinfo=process.zone)
            )
            assert end_of(day, process) == timezone.now()
            assert as_of(process, timezone.now()) == live(process)
            counts = headline_today(Commitment.objects.filter(process=process))
            known.append((day, live(process), counts, listed()))
            clock.shift(dt.timedelta(days=world.random.choice([0, 0, 3]), hours=8))
        for day, columns, counts, views in known:
            moment = end_of(day, process)
            assert as_of(process, moment) == columns, day
            rows = register_on(Commitment.every.all(), process, moment)
            assert headline(rows) == counts
            for view, found in views.items():
                then = {one.pk for one in rows if rule_of(view, moment, coordinator).holds_of(one)}
                assert then == found, (day, view)
    assert known[0][1] != known[-1][1]


def test_it_asks_the_database_as_often_for_many_commitments(process, coordinator, carol) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for one in register_on(Commitment.every.all(), process, timezone.now()):
                standing_at(one, timezone.now())
        return len(captured)

    def more(count: int) -> None:
        for kind in ("dated", "limit", "recurring", "triggered") * count:
            commitment = factories.CommitmentFactory(
                process=process, kind=kind, every_amount=1, every_unit="weeks"
            )
            for _ in range(2):
                owed = factories.ObligationFactory(commitment=commitment)
                factories.CheckInFactory(obligation=owed)
                factories.VerificationFactory(obligation=owed)
                factories.ExpectedOccurrenceFactory(obligation=owed)
                factories.BreachFactory(obligation=owed)

    more(1)
    few = queries()
    more(2)
    assert queries() == few


def test_a_register_page_of_a_past_day_is_narrowed_by_the_same_choices(
    client, process, commitment, alice, party
) -> None:
    client.force_login(alice)
    tomorrow = timezone.now() + dt.timedelta(days=1)
    with time_machine.travel(tomorrow):
        day = (process.today() - dt.timedelta(days=1)).isoformat()

        def shown(**chosen: str) -> list[str]:
            client.force_login(alice)
            page = client.get("/p/valley/commitments/", {"as_of": day, **chosen})
            return [one.title for one in page.context["page"].rows]

        assert shown() == shown(find="heavy", owes="AAA", leads="JMC") == [commitment.title]
        assert shown(find="light") == shown(owes="BBB") == shown(leads="VM") == []


def test_a_day_that_is_yet_to_come_is_shown_as_today(client, process, commitment, alice) -> None:
    client.force_login(alice)
    page = client.get("/p/valley/commitments/", {"as_of": "2190-01-01"})
    assert page.context["as_of"].is_today and len(page.context["page"].rows) == 1
