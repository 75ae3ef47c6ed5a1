"""Invitations as calendars read them: RFC 5546 for what such a file asks."""

from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from icalendar import vCalAddress

from coordination.reviews.ics import clean, event_of, file_of, zone_around
from coordination.reviews.models import Review


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
    lasts_minutes: int | None = None,
    video_link: str | None = None,
) -> str:
    """One meeting for one person's calendar: the same UID always, a higher sequence each time."""
    event = event_of(
        review,
        title=title,
        words=words,
        url=url,
        stamp=now,
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
        starts_at=starts_at,
        lasts_minutes=lasts_minutes,
        place=place,
        video_link=video_link,
    )
    event.add("sequence", sequence)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    event.add("organizer", _person(address, name))
    event.add("attendee", _attendee(recipient))
    return file_of([zone_around(review.body.process.zone, starts_at), event], method=method)


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = clean(name).replace('"', "")
    return person


def _attendee(recipient: Any) -> vCalAddress:
    """Whoever is invited; nobody waits for an answer by mail, which is given on the
    meeting's page.
    """
    person = _person(recipient.email, recipient.name)
    person.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"})
    return person
