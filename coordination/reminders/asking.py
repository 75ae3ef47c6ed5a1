"""Asking the owners of obligations for the check-ins that fall due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import in_words
from coordination.commitments.actions import plan_check_in
from coordination.commitments.check_in_plan import check_in_moment, next_check_in, policy_of
from coordination.commitments.models import Obligation, ReminderPolicy
from coordination.outbox.addresses import problems_of
from coordination.processes.models import Membership

from .batches import in_batches
from .escalating import begin
from .models import Occurrence, Reminder
from .planned import Planned, remind_all, spoken
from .withdrawing import NEWER, withdraw

State = Occurrence.State
_PLANNED = ("asked_on", "next_check_in_on", "next_check_in_at")
_FAILED = "The check-in of obligation %s could not be asked for."


def ask_all(now: datetime) -> tuple[int, int]:
    """Ask for every check-in that is due, in the order in which they fell due; any number of
    schedulers may do so at once. Returns how many were asked for and how many could not be.

    What was missed while nothing ran is asked for once, and the days in between are recorded.
    """
    due = Obligation.objects.filter(next_check_in_at__lte=now)
    keys = list(due.order_by("next_check_in_at", "pk").values_list("pk", flat=True))
    done = list(in_batches(keys, partial(ask, now=now), _FAILED))
    return sum(asked for asked, _nobody in done), sum(nobody for _asked, nobody in done)


@dataclass(frozen=True)
class _Question:
    """What is due of one obligation: the question of a day, in place of those that were missed."""

    obligation: Obligation
    occurrence: Occurrence
    is_new: bool

    @property
    def is_open(self) -> bool:
        """One that was taken back before its mail left is asked again."""
        return self.is_new or self.occurrence.state in (State.NOBODY, State.SKIPPED)


def ask(keys: Sequence[int], now: datetime) -> tuple[int, int]:
    """Ask for some check-ins, in the transaction that moves their next ones on."""
    obligations = _held(keys, now)
    days = _Days(obligations)
    questions = [_question(one, days, now) for one in obligations]
    is_open = [one for one in questions if one.is_open]
    reasons = why_nobody_of([one.obligation for one in is_open])
    unasked = [one for one in is_open if reasons[one.obligation.pk]]
    asked = [one for one in is_open if not reasons[one.obligation.pk]]
    for one in unasked:
        if one.occurrence.state != State.NOBODY or not one.occurrence.reason:  # what is said stays
            days.say(one.occurrence, State.NOBODY, reasons[one.obligation.pk])
    for one in asked:
        days.say(one.occurrence, State.ASKED)
        one.occurrence.recipient = one.obligation.focal_point
    days.keep()
    _remind_owners(asked, now)
    begin([one.obligation for one in asked], now)
    begin([one.obligation for one in unasked], now, nobody=True)
    _move_on(questions, now)
    return len(asked), sum(one.is_new for one in unasked)


def _held(keys: Sequence[int], now: datetime) -> list[Obligation]:
    """Without those that another scheduler has, or that were answered meanwhile."""
    skip = connection.features.has_select_for_update_skip_locked
    rows = Obligation.objects.filter(pk__in=keys, next_check_in_at__lte=now).order_by("pk")
    return list(
        rows.select_related("commitment", "party", "body", "focal_point")
        .prefetch_related("commitment__process__reminder_policies")
        .select_for_update(of=("self",), skip_locked=skip)
    )


class _Days:
    """The occurrences of some obligations by their days, read and written together."""

    def __init__(self, obligations: Sequence[Obligation]) -> None:
        days = [one.next_check_in_on for one in obligations if one.next_check_in_on]
        rows = Occurrence.objects.filter(obligation__in=obligations)
        known = rows.filter(local_date__gte=min(days)) if days else []
        self._known = {(one.obligation_id, one.local_date): one for one in known}
        self._new: list[Occurrence] = []
        self._changed: dict[int, Occurrence] = {}

    def get(self, obligation: Obligation, day: date) -> tuple[Occurrence, bool]:
        """The occurrence of a day, and whether it is new."""
        if known := self._known.get((obligation.pk, day)):
            known.obligation = obligation
            return known, False
        zone = obligation.commitment.process.zone
        new = Occurrence(
            obligation=obligation,
            local_date=day,
            due_at=check_in_moment(day, zone),
            state=State.NOBODY,
        )
        self._new.append(new)
        return new, True

    def say(self, occurrence: Occurrence, state: State, reason: str = "") -> None:
        occurrence.state, occurrence.reason = state, reason[:300]
        if occurrence.pk:
            self._changed[occurrence.pk] = occurrence

    def keep(self) -> None:
        Occurrence.objects.bulk_create(self._new)
        changed = self._changed.values()
        Occurrence.objects.bulk_update(changed, ["state", "reason", "recipient"])


def _question(obligation: Obligation, days: _Days, now: datetime) -> _Question:
    """The question that is due; that a day passed without one of its own is recorded, and why."""
    missed, day = due_days(obligation, obligation.commitment.process.today(now))
    for skipped in missed:
        occurrence, is_new = days.get(obligation, skipped)
        if is_new or occurrence.state == State.NOBODY:
            why = f"Nobody asked on the day; asked for with that of {in_words(day)}."
            days.say(occurrence, State.SKIPPED, why)
    return _Question(obligation, *days.get(obligation, day))


def _move_on(questions: Sequence[_Question], now: datetime) -> None:
    """Plan the next question of each, save where this one still waits for somebody to ask."""
    plans: dict[tuple[date | datetime | None, ...], list[int]] = {}
    for one in questions:
        obligation = one.obligation
        if one.occurrence.state != State.NOBODY:
            obligation.asked_on = obligation.commitment.process.today(now)
            plan_check_in(obligation)
        elif not _wait_since(obligation, one.occurrence):
            continue
        plan = tuple(getattr(obligation, name) for name in _PLANNED)
        plans.setdefault(plan, []).append(obligation.pk)
    # Most of those that fall due together do so again.
    for plan, keys in plans.items():
        Obligation.objects.filter(pk__in=keys).update(**dict(zip(_PLANNED, plan, strict=True)))


def _wait_since(obligation: Obligation, occurrence: Occurrence) -> bool:
    """Leave it due, from that day on, until somebody can be asked; returns whether it changed."""
    if obligation.next_check_in_on == occurrence.local_date:
        return False
    obligation.next_check_in_on = occurrence.local_date
    obligation.next_check_in_at = occurrence.due_at
    return True


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


def _remind_owners(questions: Sequence[_Question], now: datetime) -> None:
    if not questions:
        return
    obligations = [one.obligation for one in questions]
    withdraw(Reminder.objects.filter(occurrence__obligation__in=obligations), NEWER)
    again = [one.occurrence.pk for one in questions if not one.is_new]
    rows = Reminder.objects.filter(occurrence__in=again).order_by().values_list("occurrence")
    times = dict(rows.annotate(Count("pk"))) if again else {}
    remind_all([_planned(one, times.get(one.occurrence.pk, 0)) for one in questions], now)


def _planned(question: _Question, times: int) -> Planned:
    """The reminder of one who was asked so many times already."""
    obligation, occurrence = question.obligation, question.occurrence
    commitment, person = obligation.commitment, obligation.focal_point
    assert person is not None
    return Planned(
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
        urgent=ReminderPolicy.Urgent.CHECK_IN in policy_of(commitment).urgent,
        # Asked again after somebody passed it on; one of them may owe it for several.
        again=(obligation.pk, times),
    )


def why_nobody_of(obligations: Sequence[Obligation]) -> dict[int, str]:
    """Of each by its key, why nobody can be asked; nothing where somebody can."""
    people = {one.focal_point for one in obligations if one.focal_point is not None}
    members: set[tuple[int | None, int]] = set()
    if people:
        current = Membership.objects.current().filter(user__in=people)
        members = set(current.values_list("user", "process"))
    failing = problems_of(person.email for person in people)
    return {
        one.pk: why_nobody(
            one,
            is_member=(one.focal_point_id, one.commitment.process_id) in members,
            fails=one.focal_point is not None and one.focal_point.email in failing,
        )
        for one in obligations
    }


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
    if _wait_since(obligation, occurrence):
        obligation.save(update_fields=["next_check_in_on", "next_check_in_at"])
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
    obligation.save(update_fields=_PLANNED)


def _locked(occurrence: Occurrence) -> Obligation:
    """Whoever holds both takes the obligation first."""
    rows = Obligation.every.select_for_update(of=("self",)).select_related("commitment__process")
    return rows.get(pk=occurrence.obligation_id)
