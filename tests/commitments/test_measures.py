"""Numbers against what is agreed: recording them, and drawing them."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.commitments import charts
from coordination.commitments.actions.measures import record_measurement, withdraw_measurement
from coordination.commitments.models import Bound, Commitment, Measurement, Obligation
from coordination.commitments.views.fetching import owed_under
from coordination.commitments.views.measures import figures_of, levels_of
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from tests import factories
from tests.editing import browser, fill, says

DAY = dt.date(1996, 1, 1)
database = pytest.mark.django_db


@pytest.fixture
def bound(commitment: Commitment) -> Bound:
    commitment.kind = Commitment.Kind.QUANTITY
    commitment.save()
    return factories.BoundFactory(commitment=commitment, of_what="personnel")


@pytest.fixture
def measure(bound: Bound, coordinator: User, process: Process) -> Callable[..., Measurement]:
    def recorded(value: int | str, ago: int = 1, **fields: Any) -> Measurement:
        given = {"actor": coordinator, "bound": bound, "origin": Origin.WEB}
        on = process.today() - dt.timedelta(days=ago)
        return record_measurement(value=Decimal(value), on=on, **(given | fields))

    return recorded


def refusal(call: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.message, caught.value.field


def broken(obligation: Obligation) -> bool:
    obligation.refresh_from_db()
    return obligation.out_of_bounds


# --- Recording ----------------------------------------------------------------------------------


@database
def test_the_last_number_of_either_side_says_whether_it_is_beyond_the_bound(
    measure: Any, obligation: Obligation, verifying_body: Body, carol: User
) -> None:
    seen = []
    for value, ago, body in (
        (22_000, 9, None), (22_001, 8, None), (23_000, 9, verifying_body), (21_000, 7, None),
        (21_500, 6, verifying_body),
    ):  # fmt: skip
        measure(value, ago, body=body, actor=carol)
        seen.append(broken(obligation))
    assert seen == [False, True, True, True, False]


@database
def test_a_number_that_is_withdrawn_counts_no_more_and_is_kept(
    measure: Any, obligation: Obligation, coordinator: User, process: Process
) -> None:
    row = measure("22000.50", source=" Return of 5 May ")
    assert (row.source, broken(obligation)) == ("Return of 5 May", True)
    withdraw = {"actor": coordinator, "measurement": row, "origin": "web"}
    assert refusal(lambda: withdraw_measurement(because=" ", **withdraw))[1] == "because"
    for why in ("A slip.", "Again."):
        withdraw_measurement(because=why, **withdraw)
    assert broken(obligation) is False
    assert list(Measurement.objects.all()) == []
    assert Measurement.every.get().withdrawn_because == "A slip."
    said = Entry.objects.filter(verb__startswith="measurement.").order_by("sequence")
    assert [entry.verb for entry in said] == ["measurement.recorded", "measurement.withdrawn"]
    assert said[0].summary.startswith("Reported 22000.5 personnel for C-1 on ")
    assert list(verify(process)) == []


@database
def test_each_side_takes_back_its_own_number(
    measure: Any, verifying_body: Body, alice: User, carol: User
) -> None:
    reported, measured = measure(1, actor=alice), measure(2, body=verifying_body, actor=carol)
    for actor, row in ((alice, measured), (carol, reported)):
        taking = {"actor": actor, "measurement": row, "because": "A slip.", "origin": "web"}
        assert (
            "is withdrawn by who"
            in refusal(lambda taking=taking: withdraw_measurement(**taking))[0]
        )
    for actor, row in ((alice, reported), (carol, measured)):
        withdraw_measurement(actor=actor, measurement=row, because="A slip.", origin="web")
    assert list(Measurement.objects.all()) == []


@database
def test_each_side_is_offered_to_take_back_its_own_number_alone(
    measure: Any, bound: Bound, verifying_body: Body, alice: User, carol: User, dave: User
) -> None:
    rows = [measure(1, actor=alice), measure(2, body=verifying_body, actor=carol)]
    where = reverse("measurement-new", args=["valley", 1, bound.pk])
    offered = {}
    for user in (alice, carol, dave):
        page = browser(user).get(where).content.decode()
        links = [reverse("measurement-withdraw", args=["valley", 1, row.pk]) for row in rows]
        offered[user.name] = [link in page for link in links]
    assert offered == {"Alice": [True, False], "Carol": [False, True], "Dave": [False, False]}


@database
def test_who_may_not_have_measured_it_is_refused(
    measure: Any, commitment: Commitment, lead_body: Body, verifying_body: Body, alice: User
) -> None:
    assert refusal(lambda: measure(1, body=lead_body)) == (
        f"Joint Military Commission does not verify {commitment.code}.",
        "body",
    )
    own = "You act for who owes this; somebody else must measure it."
    assert refusal(lambda: measure(1, body=verifying_body, actor=alice)) == (own, None)
    assert refusal(lambda: measure(1, -1)) == ("Nothing can be measured after today.", "on")
    factories.ObligationFactory(commitment=commitment, party=None, body=verifying_body)
    assert refusal(lambda: measure(1, body=verifying_body))[0] == (
        "No body verifies what it owes itself."
    )


@database
def test_a_bound_of_one_owner_marks_that_one_alone(
    bound: Bound, commitment: Commitment, obligation: Obligation, measure: Any
) -> None:
    other = factories.ObligationFactory(commitment=commitment)
    measure(30_000, bound=factories.BoundFactory(commitment=commitment, obligation=other))
    assert [broken(obligation), broken(other)] == [False, True]


# --- Pages --------------------------------------------------------------------------------------


@database
def test_each_records_for_their_side_on_the_page(
    bound: Bound, alice: User, carol: User, coordinator: User, dave: User, bob: User
) -> None:
    new = f"/p/valley/commitments/{bound.commitment.number}/bounds/{bound.pk}/measurements/new/"
    yesterday = (bound.commitment.process.today() - dt.timedelta(days=1)).isoformat()
    for user in (alice, carol):
        client = browser(user)
        assert client.post(new, fill(client, new, value="21500", on=yesterday)).status_code == 302
    assert [(row.author, row.body) for row in Measurement.objects.order_by("pk")] == [
        (alice, None),
        (carol, bound.commitment.verifying_body),
    ]
    client = browser(coordinator)
    silent = client.post(new, fill(client, new, value="many", on=yesterday))
    assert silent.status_code == 422
    assert "Write a number." in says(silent)
    assert "Say who says so." in says(silent)
    row = Measurement.objects.earliest("pk")
    back = f"/p/valley/commitments/{bound.commitment.number}/measurements/{row.pk}/withdraw/"
    people = {user.name: browser(user).get(back).status_code for user in (alice, carol, dave)}
    assert people == {"Alice": 200, "Carol": 403, "Dave": 403}
    watching = browser(bob)
    assert "Record a number" not in says(watching.get(new))
    assert watching.post(new, {"value": "1", "on": yesterday}).status_code == 403
    client = browser(alice)
    assert client.post(back, fill(client, back, because="A slip.")).status_code == 302
    assert "Alice withdrew it" in says(client.get(back))


@database
def test_the_figures_say_what_the_chart_draws_and_stay_light(
    bound: Bound, measure: Any, coordinator: User, verifying_body: Body,
    django_assert_max_num_queries: Any, alice: User,
) -> None:  # fmt: skip
    for n in range(60):
        factories.MeasurementFactory(bound=bound, value=21_000 + 40 * n, author=coordinator,
                                     on=DAY + dt.timedelta(days=30 * n))  # fmt: skip
    factories.MeasurementFactory(bound=bound, body=verifying_body, author=coordinator, on=DAY)
    new = f"/p/valley/commitments/{bound.commitment.number}/bounds/{bound.pk}/measurements/new/"
    with django_assert_max_num_queries(40):
        page = browser(alice).get(new)
    words = says(page)
    assert len(page.content) < 50_000
    assert "At most 22,000 personnel" in words
    assert "21 earlier figures are in the chart only." in words
    assert [page.content.count(b'class="sol"'), page.content.count(b'class="bad"')] == [1, 34]
    assert "23,360 reported on 5 Nov 2000" in words
    [figures] = figures_of(bound.commitment, alice, owed_under(bound.commitment))
    assert (len(figures.rows), figures.more) == (40, 21)


@database
def test_levels_over_time_are_those_of_the_lowest_owner(
    commitment: Commitment, obligation: Obligation
) -> None:
    commitment.deadline.refresh_from_db()
    owed = owed_under(commitment)
    assert levels_of(commitment, owed) is None
    factories.CheckInFactory(obligation=obligation, level=2)
    factories.VerificationFactory(obligation=obligation, level=1)
    levels = levels_of(commitment, owed)
    assert levels is not None
    assert "Reported intermediate on" in levels.words
    assert "Verified minimum on" in levels.words
    assert levels.chart.reported and levels.chart.verified and levels.chart.promised


# --- Geometry -----------------------------------------------------------------------------------

series = st.lists(
    st.tuples(
        st.integers(0, 20_000).map(lambda n: DAY + dt.timedelta(days=n)),
        st.integers(-10_000, 10_000_000).map(lambda n: n / 100),
    ),
    max_size=6,
).map(sorted)
zeros = st.none() | st.just(DAY + dt.timedelta(days=11))


def numbers(path: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?[0-9.]+", path)]


@given(series, series, st.integers(0, 30_000), st.integers(0, 20_000), zeros)
def test_all_that_is_drawn_stands_within_the_picture_and_in_its_order(
    reported: list[Any], verified: list[Any], bound: int, after: int, zero: dt.date | None
) -> None:
    today = DAY + dt.timedelta(days=after)
    chart = charts.against_bound(
        reported, verified, bound=bound, allows=lambda value: value <= bound, today=today, zero=zero
    )
    measured = [*reported, *verified]
    assert [dot.is_beyond for dot in chart.dots] == [value > bound for _day, value in measured]
    for dot in chart.dots:
        assert chart.left <= dot.x <= chart.right
        assert chart.top <= dot.y <= chart.bottom
    for side in (False, True):
        places = [dot.x for dot in chart.dots if dot.is_verified == side]
        assert places == sorted(places)
    names = [tick.text for tick in chart.values]
    assert 2 <= len(names) == len(set(names)) <= 6
    assert len(chart.days) <= 6
    assert [tick.at for tick in chart.days] == sorted(tick.at for tick in chart.days)
    assert numbers(chart.promised)[-1] == chart.right


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 100), min_size=1, max_size=5))
def test_round_values_enclose_what_they_are_for(values: list[float]) -> None:
    found = charts.round_values(values)
    assert found[0] <= min(values)
    assert max(values) <= found[-1]
    steps = {round(b - a, 4) for a, b in pairwise(found)}
    assert len(steps) == 1


@given(st.integers(0, 30_000), st.integers(0, 30_000), zeros)
def test_round_days_lie_in_their_span(first: int, span: int, zero: dt.date | None) -> None:
    begin = DAY + dt.timedelta(days=first)
    end = begin + dt.timedelta(days=span)
    found = charts.round_days(begin, end, zero)
    assert all(begin <= day <= end for day in found)
    assert found == sorted(set(found))
    assert len(found) <= 5
    if zero:
        assert len({(day - zero).days % 5 for day in found}) <= (1 if span > 4 else 5)


def test_levels_are_drawn_as_they_went() -> None:
    def day(n: int) -> dt.date:
        return DAY + dt.timedelta(days=n)

    chart = charts.levels_over_time(
        [(day(30), 3)], [(day(9), 1), (day(31), 2)], [(day(22), 1)], today=day(56), zero=DAY,
        first=DAY,
    )  # fmt: skip
    assert [tick.text for tick in chart.days] == ["D+0", "D+15", "D+30", "D+45", "D+60"]
    assert [tick.text for tick in chart.values] == ["0", "1", "2", "3"]
    assert chart.promised == "M14 87H183V10H352"
    assert chart.reported.startswith("M64.7 63.3H188.6V36.7H")
    assert chart.verified.startswith("M137.9 65.8H")


def test_a_commitment_goes_as_its_lowest_owner_does() -> None:
    def day(n: int) -> dt.date:
        return DAY + dt.timedelta(days=n)

    first = [(day(1), 1), (day(5), 3)]
    second = [(day(3), 2), (day(3), 0), (day(7), 2), (day(8), 2)]
    assert charts.lowest([first, second]) == [(day(3), 0), (day(7), 2)]
    assert charts.lowest([first, []]) == []
    assert charts.lowest([first]) == first
