"""What triggers commitments, and the times at which they are expected for it."""

import logging
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, append, lock, snapshot
from coordination.processes.models import Process
from coordination.processes.records import change, enter

from ..expected import is_done, is_open
from ..models import Commitment, ExpectedOccurrence, Flag, Obligation, Trigger, TriggerEvent
from .dates import recompute_deadlines
from .levels import bring_up_to_date

log = logging.getLogger(__name__)

SUSPENDED = "It was suspended then."


@transaction.atomic
def enter_trigger(
    *, actor: Any, process: Process, origin: str, key: str, name: str, description: str = ""
) -> Trigger:
    """Name something that may happen many times, and that commitments answer each time."""
    lock(process)
    if process.triggers.filter(key=key).exists():
        raise Refused(_("Another trigger has this key."), "key")
    return enter(
        Trigger(process=process, key=key, name=name, description=description),
        process=process,
        actor=actor,
        verb="trigger.entered",
        origin=origin,
        summary=f"Entered the trigger {name}",
    )


@transaction.atomic
def change_trigger(*, actor: Any, trigger: Trigger, origin: str, **fields: Any) -> None:
    change(
        trigger,
        fields,
        process=trigger.process,
        actor=actor,
        verb="trigger.changed",
        origin=origin,
        summary=f"Changed the trigger {trigger.name}:",
    )


@transaction.atomic
def record_trigger_event(
    *,
    actor: Any,
    trigger: Trigger,
    what: str,
    on: date,
    origin: str,
    at: datetime | None = None,
    source: str = "",
    recompute: bool = True,
) -> TriggerEvent:
    """Record that a trigger happened; everybody whom it obliges is expected to answer this time.

    `recompute=False` is for whoever enters many at once and works out the dates at the end.
    """
    process = trigger.process
    lock(process)
    if at is not None:
        on = at.astimezone(process.zone).date()
    if on > process.today():
        raise Refused(_("It cannot have happened after today."), "on")
    number = (TriggerEvent.every.filter(trigger=trigger).aggregate(n=Max("number"))["n"] or 0) + 1
    event = TriggerEvent.objects.create(
        trigger=trigger,
        number=number,
        on=on,
        at=at,
        what=what.strip(),
        source=source,
        recorded_by=actor,
    )
    append(
        process=process,
        actor=actor,
        verb="trigger.happened",
        thing=event,
        origin=origin,
        summary=f"{trigger.name}, {in_words(on)}: {event.what}",
        after=snapshot(event),
    )
    commitments = process.commitments.filter(
        trigger=trigger, kind=Commitment.Kind.TRIGGERED
    ).prefetch_related("obligations")
    for commitment in commitments:
        for obligation in commitment.obligations.all():
            _expect(obligation, opened_by=event)
    if recompute:
        recompute_deadlines(
            actor=actor, process=process, origin=origin, seeds=[one.pk for one in commitments]
        )
    return event


@transaction.atomic
def withdraw_trigger_event(*, actor: Any, event: TriggerEvent, because: str, origin: str) -> None:
    """It did not happen: what was expected for it is called off where nobody has answered yet."""
    process = event.trigger.process
    lock(process)
    event = TriggerEvent.every.select_for_update().get(pk=event.pk)
    if event.withdrawn_at:
        return
    if not because.strip():
        raise Refused(_("Say why."), "because")
    event.withdrawn_at, event.withdrawn_by = timezone.now(), actor
    event.withdrawn_because = because.strip()
    event.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    append(
        process=process,
        actor=actor,
        verb="trigger.withdrawn",
        thing=event,
        origin=origin,
        summary=f"Withdrawn, {event.trigger.name}: {event.what} ({event.withdrawn_because})",
    )
    for row in event.expected.select_related("obligation__commitment__process"):
        if is_open(row):
            call_off(actor=actor, expected=row, because=event.withdrawn_because, origin=origin)


@transaction.atomic
def call_off(*, actor: Any, expected: ExpectedOccurrence, because: str, origin: str) -> None:
    """It is not expected this time; what was reported of it stays.

    Nor is what would have followed its fulfilment, where nobody has answered that yet.
    """
    obligation = expected.obligation
    process = obligation.commitment.process
    lock(process)
    expected.refresh_from_db()
    if expected.called_off_at:
        return
    if not because.strip():
        raise Refused(_("Say why."), "because")
    if is_done(expected):
        raise Refused(_("It was met already."))
    expected.called_off_at, expected.called_off_by = timezone.now(), actor
    expected.called_off_because = because.strip()[:300]
    expected.save(update_fields=["called_off_at", "called_off_by", "called_off_because"])
    append(
        process=process,
        actor=actor,
        verb="expected.called-off",
        thing=expected,
        origin=origin,
        summary=f"Not expected, {obligation.commitment.code}, {obligation.owner_name}, "
        f"time {expected.number}: {expected.called_off_because}",
        after={"called_off_because": expected.called_off_because},
    )
    bring_up_to_date(obligation)
    for row in expected.followed_by.select_related("obligation__commitment__process"):
        if is_open(row):
            call_off(actor=actor, expected=row, because=because, origin=origin)


def call_off_suspended(*, actor: Any, commitment: Commitment, origin: str) -> None:
    """Call off the periods that came due while the commitment, or one who owes it, was suspended;
    the caller holds the lock. What was done all the same stays done."""
    for flag in commitment.flags.filter(kind=Flag.Kind.SUSPENDED):
        owed = ExpectedOccurrence.objects.filter(
            obligation__commitment=commitment,
            called_off_at=None,
            period_from__isnull=False,
            due_at__gte=flag.raised_at,
            due_at__lt=flag.lifted_at or timezone.now(),
        )
        if flag.obligation_id is not None:
            owed = owed.filter(obligation=flag.obligation_id)
        for expected in owed.select_related("obligation__commitment__process"):
            if is_open(expected):
                call_off(actor=actor, expected=expected, because=SUSPENDED, origin=origin)


def open_what_follows(
    *, actor: Any, expected: ExpectedOccurrence, origin: str, recompute: bool = True
) -> None:
    """Let what is triggered by the fulfilment of one time be expected; the caller holds the lock.

    Where the day of the fulfilment changed, what was expected before is dated anew; where it was
    taken back, that has no date.
    """
    commitment = expected.obligation.commitment
    followers = commitment.followed_by.filter(kind=Commitment.Kind.TRIGGERED).prefetch_related(
        "obligations"
    )
    expected.refresh_from_db()
    if not followers:
        return
    fulfilled = is_done(expected) and expected.called_off_at is None
    for follower in followers if fulfilled else ():
        for obligation in follower.obligations.all():
            _expect(obligation, follows=expected)
    if recompute:
        recompute_deadlines(
            actor=actor,
            process=commitment.process,
            origin=origin,
            seeds=[one.pk for one in followers],
        )


def _expect(obligation: Obligation, **opened: Any) -> None:
    if obligation.expected.filter(**opened).exists():
        return
    last = obligation.expected.aggregate(last=Max("number"))["last"] or 0
    ExpectedOccurrence.objects.create(obligation=obligation, number=last + 1, **opened)


def expect_more(now: datetime | None = None) -> int:
    """Let the next period of each rhythm be expected whose last one is over; returns how many
    commitments that were. The schedule calls it; it reads what is due, and not the rest.

    One whose periods cannot be planned is left as it is, and keeps no other from being planned.
    """
    now = now or timezone.now()
    due = Commitment.objects.filter(expects_next_at__lte=now).order_by("expects_next_at", "pk")
    count = 0
    for commitment in due.select_related("process"):
        process = commitment.process
        try:
            with transaction.atomic():
                lock(process)
                recompute_deadlines(
                    actor=None, process=process, origin=Origin.SYSTEM, seeds=[commitment.pk]
                )
                call_off_suspended(actor=None, commitment=commitment, origin=Origin.SYSTEM)
        except (Refused, ValueError, OverflowError):  # it may lead outside the calendar
            # Without its sentence, which may name what the log must not: titles, anchors.
            log.warning("The periods of %s in %s were refused", commitment.code, process.slug)
            continue
        count += 1
    return count
