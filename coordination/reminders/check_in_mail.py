"""The mail that asks for one check-in, and the link with which it is answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from coordination.base import capabilities
from coordination.commitments.models import Verification
from coordination.commitments.report_queries import levels_reported
from coordination.commitments.standing import of_obligation
from coordination.reviews.models import Review

from .models import CheckInLink, Occurrence, Reminder

#: How long a link answers.
LINK_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Link:
    """The addresses that a mail holds: placeholders stand where the token will be."""

    row: CheckInLink
    form_url: str
    pass_url: str


def new_link(reminder: Reminder, recipient: Any, now: datetime) -> Link:
    assert reminder.occurrence is not None
    return link_to(reminder.occurrence, recipient, now)


def link_to(occurrence: Occurrence, recipient: Any, now: datetime) -> Link:
    """A new capability to answer one question as one person."""
    nonce = capabilities.new_nonce()
    row = CheckInLink.objects.create(
        occurrence=occurrence,
        recipient=recipient,
        token_hash=capabilities.digest(capabilities.token_for(nonce)),
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    token = capabilities.placeholder(nonce)
    # The token's place is kept in the address by a word, since a placeholder is no token.
    form_url, pass_url = (
        settings.SITE_URL + reverse(name, args=["TOKEN"]).replace("TOKEN", token)
        for name in ("check-in", "check-in-pass")
    )
    return Link(row, form_url, pass_url)


def check_in_context(reminder: Reminder, recipient: Any, now: datetime) -> dict[str, Any]:
    occurrence = reminder.occurrence
    assert occurrence is not None
    return context_of(occurrence, link_to(occurrence, recipient, now))


def context_of(occurrence: Occurrence, link: Link) -> dict[str, Any]:
    """What the mail says of the obligation that is asked about."""
    obligation = occurrence.obligation
    commitment = obligation.commitment
    recipient, now = link.row.recipient, link.row.created_at
    with translation.override(recipient.language):
        standing = of_obligation(obligation, now)
    shown = Verification.objects.visible_to(recipient).filter(obligation=obligation)
    meetings = Review.objects.filter(body=commitment.lead_body, state=Review.State.PLANNED)
    return {
        "obligation": obligation,
        "commitment": commitment,
        "process": commitment.process,
        "occurrence": occurrence,
        "standing": standing,
        "last_check_in": levels_reported().filter(obligation=obligation).first(),
        "last_finding": shown.filter(released_at__isnull=False).select_related("body").first(),
        "next_review": meetings.filter(starts_at__gt=now).order_by("starts_at").first(),
        "dn_due": commitment.process.day_name(obligation.due_on),
        "form_url": link.form_url,
        "pass_url": link.pass_url,
        "expires_at": link.row.expires_at,
        "profile_url": settings.SITE_URL + reverse("profile"),
    }
