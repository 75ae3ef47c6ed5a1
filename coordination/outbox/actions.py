"""Queueing a mail, and sending what is queued.

A message is claimed, prepared with the server, fenced in the database and only then handed over:
see docs/decisions/0004-outbox.md for why the order is this one.
"""

import hashlib
import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import css_inline
from celery import current_app
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone, translation

from .models import Heartbeat, Message, MessageEvent
from .smtp import Refusal, Session, SmtpUnavailable, Unanswered, Unwritable, written

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
#: Waits between tries; after the last one, in the fifth day, the message is given up, visibly.
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 1440, 1440, 1440)]
BATCH = 100
DELIVER_TASK = "coordination.outbox.tasks.deliver"

State = Message.State


def message_key(*parts: Any) -> str:
    """The key of a message: what, of which kind, for which local day, to whom, which schedule."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def queue(
    *,
    key: str,
    process: Any | None,
    kind: str,
    recipient: Any | None,
    reason: str,
    template: str,
    context: dict[str, Any],
    about: models.Model,
    unsubscribe_url: str = "",
    address: str = "",
    at_once: bool = False,
) -> Message:
    """Write a mail into the outbox; the same key again returns the message that is there.

    It is written in the recipient's language and time zone, waits for the end of their quiet hours
    unless they wait for it (`at_once`), and has no HTML where they want none. Without a `recipient`
    it goes to an `address` that nobody has an account for yet. Without a `process` it is about an
    account, and nobody else reads it. `template` is a folder below `templates/emails/` with
    subject.txt, body.txt and body.html. Who has queued what there was to queue calls `nudge` after
    the commit.
    """
    language = recipient.language if recipient else settings.LANGUAGE_CODE
    zone = recipient.zone if recipient else getattr(process, "zone", None)
    with translation.override(language), timezone.override(zone):
        context = {"recipient": recipient, "site_url": settings.SITE_URL, **context}
        subject = " ".join(render_to_string(f"emails/{template}/subject.txt", context).split())
        text = render_to_string(f"emails/{template}/body.txt", context).strip() + "\n"
        html = ""
        if not (recipient and recipient.plain_mail):
            html = css_inline.inline(render_to_string(f"emails/{template}/body.html", context))
    now = timezone.now()
    host = urlsplit(settings.SITE_URL).hostname
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "process_id": process.pk if process else None,
            "kind": kind,
            "recipient": recipient,
            "to_address": recipient.email if recipient else address,
            "next_at": now if at_once or recipient is None else recipient.mail_from(now),
            "reason": reason[:300],
            "about_type": str(about._meta.model_name),
            "about_id": about.pk,
            "about_label": str(about)[:200],
            "subject": subject[:240],
            "body_text": text,
            "body_html": html,
            "unsubscribe_url": unsubscribe_url,
            "message_id": f"<{uuid.uuid5(uuid.NAMESPACE_URL, key)}@{host}>",
        },
    )
    if created:
        _note(message, State.PENDING, reason)
    return message


def queue_account_mail(*, recipient: Any, template: str, context: dict[str, Any]) -> Message:
    """Queue a mail about somebody's account; each asking has a mail of its own."""
    return queue(
        key=message_key("account", template, recipient.pk, uuid.uuid4()),
        process=None,
        kind="account",
        recipient=recipient,
        reason="Asked for at sign-in, or something about the account changed.",
        template=template,
        context=context,
        about=recipient,
        at_once=True,
    )


def nudge() -> None:
    """Ask a worker to deliver now; the sweep does it a little later when no broker answers."""
    if settings.CELERY_BROKER_URL == "memory://":
        return
    try:
        current_app.send_task(DELIVER_TASK, ignore_result=True, retry=False)
    except Exception as error:  # the broker holds no truth: whatever is wrong with it can wait
        log.warning("The broker did not take the nudge: %s", type(error).__name__)


def supersede(messages: models.QuerySet[Message], reason: str) -> int:
    """Withdraw messages that have not been handed over yet; returns how many.

    A worker that holds one already cannot pass its fence any more.
    """
    waiting = [State.PENDING, State.CLAIMED]
    count = 0
    for message in messages.filter(state__in=waiting):
        changed = Message.objects.filter(pk=message.pk, state__in=waiting).update(
            state=State.SUPERSEDED, owner="", lease_until=None, finished_at=Now(), error=reason
        )
        if changed:
            _note(message, State.SUPERSEDED, reason)
        count += changed
    return count


def deliver() -> int:
    """Send what is due; returns how many messages were dealt with. Any number may run at once."""
    worker = uuid.uuid4().hex
    done = 0
    recover_expired()
    while batch := _claim(worker):
        if settings.EMAIL_HOST:
            _send(batch, worker)
        else:
            for message in batch:
                _finish(message, worker, State.CLAIMED, State.KEPT, "No mail server is set.")
        done += len(batch)
    beat("deliver")
    return done


def beat(name: str) -> None:
    """Leave word that a sweep ran."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def recover_expired() -> None:
    """Take up messages whose worker is gone.

    One that was only claimed has not left and is sent. One that was being handed over may have
    arrived: it is sent once more with the same Message-ID and marked, and left to a person if that
    happens again.
    """
    Message.objects.filter(state=State.CLAIMED, lease_until__lt=Now()).update(
        state=State.PENDING, owner="", lease_until=None
    )
    for message in Message.objects.filter(state=State.TRANSMITTING, lease_until__lt=Now()):
        _unanswered(message, message.owner, "The worker stopped while handing it over.")


def _claim(worker: str) -> Sequence[Message]:
    due = Message.objects.filter(state=State.PENDING, next_at__lte=Now()).order_by("next_at", "pk")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        keys = list(due.values_list("pk", flat=True)[:BATCH])
        Message.objects.filter(pk__in=keys, state=State.PENDING).update(
            state=State.CLAIMED, owner=worker, lease_until=Now() + LEASE, attempts=F("attempts") + 1
        )
    return list(
        Message.objects.filter(pk__in=keys, state=State.CLAIMED, owner=worker)
        .select_related("recipient", "process")
        .order_by("pk")
    )


def _send(batch: Sequence[Message], worker: str) -> None:
    """Hand a batch over on one connection."""
    session = Session()
    try:
        for message in batch:
            _send_one(message, worker, session)
    finally:
        session.close()


def _send_one(message: Message, worker: str, session: Session) -> None:
    if (objection := _objection(message)) is not None:
        _finish(message, worker, State.CLAIMED, State.CANCELLED, objection)
        return
    try:
        mail = written(message)
        session.prepare(message.to_address)
    except Unwritable as error:
        _finish(message, worker, State.CLAIMED, State.FAILED, str(error))
    except Refusal as refusal:
        _refused(message, worker, State.CLAIMED, refusal)
    except SmtpUnavailable as error:
        _retry(message, worker, State.CLAIMED, str(error))
    else:
        if _fence(message, worker):
            _transmit(message, worker, session, mail)
        else:
            session.reset()  # the lease ran out and somebody else has it, or it was withdrawn


def _transmit(message: Message, worker: str, session: Session, mail: bytes) -> None:
    try:
        answer = session.transmit(mail)
    except Refusal as refusal:
        _refused(message, worker, State.TRANSMITTING, refusal)
    except Unanswered as error:
        _unanswered(message, worker, str(error))
    else:
        _finish(message, worker, State.TRANSMITTING, State.SENT, answer)


def _objection(message: Message) -> str | None:
    """Why the mail may not go any more, read again just before it would."""
    recipient = message.recipient
    if recipient is None:
        return None
    recipient.refresh_from_db(fields=["is_active", "email"])
    if not recipient.is_active:
        return "The recipient’s account is closed."
    if message.process is not None:
        processes = type(message.process)._default_manager
        if not processes.visible_to(recipient).filter(pk=message.process.pk).exists():
            return "The recipient is no longer a member of the process."
    if recipient.email != message.to_address:
        Message.objects.filter(pk=message.pk).update(to_address=recipient.email)
        message.to_address = recipient.email
    return None


def _fence(message: Message, worker: str) -> bool:
    """Commit that the message is about to leave; without this row count nothing leaves."""
    return bool(
        Message.objects.filter(
            pk=message.pk, state=State.CLAIMED, owner=worker, lease_until__gt=Now()
        ).update(state=State.TRANSMITTING, lease_until=Now() + LEASE)
    )


def _refused(message: Message, worker: str, state: str, refusal: Refusal) -> None:
    if refusal.is_permanent:
        _finish(message, worker, state, State.FAILED, str(refusal))
    else:
        _retry(message, worker, state, str(refusal))


def _retry(message: Message, worker: str, state: str, note: str) -> None:
    if message.attempts > len(BACK_OFF):
        _finish(message, worker, state, State.FAILED, f"Given up. {note}")
        return
    changed = Message.objects.filter(pk=message.pk, state=state, owner=worker).update(
        state=State.PENDING,
        owner="",
        lease_until=None,
        next_at=Now() + BACK_OFF[message.attempts - 1],
        error=note[:500],
    )
    if changed:
        _note(message, State.PENDING, note)


def _unanswered(message: Message, worker: str, note: str) -> None:
    """It may have arrived: once it is sent again under the same Message-ID, and marked."""
    again = not message.ambiguous
    changed = Message.objects.filter(pk=message.pk, state=State.TRANSMITTING, owner=worker).update(
        state=State.PENDING if again else State.UNCERTAIN,
        owner="",
        lease_until=None,
        ambiguous=True,
        next_at=Now() + BACK_OFF[0],
        finished_at=None if again else Now(),
        error=note[:500],
    )
    if changed:
        _note(message, State.UNCERTAIN, note)


def _finish(message: Message, worker: str, before: str, after: str, note: str) -> None:
    changed = Message.objects.filter(pk=message.pk, state=before, owner=worker).update(
        state=after, owner="", lease_until=None, finished_at=Now(), error=note[:500]
    )
    if changed:
        _note(message, after, note)


def _note(message: Message, state: str, note: str) -> None:
    MessageEvent.objects.create(message=message, state=state, note=note[:500])
