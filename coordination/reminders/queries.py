"""Whether reminders are running, and what is late in a process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from coordination.base.memo import once
from coordination.commitments.models import Obligation
from coordination.outbox import clock
from coordination.outbox.access import problems_near
from coordination.outbox.models import AddressProblem, ClockReading, Heartbeat, Message
from coordination.processes.models import Membership

from .delivery_log import MOST, Log
from .models import Occurrence, Reminder

State = Message.State


@dataclass(frozen=True)
class Running:
    """When the schedule last ran, and whether it trusts the clock."""

    last_tick: datetime | None
    is_late: bool
    is_held: bool

    @property
    def is_ready(self) -> bool:
        return not self.is_late and not self.is_held

    @property
    def ran(self) -> str:
        if self.last_tick is None:
            return _("The schedule has not run yet.")
        return _("The schedule last ran %s.") % ago(self.last_tick, timezone.now())

    @property
    def words(self) -> str:
        """What of it people have to know first."""
        return clock.words() if self.is_held and not self.is_late else self.ran


def _allowed() -> timedelta:
    """How old the last tick may be, and how late what it does: five sweeps, or a minute."""
    return timedelta(seconds=max(5 * settings.SWEEP_SECONDS, 60))


def running() -> Running:
    """In one query, once a page: every page of a coordinator asks."""
    return once("reminders are running", _running)


def _running() -> Running:
    held = ClockReading.objects.filter(held_since__isnull=False)
    beat = Heartbeat.objects.filter(name="tick").annotate(held=Exists(held)).first()
    return Running(
        last_tick=beat.at if beat else None,
        is_late=beat is None or beat.at < timezone.now() - _allowed(),
        is_held=beat is not None and beat.held,
    )


def ago(moment: datetime, now: datetime) -> str:
    """How long ago it was; seconds while they say something."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 2 * 60:
        return _("%(n)s s ago") % {"n": seconds}
    return _("%s ago") % timesince(moment, now)


@dataclass(frozen=True)
class Backlog:
    """What of a process is to be planned, written and sent; counts stop at `MOST`.

    `due` is for now and `overdue` the part of it that should have left by now; `waiting` has its
    time still to come.
    """

    due: int
    overdue: int
    waiting: int
    uncertain: int
    oldest: datetime | None


def backlog(log: Log, now: datetime) -> Backlog:
    late = now - _allowed()
    messages = [_open(rows) for rows in (log.own, log.shared)]
    reminders = log.reminders.filter(state=Reminder.State.WAITING)
    asks = to_ask(log)
    due = [
        *(rows.filter(next_at__lte=now) for rows in messages),
        reminders.filter(write_at__lte=now),
        asks.filter(next_check_in_at__lte=now),
    ]
    overdue = [*(rows.filter(next_at__lte=late) for rows in messages), *_late(log, late)]
    oldest = [rows.order_by("created_at").values_list("created_at", flat=True) for rows in messages]
    return Backlog(
        due=_counted(*due),
        overdue=_counted(*overdue),
        waiting=_counted(
            *(rows.filter(next_at__gt=now) for rows in messages),
            reminders.filter(write_at__gt=now),
        ),
        uncertain=_counted(
            *(rows.filter(state=State.UNCERTAIN, sent_again=None) for rows in (log.own, log.shared))
        ),
        oldest=min((at for rows in oldest for at in rows[:1]), default=None),
    )


def _open(rows: QuerySet[Message]) -> QuerySet[Message]:
    return rows.filter(state__in=[State.PENDING, State.CLAIMED, State.TRANSMITTING])


def _counted(*sources: QuerySet[Any]) -> int:
    found = sum(rows.order_by()[:MOST].values("pk").count() for rows in sources)
    return min(found, MOST)


def to_ask(log: Log) -> QuerySet[Obligation]:
    """Obligations whose owner is to be asked; not those with nobody to ask, who are listed so."""
    waits = Occurrence.objects.filter(
        obligation=OuterRef("pk"),
        local_date=OuterRef("next_check_in_on"),
        state=Occurrence.State.NOBODY,
    )
    rows = Obligation.objects.visible_to(log.user).filter(commitment__process=log.process)
    return rows.filter(~Exists(waits), next_check_in_at__isnull=False)


def _late(log: Log, late: datetime) -> tuple[QuerySet[Reminder], QuerySet[Obligation]]:
    return (
        log.reminders.filter(state=Reminder.State.WAITING, write_at__lte=late),
        to_ask(log).filter(next_check_in_at__lte=late),
    )


@dataclass(frozen=True)
class Overdue:
    """What should have been done by now, some of each: sent, written into a mail, asked."""

    messages: list[Message]
    reminders: list[Reminder]
    asks: list[Obligation]

    def __bool__(self) -> bool:
        return bool(self.messages or self.reminders or self.asks)


def overdue(log: Log, now: datetime, most: int) -> Overdue:
    late = now - _allowed()
    messages: list[Message] = []
    for rows in (log.own, log.shared):
        rows = _open(rows).filter(next_at__lte=late).select_related("recipient")
        messages += rows.defer("body_text", "body_html", "calendar").order_by("next_at")[:most]
    reminders, asks = _late(log, late)
    return Overdue(
        messages[:most],
        list(reminders.select_related("recipient").order_by("write_at")[:most]),
        list(
            asks.select_related("commitment", "party", "body", "focal_point").order_by(
                "next_check_in_at"
            )[:most]
        ),
    )


@dataclass(frozen=True)
class Nobody:
    """A question that nobody can be asked; `can_record` where the owner can be asked otherwise."""

    occurrence: Occurrence
    can_record: bool


def nobody_to_ask(log: Log, most: int) -> tuple[list[Nobody], int]:
    """Some of the owners with nobody to ask, and how many there are."""
    rows = Occurrence.objects.visible_to(log.user).filter(
        obligation__commitment__process=log.process, state=Occurrence.State.NOBODY
    )
    member = Membership.objects.current().filter(
        process=log.process, user=OuterRef("obligation__focal_point")
    )
    found = rows.annotate(can_record=Exists(member)).select_related(
        "obligation__commitment", "obligation__party", "obligation__body"
    )
    return [Nobody(one, one.can_record) for one in found[:most]], _counted(rows)


def failing_addresses(log: Log) -> QuerySet[AddressProblem]:
    """Those that no mail reaches, of the members of the process and of its mails."""
    members = Membership.objects.current().filter(process=log.process)
    near = Q(message__process=log.process) | Q(address__in=members.values("user__email"))
    return problems_near(log.user).filter(near, cleared_at=None).distinct()


def failing_addresses_of(log: Log, most: int) -> list[tuple[AddressProblem, Membership | None]]:
    """Some of them, each with the member whose address it is."""
    problems = list(failing_addresses(log)[:most])
    addresses = [one.address for one in problems]
    members = Membership.objects.current().filter(process=log.process, user__email__in=addresses)
    by_address = {one.user.email: one for one in members.select_related("user")}
    return [(one, by_address.get(one.address)) for one in problems]


def last_sweep() -> datetime | None:
    """When a worker last looked for mails to send."""
    return Heartbeat.objects.filter(name="deliver").values_list("at", flat=True).first()
