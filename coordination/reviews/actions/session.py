"""Opening and closing a meeting, and who is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.ledger.actions import append

from ..models import Attendance, Review
from ..queries import quorum_of, seats_of
from .agenda import write_agenda
from .fetching import become, in_session, locked
from .minutes import draft_minutes
from .planning import plan_next


@dataclass(frozen=True)
class Presence:
    """Who sits in a seat, and how; an empty presence takes back what was marked by mistake."""

    presence: str = ""
    person: Any = None

    @property
    def said(self) -> tuple[str, int | None]:
        return (self.presence, self.person.pk if self.person else None)


@transaction.atomic
def open_review(*, actor: Any, review: Review, origin: str) -> Review:
    """Begin the meeting. Its agenda is the one that closed, or is fixed as it is compiled now."""
    review = locked(review)
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())
    now = timezone.now()
    if review.agenda_closed_at is None:
        write_agenda(review, now)
    review.opened_at = now
    items = [str(item) for item in review.items.all()]
    become(review, Review.State.IN_SESSION, "Opened", actor=actor, origin=origin, items=items)
    return review


@transaction.atomic
def close_review(*, actor: Any, review: Review, origin: str) -> Review:
    """End the meeting, and draft its minutes; items without an outcome carry over by themselves."""
    review = in_session(review)
    quorum = quorum_of(review, seats_of(review))
    review.quorum_met, review.quorum_words = quorum.met, quorum.words
    review.closed_at = timezone.now()
    become(review, Review.State.MINUTES_DRAFT, "Closed", actor=actor, origin=origin)
    if review.series:
        plan_next(actor=actor, series=review.series, origin=origin)
    draft_minutes(actor=actor, review=review, origin=origin)
    return review


@transaction.atomic
def mark_attendance(
    *,
    actor: Any,
    review: Review,
    presences: Mapping[int, Presence],
    origin: str,
    seen: Mapping[int, tuple[str, int | None]] | None = None,
    also_present: str | None = None,
    also_seen: str | None = None,
) -> None:
    """Record who is there: for each seat id its presence, with its holder or the alternate.

    `seen` is what stood there when the form was opened: of a seat that somebody else marked
    meanwhile nothing is recorded, and nothing of the others either; `also_seen` is the same of who
    is in the room without a seat. The ledger keeps every state.
    """
    review = in_session(review)
    seats = {seat.pk: seat for seat in seats_of(review)}
    marked = {one.seat_id: one for one in review.attendance.select_related("person")}
    before = _attendance(review)
    for seat_id, said in presences.items():
        seat = seats.get(seat_id)
        if seat is None:
            raise Refused(_("The seat belongs to another body."))
        _refuse_person(seat, said)
        there = marked.get(seat_id)
        stands = (there.presence, there.person_id) if there else ("", None)
        if seen is not None and stands not in (seen.get(seat_id, ("", None)), said.said):
            words = _("%(seat)s was marked meanwhile: %(presence)s. Look again and mark it anew.")
            found = there.get_presence_display() if there else _("not yet here")
            raise Overtaken(words % {"seat": seat, "presence": found}, str(seat_id))
        if not said.presence:
            review.attendance.filter(seat=seat).delete()
            continue
        Attendance.objects.update_or_create(
            review=review, seat=seat, defaults={"presence": said.presence, "person": said.person}
        )
    also_present = review.also_present if also_present is None else also_present.strip()[:400]
    if also_present == also_seen:  # whoever did not touch it overwrites nothing
        also_present = review.also_present
    if also_present != review.also_present:
        if also_seen is not None and also_seen != review.also_present:
            words = _("Meanwhile somebody wrote: “%s”. Look again and write it anew.")
            raise Overtaken(words % review.also_present, "also_present")
        review.also_present = also_present
        review.save(update_fields=["also_present"])
    after = _attendance(review)
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


def _refuse_person(seat: Any, said: Presence) -> None:
    """Only who holds a seat, or is the alternate, is present in it."""
    if said.presence in ("", Attendance.Presence.ABSENT):
        return
    if said.person is None:
        raise Refused(
            _("%(seat)s is vacant: nobody can be present.") % {"seat": seat}, str(seat.pk)
        )
    may_sit = {pk for term in seat.current_terms for pk in (term.holder_id, term.alternate_id)}
    if said.person.pk not in may_sit:
        words = _("%(who)s neither holds %(seat)s nor is the alternate.")
        raise Refused(words % {"who": said.person, "seat": seat}, str(seat.pk))


def _attendance(review: Review) -> dict[str, Any]:
    rows = review.attendance.order_by("seat__number").values_list("seat", "presence", "person")
    also = {"also_present": review.also_present} if review.also_present else {}
    return {str(seat): [presence, person] for seat, presence, person in rows} | also
