"""Who takes a seat and who leaves it. Terms end and are never overwritten."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.access import membership

from ..models import Seat, Term
from ..vacancies import ONE_DAY, holding, people_who_may_sit

#: The kind of the mails that ask a party to name somebody.
MAIL_KIND = "succession"

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
    """Give a seat to a person for a new term; the terms before it stay as they were."""
    seat = locked(seat)
    refuse_days(seat, starts_on, ends_on)
    _refuse_overlap(seat, starts_on, ends_on)
    _refuse_person(seat, holder, starts_on, "holder")
    _refuse_alternate(seat, holder, alternate, starts_on)
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
        withdraw_mails(seat, "The seat was taken before the mail left.")
    return term


@transaction.atomic
def end_term(*, actor: Any, term: Term, ends_on: date, origin: str, handover: str = "") -> Term:
    """Set the last day of a term that is not over, with what the next holder has to know."""
    seat = locked(term.seat)
    term = _running(seat, term)
    handover = handover.strip() or term.handover
    if ends_on < term.starts_on:
        sentence = _("This term started on %s: choose that day or a later one.")
        raise Refused(sentence % says(term.starts_on), "ends_on")
    refuse_days(seat, term.starts_on, ends_on)
    _refuse_overlap(seat, term.starts_on, ends_on, apart_from=term)
    _end(term, ends_on, handover, actor=actor, origin=origin)
    return term


@transaction.atomic
def name_alternate(*, actor: Any, term: Term, alternate: User | None, origin: str) -> Term:
    """Say who sits when the holder does not, or that nobody does."""
    seat = locked(term.seat)
    term = _running(seat, term)
    if term.alternate == alternate:
        return term
    _refuse_alternate(seat, term.holder, alternate, seat.body.process.today())
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
) -> Term:
    """End the term that runs on the day before, and begin the next holder's."""
    seat = locked(seat)
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


def says(day: date) -> str:
    """A day as a sentence for a person writes it."""
    return date_format(day, "j M Y")


def refuse_days(seat: Seat, starts_on: date, ends_on: date | None) -> None:
    """Refuse a term that the seat, or its body, is not there for."""
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("A term ends after it starts."), "ends_on")
    body = seat.body
    first = max((d for d in (seat.started_on, body.established_on) if d), default=None)
    if first and starts_on < first:
        raise Refused(
            _("The seat is there from %s on: choose a later day.") % says(first), "starts_on"
        )
    gone = min((d for d in (seat.ended_on, body.ended_on) if d), default=None)
    for day, field in ((starts_on, "starts_on"), (ends_on, "ends_on")):
        if gone and day and day >= gone:
            raise Refused(_("The seat ends on %s: choose an earlier day.") % says(gone), field)


def _refuse_overlap(
    seat: Seat, starts_on: date, ends_on: date | None, apart_from: Term | None = None
) -> None:
    others = seat.terms.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    met = others.select_related("holder").order_by("starts_on").first()
    if met is None:
        return
    words = {"name": met.holder, "from": says(met.starts_on)}
    if met.starts_on > starts_on:
        raise Refused(
            _("%(name)s holds the seat from %(from)s on: let this term end before.") % words,
            "ends_on",
        )
    if met.ends_on:
        sentence = _("%(name)s holds the seat from %(from)s to %(to)s: choose a later day.")
        raise Refused(sentence % (words | {"to": says(met.ends_on)}), "starts_on")
    raise Refused(
        _("%(name)s holds the seat since %(from)s: end that term first, or hand over.") % words,
        "starts_on",
    )


def _refuse_person(seat: Seat, person: User, day: date, field: str) -> None:
    """Refuse who is no member, or acts for another party than the seat's."""
    process = seat.body.process
    member = membership(person, process)
    if member is None or not person.is_active:
        raise Refused(
            _("%(name)s is not a member of the process: add them first.") % {"name": person}, field
        )
    if person not in people_who_may_sit(seat, day):
        raise Refused(
            _("%(name)s acts for %(other)s, and the seat is for %(party)s.")
            % {
                "name": person,
                "other": member.party.name if member.party else "",
                "party": seat.party.name if seat.party else "",
            },
            field,
        )


def _refuse_alternate(seat: Seat, holder: User, alternate: User | None, day: date) -> None:
    if alternate is None:
        return
    if alternate == holder:
        raise Refused(_("The alternate is somebody else than the holder."), "alternate")
    _refuse_person(seat, alternate, day, "alternate")


def withdraw_mails(seat: Seat, reason: str) -> None:
    """Take back what asks for a successor, waits to be sent and is not needed any more."""
    requests = list(seat.succession_requests.values_list("pk", flat=True))
    if requests:
        about = Message.objects.filter(kind=MAIL_KIND, about_id__in=requests)
        outbox.supersede(about.filter(process=seat.body.process), reason)
