"""Meetings as calendar programmes read them: RFC 5545, and RFC 7986 for links and feeds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vDuration,
    vUri,
)

from .models import Review
from .occurrences import Meeting

#: How far around a meeting a file says when clocks change: for one that a calendar shows beside
#: others of the same zone.
AROUND = timedelta(days=366)
#: How often a calendar programme is asked to fetch a feed.
FETCHED_EVERY = timedelta(hours=1)


def uid_of(meeting: Meeting) -> str:
    """The same always: a review has it in its invitations and in every feed.

    A day of a rhythm has one of its own until it becomes a review.
    """
    host = urlsplit(settings.SITE_URL).hostname
    if isinstance(meeting, Review):
        return f"review-{meeting.pk}@{host}"
    return f"series-{meeting.series.pk}-{meeting.series_day:%Y%m%d}@{host}"


def event_of(
    meeting: Meeting,
    *,
    title: str,
    words: str,
    url: str,
    stamp: datetime,
    status: str,
    starts_at: datetime | None = None,
    lasts_minutes: int | None = None,
    place: str | None = None,
    video_link: str | None = None,
) -> Event:
    """One meeting, with what is given in place of what it has now."""
    zone = meeting.body.process.zone
    start = meeting.starts_at if starts_at is None else starts_at
    minutes = meeting.lasts_minutes if lasts_minutes is None else lasts_minutes
    place = meeting.place if place is None else place
    link = meeting.video_link if video_link is None else video_link
    event = Event()
    event.add("uid", uid_of(meeting))
    event.add("dtstamp", stamp)
    event.add("dtstart", start.astimezone(zone))
    event.add("dtend", (start + timedelta(minutes=minutes)).astimezone(zone))
    event.add("summary", clean(title))
    event.add("description", clean(f"{words}\n{link}" if link else words))
    if place or link:
        event.add("location", clean(place or link))
    if link:
        event.add("conference", vUri(link), {"VALUE": "URI", "FEATURE": "VIDEO"})
    event.add("url", vUri(url))
    event.add("status", status)
    return event


def file_of(parts: Iterable[Any], **properties: Any) -> str:
    """A calendar of these parts: the zones first, as RFC 5545 has it done."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Entente//Meetings//EN")
    calendar.add("calscale", "GREGORIAN")
    for name, value in properties.items():
        calendar.add(name, value)
    for part in parts:
        calendar.add_component(part)
    return calendar.to_ical().decode()


def feed_of(
    lines: Iterable[tuple[Meeting, str, str, str]],
    *,
    name: str,
    zones: Iterable[ZoneInfo],
    first: datetime,
    last: datetime,
    stamp: datetime,
) -> str:
    """A feed: each meeting with its title, its words and the address of its page.

    There is no recurrence in it: each meeting stands alone, so that one that was moved or called
    off is right in every programme.
    """
    parts: list[Any] = [zone_between(zone, first, last) for zone in zones]
    for meeting, title, words, url in lines:
        if meeting.state == Review.State.CANCELLED:
            status = "CANCELLED"
        else:
            status = "CONFIRMED" if meeting.pk else "TENTATIVE"
        parts.append(
            event_of(meeting, title=title, words=words, url=url, stamp=stamp, status=status)
        )
    name = clean(name)
    every = vDuration(FETCHED_EVERY)
    every.params["VALUE"] = "DURATION"
    return file_of(parts, **{"name": name, "x-wr-calname": name, "refresh-interval": every})


def clean(text: str) -> str:
    """Without the characters that such a file may not hold."""
    return "".join(one for one in text if one == "\n" or one.isprintable())


def zone_around(zone: ZoneInfo, moment: datetime) -> Timezone:
    return zone_between(zone, moment - AROUND, moment + AROUND)


def zone_between(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """What the clocks of a zone show, for calendars that do not know its name.

    Made from the changes themselves, each at the wall-clock time that was shown before it, which is
    how RFC 5545 (3.6.5) has it.
    """
    component = Timezone()
    component.add("tzid", zone.key)
    first = first.astimezone(UTC).replace(second=0, microsecond=0)
    offset = _offset(first, zone)
    component.add_component(_stretch(first, offset, zone))
    for moment in _changes(zone, first, last):
        component.add_component(_stretch(moment, offset, zone))
        offset = _offset(moment, zone)
    return component


def _stretch(moment: datetime, before: timedelta, zone: ZoneInfo) -> Any:
    local = moment.astimezone(zone)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    part.add("dtstart", (moment + before).replace(tzinfo=None))
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", _offset(moment, zone))
    part.add("tzname", local.tzname())
    return part


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments between the two from which on the clocks of a zone show something else."""
    day = timedelta(days=1)
    while start < end:
        if _offset(start, zone) != _offset(start + day, zone):
            before, after = start, start + day
            while after - before > timedelta(minutes=1):
                middle = before + (after - before) // 2
                middle = middle.replace(second=0, microsecond=0)
                if _offset(middle, zone) == _offset(before, zone):
                    before = middle
                else:
                    after = middle
            yield after
        start += day


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
