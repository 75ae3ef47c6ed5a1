"""Sending what is due.

A message is claimed, prepared with the server, fenced in the database and only then handed over:
see docs/decisions/0004-outbox.md for why the order is this one.
"""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import BooleanField, Case, F, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from .. import clock
from ..failpoints import reach
from ..models import Heartbeat, Message
from ..recording import ACCOUNT, LEASE, Recorder, Step, finished, may_go, unanswered
from ..sending import Lines, Sender
from ..side_by_side import send_side_by_side

State = Message.State

BATCH = settings.MAIL_BATCH


def deliver() -> int:
    """Send what is due; returns how many messages were dealt with. Any number may run at once."""
    done = 0
    if not clock.is_held():  # by a clock that is ahead, whoever is sending would seem to be gone
        recover_expired()
    lines = Lines(settings.MAIL_CONNECTIONS)
    while dealt_with := _run(lines):
        done += dealt_with
    beat("deliver")
    return done


def _run(lines: Lines) -> int:
    """Send until nothing is due, over as many connections as there are."""
    worker = uuid.uuid4().hex
    recorder = Recorder(worker)
    if not settings.EMAIL_HOST:
        return _keep(recorder)
    if lines.number > 1:
        return send_side_by_side(recorder, lines, lambda: _claim(recorder))
    sender = Sender(lambda step: recorder.write([step])[0], lines)
    done = 0
    try:
        while batch := _claim(recorder):
            for message in batch:
                sender.send(message)
            sender.flush()
            done += len(batch)
    finally:
        sender.close()
    return done


def _keep(recorder: Recorder) -> int:
    """Without a server mails stay here, to be read."""
    done = 0
    while batch := _claim(recorder):
        words = "No mail server is set."
        recorder.write([Step([finished(one, State.CLAIMED, State.KEPT, words)]) for one in batch])
        done += len(batch)
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
        words = "The worker stopped while handing it over."
        Recorder(message.owner).write([Step([unanswered(message, words)])])
    reach("after-recovery")


def _claim(recorder: Recorder) -> Sequence[Message]:
    """Take what is due, a batch of it, with all that is to be known about it."""
    due = Message.objects.filter(state=State.PENDING, next_at__lte=Now()).order_by("next_at", "pk")
    if clock.is_held():
        due = due.filter(kind=ACCOUNT)  # somebody waits for it, whatever the date is
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        keys = list(due.values_list("pk", flat=True)[:BATCH])
        if not keys:
            return []
        Message.objects.filter(pk__in=keys, state=State.PENDING).update(
            state=State.CLAIMED,
            owner=recorder.worker,
            lease_until=Now() + LEASE,
            attempts=F("attempts") + 1,
        )
    reach("after-claim")
    recorder.renew()
    return list(_mine(keys, recorder.worker))


def _mine(keys: list[int], worker: str) -> models.QuerySet[Message]:
    allowed = Case(When(may_go(), then=Value(True)), default=False, output_field=BooleanField())
    return (
        Message.objects.filter(pk__in=keys, state=State.CLAIMED, owner=worker)
        .select_related("recipient", "process")
        .annotate(may_go=allowed)
        .order_by("pk")
    )
