"""Minutes: drafted, edited, circulated for comments, approved, and corrected by a new version."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.ledger.actions import append
from coordination.ledger.signing import digest_of

from ..access import may_approve
from ..minutes_text import content_of, first_sections, missing_outcomes
from ..models import Minutes, MinutesComment, MinutesSection, Review
from ..sealing import APPROVED
from .dispatching import dispatch_minutes
from .fetching import become, locked

#: How much of a section's text stands in the ledger, where every change of it is kept whole.
_WORDS = 20000


@transaction.atomic
def draft_minutes(*, actor: Any, review: Review, origin: str) -> Minutes:
    """The first version, made of what was recorded; the last one where there is one already."""
    review = locked(review)
    there = review.minutes.order_by("-version").first()
    if there is not None:
        return there
    if review.state != Review.State.MINUTES_DRAFT:
        raise Refused(_("This review is %s.") % review.get_state_display())
    minutes = Minutes.objects.create(review=review, drafted_by=actor)
    sections = first_sections(review)
    for section in sections:
        section.minutes = minutes
    MinutesSection.objects.bulk_create(sections)
    _append("minutes.drafted", minutes, f"Drafted the minutes of {_of(review)}", actor, origin)
    return minutes


@transaction.atomic
def correct_minutes(*, actor: Any, review: Review, corrects: str, origin: str) -> Minutes:
    """Begin the next version of approved minutes; until it is approved the former one holds."""
    review = locked(review)
    last = review.minutes.order_by("-version").first()
    if last is None or (last.approved_at is None and last.version == 1):
        raise Refused(_("There are no approved minutes to correct: edit the draft."))
    if last.approved_at is None:
        return last
    if not corrects.strip():
        raise Refused(_("Say what is corrected: what was wrong, and how it was."), "corrects")
    minutes = Minutes.objects.create(
        review=review,
        version=last.version + 1,
        corrects=corrects.strip()[:1000],
        drafted_by=actor,
    )
    MinutesSection.objects.bulk_create(
        MinutesSection(
            minutes=minutes, item=one.item, order=one.order, heading=one.heading, text=one.text
        )
        for one in last.sections.select_related("item")
    )
    summary = f"Began to correct the minutes of {_of(review)}"
    after = {"version": minutes.version, "corrects": minutes.corrects}
    _append("minutes.corrected", minutes, summary, actor, origin, after=after)
    return minutes


@transaction.atomic
def edit_minutes(
    *, actor: Any, section: MinutesSection, text: str, seen: int, origin: str
) -> MinutesSection:
    """Change the words of a section. Who has `seen` an older version of it saves nothing."""
    minutes = _draft(section.minutes)
    section = minutes.sections.get(pk=section.pk)
    text = text.replace("\r\n", "\n").strip()
    if text == section.text:
        return section
    if section.version != seen:
        words = _("%(who)s changed this section meanwhile. Look at both texts and save yours anew.")
        raise Overtaken(words % {"who": section.edited_by or _("Somebody")}, "text")
    before = section.text
    section.text, section.version = text, section.version + 1
    section.edited_by, section.edited_at = actor, timezone.now()
    section.save(update_fields=["text", "version", "edited_by", "edited_at"])
    _append(
        *("minutes.edited", minutes),
        f"Edited the minutes of {_of(minutes.review)}: {section.heading[:120]}",
        *(actor, origin),
        before={"text": before[:_WORDS]},
        after={"text": text[:_WORDS], "section": section.heading},
    )
    return section


@transaction.atomic
def circulate_minutes(*, actor: Any, minutes: Minutes, until: datetime, origin: str) -> Minutes:
    """Ask those who sit in the body for comments until a moment; it may be set anew."""
    minutes = _draft(minutes)
    if until == minutes.comments_until:
        return minutes
    if until <= timezone.now():
        raise Refused(_("Choose a moment that is to come."), "on")
    before = {"comments_until": minutes.comments_until}
    minutes.comments_until = until
    minutes.save(update_fields=["comments_until"])
    summary = f"Circulated the minutes of {_of(minutes.review)} for comments"
    after = {"comments_until": until}
    _append("minutes.circulated", minutes, summary, actor, origin, before=before, after=after)
    return minutes


@transaction.atomic
def comment_on(*, actor: Any, section: MinutesSection, text: str, origin: str) -> MinutesComment:
    """Say something of a section while comments are taken; the same words again are the same."""
    minutes = _draft(section.minutes)
    text = text.strip()
    if same := section.comments.filter(author=actor, text=text).first():
        return same
    if not text:
        raise Refused(_("Write what should be changed, and why."), "comment")
    if not minutes.takes_comments:
        raise Refused(_("Comments on these minutes are not taken now."), "comment")
    comment = MinutesComment.objects.create(section=section, text=text, author=actor)
    _append(
        *("minutes.commented", minutes),
        f"Commented on the minutes of {_of(minutes.review)}: {section.heading[:120]}",
        *(actor, origin),
        after={"section": section.heading, "text": text},
    )
    return comment


@transaction.atomic
def answer_comment(
    *, actor: Any, comment: MinutesComment, taken_up: bool, why: str, origin: str
) -> MinutesComment:
    """Say whether a comment was taken up; one that was not is told why."""
    minutes = _draft(comment.section.minutes)
    comment = MinutesComment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    why = why.strip()
    if not taken_up and not why:
        raise Refused(_("Say why it is not taken up."), "why")
    words = _("Taken up") if taken_up else _("Not taken up")
    answer = (f"{words}: {why}" if why else f"{words}.")[:300]
    if comment.answer == answer:
        return comment
    if comment.answer:
        raise Overtaken(_("It was answered meanwhile: “%s”") % comment.answer)
    comment.answer, comment.answered_by, comment.answered_at = answer, actor, timezone.now()
    comment.save(update_fields=["answer", "answered_by", "answered_at"])
    _append(
        *("minutes.answered", minutes),
        f"Answered a comment on the minutes of {_of(minutes.review)}",
        *(actor, origin),
        after={"comment": comment.text, "answer": answer},
    )
    return comment


@transaction.atomic
def approve_minutes(*, actor: Any, minutes: Minutes, seen: str, origin: str) -> Minutes:
    """Seal what was read, and send it to the addressees of the body.

    `seen` is the digest of the text that the approver read: what changed since is read again first.
    What is approved is kept whole in `content`, and its digest in the ledger.
    """
    review = locked(minutes.review)
    minutes = Minutes.objects.select_for_update(of=("self",)).get(pk=minutes.pk)
    minutes.review = review
    if minutes.approved_at is not None:
        return minutes
    if not may_approve(actor, review):
        raise Refused(_("The minutes are approved by who chairs the body."))
    _refuse_what_is_open(minutes)
    content = content_of(minutes)
    digest = digest_of(content)
    if digest != seen:
        raise Overtaken(_("The minutes changed since you opened them. Read them again."))
    minutes.content, minutes.digest = content, digest
    minutes.approved_by, minutes.approved_at = actor, timezone.now()
    minutes.save(update_fields=["content", "digest", "approved_by", "approved_at"])
    append(
        process=review.body.process,
        actor=actor,
        verb=APPROVED,
        thing=minutes,
        origin=origin,
        summary=f"Approved the minutes of {_of(review)}, version {minutes.version}",
        after={"version": minutes.version, "corrects": minutes.corrects, "digest": digest},
    )
    if review.state == Review.State.MINUTES_DRAFT:
        become(review, Review.State.APPROVED, "Approved", actor=actor, origin=origin)
    dispatch_minutes(actor=actor, minutes=minutes, origin=origin)
    return minutes


def _refuse_what_is_open(minutes: Minutes) -> None:
    if missing := missing_outcomes(minutes.review):
        numbers = ", ".join(str(item.order) for item in missing)
        raise Refused(_("Items without an outcome: %s. Record how each ended.") % numbers)
    if minutes.takes_comments:
        assert minutes.comments_until is not None
        zone = minutes.review.body.process.zone
        form = f"{formats.get_format('SHORT_DATETIME_FORMAT')} T"
        until = formats.date_format(timezone.localtime(minutes.comments_until, zone), form)
        raise Refused(_("Comments are taken until %s. Approve the minutes after that.") % until)
    open_ones = MinutesComment.objects.filter(section__minutes=minutes, answer="").count()
    if open_ones:
        raise Refused(_("Comments without an answer: %s. Answer each first.") % open_ones)


def _draft(minutes: Minutes) -> Minutes:
    """The minutes under the lock, as long as nobody has approved them."""
    review = locked(minutes.review)
    minutes = Minutes.objects.select_for_update(of=("self",)).get(pk=minutes.pk)
    minutes.review = review
    if minutes.approved_at is not None:
        raise Refused(_("These minutes are approved. What is wrong in them needs a correction."))
    return minutes


def _of(review: Review) -> str:
    return f"{review.body.code}, review {review.number}"


def _append(
    verb: str, minutes: Minutes, summary: str, actor: Any, origin: str, **states: Any
) -> None:
    append(
        process=minutes.review.body.process,
        actor=actor,
        verb=verb,
        thing=minutes,
        origin=origin,
        summary=summary,
        **states,
    )
