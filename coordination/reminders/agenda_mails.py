"""Agendas that closed: sent with the papers to who sits in the body, each once."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.keyed import keys_there
from coordination.base.spoken import at_time
from coordination.bodies.people import everybody_in
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.reviews.agenda import Entry, agenda_of
from coordination.reviews.models import Review

from .withdrawing import NOT_LEFT

log = logging.getLogger(__name__)

KIND = "agenda-closed"
CALLED_OFF = "The meeting was called off before the mail left."


def circulate_agendas(now: datetime) -> int:
    """Send the agendas of coming meetings to who has not had them; returns how many mails were
    written. Any number of schedulers may do so at once: a key exists once."""
    closed = Review.objects.filter(
        state=Review.State.PLANNED, agenda_closed_at__isnull=False, starts_at__gt=now
    ).select_related("body__process", "body__protocol")
    count = 0
    for review in closed:
        try:
            count += _circulate(review, now)
        except Exception:  # one that cannot be sent stops no other
            log.exception("The agenda of review %s could not be sent.", review.pk)
    return count


def take_back_agendas() -> int:
    """What has not left of a meeting that was called off does not leave any more."""
    called_off = Review.objects.filter(pk=OuterRef("about_id"), state=Review.State.CANCELLED)
    waiting = Message.objects.filter(kind=KIND, state__in=NOT_LEFT)
    return outbox.supersede(waiting.filter(Exists(called_off)), CALLED_OFF)


def _circulate(review: Review, now: datetime) -> int:
    process = review.body.process
    people = {
        outbox.message_key(KIND, review.pk, person.pk): person
        for person in everybody_in(review.body, process.today(now))
    }
    there = keys_there(Message, people)
    new = {key: person for key, person in people.items() if key not in there}
    if not new:
        return 0
    entries = agenda_of(review, now)
    outbox.store([_mail(key, person, review, entries) for key, person in new.items()])
    return len(new)


def _mail(key: str, recipient: User, review: Review, entries: list[Entry]) -> Message:
    process = review.body.process
    return outbox.compose(
        key=key,
        process=process,
        kind=KIND,
        recipient=recipient,
        reason=f"The agenda of {review} is closed, and they sit in the body.",
        template="agenda",
        context=_context(recipient, review, entries),
        about=review,
    )


def _context(recipient: User, review: Review, entries: list[Entry]) -> dict[str, Any]:
    process = review.body.process
    with translation.override(recipient.language), timezone.override(process.zone):
        title = _("%(body)s, review %(n)s") % {"body": review.body.name, "n": review.number}
        when = at_time(review.starts_at)
    with translation.override(recipient.language), timezone.override(recipient.zone):
        here = at_time(review.starts_at)
    return {
        "review": review,
        "body": review.body,
        "process": process,
        "title": title,
        # The meeting's own time first, as it is said at the table; then the reader's.
        "when": when,
        "when_here": "" if here == when else here,
        "entries": entries,
        "papers": [line.strip() for line in review.papers.splitlines() if line.strip()],
        "url": settings.SITE_URL + reverse("review", args=[process.slug, review.pk]),
        "profile_url": settings.SITE_URL + reverse("profile"),
        "day": timezone.now(),
    }
