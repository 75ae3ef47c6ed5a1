"""Secret addresses from which calendar programmes fetch meetings."""

import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base import capabilities
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.ledger.actions import append

from ..models import CalendarFeed

#: As many as somebody has calendars and telephones.
MOST = 20


@transaction.atomic
def make_feed(*, actor: Any, body: Body | None = None, origin: str) -> tuple[CalendarFeed, str]:
    """A feed of somebody's own meetings, or of a body's; returns it and the secret, which is
    nowhere else.
    """
    if CalendarFeed.objects.filter(owner=actor, revoked_at=None).count() >= MOST:
        raise Refused(_("You have %s addresses. Revoke one that nothing uses.") % MOST)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        owner=actor, body=body, token_hash=capabilities.digest(token)
    )
    _record(feed, "feed.made", "Made", actor, origin)
    return feed, token


@transaction.atomic
def revoke_feed(*, actor: Any, feed: CalendarFeed, origin: str) -> CalendarFeed:
    """Nobody is let in by it any more; a second time changes nothing."""
    feed = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    if feed.revoked_at is None:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        _record(feed, "feed.revoked", "Revoked", actor, origin)
    return feed


def _record(feed: CalendarFeed, verb: str, word: str, actor: Any, origin: str) -> None:
    """One of a body is in the record of its process; one of a person's own is of no process."""
    if feed.body is not None:
        append(
            process=feed.body.process,
            actor=actor,
            verb=verb,
            thing=feed,
            origin=origin,
            summary=f"{word} the address of a calendar feed of {feed.body.code}",
        )
