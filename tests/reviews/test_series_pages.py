"""Rhythms in plain words: entering them, looking at their next days, changing them."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.reviews.actions import plan_next
from coordination.reviews.forms.series import plain_of, rule_of
from coordination.reviews.models import Review, ReviewSeries
from tests.factories import ReviewSeriesFactory

from .test_pages import signed_in

ADD = "/p/valley/bodies/JMC/series/add/"
NOON = dt.datetime(2026, 3, 4, 11, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _on_a_wednesday(db: None) -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "submission": str(uuid.uuid4()),
        "name": "Reviews",
        "repeats": "weekday",
        "every": "1",
        "nth": ["-1"],
        "nth_weekday": "TH",
        "starts_on": "2026-03-01",
        "clock": "10:00",
        "lasts_minutes": "90",
        "place": "Town hall",
        "video_link": "https://video.example/jmc",
    } | fields


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "FREQ=MONTHLY;BYDAY=-1TH"),
        ({"nth": ["1", "3"], "nth_weekday": "FR"}, "FREQ=MONTHLY;BYDAY=1FR,3FR"),
        (
            {"repeats": "weekly", "every": "2", "weekdays": ["TU"], "left_out": ["8"]},
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYMONTH=1,2,3,4,5,6,7,9,10,11,12",
        ),
        ({"repeats": "weekly", "weekdays": ["MO", "TH"]}, "FREQ=WEEKLY;BYDAY=MO,TH"),
        (
            {"repeats": "day", "month_day": "15", "every": "3"},
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15",
        ),
        ({"repeats": "day", "month_day": "-1"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"repeats": "yearly"}, "FREQ=YEARLY"),
        (
            {"repeats": "own", "own": "rrule:freq=monthly;byday=FR;bymonthday=13"},
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        ),
    ],
)
def test_what_is_chosen_becomes_a_rule_and_the_rule_is_shown_as_it_was_chosen(
    lead_body: Body, bob: User, fields: dict[str, Any], rule: str
) -> None:
    answer = signed_in(bob).post(ADD, typed(**fields))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/valley/series/")
    series = ReviewSeries.objects.get()
    assert (series.rule, series.lasts_minutes, series.clock) == (rule, 90, dt.time(10))
    assert series.video_link == "https://video.example/jmc"
    chosen = plain_of(rule)
    assert rule_of(chosen) == rule
    assert chosen["repeats"] == fields.get("repeats", "weekday")
    assert Review.objects.get().series_day == Review.objects.get().held_on
    verbs = list(Entry.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["series.entered", "review.planned"]


def test_the_next_six_days_are_shown_before_anything_is_saved(lead_body: Body, bob: User) -> None:
    answer = signed_in(bob).post(ADD, typed(preview="1"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The last Thursday of each month" in page
    for day in ("2026-03-26", "2026-04-30", "2026-05-28", "2026-06-25", "2026-07-30", "2026-08-27"):
        assert f'<time datetime="{day}">' in page
    assert "2026-09-24" not in page
    assert not ReviewSeries.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"nth": []}, "nth", "Choose which"),
        ({"nth_weekday": ""}, "nth_weekday", "Choose the weekday."),
        ({"repeats": "day"}, "month_day", "Choose the day of the month."),
        ({"repeats": "own"}, "own", "Type the rule"),
        ({"repeats": "own", "own": "FREQ=HOURLY"}, "own", "not a recurrence rule"),
        ({"repeats": "own", "own": "FREQ=DAILY;COUNT=1;UNTIL=20270101"}, "own", "not both"),
        ({"ends_on": "2026-02-01"}, "ends_on", "It ends before it begins."),
        ({"ends_on": "2026-03-20"}, "repeats", "No day fits this rhythm"),
        ({"left_out": [str(n) for n in range(1, 13)]}, "left_out", "Leave at least one month in."),
        ({"repeats": "yearly", "left_out": ["8"]}, "left_out", "a rule says it itself"),
        ({"video_link": "see mail"}, "video_link", "Give a whole address"),
        ({"lasts_minutes": "0"}, "lasts_minutes", "Write 5 or more."),
        ({"every": "0"}, "every", "Write 1 or more."),
        ({"clock": "ten"}, "clock", "Write an hour as in 21:30."),
    ],
)
def test_what_is_not_right_is_said_beside_its_field(
    lead_body: Body, bob: User, fields: dict[str, Any], field: str, words: str
) -> None:
    answer = signed_in(bob).post(ADD, typed(**fields))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert not ReviewSeries.objects.exists()


def test_a_second_press_enters_nothing_more(lead_body: Body, bob: User) -> None:
    client, form = signed_in(bob), typed()
    assert [client.post(ADD, form).status_code for _ in range(2)] == [302, 302]
    assert client.post(ADD, typed()).context["form"].errors.keys() == {"name"}
    assert ReviewSeries.objects.count() == 1


def test_a_change_of_the_rule_leaves_planned_meetings_where_they_are(
    lead_body: Body, bob: User
) -> None:
    series = ReviewSeriesFactory(body=lead_body, rule="FREQ=WEEKLY;BYDAY=MO", name="Reviews")
    review = plan_next(actor=None, series=series, origin=Origin.SYSTEM)
    assert review is not None
    client, address = signed_in(bob), f"/p/valley/series/{series.pk}/edit/"
    page = client.get(address)
    assert "Every Monday" in page.content.decode()
    seen = page.context["form"]["seen"].value()
    changed = typed(seen=seen, repeats="weekly", weekdays=["WE"], starts_on="2026-03-04")
    assert client.post(address, changed).status_code == 302
    series.refresh_from_db()
    assert series.rule == "FREQ=WEEKLY;BYDAY=WE"
    assert Review.objects.get(pk=review.pk).held_on == review.held_on
    entry = Entry.objects.get(verb="series.changed")
    assert (entry.before["rule"], entry.after["rule"]) == (
        *("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=WE"),
    )


def test_two_who_change_a_rhythm_do_not_overwrite_each_other(lead_body: Body, bob: User) -> None:
    series = ReviewSeriesFactory(body=lead_body, rule="FREQ=WEEKLY;BYDAY=MO", name="Reviews")
    client, address = signed_in(bob), f"/p/valley/series/{series.pk}/edit/"
    seen = client.get(address).context["form"]["seen"].value()
    stored = {"repeats": "weekly", "weekdays": ["MO"], "starts_on": series.starts_on.isoformat()}
    first = typed(seen=seen, place="Bridge", video_link="", lasts_minutes="120", **stored)
    assert client.post(address, first).status_code == 302
    second = client.post(address, first | {"submission": str(uuid.uuid4()), "place": "Camp"})
    assert second.status_code == 422
    assert "Bob wrote meanwhile: “Bridge”." in second.content.decode()
    series.refresh_from_db()
    assert series.place == "Bridge"


def test_members_read_rhythms_and_only_those_who_keep_the_body_change_them(
    lead_body: Body, bob: User, alice: User, outsider: User
) -> None:
    series = ReviewSeriesFactory(body=lead_body, rule="FREQ=MONTHLY;BYDAY=-1TH")
    addresses = (ADD, f"/p/valley/series/{series.pk}/edit/", "/p/valley/bodies/JMC/meet/")
    for user, status in ((bob, 200), (alice, 403), (outsider, 404)):
        client: Client = signed_in(user)
        assert [client.get(one).status_code for one in addresses] == [status] * 3
    page = signed_in(alice).get("/p/valley/series/").content.decode()
    assert "The last Thursday of each month" in page
    assert "/edit/" not in page.split("<main")[1]
    assert "/edit/" in signed_in(bob).get("/p/valley/series/").content.decode()
