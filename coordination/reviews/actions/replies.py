"""Answering an invitation."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append

from ..attending import invitation_of, invited_to
from ..models import Reply, Review
from ..occurrences import Meeting, Occurrence
from .planning import become_row

#: Days of a rhythm that come later are not put into the calendar by an answer.
FAR = timedelta(days=731)


@transaction.atomic
def reply_to(
    *, actor: Any, meeting: Meeting, answer: str, words: str = "", origin: str
) -> tuple[Reply, bool]:
    """Record what somebody who is invited answers; returns it, and whether it says anything new.

    The last answer counts; the ledger keeps each.
    """
    today = meeting.body.process.today()
    if meeting.held_on < today:
        raise Refused(_("The day of this meeting is past."))
    if isinstance(meeting, Occurrence) and meeting.held_on > today + FAR:
        raise Refused(_("This meeting is too far off to answer to."))
    review = become_row(actor=actor, meeting=meeting, origin=origin)
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())
    own = invitation_of(actor, invited_to(review))
    if own is None or own.term is None:
        raise Refused(_("You have no seat in %s on that day.") % review.body.name)
    sends_alternate = answer == Reply.Answer.ALTERNATE
    if sends_alternate and (own.term.alternate is None or own.term.holder_id != actor.pk):
        raise Refused(_("Your seat has no alternate who could come."), "answer")
    before = review.replies.filter(person=actor).first()
    if before and (before.answer, before.words) == (answer, words):
        return before, False
    said = {"answer": answer, "words": words}
    reply, _new = Reply.objects.update_or_create(
        review=review, person=actor, defaults={**said, "at": timezone.now()}
    )
    append(
        process=review.body.process,
        actor=actor,
        verb="review.reply",
        thing=review,
        origin=origin,
        summary=f"Answered to review {review.number} of {review.body.code}: {reply.answer}",
        before={"answer": before.answer, "words": before.words} if before else {},
        after=said,
    )
    return reply, True
