"""What changes a review: planning, opening, recording outcomes, closing."""

import logging
import uuid
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words, local_moment
from coordination.base.errors import Refused
from coordination.base.recurrence import next_day
from coordination.commitments.actions import record_verification
from coordination.commitments.models import Level, Obligation, Verification
from coordination.ledger.actions import Origin, append, lock, snapshot
from coordination.outbox.clock import is_held

from .models import AgendaItem, Attendance, Outcome, Review, ReviewSeries
from .queries import coming, compile_agenda

log = logging.getLogger(__name__)


@transaction.atomic
def plan_next(*, actor: Any, series: ReviewSeries, origin: str) -> Review | None:
    """Put the next meeting of a series into the calendar, unless one is planned already."""
    body, process = series.body, series.body.process
    lock(process)  # one meeting and one number at a time
    if series.reviews.filter(coming(process)).exists():
        return None
    day = _next_free_day(series, process.today())
    if day is None or (series.ends_on and day > series.ends_on):
        return None
    review = Review.objects.create(
        body=body,
        series=series,
        number=(body.reviews.aggregate(last=Max("number"))["last"] or 0) + 1,
        held_on=day,
        starts_at=local_moment(day, series.clock, process.zone),
        place=series.place,
    )
    append(
        process=process,
        actor=actor,
        verb="review.planned",
        thing=review,
        origin=origin,
        summary=f"Planned review {review.number} of {body.code} for {in_words(day)}",
        after=snapshot(review),
    )
    return review


def _next_free_day(series: ReviewSeries, on_or_after: date) -> date | None:
    """The first day of the series on which it has no meeting yet, held or cancelled."""
    taken = set(series.reviews.values_list("held_on", flat=True))
    day = next_day(series.rule, series.starts_on, on_or_after)
    while day in taken:
        day = next_day(series.rule, series.starts_on, day + timedelta(days=1))
    return day


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
def open_review(*, actor: Any, review: Review, origin: str) -> Review:
    """Begin the meeting: its agenda is fixed as it is compiled now."""
    review = _locked(review)
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())
    now = timezone.now()
    for order, entry in enumerate(compile_agenda(review, now), start=1):
        AgendaItem.objects.create(
            review=review,
            order=order,
            commitment=entry.commitment,
            title=entry.commitment.title,
            reason=entry.reason[:300],
        )
    review.opened_at = now
    items = [str(item) for item in review.items.all()]
    _become(review, Review.State.IN_SESSION, "Opened", actor=actor, origin=origin, items=items)
    return review


@transaction.atomic
def cancel_review(*, actor: Any, review: Review, origin: str) -> Review:
    """Take a planned meeting off the calendar; its series goes on with the next one."""
    review = _locked(review)
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())
    _become(review, Review.State.CANCELLED, "Cancelled", actor=actor, origin=origin)
    if review.series:
        plan_next(actor=actor, series=review.series, origin=origin)
    return review


@transaction.atomic
def close_review(*, actor: Any, review: Review, origin: str) -> Review:
    """End the meeting; items without an outcome carry over by themselves."""
    review = _in_session(review)
    review.closed_at = timezone.now()
    _become(review, Review.State.MINUTES_DRAFT, "Closed", actor=actor, origin=origin)
    if review.series:
        plan_next(actor=actor, series=review.series, origin=origin)
    return review


def _become(
    review: Review, state: str, word: str, *, actor: Any, origin: str, **after: Any
) -> None:
    """Change the state, and say so in the ledger."""
    before = review.state
    review.state = state
    review.save(update_fields=["state", "opened_at", "closed_at"])
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


@transaction.atomic
def mark_attendance(
    *, actor: Any, review: Review, presences: dict[int, tuple[str, Any]], origin: str
) -> None:
    """Record who is there: for each seat id its presence and the person in it.

    An empty presence takes back what was marked by mistake; the ledger keeps both.
    """
    review = _in_session(review)
    seats = {seat.pk: seat for seat in review.body.seats.select_related("body")}
    before = {str(a.seat_id): a.presence for a in review.attendance.all()}
    for seat_id, (presence, person) in presences.items():
        seat = seats.get(seat_id)
        if seat is None:
            raise Refused(_("The seat belongs to another body."))
        if not presence:
            review.attendance.filter(seat=seat).delete()
            continue
        if person is None and presence != Attendance.Presence.ABSENT:
            raise Refused(_("%(seat)s is vacant: nobody can be present.") % {"seat": seat})
        Attendance.objects.update_or_create(
            review=review, seat=seat, defaults={"presence": presence, "person": person}
        )
    after = {str(a.seat_id): a.presence for a in review.attendance.all()}
    if before != after:
        append(
            process=review.body.process,
            actor=actor,
            verb="review.attendance",
            thing=review,
            origin=origin,
            summary=f"Attendance of review {review.number} of {review.body.code}",
            before=before,
            after=after,
        )


@transaction.atomic
def record_finding(
    *,
    actor: Any,
    item: AgendaItem,
    obligation: Obligation,
    level: int,
    text: str,
    submission: uuid.UUID,
    origin: str,
) -> tuple[Outcome, bool]:
    """Record the level that the meeting finds; returns the outcome and whether it is new.

    Where the body is the one that verifies the commitment, the finding is a verification and its
    level becomes the verified one. Otherwise it stands in the minutes only.
    """
    review = _in_session(item.review)
    key = _key(submission, item.pk, Outcome.Kind.FINDING, obligation.pk, level, text.strip())
    if sent := Outcome.objects.filter(submission=key).first():
        return sent, False
    if obligation.commitment_id != item.commitment_id:
        raise Refused(_("This obligation is not part of the item."), "obligation")
    if level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    if not text.strip():
        raise Refused(_("Write what was found, as it will stand in the minutes."), "text")
    verification = None
    if item.commitment and item.commitment.verifying_body_id == review.body_id:
        verification = record_verification(
            actor=actor,
            obligation=obligation,
            body=review.body,
            level=level,
            found=text,
            method=Verification.Method.MEETING,
            occurred_on=min(review.held_on, review.body.process.today()),
            origin=origin,
        )
    outcome = Outcome.objects.create(
        item=item,
        kind=Outcome.Kind.FINDING,
        text=text.strip(),
        obligation=obligation,
        level=level,
        verification=verification,
        submission=key,
        recorded_by=actor,
    )
    _append_outcome(actor, review, outcome, origin)
    return outcome, True


@transaction.atomic
def record_outcome(
    *, actor: Any, item: AgendaItem, kind: str, text: str, submission: uuid.UUID, origin: str
) -> tuple[Outcome, bool]:
    """Record a decision, or that an item is noted or carried over."""
    review = _in_session(item.review)
    key = _key(submission, item.pk, kind, text.strip())
    if sent := Outcome.objects.filter(submission=key).first():
        return sent, False
    if kind == Outcome.Kind.DECISION and not text.strip():
        raise Refused(_("Write what was decided."), "text")
    outcome = Outcome.objects.create(
        item=item, kind=kind, text=text.strip(), submission=key, recorded_by=actor
    )
    _append_outcome(actor, review, outcome, origin)
    return outcome, True


def _append_outcome(actor: Any, review: Review, outcome: Outcome, origin: str) -> None:
    words = str(outcome.get_kind_display()).capitalize()
    if outcome.obligation is not None:
        words += f" for {outcome.obligation.owner_name}: {outcome.get_level_display()}"
    append(
        process=review.body.process,
        actor=actor,
        verb=f"review.{outcome.kind}",
        thing=outcome,
        origin=origin,
        summary=f"{words} ({review.body.code}, review {review.number}, item {outcome.item.order})",
        after=snapshot(outcome, "kind", "level", "text", "obligation_id", "verification_id"),
    )


def _key(submission: uuid.UUID, *said: Any) -> uuid.UUID:
    """The key of a form with these words in it: sent again it is the same one, with other words,
    as after the browser's "back", it is another.
    """
    return uuid.uuid5(submission, "\n".join(map(str, said)))


def _locked(review: Review) -> Review:
    lock(review.body.process)
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("body__process", "series__body__process")
        .get(pk=review.pk)
    )


def _in_session(review: Review) -> Review:
    review = _locked(review)
    if review.state != Review.State.IN_SESSION:
        raise Refused(_("This review is %s.") % review.get_state_display())
    return review
