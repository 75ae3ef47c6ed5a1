"""What people do to single messages: hold, release, try now, send again, settle.

Each is written into the message's own log, with who and why, and into its process's ledger. Who may
is asked here; a click that comes twice does nothing the second time.
"""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken
from coordination.ledger.actions import append, lock

from ..access import may_handle
from ..models import Message
from ..texts import storable
from .queueing import message_id, message_key, note

State = Message.State

#: What has ended, and can be sent anew as a message of its own. What was superseded was replaced.
ENDED = (State.SENT, State.FAILED, State.UNCERTAIN, State.KEPT, State.CANCELLED)


@transaction.atomic
def hold(*, actor: Any, message: Message, reason: str, origin: str) -> None:
    """Keep a message that waits from being sent until somebody releases it."""
    _begin(actor, message)
    words = f"Held back by {actor}: {reason}" if reason else f"Held back by {actor}."
    _move(actor, message, [State.PENDING], State.HELD, "message.held", words, origin)


@transaction.atomic
def release(*, actor: Any, message: Message, origin: str) -> None:
    """Let a message that was held back go; not before its time."""
    _begin(actor, message)
    words = f"Released by {actor}."
    _move(actor, message, [State.HELD], State.PENDING, "message.released", words, origin)


@transaction.atomic
def try_now(*, actor: Any, message: Message, origin: str) -> None:
    """Send a message that waits for its time or its next try with the next sweep."""
    _begin(actor, message)
    if Message.objects.filter(pk=message.pk, state=State.PENDING, next_at__lte=Now()).exists():
        return  # it is due as it is
    words = f"To be tried at once, says {actor}."
    values = {"next_at": Now(), "error": F("error")}
    _move(actor, message, [State.PENDING], State.PENDING, "message.hurried", words, origin, values)


@transaction.atomic
def settle(*, actor: Any, message: Message, reason: str, origin: str) -> None:
    """Somebody found out that a message of which that was not known did arrive."""
    _begin(actor, message)
    words = f"It arrived, says {actor}: {reason}" if reason else f"It arrived, says {actor}."
    values = {"finished_at": Now()}
    _move(actor, message, [State.UNCERTAIN], State.SENT, "message.settled", words, origin, values)


@transaction.atomic
def send_again(*, actor: Any, message: Message, times: int, origin: str) -> Message:
    """Write a message once more as one of its own, with a Message-ID of its own.

    `times` is how often it had been sent again when the person saw it: a click that comes twice
    makes one. It goes to the address that the recipient has today; its links are derived anew.
    """
    _begin(actor, message)
    key = message_key("again", message.key, times + 1)
    there = Message.objects.filter(key=key).first()
    if there is not None:
        return there
    if message.state not in ENDED or message.sent_again.count() != times:
        raise Overtaken(_("This message has changed since. Look at it again."))
    person = message.recipient
    words = f"Sent again by {actor}. {message.reason}"
    again = Message.objects.create(
        key=key,
        message_id=message_id(key),
        again_of=message,
        to_address=person.email if person else message.to_address,
        reason=storable(words, 300),
        next_at=person.mail_from(timezone.now()) if person else timezone.now(),
        **{name: getattr(message, name) for name in _CARRIED},
    )
    note(again, State.PENDING, words)
    note(message, message.state, f"Sent again by {actor}.")
    _enter(
        actor, message, "message.sent-again", f"{actor} has {_named(message)} sent again", origin
    )
    return again


#: What a message that is sent again has from the first.
_CARRIED = (
    *("process_id", "kind", "recipient_id", "about_type", "about_id", "about_label"),
    *("subject", "body_text", "body_html", "calendar", "unsubscribe_url"),
    *("attachment", "attachment_name"),
)


def _begin(actor: Any, message: Message) -> None:
    """Let nobody else change it meanwhile, and see who asks."""
    if not may_handle(actor, message):
        raise PermissionDenied
    if message.process_id is not None:
        lock(message.process)
    fresh = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    message.state, message.next_at = fresh.state, fresh.next_at


def _move(
    actor: Any,
    message: Message,
    before: Collection[str],
    after: str,
    verb: str,
    words: str,
    origin: str,
    values: dict[str, Any] | None = None,
) -> None:
    """From one state to another, where it is in the first; where it is in the other, all is done.

    A worker that holds the message has gone ahead: then it is too late.
    """
    if message.state == after and after not in before:
        return
    was = message.state
    changes = {"state": after, "error": storable(words, 500)} | (values or {})
    if not Message.objects.filter(pk=message.pk, state__in=before).update(**changes):
        raise Overtaken(
            _("This message is “%(state)s” by now. Look at it again.")
            % {"state": message.get_state_display()}
        )
    message.refresh_from_db()
    note(message, after, words)
    states = {"before": {"state": was}, "after": {"state": after}} if was != after else {}
    _enter(actor, message, verb, f"{_named(message)}: {words}", origin, **states)


def _named(message: Message) -> str:
    """Members read the ledger: neither the subject nor the address is theirs to know."""
    whom = f" to {message.recipient}" if message.recipient else ""
    return f"message {message.pk}{whom}"


def _enter(
    actor: Any, message: Message, verb: str, summary: str, origin: str, **states: Any
) -> None:
    """In the ledger of the process; a mail about an account is of none."""
    if message.process_id is not None:
        append(
            process=message.process,
            actor=actor,
            verb=verb,
            thing=message,
            summary=summary,
            origin=origin,
            **states,
        )
