"""Who takes a seat and who leaves it. Terms end and are never overwritten."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.access import membership
from coordination.processes.models import Party

from ..models import Seat, Term
from ..vacancies import ONE_DAY, holding
from .mails import withdraw_requests
from .refusals import (
    refuse_alternate,
    refuse_days,
    refuse_other_party,
    refuse_overlap,
    refuse_overtaken,
    refuse_person,
    says,
)

_OVER = gettext_lazy("The term of %(name)s ended on %(day)s and stays as it was.")


@transaction.atomic
def seat_person(
    *,
    actor: Any,
    seat: Seat,
    holder: User,
    starts_on: date,
    origin: str,
    ends_on: date | None = None,
    alternate: User | None = None,
    tenure: str = "",
) -> Term:
    """Give a seat to a person for a new term; the other terms stay as they were.

    It may be over already: the record is written up, or a term that was withdrawn entered again.
    """
    seat = locked(seat)
    refuse_days(seat, starts_on, ends_on)
    refuse_overlap(seat, starts_on, ends_on)
    refuse_person(seat, holder, starts_on, ends_on, "holder")
    refuse_alternate(seat, holder, alternate, starts_on, ends_on)
    term = Term.objects.create(
        seat=seat,
        holder=holder,
        alternate=alternate,
        starts_on=starts_on,
        ends_on=ends_on,
        tenure=tenure.strip(),
    )
    append(
        process=seat.body.process,
        actor=actor,
        verb="seat.taken",
        thing=term,
        origin=origin,
        summary=f"{holder} takes {seat}, from {in_words(starts_on)}"
        + (f" to {in_words(ends_on)}" if ends_on else ""),
        after=snapshot(term),
    )
    if not holding(seat).wants_successor:
        withdraw_requests(seat, "The seat was taken before the mail left.")
    return term


@transaction.atomic
def end_term(
    *,
    actor: Any,
    term: Term,
    ends_on: date,
    origin: str,
    handover: str = "",
    seen: str | None = None,
) -> Term:
    """Set the last day of a term that is not over, with what the next holder has to know.

    `seen` is `vacancies.shown` of the seat when somebody decided so: refused where it is otherwise.
    """
    seat = locked(term.seat)
    refuse_overtaken(seat, term, seen)
    term = _running(seat, term)
    handover = handover.strip() or term.handover
    if ends_on < term.starts_on:
        sentence = _("This term started on %s: choose that day or a later one.")
        raise Refused(sentence % says(term.starts_on), "ends_on")
    refuse_days(seat, term.starts_on, ends_on)
    refuse_overlap(seat, term.starts_on, ends_on, apart_from=term)
    _end(term, ends_on, handover, actor=actor, origin=origin)
    return term


@transaction.atomic
def name_alternate(
    *, actor: Any, term: Term, alternate: User | None, origin: str, seen: str | None = None
) -> Term:
    """Say who sits when the holder does not, or that nobody does; `seen` as in `end_term`."""
    seat = locked(term.seat)
    refuse_overtaken(seat, term, seen)
    term = _running(seat, term)
    if term.alternate == alternate:
        return term
    refuse_alternate(seat, term.holder, alternate, seat.body.process.today())
    before = snapshot(term, "alternate_id")
    term.alternate = alternate
    term.save(update_fields=["alternate"])
    append(
        process=seat.body.process,
        actor=actor,
        verb="term.alternate",
        thing=term,
        origin=origin,
        summary=f"{alternate or 'Nobody'} is the alternate of {term.holder} in {seat}",
        before=before,
        after=snapshot(term, "alternate_id"),
    )
    return term


@transaction.atomic
def hand_over(
    *,
    actor: Any,
    seat: Seat,
    to: User,
    on: date,
    origin: str,
    handover: str = "",
    ends_on: date | None = None,
    alternate: User | None = None,
    tenure: str = "",
    term: Term | None = None,
    seen: str | None = None,
) -> Term:
    """End the term that runs on the day before, and begin the next holder's.

    `term` is the one in force when somebody decided so, with `seen` as in `end_term`.
    """
    seat = locked(seat)
    refuse_overtaken(seat, term, seen)
    term = seat.terms.running(on - ONE_DAY).select_related("holder").first()
    if term is None:
        raise Refused(_("Nobody holds the seat on the day before: seat the person instead."), "on")
    if term.holder == to:
        raise Refused(_("%(name)s holds the seat already.") % {"name": to}, "to")
    term.seat = seat
    make_way(term, on, actor=actor, origin=origin, handover=handover)
    try:
        return seat_person(
            actor=actor,
            seat=seat,
            holder=to,
            starts_on=on,
            ends_on=ends_on,
            alternate=alternate,
            tenure=tenure,
            origin=origin,
        )
    except Refused as refused:
        fields = {"holder": "to", "starts_on": "on"}
        field = refused.field or ""
        raise Refused(refused.message, fields.get(field, field) or None) from refused


@transaction.atomic
def withdraw_term(*, actor: Any, term: Term, reason: str, origin: str) -> Term:
    """Say that a term was entered by mistake: it never held, and stays to be read."""
    seat = locked(term.seat)
    term = Term.every.select_related("holder").get(pk=term.pk)
    term.seat = seat
    if term.withdrawn_at:
        raise Refused(
            _("The term of %(name)s is withdrawn already.") % {"name": term.holder}, "reason"
        )
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the ledger."), "reason")
    term.withdrawn_at = timezone.now()
    term.save(update_fields=["withdrawn_at"])
    append(
        process=seat.body.process,
        actor=actor,
        verb="term.withdrawn",
        thing=term,
        origin=origin,
        summary=f"Withdrew the term of {term.holder} in {seat} from {in_words(term.starts_on)}: "
        f"{reason.strip()}",
        before={"withdrawn_at": None, "reason": ""},
        after=snapshot(term, "withdrawn_at") | {"reason": reason.strip()},
    )
    return term


def locked(seat: Seat) -> Seat:
    """The seat as it is now, while nobody else changes the process."""
    lock(seat.body.process)
    return Seat.objects.select_related("body__process", "party").get(pk=seat.pk)


def _running(seat: Seat, term: Term) -> Term:
    """The term as it is now; one that is over stays as it was."""
    term = Term.objects.select_related("holder", "alternate").get(pk=term.pk)
    term.seat = seat
    if term.ends_on and term.ends_on < seat.body.process.today():
        raise Refused(_OVER % {"name": term.holder, "day": says(term.ends_on)})
    return term


def make_way(term: Term, on: date, *, actor: Any, origin: str, handover: str = "") -> None:
    """End a term on the day before the next begins; one that is over keeps its last day."""
    today = term.seat.body.process.today()
    if term.ends_on and term.ends_on < today and term.ends_on != on - ONE_DAY:
        raise Refused(_OVER % {"name": term.holder, "day": says(term.ends_on)}, "on")
    _end(term, on - ONE_DAY, handover.strip() or term.handover, actor=actor, origin=origin)


def _end(term: Term, ends_on: date, handover: str, *, actor: Any, origin: str) -> None:
    before = snapshot(term, "ends_on", "handover")
    term.ends_on, term.handover = ends_on, handover
    if snapshot(term, "ends_on", "handover") == before:
        return
    term.save(update_fields=["ends_on", "handover"])
    append(
        process=term.seat.body.process,
        actor=actor,
        verb="term.ended",
        thing=term,
        origin=origin,
        summary=f"The term of {term.holder} in {term.seat} ends on {in_words(ends_on)}",
        before=before,
        after=snapshot(term, "ends_on", "handover"),
    )


def refuse_for_terms(
    seat: Seat, party: Party | None, started_on: date | None, ended_on: date | None
) -> None:
    """Refuse a party or days of a seat under which a term that is not over could not be.

    Terms that are over stay as they were, whatever becomes of the seat; and what a term
    contradicted before is no reason. Call it with the lock held, before the seat is saved.
    """
    process, was = seat.body.process, Seat.objects.get(pk=seat.pk)
    today = process.today()
    terms = seat.terms.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by("starts_on")
    for term in terms.select_related("holder", "alternate"):
        words = {"name": term.holder, "from": says(term.starts_on)}
        if started_on != was.started_on and started_on and term.starts_on < started_on:
            raise Refused(
                _("%(name)s holds the seat from %(from)s on: let it start on that day or before.")
                % words,
                "started_on",
            )
        last = term.ends_on or date.max
        if ended_on != was.ended_on and ended_on and last >= ended_on:
            raise Refused(
                _("%(name)s holds the seat then: end that term first, or choose a later day.")
                % words,
                "ended_on",
            )
        if (party.pk if party else None) != was.party_id:
            changed = Seat(body=seat.body, party=party)
            for person in filter(None, (term.holder, term.alternate)):
                if membership(person, process):  # who left acts for nobody any more
                    refuse_other_party(changed, person, max(today, term.starts_on), "party")
