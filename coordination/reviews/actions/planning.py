"""Planning meetings, moving them, and taking them off the calendar."""

import logging
from datetime import date, time
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from coordination.base.dates import in_words, local_moment
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin, append, lock, snapshot
from coordination.outbox.clock import is_held
from coordination.processes import records

from ..models import Review, ReviewSeries
from ..occurrences import Meeting, Occurrence, next_free_day, occurrence
from ..queries import coming
from .fetching import become, locked

log = logging.getLogger(__name__)


@transaction.atomic
def plan_next(*, actor: Any, series: ReviewSeries, origin: str) -> Review | None:
    """Put the next meeting of a series into the calendar, unless one is planned already.

    One that was put off to a later day stands beside the next, and in nobody's way.
    """
    process = series.body.process
    lock(process)  # one meeting and one number at a time
    day = next_free_day(series, process.today())
    if day is None:
        return None
    sooner = series.reviews.filter(coming(process), held_on__lt=day)
    if sooner.exclude(held_on__gt=F("series_day")).exists():
        return None
    return _stand_for(Occurrence(series, day), actor=actor, origin=origin)


def plan_all() -> int:
    """Plan the next meeting of every running series; returns how many were added."""
    if is_held():
        return 0
    added = 0
    for series in ReviewSeries.objects.select_related("body__process"):
        try:
            added += plan_next(actor=None, series=series, origin=Origin.SYSTEM) is not None
        except Exception:  # one that cannot be planned stops no other
            log.exception("The next meeting of review series %s could not be planned.", series.pk)
    return added


@transaction.atomic
def plan_single(
    *,
    actor: Any,
    body: Body,
    held_on: date,
    clock: time,
    lasts_minutes: int,
    place: str = "",
    video_link: str = "",
    origin: str,
) -> Review:
    """Plan a meeting outside any series."""
    lock(body.process)
    _refuse_the_past(body, held_on)
    if not body.exists_on(held_on):
        raise Refused(_("%(body)s does not exist on that day.") % {"body": body.name}, "held_on")
    review = Review(
        body=body,
        number=_next_number(body),
        held_on=held_on,
        starts_at=local_moment(held_on, clock, body.process.zone),
        lasts_minutes=lasts_minutes,
        place=place,
        video_link=video_link,
    )
    return _plan(review, actor=actor, origin=origin)


@transaction.atomic
def become_row(*, actor: Any, meeting: Meeting, origin: str) -> Review:
    """The review itself, locked; for an untouched meeting of a series the row that stands for it
    from now on.
    """
    if isinstance(meeting, Review):
        return locked(meeting)
    lock(meeting.body.process)
    stands = meeting.series.reviews.filter(series_day=meeting.series_day).first()
    if stands is not None:  # somebody was faster
        return locked(stands)
    if occurrence(meeting.series, meeting.series_day) is None:
        raise Refused(_("The rhythm has no meeting on that day any more."))
    return _stand_for(meeting, actor=actor, origin=origin)


@transaction.atomic
def move_review(
    *,
    actor: Any,
    meeting: Meeting,
    held_on: date,
    clock: time,
    lasts_minutes: int,
    place: str = "",
    video_link: str = "",
    why: str = "",
    origin: str,
) -> Review:
    """Give a planned meeting another day, time, length, place or link; its series stays."""
    review = become_row(actor=actor, meeting=meeting, origin=origin)
    _refuse_unless_planned(review)
    body = review.body
    if held_on != review.held_on:
        _refuse_the_past(body, held_on)
    starts_at = local_moment(held_on, clock, body.process.zone)
    moved = starts_at != review.starts_at
    word = "Moved" if moved else "Changed"
    to = f" to {in_words(held_on)}, {clock:%H:%M}" if moved else ""
    records.change(
        review,
        {
            "held_on": held_on,
            "starts_at": starts_at,
            "lasts_minutes": lasts_minutes,
            "place": place,
            "video_link": video_link,
        },
        process=body.process,
        actor=actor,
        verb="review.moved" if moved else "review.changed",
        summary=f"{word} review {review.number} of {body.code}{to}",
        origin=origin,
        also={"why": why} if why else None,
    )
    return review


@transaction.atomic
def cancel_review(*, actor: Any, review: Meeting, because: str = "", origin: str) -> Review:
    """Take a planned meeting off the calendar; its series goes on with the next one."""
    review = become_row(actor=actor, meeting=review, origin=origin)
    _refuse_unless_planned(review)
    review.called_off_because = because
    review.save(update_fields=["called_off_because"])
    said = {"called_off_because": because} if because else {}
    become(review, Review.State.CANCELLED, "Cancelled", actor=actor, origin=origin, **said)
    if review.series:
        plan_next(actor=actor, series=review.series, origin=origin)
    return review


def _stand_for(one: Occurrence, *, actor: Any, origin: str) -> Review:
    """The review of an untouched day of the rhythm; under the process's lock."""
    review = Review(
        body=one.body,
        series=one.series,
        number=_next_number(one.body),
        series_day=one.series_day,
        held_on=one.held_on,
        starts_at=one.starts_at,
        lasts_minutes=one.lasts_minutes,
        place=one.place,
        video_link=one.video_link,
    )
    return _plan(review, actor=actor, origin=origin)


def _plan(review: Review, *, actor: Any, origin: str) -> Review:
    review.save(force_insert=True)
    append(
        process=review.body.process,
        actor=actor,
        verb="review.planned",
        thing=review,
        origin=origin,
        summary=(
            f"Planned review {review.number} of {review.body.code} for {in_words(review.held_on)}"
        ),
        after=snapshot(review),
    )
    return review


def _next_number(body: Body) -> int:
    last: int | None = body.reviews.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _refuse_unless_planned(review: Review) -> None:
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())


def _refuse_the_past(body: Body, day: date) -> None:
    if day < body.process.today():
        raise Refused(_("Choose today or a later day."), "held_on")
