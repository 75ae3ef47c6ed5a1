"""Invitations as calendars read them: RFC 5545 for the file, RFC 5546 for what it asks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
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
    vCalAddress,
    vUri,
)

from coordination.reviews.models import Review
from coordination.reviews.queries import MEETING_LASTS

#: How far around a meeting its file says when clocks change: for a meeting that a calendar shows
#: beside others of the same zone.
AROUND = timedelta(days=366)


def meeting_file(
    review: Review,
    recipient: Any,
    *,
    method: str,
    sequence: int,
    starts_at: datetime,
    place: str,
    title: str,
    words: str,
    url: str,
    now: datetime,
) -> str:
    """One meeting for one person's calendar: the same UID always, a higher sequence each time."""
    zone = review.body.process.zone
    event = Event()
    event.add("uid", f"review-{review.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", starts_at.astimezone(zone))
    # An assumption until the length of a meeting is recorded.
    event.add("dtend", (starts_at + MEETING_LASTS).astimezone(zone))
    event.add("summary", _clean(title))
    event.add("description", _clean(words))
    if place:
        event.add("location", _clean(place))
    event.add("url", vUri(url))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    event.add("organizer", _person(address, name))
    event.add("attendee", _attendee(recipient))
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Entente//Meetings//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_zone(zone, starts_at))
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = _clean(name).replace('"', "")
    return person


def _attendee(recipient: Any) -> vCalAddress:
    """Whoever is invited; nobody waits for an answer, as who comes is marked at the meeting."""
    person = _person(recipient.email, recipient.name)
    person.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"})
    return person


def _clean(text: str) -> str:
    """Without the characters that such a file may not hold."""
    return "".join(one for one in text if one == "\n" or one.isprintable())


def _zone(zone: ZoneInfo, around: datetime) -> Timezone:
    """What the clocks of a zone show about a meeting, for calendars that do not know its name.

    Made from the changes themselves, each at the wall-clock time that was shown before it, which is
    how RFC 5545 (3.6.5) has it.
    """
    component = Timezone()
    component.add("tzid", zone.key)
    first = (around - AROUND).astimezone(UTC).replace(second=0, microsecond=0)
    offset = _offset(first, zone)
    component.add_component(_stretch(first, offset, zone))
    for moment in _changes(zone, first, first + 2 * AROUND):
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
