"""Each kind in each situation: its standing, its timeliness, and the view that it is found in."""

import datetime as dt
from random import Random
from typing import Any

import pytest
import time_machine

from accounts.models import User
from coordination.commitments import timeliness
from coordination.commitments.models import Commitment, Deadline, Level, Obligation
from coordination.commitments.register import VIEWS, counts, obligations_in, rule_of
from coordination.commitments.standing import ORDER, of_obligation
from coordination.processes.models import Process
from tests.factories import CommitmentFactory, PartyFactory

Kind, State = Commitment.Kind, timeliness.State
DUE = dt.date(2026, 7, 1)
DUE_ENDS = dt.datetime(2026, 7, 1, 22, tzinfo=dt.UTC)  # in Sarajevo
NOON = dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)
ACTS = (Kind.DATED, Kind.QUANTITY)


def after(days: float) -> dt.datetime:
    return NOON + dt.timedelta(days=days)


DATED = {"due_on": DUE, "due_at": DUE_ENDS}
REPORTED = {"reported_level": Level.FULL, "reported_at": after(-5)}
LOWER = {"verified_level": Level.MINIMUM, "verified_at": after(-4)}
FULL = {"verified_level": Level.FULL, "verified_at": after(-4)}
#: Situations by name: the columns of the obligation, and the days from the due day.
SITUATIONS: dict[str, tuple[dict[str, Any], int]] = {
    "ahead": (DATED, -3),
    "today": (DATED, 0),
    "passed": (DATED, 3),
    "no date": ({}, 3),
    "reported": (DATED | REPORTED, 3),
    "contradicted": (DATED | REPORTED | LOWER, 3),
    "found lower": (DATED | LOWER, 3),
    "found in time": (DATED | FULL | {"completed_on": DUE - dt.timedelta(days=1)}, 3),
    "found late": (DATED | FULL | {"completed_on": DUE + dt.timedelta(days=2)}, 3),
    "suspended": (DATED | {"is_suspended": True}, 3),
    "beyond": (DATED | {"out_of_bounds": True}, -3),
    "in breach": (DATED | {"in_breach": True, "is_suspended": True}, 3),
    "at risk": (DATED | {"is_at_risk": True}, -3),
    "disputed": (DATED | {"is_disputed": True}, -3),
}
#: What each kind comes to: mark, words, timeliness. `*` is for all that is not said of a kind.
ANY = {
    "suspended": ("wait", "Suspended", State.SUSPENDED),
    "in breach": ("breach", "In breach", State.SUSPENDED),
}
OWED = ANY | {
    "ahead": ("none", "in 3 days", State.NOT_YET_DUE),
    "today": ("risk", "Due today", State.DUE_TODAY),
    "passed": ("over", "3 days late", State.OVERDUE),
    "found lower": ("over", "3 days late", State.OVERDUE),
    "beyond": ("over", "Beyond the limit", State.NOT_YET_DUE),
    "at risk": ("risk", "At risk", State.NOT_YET_DUE),
    "disputed": ("risk", "Disputed", State.NOT_YET_DUE),
}
ACT = OWED | {
    "no date": ("wait", "No date yet", State.UNDATED),
    "reported": ("rep", "To verify", State.UNCONFIRMED),
    "contradicted": ("contra", "Contradicted", State.UNCONFIRMED),
    "found in time": ("ok", "Met", State.DONE_ON_TIME),
    "found late": ("ok", "Met 2 days late", State.DONE_LATE),
}
SEVERAL = OWED | {
    "reported": ("over", "3 days late", State.OVERDUE),
    "contradicted": ("contra", "Contradicted", State.OVERDUE),
    "found in time": ("over", "3 days late", State.OVERDUE),
    "found late": ("over", "3 days late", State.OVERDUE),
}
EXPECTED: dict[str, dict[str, tuple[str, str, str]]] = {
    Kind.DATED: ACT,
    Kind.QUANTITY: ACT,
    Kind.UNTIL: ACT
    | {
        "ahead": ("none", "ends in 3 days", State.NOT_YET_DUE),
        "today": ("none", "ends in 0 days", State.DUE_TODAY),
        "passed": ("none", "Has ended", State.PASSED),
        "found lower": ("none", "Has ended", State.PASSED),
        "reported": ("rep", "To verify", State.PASSED),
        "contradicted": ("contra", "Contradicted", State.PASSED),
        "found late": ("ok", "Met", State.DONE_ON_TIME),
    },
    Kind.NOT_BEFORE: ACT
    | {
        "ahead": ("none", "permitted in 3 days", State.NOT_YET_DUE),
        "today": ("none", "permitted in 0 days", State.DUE_TODAY),
        "passed": ("none", "Permitted now", State.PASSED),
        "found lower": ("none", "Permitted now", State.PASSED),
        "reported": ("rep", "To verify", State.PASSED),
        "contradicted": ("contra", "Contradicted", State.PASSED),
        "found in time": ("over", "Done 1 day too early", State.DONE_EARLY),
        "found late": ("ok", "Met", State.DONE_ON_TIME),
    },
    Kind.RECURRING: SEVERAL | {"no date": ("none", "every month", State.UNDATED)},
    Kind.TRIGGERED: SEVERAL | {"no date": ("wait", "When asked for", State.UNDATED)},
}
#: Kinds that are due on no day, and what they come to without one.
UNDATED = {
    Kind.STANDING: {
        "no date": ("none", "In force", State.UNDATED),
        "reported": ("rep", "To verify", State.UNDATED),
        "contradicted": ("contra", "Contradicted", State.UNDATED),
        "found lower": ("over", "Found not fully kept", State.UNDATED),
        "found in time": ("none", "In force", State.UNDATED),
    },
    Kind.LIMIT: {
        "no date": ("none", "In force", State.UNDATED),
        "reported": ("rep", "To verify", State.UNDATED),
        "found lower": ("over", "Found not fully kept", State.UNDATED),
        "found in time": ("none", "Within the limit", State.UNDATED),
        "beyond": ("over", "Beyond the limit", State.UNDATED),
    },
    Kind.UNDATED: {
        "no date": ("none", "No date given", State.UNDATED),
        "reported": ("rep", "To verify", State.UNDATED),
        "found lower": ("none", "No date given", State.UNDATED),
        "found in time": ("ok", "Met", State.UNDATED),
    },
}


def obligation(kind: str, **fields: Any) -> Obligation:
    every = {"every_amount": 1, "every_unit": "months"} if kind == Kind.RECURRING else {}
    process = Process(time_zone="Europe/Sarajevo")
    commitment = Commitment(process=process, kind=kind, verifying_body_id=1, **every)
    commitment.deadline = Deadline()
    return Obligation(commitment=commitment, **fields)


def test_every_kind_is_in_the_table() -> None:
    assert set(EXPECTED) | set(UNDATED) == set(Kind)
    assert all(set(SITUATIONS) == set(table) for table in EXPECTED.values())


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_has_a_day(kind: str, situation: str) -> None:
    fields, days = SITUATIONS[situation]
    one = obligation(kind, **fields)
    standing = of_obligation(one, after(days))
    found = (standing.mark, standing.words, timeliness.of_obligation(one, after(days)).state)
    assert found == EXPECTED[kind][situation]


@pytest.mark.parametrize(
    ("kind", "situation"), [(kind, name) for kind in UNDATED for name in UNDATED[kind]]
)
def test_what_has_no_day(kind: str, situation: str) -> None:
    fields = {k: v for k, v in SITUATIONS[situation][0].items() if k not in DATED}
    one = obligation(kind, **fields)
    standing = of_obligation(one, after(3))
    found = (standing.mark, standing.words, timeliness.of_obligation(one, after(3)).state)
    assert found == UNDATED[kind][situation]


# --- The views of the register ----------------------------------------------------------------


def at_random(random: Random) -> dict[str, Any]:
    """Columns of an obligation as its events could make them."""
    reported, verified = (random.choice([None, 1, 3, 3]) for _ in range(2))
    due_at = random.choice([None, DUE_ENDS, NOON, after(-30), after(30)])
    return {
        "due_at": due_at,
        "due_on": due_at.date() if due_at else None,
        "reported_level": reported,
        "reported_at": after(random.randint(-9, -3)) if reported is not None else None,
        "verified_level": verified,
        "verified_at": after(random.randint(-9, -3)) if verified is not None else None,
        "completed_on": DUE if verified == 3 else None,
        **{
            name: random.random() < 0.15
            for name in ("is_suspended", "is_disputed", "is_at_risk", "in_breach", "out_of_bounds")
        },
    }


def shows(view: str, one: Obligation, now: dt.datetime) -> bool:
    """Whether an obligation belongs in a view, by what its page says of it."""
    if view == "overdue":
        return timeliness.of_obligation(one, now).state == State.OVERDUE
    if view == "in-breach":
        return one.in_breach
    if view == "flagged":
        return one.is_suspended or one.is_disputed or one.is_at_risk
    # Beneath a flag, a breach or a broken limit the levels still say what they say.
    bare = obligation(one.commitment.kind)
    for name in ("due_on", "due_at", "reported_level", "reported_at", "verified_level"):
        setattr(bare, name, getattr(one, name))
    bare.verified_at, bare.completed_on = one.verified_at, one.completed_on
    words = of_obligation(bare, now).words
    return words == {"to-verify": "To verify", "contradicted": "Contradicted"}[view]


@pytest.mark.django_db
def test_the_views_of_the_register_have_what_stands_so(process: Process, alice: User) -> None:
    random, now = Random(4), after(1)
    parties = [PartyFactory(process=process) for _ in range(2)]
    for n in range(150):
        kind = list(Kind)[n % len(Kind)]
        every = {"every_amount": 1, "every_unit": "months"} if kind == Kind.RECURRING else {}
        columns = at_random(random)
        if kind in (*Commitment.LASTING, Kind.UNDATED):
            columns |= {"due_on": None, "due_at": None}
        if n % 5:
            commitment = Commitment(
                process=process, number=n + 1, kind=kind, reference="Art. I", title="Keep",
                track="military", **every,
            )  # fmt: skip
            commitment.save()
            Deadline.objects.create(commitment=commitment, process=process)
        else:
            commitment = CommitmentFactory(process=process, number=n + 1, kind=kind, **every)
        Obligation.objects.bulk_create(
            Obligation(commitment=commitment, party=party, **columns | ({} if n % 2 else at_random(
                random) if kind in ACTS else {}))
            for party in parties
        )  # fmt: skip
    rows = list(Obligation.objects.select_related("commitment__process"))
    for view in ("overdue", "to-verify", "contradicted", "in-breach", "flagged"):
        found = set(obligations_in(view, now).values_list("pk", flat=True))
        assert found == {one.pk for one in rows if shows(view, one, now)}, view
        assert found, view
    CommitmentFactory(process=process, number=151)  # owed by nobody
    everything = process.commitments.all()
    with time_machine.travel(now, tick=False):
        listed = {
            view: set(
                everything.filter(rule_of(view, now, alice).condition()).values_list(
                    "pk", flat=True
                )
            )
            for view in VIEWS
        }
        counted = counts(process)
    assert counted | {"mine": 0} == {view: len(found) for view, found in listed.items()}
    # A row in memory is asked the same, as on the page of a past day.
    read = list(process.commitments.for_list())
    for view, found in listed.items():
        assert {one.pk for one in read if rule_of(view, now, alice).holds_of(one)} == found, view
    assert listed["all"] - listed["met"] == listed["open"]
    met = listed["met"]
    owed: dict[int, list[Obligation]] = {}
    for one in rows:
        owed.setdefault(one.commitment_id, []).append(one)
    plain = ("is_suspended", "is_disputed", "is_at_risk", "in_breach", "out_of_bounds")
    for own in owed.values():
        for one in own:
            for name in plain:
                setattr(one, name, False)
    should = {
        key for key, own in owed.items() if {of_obligation(one, now).mark for one in own} == {"ok"}
    }
    assert met == should
    assert should


def test_the_marks_are_in_the_order_in_which_they_need_attention() -> None:
    found = {of_obligation(obligation(kind, **fields), after(days)).mark
             for kind in EXPECTED for fields, days in SITUATIONS.values()}  # fmt: skip
    assert found == set(ORDER)
