"""The signed checkpoint of each process's ledger, once a day, to who represents its parties."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone

from coordination.ledger.checkpoints import as_text, make_checkpoint
from coordination.ledger.export import file_name
from coordination.ledger.models import Checkpoint
from coordination.outbox import actions as outbox
from coordination.outbox.clock import is_held
from coordination.processes.models import Membership, Process

log = logging.getLogger(__name__)


def sign_all(now: datetime | None = None) -> int:
    """Sign and mail what the day still lacks; any number may run at once. Returns how many."""
    if is_held():
        return 0  # a day that has not come would be signed, and those until then would not
    now = now or timezone.now()
    signed = 0
    for process in Process.objects.filter(chain__count__gt=0).annotate(
        signed_at=Max("checkpoints__at")
    ):
        local = now.astimezone(process.zone)
        has_one = process.signed_at and process.today(process.signed_at) >= local.date()
        if has_one or local.time() < settings.CHECK_IN_CLOCK:
            continue
        try:
            signed += _sign_and_mail(process, now)
        except Exception:  # one that cannot be signed stops no other, and is tried again
            log.exception("The ledger of process %s could not be signed.", process.pk)
    if signed:
        outbox.nudge()
    return signed


@transaction.atomic
def _sign_and_mail(process: Process, now: datetime) -> bool:
    """No checkpoint without its mails: what was signed and told nobody would prove nothing."""
    checkpoint = make_checkpoint(process=process, now=now)
    if checkpoint is None:
        return False
    for member in representatives(process, now):
        _mail(checkpoint, member)
    return True


def representatives(process: Process, now: datetime) -> list[Membership]:
    """Who heads the delegation of each party, and all of its delegates: a ledger that is rewritten
    has to deceive each of them."""
    return list(
        Membership.objects.at(now)
        .filter(process=process, user__is_active=True, party__isnull=False)
        .filter(Q(heads_delegation=True) | Q(role=Membership.Role.DELEGATE))
        .select_related("user", "party", "process")
        .order_by("party__code", "user__name", "pk")
    )


def _mail(checkpoint: Checkpoint, member: Membership) -> None:
    process, recipient = member.process, member.user
    outbox.queue(
        key=outbox.message_key("checkpoint", process.pk, checkpoint.number, recipient.pk),
        process=process,
        kind="checkpoint",
        recipient=recipient,
        reason=f"The ledger’s checkpoint of the day; {recipient} represents {member.party}.",
        template="checkpoint",
        context={
            "process": process,
            "checkpoint": checkpoint,
            "statement": as_text(checkpoint),
            "party": member.party,
            "ledger_name": file_name(process, "N"),
            "url": settings.SITE_URL + reverse("checkpoints", args=[process.slug]),
        },
        about=checkpoint,
    )
