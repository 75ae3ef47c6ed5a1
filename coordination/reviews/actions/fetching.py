"""Reading a review again under the lock, and changing its state."""

from typing import Any

from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock

from ..models import Review


def locked(review: Review) -> Review:
    lock(review.body.process)
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("body__process", "series__body__process")
        .get(pk=review.pk)
    )


def in_session(review: Review) -> Review:
    review = locked(review)
    if review.state != Review.State.IN_SESSION:
        raise Refused(_("This review is %s.") % review.get_state_display())
    return review


def to_be_minuted(review: Review) -> Review:
    """One in session, or of which the minutes are not approved yet."""
    review = locked(review)
    if review.state not in (Review.State.IN_SESSION, Review.State.MINUTES_DRAFT):
        raise Refused(_("This review is %s.") % review.get_state_display())
    return review


def become(review: Review, state: str, word: str, *, actor: Any, origin: str, **after: Any) -> None:
    """Change the state, and say so in the ledger."""
    before = review.state
    review.state = state
    review.save(update_fields=["state", "opened_at", "closed_at", "quorum_met", "quorum_words"])
    append(
        process=review.body.process,
        actor=actor,
        verb=f"review.{word.lower()}",
        thing=review,
        origin=origin,
        summary=f"{word} review {review.number} of {review.body.code}",
        before={"state": before},
        after={"state": state, **after},
    )
