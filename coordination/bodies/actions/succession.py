"""How a party is asked to name who takes a seat, whom it names, and what comes of it."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.dates import day_starts_at, in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.outbox import actions as outbox
from coordination.processes.models import Process

from ..models import Nomination, Seat, SuccessionRequest, Term
from ..vacancies import AHEAD, Holding, holding, people_to_ask
from .mails import withdraw_requests, write_nomination, write_request
from .refusals import refuse_days, says
from .seats import locked, make_way, seat_person

State = Nomination.State


@transaction.atomic
def ask_for_successor(*, actor: Any, seat: Seat, origin: str, words: str = "") -> SuccessionRequest:
    """Ask a seat's party, once a day, whom it names for it; a mail to each who acts for it."""
    seat = locked(seat)
    process, party = seat.body.process, seat.party
    if party is None:
        raise Refused(
            _("The seat is for no party: there is nobody to ask, seat somebody yourself.")
        )
    held = holding(seat)
    _refuse_to_ask(held)
    people = people_to_ask(seat, held.day)
    if not people:
        raise Refused(
            _(
                "Nobody who acts for %(party)s is a member of the process: add a delegate of "
                "theirs first, or seat somebody yourself."
            )
            % {"party": party.name}
        )
    midnight = day_starts_at(held.day, process.zone)
    asked_today = seat.succession_requests.filter(asked_at__gte=midnight)
    if earlier := asked_today.select_related("asked_by").first():
        raise Refused(
            _("%(name)s asked today already: the party can be asked again tomorrow.")
            % {"name": earlier.asked_by}
        )
    withdraw_requests(seat, "The party was asked again before the mail left.")
    request = SuccessionRequest.objects.create(
        seat=seat, party=party, words=words.strip(), asked_by=actor
    )
    request.asked.set(people)
    for person in people:
        write_request(request, held, person)
    append(
        process=process,
        actor=actor,
        verb="succession.asked",
        thing=request,
        origin=origin,
        summary=f"Asked {party.code} for a successor in {seat}",
        after=snapshot(request) | {"asked": [person.pk for person in people]},
    )
    transaction.on_commit(outbox.nudge)
    return request


@transaction.atomic
def nominate(
    *,
    actor: Any,
    seat: Seat,
    name: str,
    email: str,
    starts_on: date,
    origin: str,
    function: str = "",
    ends_on: date | None = None,
    alternate_email: str = "",
) -> Nomination:
    """Propose somebody for a seat; who keeps the body accepts or declines."""
    seat = locked(seat)
    email, alternate_email = email.strip().lower(), alternate_email.strip().lower()
    if earlier := seat.nominations.filter(state=State.PROPOSED).first():
        raise Refused(
            _("%(name)s is proposed for this seat already: withdraw that nomination first.")
            % {"name": earlier.name}
        )
    if email == alternate_email:
        raise Refused(_("The alternate is somebody else: write their address."), "alternate_email")
    refuse_days(seat, starts_on, ends_on)
    nomination = Nomination.objects.create(
        seat=seat,
        name=name.strip(),
        function=function.strip(),
        email=email,
        alternate_email=alternate_email,
        starts_on=starts_on,
        ends_on=ends_on,
        proposed_by=actor,
    )
    append(
        process=seat.body.process,
        actor=actor,
        verb="nomination.proposed",
        thing=nomination,
        origin=origin,
        summary=f"Proposed {nomination.name} for {seat}, from {in_words(starts_on)}",
        after=_recorded(nomination),
    )
    withdraw_requests(seat, "Somebody was named before the mail left.")
    write_nomination(nomination, actor)
    transaction.on_commit(outbox.nudge)
    return nomination


@transaction.atomic
def withdraw_nomination(*, actor: Any, nomination: Nomination, origin: str) -> Nomination:
    """Take a proposal back before it is settled."""
    nomination = _open(nomination)
    _settle(nomination, State.WITHDRAWN, "Withdrew", actor=actor, origin=origin)
    return nomination


@transaction.atomic
def accept_nomination(*, actor: Any, nomination: Nomination, origin: str) -> Term:
    """Seat whom a party named; a term that still runs ends the day before."""
    nomination = _open(nomination)
    seat, starts_on = nomination.seat, nomination.starts_on
    process = seat.body.process
    holder = _member_with(process, nomination.email)
    alternate = None
    if nomination.alternate_email:
        alternate = _member_with(process, nomination.alternate_email)
    running = seat.terms.running(starts_on).filter(starts_on__lt=starts_on).first()
    if running:
        running.seat = seat
        make_way(running, starts_on, actor=actor, origin=origin)
    term = seat_person(
        actor=actor,
        seat=seat,
        holder=holder,
        starts_on=starts_on,
        ends_on=nomination.ends_on,
        alternate=alternate,
        origin=origin,
    )
    _settle(nomination, State.SEATED, "Accepted", actor=actor, origin=origin)
    return term


@transaction.atomic
def decline_nomination(
    *, actor: Any, nomination: Nomination, reason: str, origin: str
) -> Nomination:
    """Refuse whom a party named, and say why."""
    nomination = _open(nomination)
    if not reason.strip():
        raise Refused(_("Say why, so that the party can name somebody else."), "reason")
    nomination.reason = reason.strip()
    _settle(nomination, State.DECLINED, "Declined", actor=actor, origin=origin)
    return nomination


def _refuse_to_ask(held: Holding) -> None:
    if not held.exists:
        raise Refused(_("The seat is not there today: there is nobody to name."))
    if held.nomination:
        raise Refused(
            _("%(name)s is proposed already: accept or decline that first.")
            % {"name": held.nomination.name}
        )
    if held.later and (held.is_vacant or held.falls_vacant):
        raise Refused(
            _("%(name)s takes the seat on %(day)s: nobody else needs to be named.")
            % {"name": held.later.holder, "day": says(held.later.starts_on)}
        )
    if held.wants_successor:
        return
    if held.falls_vacant_on and held.until:
        raise Refused(
            _("The seat is held until %(until)s: a successor can be asked for from %(day)s on.")
            % {"until": says(held.until), "day": says(held.until - AHEAD)}
        )
    raise Refused(_("The seat is held, and no end is set: set the last day of the term first."))


def _open(nomination: Nomination) -> Nomination:
    """The nomination as it is now, while nobody else settles it."""
    lock(nomination.seat.body.process)
    nomination = Nomination.objects.select_related(
        "seat__body__process", "seat__party", "settled_by", "proposed_by"
    ).get(pk=nomination.pk)
    if nomination.state != State.PROPOSED:
        raise Refused(
            _("The nomination of %(name)s is settled already: %(state)s by %(who)s.")
            % {
                "name": nomination.name,
                "state": nomination.get_state_display(),
                "who": nomination.settled_by,
            }
        )
    return nomination


def _settle(nomination: Nomination, state: str, word: str, *, actor: Any, origin: str) -> None:
    nomination.state = state
    nomination.settled_by, nomination.settled_at = actor, timezone.now()
    nomination.save(update_fields=["state", "reason", "settled_by", "settled_at"])
    append(
        process=nomination.seat.body.process,
        actor=actor,
        verb=f"nomination.{state}",
        thing=nomination,
        origin=origin,
        summary=f"{word} the nomination of {nomination.name} for {nomination.seat}",
        before={"state": State.PROPOSED, "reason": ""},
        after=snapshot(nomination, "state", "reason"),
    )
    write_nomination(nomination, actor)
    transaction.on_commit(outbox.nudge)


def _recorded(nomination: Nomination) -> dict[str, Any]:
    """What the ledger keeps of a nomination: no addresses, since nothing is ever taken from it."""
    return snapshot(nomination, "seat_id", "name", "function", "starts_on", "ends_on", "state")


def _member_with(process: Process, email: str) -> User:
    member = (
        process.memberships.current()
        .filter(user__email=email, user__is_active=True)
        .select_related("user")
        .first()
    )
    if member is None:
        raise Refused(
            _("Nobody with the address %(email)s is a member yet: add them first.")
            % {"email": email}
        )
    return member.user
