"""Taking back what has not left yet, with the reason kept."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from coordination.outbox import actions as outbox
from coordination.outbox.models import Message

from .models import Reminder

#: Why a reminder is not sent any more.
ANSWERED = "The check-in was made before the mail left."
PASSED_ON = "Somebody else answers for this now."
NEWER = "A newer check-in was asked for before the mail left."
OTHERS_LEFT = "One of its reminders was taken back; the others are written anew."

State = Reminder.State
#: Messages that a worker has not begun to hand over.
NOT_LEFT = (Message.State.PENDING, Message.State.CLAIMED, Message.State.HELD)


def withdraw(rows: QuerySet[Reminder], reason: str) -> int:
    """Supersede those of the reminders that have not left; returns how many.

    A mail that holds others besides is superseded too, and these are written anew.
    """
    count = rows.filter(state=State.WAITING).update(state=State.SUPERSEDED, reason=reason[:300])
    written = rows.filter(state=State.WRITTEN, message__state__in=NOT_LEFT)
    by_message: dict[int, list[int]] = {}
    for reminder, message in written.values_list("pk", "message_id"):
        by_message.setdefault(message, []).append(reminder)
    for message, gone in by_message.items():
        count += _withdraw_from(message, gone, reason)
    # What somebody had sent once more is taken back like the first.
    copies = Message.objects.filter(again_of__reminders__in=rows, state__in=NOT_LEFT)
    outbox.supersede(Message.objects.filter(pk__in=copies.values("pk")), reason)
    return count


@transaction.atomic
def _withdraw_from(message: int, gone: list[int], reason: str) -> int:
    lines = Reminder.objects.filter(message=message, state=State.WRITTEN)
    others = lines.exclude(pk__in=gone)
    why = OTHERS_LEFT if others.exists() else reason
    if not outbox.supersede(Message.objects.filter(pk=message), why):
        return 0  # it left meanwhile
    others.update(state=State.WAITING, message=None, write_at=timezone.now())
    return lines.filter(pk__in=gone).update(state=State.SUPERSEDED, reason=reason[:300])
