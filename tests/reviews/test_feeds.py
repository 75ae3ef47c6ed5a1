"""Feeds: secret addresses from which calendar programmes fetch meetings."""

import datetime as dt
import logging
import re
from typing import Any

import icalendar
import pytest
import time_machine
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.base import capabilities
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.reviews.actions import cancel_review, make_feed, move_review, plan_next
from coordination.reviews.models import CalendarFeed, ReviewSeries
from coordination.reviews.occurrences import occurrence
from tests.factories import BodyFactory, ReviewFactory, ReviewSeriesFactory

from .test_pages import signed_in

NOON = dt.datetime(2026, 3, 4, 11, tzinfo=dt.UTC)
PAGE = "/calendar/feeds/"
Read = dict[str, tuple[dt.datetime, dt.datetime, str]]


@pytest.fixture(autouse=True)
def _on_a_wednesday(db: None) -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def weekly(lead_body: Body) -> ReviewSeries:
    return ReviewSeriesFactory(
        body=lead_body,
        rule="FREQ=WEEKLY;BYDAY=MO",
        starts_on=dt.date(2026, 1, 1),
        lasts_minutes=90,
        video_link="https://video.example/jmc",
    )


def address(owner: User, body: Body | None = None) -> str:
    _feed, token = make_feed(actor=owner, body=body, origin=Origin.WEB)
    return f"/calendar/feed/{token}.ics"


def fetch(feed: str, **headers: str) -> Any:
    """As a calendar programme does it, which has no cookie."""
    return Client().get(feed, headers=headers)


def first_reader(text: str) -> Read:
    """By UID the start and end in UTC and the state, as the icalendar package reads them."""
    return {
        str(event["UID"]): (
            event["DTSTART"].dt.astimezone(dt.UTC),
            event["DTEND"].dt.astimezone(dt.UTC),
            str(event["STATUS"]),
        )
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }


def second_reader(text: str) -> Read:
    """The same as vobject reads it, with the time zones that the file itself describes."""
    vars(vobject.icalendar)["__tzidMap"].clear()  # else it keeps those of other files
    vobject.icalendar.registerTzid("UTC", dt.UTC)
    return {
        event.uid.value: (
            event.dtstart.value.astimezone(dt.UTC),
            event.dtend.value.astimezone(dt.UTC),
            event.status.value,
        )
        for event in vobject.readOne(text).contents.get("vevent", [])
    }


def test_a_feed_has_single_meetings_planned_moved_called_off_and_promised_as_two_readers_agree(
    weekly: ReviewSeries, bob: User
) -> None:
    review = plan_next(actor=None, series=weekly, origin=Origin.SYSTEM)
    later = occurrence(weekly, dt.date(2026, 3, 23))
    assert review and later
    moved = move_review(
        actor=bob,
        meeting=review,
        held_on=dt.date(2026, 3, 11),
        clock=dt.time(14),
        lasts_minutes=60,
        origin=Origin.WEB,
    )
    gone = cancel_review(actor=bob, review=later, because="Holiday", origin=Origin.WEB)
    text = fetch(address(bob)).content.decode()
    found = first_reader(text)
    assert found == second_reader(text)
    hour, at = dt.timedelta(hours=1), lambda *clock: dt.datetime(2026, *clock, tzinfo=dt.UTC)
    assert found[f"review-{moved.pk}@testserver"] == (
        *(at(3, 11, 13), at(3, 11, 13) + hour, "CONFIRMED"),
    )
    assert found[f"review-{gone.pk}@testserver"][2] == "CANCELLED"
    untouched = f"series-{weekly.pk}-20260330@testserver"  # summer time has begun
    assert found[untouched] == (at(3, 30, 8), at(3, 30, 8) + 1.5 * hour, "TENTATIVE")
    last = max(start for start, _end, _state in found.values())
    assert NOON + dt.timedelta(days=393) < last < NOON + dt.timedelta(days=401)
    assert "RRULE" not in text.split("BEGIN:VEVENT", 1)[1]
    zones = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")
    assert "Europe/Sarajevo" in [str(zone["TZID"]) for zone in zones]
    assert "https://video.example/jmc" in text.replace("\r\n ", "")


def test_a_feed_of_a_body_has_its_meetings_and_ones_own_those_of_ones_seats(
    lead_body: Body, verifying_body: Body, bob: User
) -> None:
    here, there = (ReviewFactory(body=body) for body in (lead_body, verifying_body))
    uids = [
        list(first_reader(fetch(one).content.decode()))
        for one in (address(bob), address(bob, verifying_body))
    ]
    assert uids == [[f"review-{here.pk}@testserver"], [f"review-{there.pk}@testserver"]]
    empty = fetch(address(bob, BodyFactory(process=lead_body.process))).content.decode()
    assert first_reader(empty) == second_reader(empty) == {}


def test_an_address_that_is_not_good_is_not_told_from_one_that_never_was(
    lead_body: Body, bob: User, alice: User
) -> None:
    unknown = fetch("/calendar/feed/nothing.ics")
    assert (unknown.status_code, unknown.cookies) == (404, {})
    of_body, own = address(bob, lead_body), address(bob)
    revoked = address(alice)
    client = signed_in(alice)
    feed = CalendarFeed.objects.get(owner=alice)
    assert client.post(f"{PAGE}{feed.pk}/revoke/").status_code == 302
    assert client.post(f"{PAGE}{feed.pk}/revoke/").status_code == 302
    others = CalendarFeed.objects.filter(owner=bob).first()
    assert others is not None
    assert client.post(f"{PAGE}{others.pk}/revoke/").status_code == 404
    bob.memberships.update(ended_at=NOON)
    for gone in (of_body, revoked):
        answer = fetch(gone)
        assert (answer.status_code, answer.content) == (404, unknown.content)
    assert first_reader(fetch(own).content.decode()) == {}
    bob.is_active = False
    bob.save()
    assert fetch(own).status_code == 404
    assert Client().post(own).status_code == 405


def test_fetching_writes_nothing_sets_no_cookie_and_takes_as_many_queries_for_many(
    weekly: ReviewSeries, bob: User
) -> None:
    feed, counts = address(bob), []
    before = list(CalendarFeed.objects.values())
    for day in (None, 10, 11, 12):
        if day:
            ReviewFactory(body=weekly.body, held_on=dt.date(2026, 3, day), series=weekly)
        with CaptureQueriesContext(connection) as captured:
            answer = fetch(feed)
        assert all(one["sql"].startswith("SELECT") for one in captured)
        assert (answer.status_code, answer.cookies) == (200, {})
        counts.append(len(captured))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert len(set(counts)) == 1 and counts[0] <= 8
    assert list(CalendarFeed.objects.values()) == before
    assert "sessionid" not in str(answer.headers)


def test_what_did_not_change_is_not_sent_again(weekly: ReviewSeries, bob: User) -> None:
    feed = address(bob)
    first = fetch(feed)
    etag = first.headers["ETag"]
    assert first.headers["Last-Modified"] == "Wed, 04 Mar 2026 00:00:00 GMT"
    assert fetch(feed, if_none_match=etag).status_code == 304
    assert fetch(feed).content == first.content
    plan_next(actor=None, series=weekly, origin=Origin.SYSTEM)
    again = fetch(feed, if_none_match=etag)
    assert (again.status_code, again.headers["Last-Modified"]) == (
        *(200, "Wed, 04 Mar 2026 11:00:00 GMT"),
    )


def test_the_address_is_shown_once_and_only_its_hash_is_kept(lead_body: Body, bob: User) -> None:
    client = signed_in(bob)
    form = {"body": str(lead_body.pk), "submission": "2c3d1c9e-7d5e-4a64-9d6c-0f8a4b8d0a11"}
    made = client.post(PAGE, form)
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r"http://testserver(/calendar/feed/([\w-]+)\.ics)", made.content.decode())
    assert found
    assert fetch(found[1]).status_code == 200
    assert found[2] not in client.get(PAGE).content.decode()
    assert found[2] not in str(CalendarFeed.objects.values())
    assert client.post(PAGE, form).status_code == 302  # the same form once more
    assert CalendarFeed.objects.count() == 1
    assert Entry.objects.get().verb == "feed.made"


def test_a_feed_of_a_body_that_one_may_not_see_is_not_made(
    lead_body: Body, outsider: User, bob: User
) -> None:
    answer = signed_in(outsider).post(PAGE, {"body": str(lead_body.pk)})
    assert answer.status_code == 422
    assert not CalendarFeed.objects.exists()
    client = signed_in(bob)
    assert [client.post(PAGE, {"body": ""}).status_code for _ in range(21)] == [
        *([200] * 20),
        422,
    ]


def test_the_address_of_a_feed_stays_out_of_logs(bob: User) -> None:
    told = address(bob)
    record = logging.makeLogRecord({"msg": "Not Found: %s", "args": (told,)})
    capabilities.ConcealLinks().filter(record)
    assert record.getMessage() == "Not Found: /calendar/feed/….ics"
