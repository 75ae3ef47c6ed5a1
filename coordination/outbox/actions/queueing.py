"""Writing a mail into the outbox, and withdrawing one that waits there."""

import hashlib
import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from coordination.base.keyed import keys_there, store_new

from ..failpoints import reach
from ..models import Message, MessageEvent
from ..rendering import render
from ..texts import storable

log = logging.getLogger(__name__)

#: Seconds for which a broker that did not answer is not asked again, and how long it has to answer.
NO_BROKER_FOR = 10.0
_IMPATIENT = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
_no_broker_until = 0.0
DELIVER_TASK = "coordination.reminders.tasks.deliver"

State = Message.State


def message_key(*parts: Any) -> str:
    """The key of a message: what, of which kind, for which local day, to whom, which schedule."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def message_id(key: str) -> str:
    """The Message-ID that belongs to a key: the same at every try."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, key)}@{host}>"


def queue(**mail: Any) -> Message:
    """Write a mail into the outbox, as `compose` has it; the same key again returns the message
    that is there. Who has queued what there was to queue calls `nudge` after the commit.
    """
    return store([compose(**mail)])[0]


def compose(
    *,
    key: str,
    process: Any | None,
    kind: str,
    recipient: Any | None,
    reason: str,
    template: str,
    context: dict[str, Any],
    about: models.Model,
    own: Mapping[str, str] | None = None,
    unsubscribe_url: str = "",
    address: str = "",
    at_once: bool = False,
    calendar: str = "",
    attachment: str = "",
    attachment_name: str = "",
) -> Message:
    """A mail that is not in the outbox yet.

    It is written in the recipient's language and time zone, waits for the end of their quiet hours
    unless they wait for it (`at_once`), and has no HTML where they want none. Without a `recipient`
    it goes to an `address` that nobody has an account for yet. Without a `process` it is about an
    account, and nobody else reads it. `template` is a folder below `templates/emails/` with
    subject.txt, body.txt and body.html, and `own` the words that are this mail's alone where many
    are alike (see `rendering.render`); `calendar` is an invitation (RFC 5545), and `attachment`
    the name in storage of a file that goes with it, shown as `attachment_name`.
    """
    subject, text, html = render(
        template,
        language=recipient.language if recipient else settings.LANGUAGE_CODE,
        zone=recipient.zone if recipient else getattr(process, "zone", None),
        plain=bool(recipient and recipient.plain_mail),
        context=context if own else {"recipient": recipient, **context},
        own=own,
    )
    now = timezone.now()
    return Message(
        key=key,
        process_id=process.pk if process else None,
        kind=kind,
        recipient=recipient,
        to_address=recipient.email if recipient else address,
        next_at=now if at_once or recipient is None else recipient.mail_from(now),
        reason=storable(reason),
        about_type=str(about._meta.model_name),
        about_id=about.pk,
        about_label=storable(str(about), 200),
        subject=storable(subject, 240),
        body_text=storable(text),
        body_html=storable(html),
        calendar=storable(calendar),
        attachment=attachment,
        attachment_name=storable(attachment_name, 160),
        unsubscribe_url=unsubscribe_url,
        message_id=message_id(key),
    )


@transaction.atomic
def store(messages: Sequence[Message]) -> list[Message]:
    """Put mails into the outbox, each with its first step; of those whose key is there already,
    the message that is there takes their place."""
    keys = [message.key for message in messages]
    there = keys_there(Message, keys)
    reasons = {message.key: message.reason for message in messages}
    for message in messages:
        message.reason = message.reason[:300]  # its first step has room for more
    new = store_new([message for message in messages if message.key not in there])
    MessageEvent.objects.bulk_create(_step(one, State.PENDING, reasons[one.key]) for one in new)
    stored = {message.key: message for message in new}
    if former := [key for key in keys if key not in stored]:
        stored |= {message.key: message for message in Message.objects.filter(key__in=former)}
    return [stored[key] for key in keys]


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
    """Ask a worker to deliver now; the sweep does it a little later when no broker answers.

    Whoever saves something waits for this, so a broker that does not answer is left alone a while.
    """
    global _no_broker_until
    reach("after-queue")
    if settings.CELERY_BROKER_URL == "memory://" or time.monotonic() < _no_broker_until:
        return
    try:
        with current_app.connection_for_write(transport_options=_IMPATIENT) as connection:
            current_app.send_task(
                DELIVER_TASK, connection=connection, ignore_result=True, retry=False
            )
    except Exception as error:  # the broker holds no truth: whatever is wrong with it can wait
        _no_broker_until = time.monotonic() + NO_BROKER_FOR
        log.warning("The broker did not take the nudge: %s", type(error).__name__)


def supersede(messages: models.QuerySet[Message], reason: str) -> int:
    """Withdraw messages that have not been handed over yet; returns how many.

    A worker that holds one already cannot pass its fence any more.
    """
    waiting = [State.PENDING, State.CLAIMED, State.HELD]
    count = 0
    for message in messages.filter(state__in=waiting):
        changed = Message.objects.filter(pk=message.pk, state__in=waiting).update(
            state=State.SUPERSEDED,
            owner="",
            lease_until=None,
            finished_at=Now(),
            error=storable(reason, 500),
        )
        if changed:
            note(message, State.SUPERSEDED, reason)
        count += changed
    return count


def note(message: Message, state: str, words: str) -> None:
    """Add a step to what is known of the message."""
    _step(message, state, words).save()


def _step(message: Message, state: str, words: str) -> MessageEvent:
    return MessageEvent(message=message, state=state, note=storable(words, 500))
