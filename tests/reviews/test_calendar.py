"""The calendar of a process and one's own: what stands in it, and on whose clocks."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body, Term
from coordination.commitments.models import Obligation
from coordination.ledger.actions import Origin
from coordination.reviews.actions import cancel_review, move_review
from coordination.reviews.models import Review, ReviewSeries
from coordination.reviews.occurrences import occurrence
from tests.factories import ReviewFactory, ReviewSeriesFactory

from .test_pages import signed_in

NOON = dt.datetime(2026, 3, 4, 11, tzinfo=dt.UTC)
CALENDAR, OWN = "/p/valley/calendar/", "/calendar/"


@pytest.fixture(autouse=True)
def _on_a_wednesday(db: None) -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def weekly(lead_body: Body) -> ReviewSeries:
    return ReviewSeriesFactory(
        body=lead_body, rule="FREQ=WEEKLY;BYDAY=MO", starts_on=dt.date(2026, 1, 1), name="Weekly"
    )


def shown(client: Client, address: str) -> dict[str, list[str]]:
    """By day of the month what stands there: "x" before what is called off, "~" before a day of a
    rhythm.
    """
    page = client.get(address)
    assert page.status_code == 200
    marks = {True: "", False: "~"}
    return {
        f"{day.date:%m-%d}": [
            ("x" if one.state == "cancelled" else marks[bool(one.pk)]) + one.body.code
            for one in day.meetings
        ]
        for week in page.context["weeks"]
        for day in week
        if day.meetings
    }


def test_a_month_shows_what_is_planned_moved_called_off_and_promised_by_a_rhythm(
    weekly: ReviewSeries, lead_body: Body, bob: User, alice: User
) -> None:
    ReviewFactory(body=lead_body, held_on=dt.date(2026, 3, 2), state=Review.State.APPROVED)
    second, third = (occurrence(weekly, dt.date(2026, 3, day)) for day in (16, 23))
    assert second and third
    move_review(
        actor=bob,
        meeting=second,
        held_on=dt.date(2026, 3, 18),
        clock=dt.time(9),
        lasts_minutes=60,
        origin=Origin.WEB,
    )
    cancel_review(actor=bob, review=third, because="Holiday", origin=Origin.WEB)
    client = signed_in(alice)
    expected = {
        "03-02": ["JMC"],
        "03-09": ["JMC"],  # planned when the other was called off: it is the next
        "03-18": ["JMC"],
        "03-23": ["xJMC"],
        "03-30": ["~JMC"],
    }
    assert shown(client, CALENDAR) == expected
    grid = client.get(CALENDAR).content.decode()
    assert "<s>JMC</s>" in grid and "called off" in grid and "moved" in grid
    assert f"/p/valley/series/{weekly.pk}/2026-03-30/" in grid
    assert grid.count('scope="col"') == 7
    rows = client.get(CALENDAR + "?view=list").content.decode()
    assert "called off: <bdi>Holiday</bdi>" in rows and "by its rhythm" in rows
    assert "from" in rows.split("moved")[1][:40]


def test_other_months_are_reached_by_links_and_filters_stay(
    weekly: ReviewSeries, verifying_body: Body, alice: User
) -> None:
    ReviewFactory(body=verifying_body, held_on=dt.date(2026, 4, 8))
    client = signed_in(alice)
    page = client.get(CALENDAR + "?body=VM&view=list")
    later = page.context["later"][1]
    assert later == "?month=2026-04&view=list&body=VM"
    assert shown(client, CALENDAR + later) == {"04-08": ["VM"]}
    assert "04-06" in shown(client, CALENDAR + "?month=2026-04")
    past = shown(client, CALENDAR + "?month=2026-02")
    assert past == {}  # a rhythm promises nothing for days that are past
    for bad in ("2026-13", "0000-01", "now", "20260-1"):
        assert client.get(CALENDAR + f"?month={bad}").status_code == 404


def test_due_days_are_a_layer_that_one_asks_for(
    obligation: Obligation, alice: User, bob: User
) -> None:
    assert obligation.due_on is not None
    address = f"{CALENDAR}?month={obligation.due_on:%Y-%m}"
    client = signed_in(alice)
    code = obligation.commitment.code
    assert f">{code}</a>" not in client.get(address).content.decode()
    assert f">{code}</a>" in client.get(address + "&due=1").content.decode()
    own = f"{OWN}?month={obligation.due_on:%Y-%m}&due=1"
    assert f">{code}</a>" in client.get(own).content.decode()
    assert f">{code}</a>" not in signed_in(bob).get(own).content.decode()


def test_ones_own_calendar_has_the_meetings_of_ones_seats_on_ones_own_clocks(
    weekly: ReviewSeries, verifying_body: Body, bob: User, alice: User, dave: User
) -> None:
    late = dt.datetime(2026, 3, 11, 22, 30, tzinfo=dt.UTC)
    ReviewFactory(body=weekly.body, held_on=dt.date(2026, 3, 11), starts_at=late)
    ReviewFactory(body=verifying_body, held_on=dt.date(2026, 3, 12))
    bob.time_zone = "Asia/Tokyo"
    bob.save()
    Term.objects.filter(holder=bob).update(alternate=dave, ends_on=dt.date(2026, 3, 20))
    assert shown(signed_in(bob), OWN) == {
        "03-09": ["~JMC"],
        "03-12": ["JMC"],  # half past seven in the morning, the day after
        "03-16": ["~JMC"],
    }
    assert "07:30–09:30" in signed_in(bob).get(OWN + "?view=list").content.decode()
    assert list(shown(signed_in(dave), OWN)) == ["03-09", "03-11", "03-16"]
    assert shown(signed_in(alice), OWN) == {}


def test_who_left_the_process_has_none_of_its_meetings(weekly: ReviewSeries, bob: User) -> None:
    bob.memberships.update(ended_at=NOON)
    assert shown(signed_in(bob), OWN) == {}
    assert signed_in(bob).get(CALENDAR).status_code == 404


def test_a_calendar_takes_as_many_queries_for_many_meetings_as_for_one(
    weekly: ReviewSeries,
    lead_body: Body,
    bob: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    client = signed_in(bob)
    counts = []
    for days in ([], range(5, 25)):
        for day in days:
            ReviewFactory(body=lead_body, held_on=dt.date(2026, 3, day), series=weekly)
        for address in (CALENDAR, OWN, CALENDAR + "?due=1"):
            with django_assert_max_num_queries(20) as captured:
                assert len(client.get(address).content) < 50_000
            counts.append(len(captured))
    assert counts[:3] == counts[3:]
