"""What comes back through the links of check-in mails."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from coordination.base import capabilities
from coordination.base.errors import Refused
from coordination.commitments.actions import submit_check_in
from coordination.commitments.check_in_plan import is_answered
from coordination.commitments.models import CheckIn, ExpectedOccurrence, Level, Obligation
from coordination.ledger.actions import Origin, append, lock
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.access import membership

from .asking import reopen
from .check_in_mail import Links, questions_of
from .models import CheckInLink, Occurrence, Reminder
from .settling import close
from .withdrawing import PASSED_ON, withdraw


def find_link(token: str) -> CheckInLink | None:
    """The link that a token opens; None for a forged, expired or revoked one alike, and for that
    of somebody who is no member any more."""
    link = (
        CheckInLink.objects.usable()
        .filter(token_hash=capabilities.digest(token))
        .select_related(
            "recipient",
            "occurrence__check_in",
            "occurrence__obligation__commitment__process",
            "occurrence__obligation__commitment__lead_body",
            "occurrence__obligation__commitment__verifying_body",
            "occurrence__obligation__party",
            "occurrence__obligation__body",
        )
        .first()
    )
    if link is None or not link.recipient.is_active:
        return None
    process = link.occurrence.obligation.commitment.process
    return link if membership(link.recipient, process) else None


@transaction.atomic
def answer(
    *,
    link: CheckInLink,
    level: int,
    account: str,
    obstacle: str,
    submission: uuid.UUID,
    expected: ExpectedOccurrence | None = None,
    done_on: date | None = None,
    next_expected_on: date | None = None,
    audience: str | None = None,
) -> CheckIn:
    """Record what the holder of a link reports; until it expires a new answer revises the last."""
    occurrence = link.occurrence
    check_in, created = submit_check_in(
        obligation=occurrence.obligation,
        author=link.recipient,
        level=level,
        account=account,
        obstacle=obstacle,
        expected=expected,
        done_on=done_on,
        next_expected_on=next_expected_on,
        audience=audience,
        period_on=occurrence.local_date,
        submission=submission,
        origin=Origin.LINK,
    )
    if created:
        Occurrence.objects.filter(pk=occurrence.pk).update(check_in=check_in)
        close(occurrence, check_in)
    return check_in


@transaction.atomic
def pass_on(*, link: CheckInLink, actor: Any) -> None:
    """The person who was asked says that somebody else must answer.

    They stop being the focal point, their link stops answering, and the absence is visible to the
    coordinators until they name somebody, who is asked then.
    """
    occurrence = link.occurrence
    lock(occurrence.obligation.commitment.process)
    obligation = (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("commitment__process", "party", "body")
        .get(pk=occurrence.obligation_id)
    )
    if obligation.focal_point_id != actor.pk:
        raise Refused(_("You are no longer asked about this."))
    obligation.focal_point = None
    obligation.save(update_fields=["focal_point"])
    withdraw(Reminder.objects.filter(occurrence__obligation=obligation), PASSED_ON)
    CheckInLink.objects.filter(
        occurrence__obligation=obligation, recipient=actor, revoked_at=None
    ).update(revoked_at=timezone.now())
    occurrence.obligation = obligation
    reopen(occurrence, f"{actor} says that somebody else must answer.")
    append(
        process=obligation.commitment.process,
        actor=actor,
        verb="focal-point.passed-on",
        thing=obligation,
        origin=Origin.LINK,
        summary=f"{actor} asks for somebody else to answer for {obligation.commitment.code}, "
        f"{obligation.owner_name}",
        before={"focal_point": str(actor)},
        after={"focal_point": None},
    )


def ask_for_new_link(token: str) -> None:
    """Send a new link in place of one that expired, to whom it was sent and to nobody else.

    Whoever asks learns nothing: a forged link, one of somebody who left and one that was replaced
    already answer alike. One a day at most goes out for a question. Where nothing is asked any
    more, the mail says how it stands, and holds a link only if an answer would still be of use.
    """
    link = (
        CheckInLink.objects.filter(token_hash=capabilities.digest(token), revoked_at=None)
        .select_related(
            "recipient",
            "occurrence__obligation__commitment__process",
            "occurrence__obligation__commitment__lead_body",
            "occurrence__obligation__commitment__verifying_body",
            "occurrence__obligation__party",
            "occurrence__obligation__body",
            "occurrence__obligation__focal_point",
        )
        .first()
    )
    if link is not None:
        _send_new_link(link)


@transaction.atomic
def _send_new_link(link: CheckInLink) -> None:
    occurrence, person = link.occurrence, link.recipient
    obligation = occurrence.obligation
    process = obligation.commitment.process
    lock(process)
    asked = obligation.focal_point == person and person.is_active
    if not asked or membership(person, process) is None:
        return
    now = timezone.now()
    today = now.astimezone(person.zone).date()
    key = outbox.message_key("new-link", occurrence.pk, person.pk, today)
    if Message.objects.filter(key=key).exists():
        return
    links = Links(now)
    new = links.new(occurrence, person)
    [(context, own)] = questions_of([new], now)
    with translation.override(person.language):
        stands = _why_not_asked(obligation)
    if stands and not stands.may_report:
        del own["form_url"], own["pass_url"]
    else:
        links.store()
    outbox.queue(
        key=key,
        process=process,
        kind="check-in",
        recipient=person,
        reason=f"{person} asked for a new link, since the last one had expired.",
        template="new_link" if stands else "check_in",
        context=context | {"stands": stands, "url": _page_of(obligation)},
        own=own,
        about=obligation.commitment,
        at_once=True,
    )
    transaction.on_commit(outbox.nudge)


@dataclass(frozen=True)
class NotAsked:
    """Why nobody is asked, in words, and whether a report would be of use all the same."""

    words: str
    may_report: bool = False


def _why_not_asked(obligation: Obligation) -> NotAsked | None:
    if obligation.withdrawn_at or obligation.commitment.withdrawn_at:
        return NotAsked(_("It was withdrawn: no report is asked for any more."))
    if obligation.is_suspended:
        return NotAsked(
            _("It is suspended: no report is asked for now. When it goes on you are asked anew.")
        )
    if not is_answered(obligation):
        return None
    if obligation.verified_level == Level.FULL:
        return NotAsked(_("It was found to be fulfilled: no report is asked for any more."))
    return NotAsked(
        _(
            "It was reported as fulfilled. There is nothing to do, unless that is not so any more: "
            "then report again."
        ),
        may_report=True,
    )


def _page_of(obligation: Obligation) -> str:
    """Where it is read after signing in; what was withdrawn altogether has no page."""
    commitment = obligation.commitment
    if commitment.withdrawn_at:
        return ""
    return settings.SITE_URL + reverse(
        "commitment", args=[commitment.process.slug, commitment.number]
    )
