"""Asking for check-ins that fell due, and what comes back through the links."""

import logging
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.throttle import forget_old
from coordination.base import capabilities
from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.commitments.actions import plan_check_in, submit_check_in
from coordination.commitments.actions.triggers import expect_more
from coordination.commitments.check_in_plan import check_in_moment, next_check_in
from coordination.commitments.models import CheckIn, ExpectedOccurrence, Obligation
from coordination.commitments.report_queries import levels_reported
from coordination.commitments.standing import of_obligation
from coordination.ledger.actions import Origin, append, lock
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.access import membership

from .models import CheckInLink, Occurrence

log = logging.getLogger(__name__)

#: How long a link answers.
LINK_LIFETIME = timedelta(days=14)
#: Part of every key: a change of what a check-in mail means makes a new one possible.
SCHEDULE_VERSION = 1
#: Why a mail that waits is not sent any more.
ANSWERED = "The check-in was made before the mail left."
PASSED_ON = "Somebody else answers for this now."


@dataclass
class Tick:
    """What one tick did."""

    asked: int = 0
    nobody: int = 0
    answered: int = 0


def tick() -> Tick:
    """Ask for every check-in that is due; any number of ticks may run at once.

    What was missed while nothing ran is asked for once, and the days in between are recorded.
    """
    expect_more()
    forget_old()
    result = Tick(answered=settle())
    due = Obligation.objects.filter(next_check_in_at__lte=timezone.now())
    for key in list(due.order_by("next_check_in_at", "pk").values_list("pk", flat=True)):
        try:
            occurrence = _ask(key)
        except Exception:  # one that cannot be asked about stays due and stops no other
            log.exception("The check-in of obligation %s could not be asked for.", key)
            continue
        if occurrence and occurrence.state == Occurrence.State.ASKED:
            result.asked += 1
        elif occurrence:
            result.nobody += 1
    if result.asked:
        outbox.nudge()
    outbox.beat("tick")
    return result


@transaction.atomic
def _ask(obligation_id: int) -> Occurrence | None:
    """Ask for one check-in, in the transaction that moves its next one on."""
    rows = Obligation.objects.select_related(
        "commitment__process",
        "commitment__deadline",
        "commitment__lead_body",
        "commitment__verifying_body",
        "party",
        "body",
        "focal_point",
    ).filter(pk=obligation_id, next_check_in_at__lte=timezone.now())
    skip = connection.features.has_select_for_update_skip_locked
    obligation = rows.select_for_update(of=("self",), skip_locked=skip).first()
    if obligation is None:
        return None  # another tick has it, or it was answered meanwhile
    process = obligation.commitment.process
    missed, day = _due_days(obligation, process.today())
    for skipped in missed:
        _skip(obligation, skipped, asked_with=day)
    occurrence, created = Occurrence.objects.get_or_create(
        obligation=obligation,
        local_date=day,
        defaults={
            "due_at": check_in_moment(day, process.zone),
            "state": Occurrence.State.NOBODY,
        },
    )
    is_open = created or occurrence.state == Occurrence.State.NOBODY
    if is_open:
        _write_to_owner(occurrence, obligation)
    if occurrence.state == Occurrence.State.NOBODY:
        _wait_since(obligation, occurrence)
        return occurrence if created else None
    obligation.asked_on = process.today()
    plan_check_in(obligation)
    obligation.save(update_fields=["asked_on", "next_check_in_on", "next_check_in_at"])
    return occurrence if is_open else None


def _wait_since(obligation: Obligation, occurrence: Occurrence) -> None:
    """Leave it due, from that day on, until somebody can be asked."""
    if obligation.next_check_in_on != occurrence.local_date:
        obligation.next_check_in_on = occurrence.local_date
        obligation.next_check_in_at = occurrence.due_at
        obligation.save(update_fields=["next_check_in_on", "next_check_in_at"])


def _skip(obligation: Obligation, day: date, asked_with: date) -> None:
    """Record that a day passed without a question of its own, and why."""
    reason = f"Nobody asked on the day; asked for with that of {in_words(asked_with)}."
    occurrence, created = Occurrence.objects.get_or_create(
        obligation=obligation,
        local_date=day,
        defaults={
            "due_at": check_in_moment(day, obligation.commitment.process.zone),
            "state": Occurrence.State.SKIPPED,
            "reason": reason,
        },
    )
    if not created and occurrence.state == Occurrence.State.NOBODY:
        occurrence.state, occurrence.reason = Occurrence.State.SKIPPED, reason
        occurrence.save(update_fields=["state", "reason"])


def _due_days(obligation: Obligation, today: date) -> tuple[list[date], date]:
    """The planned days up to today: those missed, and the one to ask for."""
    assert obligation.next_check_in_on is not None
    days = [obligation.next_check_in_on]
    while (following := _planned_after(obligation, days[-1])) and following <= today:
        days.append(following)
    return days[:-1], days[-1]


def _planned_after(obligation: Obligation, day: date) -> date | None:
    process = obligation.commitment.process
    return next_check_in(
        obligation,
        today=day + timedelta(days=1),
        last_on=day,
        starts_on=obligation.commitment.created_at.astimezone(process.zone).date(),
    )


def _write_to_owner(occurrence: Occurrence, obligation: Obligation) -> None:
    if why_nobody := _why_nobody(obligation):
        if not occurrence.reason:  # what the last one said of it stays
            occurrence.reason = why_nobody[:300]
            occurrence.save(update_fields=["reason"])
        return
    recipient = obligation.focal_point
    assert recipient is not None
    commitment = obligation.commitment
    process = commitment.process
    _supersede(obligation, "A newer check-in was asked for before the mail left.")
    nonce = capabilities.new_nonce()
    now = timezone.now()
    link = CheckInLink.objects.create(
        occurrence=occurrence,
        recipient=recipient,
        token_hash=capabilities.digest(capabilities.token_for(nonce)),
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    token = capabilities.placeholder(nonce)
    # The token's place is kept in the address by a word, since a placeholder is no token.
    form_url = settings.SITE_URL + reverse("check-in", args=["TOKEN"]).replace("TOKEN", token)
    pass_url = settings.SITE_URL + reverse("check-in-pass", args=["TOKEN"]).replace("TOKEN", token)
    last_check_in = levels_reported().filter(obligation=obligation).first()
    occurrence.message = outbox.queue(
        key=outbox.message_key(
            "obligation",
            obligation.pk,
            "check-in",
            occurrence.local_date,
            recipient.pk,
            SCHEDULE_VERSION,
            occurrence.links.count(),  # asked again after somebody passed it on
        ),
        process=process,
        kind="check-in",
        recipient=recipient,
        reason=(
            f"The check-in of {in_words(occurrence.local_date)} for {commitment.code} fell due; "
            f"{recipient} is the focal point of {obligation.owner_name}."
        ),
        template="check_in",
        context={
            "obligation": obligation,
            "commitment": commitment,
            "process": process,
            "occurrence": occurrence,
            "standing": of_obligation(obligation),
            "last_check_in": last_check_in,
            "dn_due": process.day_name(obligation.due_on),
            "form_url": form_url,
            "pass_url": pass_url,
            "expires_at": link.expires_at,
        },
        about=commitment,
        unsubscribe_url=pass_url,
    )
    occurrence.state, occurrence.reason = Occurrence.State.ASKED, ""
    occurrence.save(update_fields=["state", "reason", "message"])


def _why_nobody(obligation: Obligation) -> str:
    """Why nobody can be asked; nothing where somebody can."""
    person = obligation.focal_point
    if person is None:
        return f"{obligation.owner_name} has no focal point."
    if not person.is_active:
        return f"The account of {person}, the focal point, is closed."
    if membership(person, obligation.commitment.process) is None:
        return f"{person}, the focal point, is no longer a member of the process."
    return ""


def _supersede(obligation: Obligation, reason: str) -> None:
    """Withdraw what waits to be sent about the obligation."""
    outbox.supersede(Message.objects.filter(occurrences__obligation=obligation), reason)


def settle() -> int:
    """Close what was asked and has been answered since, by whichever way; returns how many."""
    newer = CheckIn.objects.filter(
        obligation=OuterRef("obligation"), submitted_at__gte=OuterRef("created_at")
    )
    open_states = [Occurrence.State.ASKED, Occurrence.State.NOBODY]
    answered = Occurrence.objects.filter(Exists(newer), state__in=open_states)
    count = 0
    for occurrence in answered.select_related("message", "obligation"):
        check_in = (
            occurrence.obligation.check_ins.filter(submitted_at__gte=occurrence.created_at)
            .order_by("pk")
            .first()
        )
        count += _close(occurrence, check_in)
    _withdraw()
    _reopen()
    return count


def _reopen() -> None:
    """Make due again what was asked of somebody who is no longer the focal point."""
    asked = Occurrence.objects.filter(state=Occurrence.State.ASKED)
    later = Occurrence.objects.filter(
        obligation=OuterRef("obligation"), local_date__gt=OuterRef("local_date")
    )
    moved = asked.exclude(Exists(later)).exclude(obligation__focal_point=F("message__recipient"))
    for occurrence in moved.select_related("obligation"):
        with transaction.atomic():
            if asked.filter(pk=occurrence.pk).update(
                state=Occurrence.State.NOBODY, reason=PASSED_ON
            ):
                _wait_since(occurrence.obligation, occurrence)


def _withdraw() -> None:
    """Supersede mails that went back to waiting and that nobody needs any more."""
    # From the few that wait to what they ask about, not through all that was ever asked.
    about = Occurrence.objects.filter(message=OuterRef("pk"))
    answered = about.filter(state=Occurrence.State.ANSWERED)
    passed_on = about.exclude(obligation__focal_point=OuterRef("recipient"))
    for done, reason in ((answered, ANSWERED), (passed_on, PASSED_ON)):
        outbox.supersede(Message.objects.filter(Exists(done)), reason)


@transaction.atomic
def _close(occurrence: Occurrence, check_in: CheckIn | None) -> int:
    changed = (
        Occurrence.objects.filter(pk=occurrence.pk)
        .exclude(state=Occurrence.State.ANSWERED)
        .update(state=Occurrence.State.ANSWERED, check_in=check_in)
    )
    if changed and occurrence.message_id:
        outbox.supersede(Message.objects.filter(pk=occurrence.message_id), ANSWERED)
    return changed


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
        _close(occurrence, check_in)
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
    _supersede(obligation, PASSED_ON)
    CheckInLink.objects.filter(
        occurrence__obligation=obligation, recipient=actor, revoked_at=None
    ).update(revoked_at=timezone.now())
    reopened = Occurrence.objects.filter(pk=occurrence.pk, state=Occurrence.State.ASKED).update(
        state=Occurrence.State.NOBODY, reason=f"{actor} says that somebody else must answer."
    )
    if reopened:
        _wait_since(obligation, occurrence)
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
