"""Inviting people into a process, and what they answer.

Whether an address has an account is nobody's business but its holder's: an invitation and its mail
are the same for one that has and one that has not.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base import capabilities
from coordination.base.errors import Refused
from coordination.base.spoken import on_record
from coordination.ledger.actions import append, lock, snapshot
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message

from .actions import add_member, refuse_place
from .models import Invitation, Membership, Party, Process

GOOD_FOR = timedelta(days=14)
KIND = "invitation"


@transaction.atomic
def invite(
    *,
    actor: Any,
    process: Process,
    email: str,
    role: str,
    origin: str,
    name: str = "",
    party: Party | None = None,
    heads_delegation: bool = False,
) -> Invitation:
    """Offer a place in the process to the holder of an address, by mail."""
    lock(process)
    email = email.strip().lower()
    refuse_place(process, role, party, heads_delegation)
    if process.memberships.filter(user__email=email, ended_at=None).exists():
        raise Refused(_("Somebody with this address is a member already."), "email")
    if earlier := _unanswered(process, email):
        raise Refused(
            _("This address is invited already: send it again.")
            if earlier.is_open
            else _("This address was invited, and the time to accept is over: send it again."),
            "email",
        )
    now, nonce = timezone.now(), capabilities.new_nonce()
    invitation = Invitation.objects.create(
        process=process,
        email=email,
        name=name.strip(),
        role=role,
        party=party,
        heads_delegation=heads_delegation,
        invited_by=actor,
        invited_at=now,
        sent_at=now,
        expires_at=now + GOOD_FOR,
        nonce=nonce,
        token_hash=_hash(nonce),
    )
    _tell(invitation, "member.invited", "Invited", actor, origin, before={})
    _write(invitation, actor)
    return invitation


@transaction.atomic
def resend(*, actor: Any, invitation: Invitation, origin: str) -> Invitation:
    """Send it again, with a new link and its full time; the former link opens nothing any more."""
    invitation = _to_answer(invitation)
    before = _recorded(invitation)
    invitation.nonce = capabilities.new_nonce()
    invitation.token_hash = _hash(invitation.nonce)
    invitation.sendings += 1
    invitation.sent_at = timezone.now()
    invitation.expires_at = invitation.sent_at + GOOD_FOR
    invitation.save(update_fields=["nonce", "token_hash", "sendings", "sent_at", "expires_at"])
    _call_back(invitation, "The invitation was sent again before the mail left.")
    _tell(invitation, "invitation.resent", "Sent again the invitation of", actor, origin, before)
    _write(invitation, actor)
    return invitation


@transaction.atomic
def withdraw(*, actor: Any, invitation: Invitation, origin: str) -> Invitation:
    """Take an invitation back; its link opens nothing any more."""
    invitation = _to_answer(invitation)
    before = _recorded(invitation)
    invitation.withdrawn_at, invitation.withdrawn_by = timezone.now(), actor
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _call_back(invitation, "The invitation was withdrawn before the mail left.")
    _tell(invitation, "invitation.withdrawn", "Withdrew the invitation of", actor, origin, before)
    return invitation


def find(token: str) -> Invitation | None:
    """The invitation that a link opens; None for a forged, expired, withdrawn and used one."""
    rows = Invitation.objects.open().filter(token_hash=capabilities.digest(token))
    return rows.select_related("process", "party", "invited_by").first()


def accepted_by(token: str, user: Any) -> Invitation | None:
    """The invitation that this person accepted with this link: whoever presses twice."""
    if not user.is_authenticated:
        return None
    rows = Invitation.objects.filter(token_hash=capabilities.digest(token), accepted_by=user)
    return rows.select_related("process").first()


def account_of(invitation: Invitation) -> User | None:
    """The account that its address has."""
    return User.objects.filter(email=invitation.email).first()


@transaction.atomic
def open_account(
    *, invitation: Invitation, name: str, password: str, time_zone: str, origin: str
) -> Membership:
    """Accept as somebody new: who opens the link has shown that the address is theirs."""
    lock(invitation.process)
    if account_of(invitation):
        raise Refused(_("This address has an account by now: sign in with it, and accept."))
    user = User(email=invitation.email, name=name.strip(), time_zone=time_zone)
    user.set_password(password)
    user.save()
    return accept(actor=user, invitation=invitation, origin=origin)


@transaction.atomic
def accept(*, actor: User, invitation: Invitation, origin: str) -> Membership:
    """Take the place that was offered; only the holder of the address can."""
    token_hash = invitation.token_hash
    invitation = _to_answer(invitation)
    if not invitation.is_open or invitation.token_hash != token_hash:
        raise Refused(_("The link opens nothing any more."))
    if not actor.is_active or actor.email != invitation.email:
        raise Refused(_("The invitation is for another address."))
    before = _recorded(invitation)
    member = add_member(
        actor=actor,
        process=invitation.process,
        user=actor,
        role=invitation.role,
        party=invitation.party,
        heads_delegation=invitation.heads_delegation,
        invited_by=invitation.invited_by,
        origin=origin,
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), actor
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _tell(invitation, "invitation.accepted", "Accepted the invitation of", actor, origin, before)
    return member


def _unanswered(process: Process, email: str) -> Invitation | None:
    return process.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).first()


def _to_answer(invitation: Invitation) -> Invitation:
    """The invitation as it is now, while nobody else answers it."""
    lock(invitation.process)
    invitation = Invitation.objects.select_related("process", "party").get(pk=invitation.pk)
    if invitation.accepted_at:
        raise Refused(_("It was accepted meanwhile."))
    if invitation.withdrawn_at:
        raise Refused(_("It was withdrawn meanwhile."))
    return invitation


def _hash(nonce: str) -> str:
    return capabilities.digest(capabilities.token_for(nonce))


def _recorded(invitation: Invitation) -> dict[str, Any]:
    """What the ledger keeps of it: no address, since nothing is ever taken from the ledger."""
    return snapshot(
        invitation,
        *("name", "role", "party_id", "heads_delegation", "sendings"),
        *("expires_at", "accepted_at", "accepted_by_id", "withdrawn_at", "withdrawn_by_id"),
    )


def _tell(
    invitation: Invitation, verb: str, did: str, actor: Any, origin: str, before: dict[str, Any]
) -> None:
    append(
        process=invitation.process,
        actor=actor,
        verb=verb,
        thing=invitation,
        origin=origin,
        summary=f"{did} {invitation.name or 'Somebody'} as {on_record(invitation.get_role_display)}"
        + (f" for {invitation.party.code}" if invitation.party else ""),
        before=before,
        after=_recorded(invitation),
    )


def _call_back(invitation: Invitation, why: str) -> None:
    waiting = Message.objects.filter(process=invitation.process, kind=KIND, about_id=invitation.pk)
    outbox.supersede(waiting, why)


def _write(invitation: Invitation, inviter: Any) -> None:
    address = f"{settings.SITE_URL}/invitation/{capabilities.placeholder(invitation.nonce)}/"
    outbox.queue(
        key=outbox.message_key(KIND, invitation.pk, invitation.sendings),
        process=invitation.process,
        kind=KIND,
        recipient=None,  # also where there is an account: nobody can tell by the mail
        address=invitation.email,
        reason="Invited to take part.",
        template="invitation",
        context={
            "invitation": invitation,
            "process": invitation.process,
            "party": invitation.party,
            "inviter": inviter,
            "url": address,
        },
        about=invitation,
        at_once=True,
    )
    transaction.on_commit(outbox.nudge)
