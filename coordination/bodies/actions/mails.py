"""The mails about who takes a seat: one to a person for each thing that they are told."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.access import membership

from ..access import keepers
from ..models import Nomination, RoleTerms, Seat, SuccessionRequest
from ..vacancies import Holding

#: The mails that ask a party to name somebody, and those about whom it named.
REQUEST, NOMINATION = "succession", "nomination"


def write_request(request: SuccessionRequest, held: Holding, person: User) -> None:
    """Queue the mail that asks one person for a successor."""
    seat = request.seat
    process = seat.body.process
    terms = RoleTerms.objects.filter(body=seat.body, role=seat.role).first()
    outbox.queue(
        key=outbox.message_key(REQUEST, request.pk, person.pk),
        process=process,
        kind=REQUEST,
        recipient=person,
        reason=f"{request.asked_by} asked {request.party.name} to name a successor for {seat}; "
        f"{person} acts for it.",
        template=REQUEST,
        context=_about(seat)
        | {
            "asked": request,
            "held": held,
            "authority": seat.authority or (terms.authority if terms else ""),
            "since": process.day_name(held.vacant_since or held.falls_vacant_on),
        },
        about=request,
    )


def withdraw_requests(seat: Seat, reason: str) -> None:
    """Take back what asks for a successor, waits to be sent and is not needed any more."""
    requests = list(seat.succession_requests.values_list("pk", flat=True))
    if requests:
        about = Message.objects.filter(kind=REQUEST, about_id__in=requests)
        outbox.supersede(about.filter(process=seat.body.process), reason)


def write_nomination(nomination: Nomination, actor: Any) -> None:
    """Tell who keeps the body of a new nomination, and who made it what came of it.

    Nobody is told what they did themselves, nor once they left the process.
    """
    seat, proposer = nomination.seat, nomination.proposed_by
    process = seat.body.process
    is_new = nomination.state == Nomination.State.PROPOSED
    if is_new:
        people = keepers(seat.body)
        happened = f"{proposer} proposed {nomination.name} for {seat}"
    else:
        earlier = Message.objects.filter(process=process, kind=NOMINATION, about_id=nomination.pk)
        outbox.supersede(earlier, "The nomination was settled before the mail left.")
        people = [proposer] if membership(proposer, process) and proposer.is_active else []
        happened = f"{actor} settled the nomination of {nomination.name} for {seat}"
    for person in people:
        if person == actor:
            continue
        outbox.queue(
            key=outbox.message_key(NOMINATION, nomination.pk, nomination.state, person.pk),
            process=process,
            kind=NOMINATION,
            recipient=person,
            reason=f"{happened}; {person} {'keeps the body' if is_new else 'made it'}.",
            template=NOMINATION,
            context=_about(seat) | {"nomination": nomination, "on": process.today()},
            about=nomination,
        )


def _about(seat: Seat) -> dict[str, Any]:
    process = seat.body.process
    return {
        "seat": seat,
        "body": seat.body,
        "process": process,
        "url": settings.SITE_URL + reverse("seat", args=[process.slug, seat.pk]),
    }
