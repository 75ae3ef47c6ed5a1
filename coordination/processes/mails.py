"""The mails about somebody's place: what is asked of their sign-in, and who is in a delegation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from coordination.ledger.models import Entry
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message

from .models import Membership, Party
from .second_factor import asked_as, those_who_have_one

SECOND_STEP, DELEGATION = "second_step", "delegation"


@dataclass(frozen=True)
class Place:
    """What somebody was in a process before it was changed."""

    role: str
    party: Party | None
    heads: bool

    @classmethod
    def of(cls, member: Membership) -> "Place":
        return cls(member.role, member.party, member.heads_delegation)


def tell_of_second_step(members: Iterable[Membership], actor: Any) -> None:
    """Tell those of whom a second step is asked from now on until when they have to set it up.

    Not who has one, nor who asks for it: the page on which they do says it to them.
    """
    members = list(members)
    have = those_who_have_one(member.user_id for member in members)
    for member in members:
        person, asked = member.user, asked_as(member)
        if asked is None or person.pk in have or person == actor or not person.is_active:
            continue
        outbox.queue(
            key=outbox.message_key(SECOND_STEP, member.pk, timezone.now()),
            process=member.process,
            kind=SECOND_STEP,
            recipient=person,
            reason=f"A second step at sign-in is asked of every {asked.role} from now on.",
            template=SECOND_STEP,
            context={
                "process": member.process,
                "asked": asked,
                "on": member.process.today(),
                "url": settings.SITE_URL + reverse("mfa_index"),
            },
            about=member,
        )
    transaction.on_commit(outbox.nudge)


def withdraw_second_step(members: QuerySet[Membership]) -> None:
    """Take back what waits to be sent to those of whom it is asked no longer."""
    waiting = Message.objects.filter(kind=SECOND_STEP, about_id__in=members.values("pk"))
    outbox.supersede(waiting, "It was asked no longer before the mail left.")


def tell_delegation(member: Membership, before: Place | None, actor: Any, entry: Entry) -> None:
    """Tell the others of a delegation who heads it or joins it, and by whom.

    Else a coordinator could open a delegation's papers to somebody without its knowing.
    """
    was, headed = (before.party, before.heads) if before else (None, False)
    party, heads = member.party, member.heads_delegation
    if was and headed and (was != party or not heads):
        _write(member, was, "headed", actor, entry)
    if party and heads and (was != party or not headed):
        _write(member, party, "heads", actor, entry)
    elif party and was != party:
        _write(member, party, "joins", actor, entry)


def _write(member: Membership, party: Party, what: str, actor: Any, entry: Entry) -> None:
    process = member.process
    knows = [member.user_id, *([actor.pk] if actor else [])]
    others = process.memberships.current().filter(party=party, user__is_active=True)
    for other in others.exclude(user__in=knows).select_related("user"):
        outbox.queue(
            key=outbox.message_key(DELEGATION, entry.pk, what, other.user_id),
            process=process,
            kind=DELEGATION,
            recipient=other.user,
            reason=f"{entry.summary}; {other.user} acts for {party.code}.",
            template=DELEGATION,
            context={
                "process": process,
                "person": member.user,
                "role": member.get_role_display(),
                "party": party,
                "what": what,
                "who": actor,
                "on": process.today(),
                "url": settings.SITE_URL + reverse("people", args=[process.slug]),
            },
            about=member,
        )
    transaction.on_commit(outbox.nudge)
