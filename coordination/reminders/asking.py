"""Asking the owners of obligations for the check-ins that fall due."""

import logging
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import in_words
from coordination.commitments.actions import plan_check_in
from coordination.commitments.check_in_plan import check_in_moment, next_check_in, policy_of
from coordination.commitments.models import Obligation, ReminderPolicy
from coordination.outbox.addresses import problems_of
from coordination.processes.access import membership

from .escalating import begin
from .models import Occurrence, Reminder
from .planned import Planned, remind, spoken
from .withdrawing import NEWER, withdraw

log = logging.getLogger(__name__)

State = Occurrence.State


def ask_all(now: datetime) -> tuple[int, int]:
    """Ask for every check-in that is due, in the order in which they fell due; any number of
    schedulers may do so at once. Returns how many were asked for and how many could not be.

    What was missed while nothing ran is asked for once, and the days in between are recorded.
    """
    asked = nobody = 0
    due = Obligation.objects.filter(next_check_in_at__lte=now)
    for key in list(due.order_by("next_check_in_at", "pk").values_list("pk", flat=True)):
        try:
            occurrence = _ask(key, now)
        except Exception:  # one that cannot be asked about stays due and stops no other
            log.exception("The check-in of obligation %s could not be asked for.", key)
            continue
        if occurrence is not None:
            asked += occurrence.state == State.ASKED
            nobody += occurrence.state == State.NOBODY
    return asked, nobody


@transaction.atomic
def _ask(obligation_id: int, now: datetime) -> Occurrence | None:
    """Ask for one check-in, in the transaction that moves its next one on."""
    rows = Obligation.objects.select_related(
        *("commitment__process", "commitment__deadline"),
        *("commitment__lead_body", "commitment__verifying_body"),
        *("party", "body", "focal_point"),
    ).filter(pk=obligation_id, next_check_in_at__lte=now)
    skip = connection.features.has_select_for_update_skip_locked
    obligation = rows.select_for_update(of=("self",), skip_locked=skip).first()
    if obligation is None:
        return None  # another scheduler has it, or it was answered meanwhile
    process = obligation.commitment.process
    missed, day = due_days(obligation, process.today(now))
    for skipped in missed:
        _skip(obligation, skipped, asked_with=day)
    occurrence, created = Occurrence.objects.get_or_create(
        obligation=obligation,
        local_date=day,
        defaults={"due_at": check_in_moment(day, process.zone), "state": State.NOBODY},
    )
    # One that was taken back before its mail left is asked again.
    is_open = created or occurrence.state in (State.NOBODY, State.SKIPPED)
    if is_open:
        _ask_owner(occurrence, obligation, now)
    if occurrence.state == State.NOBODY:
        wait_since(obligation, occurrence)
        return occurrence if created else None
    obligation.asked_on = process.today(now)
    plan_check_in(obligation)
    obligation.save(update_fields=["asked_on", "next_check_in_on", "next_check_in_at"])
    return occurrence if is_open else None


def wait_since(obligation: Obligation, occurrence: Occurrence) -> None:
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
            "state": State.SKIPPED,
            "reason": reason,
        },
    )
    if not created and occurrence.state == State.NOBODY:
        occurrence.state, occurrence.reason = State.SKIPPED, reason
        occurrence.save(update_fields=["state", "reason"])


def due_days(obligation: Obligation, today: date) -> tuple[list[date], date]:
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


def _ask_owner(occurrence: Occurrence, obligation: Obligation, now: datetime) -> None:
    person, commitment = obligation.focal_point, obligation.commitment
    is_member = person is not None and membership(person, commitment.process) is not None
    fails = person is not None and bool(problems_of([person.email]))
    if why := why_nobody(obligation, is_member=is_member, fails=fails):
        if occurrence.state != State.NOBODY or not occurrence.reason:  # what is said stays
            occurrence.state, occurrence.reason = State.NOBODY, why[:300]
            occurrence.save(update_fields=["state", "reason"])
        begin(obligation, commitment.process.today(now), now, nobody=True)
        return
    assert person is not None
    urgent = ReminderPolicy.Urgent.CHECK_IN in policy_of(commitment).urgent
    withdraw(Reminder.objects.filter(occurrence__obligation=obligation), NEWER)
    remind(
        Planned(
            kind=Reminder.Kind.CHECK_IN,
            process=commitment.process,
            recipient=person,
            about=commitment,
            day=occurrence.local_date,
            title=commitment.title,
            reference=commitment.code,
            due_on=obligation.due_on,
            because=format_lazy(
                _("The check-in of {day} fell due; you are the focal point of {owner}."),
                day=spoken(occurrence.local_date),
                owner=obligation.owner_name,
            ),
            occurrence=occurrence,
            urgent=urgent,
            # Asked again after somebody passed it on; one of them may owe it for several.
            again=(obligation.pk, occurrence.reminders.count()),
        ),
        now,
    )
    occurrence.state, occurrence.reason = State.ASKED, ""
    occurrence.recipient = person
    occurrence.save(update_fields=["state", "reason", "recipient"])
    begin(obligation, commitment.process.today(now), now)


def why_nobody(obligation: Obligation, *, is_member: bool, fails: bool) -> str:
    """Why nobody can be asked; nothing where somebody can.

    Of the focal point: `is_member` of the process now, and `fails` where no mail reaches them.
    """
    person = obligation.focal_point
    if person is None:
        return f"{obligation.owner_name} has no focal point."
    if not person.is_active:
        return f"The account of {person}, the focal point, is closed."
    if not is_member:
        return f"{person}, the focal point, is no longer a member of the process."
    if fails:
        return f"No mail reaches the address of {person}, the focal point."
    return ""


def reopen(occurrence: Occurrence, reason: str) -> bool:
    """Make due again what was asked of somebody who does not answer for it any more."""
    asked = Occurrence.objects.filter(pk=occurrence.pk, state=State.ASKED)
    obligation = _locked(occurrence)
    if not asked.update(state=State.NOBODY, reason=reason[:300]):
        return False
    wait_since(obligation, occurrence)
    return True


@transaction.atomic
def unask(occurrence: Occurrence, reason: str) -> None:
    """The question did not leave and is moot for now: when it is not, it is asked again."""
    obligation = _locked(occurrence)
    asked = Occurrence.objects.filter(pk=occurrence.pk, state=State.ASKED)
    if not asked.update(state=State.SKIPPED, reason=reason[:300]):
        return
    before = obligation.occurrences.filter(state__in=[State.ASKED, State.ANSWERED])
    obligation.asked_on = before.aggregate(last=Max("local_date"))["last"]
    plan_check_in(obligation)
    obligation.save(update_fields=["asked_on", "next_check_in_on", "next_check_in_at"])


def _locked(occurrence: Occurrence) -> Obligation:
    """Whoever holds both takes the obligation first."""
    rows = Obligation.every.select_for_update(of=("self",)).select_related("commitment__process")
    return rows.get(pk=occurrence.obligation_id)
