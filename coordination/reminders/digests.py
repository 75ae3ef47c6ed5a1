"""Writing the mails that hold what people are reminded of.

One digest a person and day at most; a mail of its own for what is urgent.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message

from .check_in_mail import check_in_context
from .digest_lines import ORDER, digest_context
from .models import Reminder
from .settling import take_back_moot
from .when import next_day, writing_moment

log = logging.getLogger(__name__)

#: A digest is written when nothing was added to it for so long.
SETTLE = timedelta(minutes=1)
#: ... and not later than this, however much is added.
SETTLE_AT_MOST = timedelta(minutes=10)
#: What takes the place of a message that never left.
REPLACED = (Message.State.SUPERSEDED, Message.State.CANCELLED)


def write_all(now: datetime) -> int:
    """Write the mails that are due; any number of schedulers may do so at once."""
    due = Reminder.objects.filter(state=Reminder.State.WAITING, write_at__lte=now)
    written = 0
    for recipient in list(due.order_by("recipient").values_list("recipient", flat=True).distinct()):
        try:
            written += _write(recipient, now)
        except Exception:  # one mail that cannot be written stops no other
            log.exception("The reminders of person %s could not be written.", recipient)
    return written


@transaction.atomic
def _write(recipient_id: int, now: datetime) -> int:
    # Whoever writes holds the person: two schedulers never share out one person's lines.
    recipient = User.objects.select_for_update(no_key=True).get(pk=recipient_id)
    due = Reminder.objects.filter(
        recipient=recipient, state=Reminder.State.WAITING, write_at__lte=now
    )
    take_back_moot(due)
    # Held, so that who answers meanwhile finds them either waiting or in a mail.
    held = due.select_related("process", *_ASKED).select_for_update(of=("self",))
    lines = sorted(held, key=_by_need)
    urgent = [one for one in lines if one.urgent]
    for one in urgent:
        _write_mail([one], recipient, one.key, now)
    rest = _timely([one for one in lines if not one.urgent], recipient, now)
    if not rest or _is_unsettled(rest, now):
        return len(urgent)
    key = _digest_key(recipient, now)
    if key is None:
        _leave_for_tomorrow(rest, recipient, now)
        return len(urgent)
    _write_mail(rest, recipient, key, now)
    return len(urgent) + 1


_ASKED = (
    "occurrence__obligation__commitment__process",
    "occurrence__obligation__commitment__deadline",
    "occurrence__obligation__commitment__lead_body",
    "occurrence__obligation__commitment__verifying_body",
    "occurrence__obligation__party",
    "occurrence__obligation__body",
)


def _timely(lines: Sequence[Reminder], recipient: User, now: datetime) -> list[Reminder]:
    """Without those that wait for another hour or day, where a scheduler that was away comes at
    night or on a day without mail."""
    processes = {one.process_id: one.process for one in lines}
    moments = {
        key: writing_moment(recipient, process, now, urgent=False)
        for key, process in processes.items()
    }
    for key, moment in moments.items():
        if moment > now:
            early = [one.pk for one in lines if one.process_id == key]
            Reminder.objects.filter(pk__in=early).update(write_at=moment)
    return [one for one in lines if moments[one.process_id] <= now]


def _is_unsettled(lines: Sequence[Reminder], now: datetime) -> bool:
    """Whether some of them are so new that another scheduler may still be adding to them: what
    falls due together goes in one mail, however many plan it."""
    if settings.MAIL_AT_ANY_TIME or min(one.created_at for one in lines) < now - SETTLE_AT_MOST:
        return False
    return any(one.created_at > now - SETTLE for one in lines)


def _by_need(one: Reminder) -> tuple[object, ...]:
    return (ORDER.index(Reminder.Kind(one.kind)), one.due_on or date.max, one.pk)


def digest_key(recipient_id: int, day: date, version: int = 0) -> str:
    """A later version takes the place of one that never left."""
    return outbox.message_key("digest", recipient_id, day, version)


def _digest_key(recipient: User, now: datetime) -> str | None:
    """The key of today's digest; None where the person has had it."""
    day = now.astimezone(recipient.zone).date()
    for version in range(1_000):
        key = digest_key(recipient.pk, day, version)
        former = Message.objects.filter(key=key).values_list("state", flat=True).first()
        if former is None:
            return key
        if former not in REPLACED and not settings.MAIL_AT_ANY_TIME:
            return None
    return None


def _leave_for_tomorrow(lines: Sequence[Reminder], recipient: User, now: datetime) -> None:
    for one in lines:
        one.write_at = next_day(recipient, one.process, now)
        one.save(update_fields=["write_at"])


def _write_mail(lines: Sequence[Reminder], recipient: User, key: str, now: datetime) -> None:
    """One mail for these lines; a single check-in is asked for in full."""
    first = lines[0]
    processes = {one.process_id: one.process for one in lines}
    alone = len(lines) == 1 and first.occurrence is not None
    if alone:
        template, context = "check_in", check_in_context(first, recipient, now)
    else:
        template, context = "digest", digest_context(lines, recipient, now)
    message = outbox.queue(
        key=key,
        # What several processes share nobody reads but the recipient: each sees its own lines.
        process=first.process if len(processes) == 1 else None,
        kind=first.kind if alone or first.urgent else "digest",
        recipient=recipient,
        reason=first.because if len(lines) == 1 else f"{len(lines)} reminders in the day’s digest.",
        template=template,
        context=context,
        about=first.occurrence.obligation.commitment if alone and first.occurrence else first,
        unsubscribe_url=str(context.get("pass_url", "")),
    )
    rows: QuerySet[Reminder] = Reminder.objects.filter(pk__in=[one.pk for one in lines])
    rows.update(state=Reminder.State.WRITTEN, message=message)
