"""Closing what was answered, and taking back what nobody needs any more."""

import logging
from collections.abc import Collection, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, When
from django.utils import timezone

from coordination.bodies.models import Term
from coordination.commitments.models import Breach, CheckIn, Level, Obligation
from coordination.outbox.clock import is_held
from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership
from coordination.reviews.models import DisputeStage, Minutes, Outcome, Review

from .agenda_mails import take_back_agendas
from .asking import reopen, unask
from .fulfilled import is_fulfilled
from .models import Escalation, Occurrence, Reminder
from .sources.reviews import agenda_closes_at
from .withdrawing import ANSWERED, NOT_LEFT, PASSED_ON, withdraw

State = Occurrence.State

LEFT_PROCESS = "The recipient is no longer a member of the process."
SUSPENDED = "It is suspended."
WITHDRAWN = "It was withdrawn."
MOVED = "Its due day moved."
ENDED = "The silence ended."
FOUND = "A finding was made meanwhile."
REVISED = "The report says less by now."
JUDGES_NO_MORE = "The recipient no longer sits where it is verified."
APPROVED = "The minutes are no draft any more."
COMMENTS_FIRST = "The minutes are circulated for comments first."
COMMENTS_OVER = "Comments are not taken any more."
NOT_HELD = "The meeting is not planned as it was, or its agenda is closed."
HELD_ELSEWHEN = "The meeting was moved."
NOT_OWED = "It is not due on that day any more."
NOT_VACANT = "The seat does not fall vacant."
ANSWERED_STEP = "The step of the dispute has ended."
SILENCE_OVER = "The silence procedure is over."
STEPPED = "The breach went on to another step."
CLEARED = "The address works again."
#: A question that was taken back for one of these is asked once that has passed.
FOR_NOW = frozenset({LEFT_PROCESS, SUSPENDED, MOVED, WITHDRAWN})

log = logging.getLogger(__name__)


def settle() -> int:
    """Bring what was asked in line with what has happened since; returns how many were answered."""
    count = close_answered()
    _ask_others()
    take_back_moot(Reminder.objects.filter(state=Reminder.State.WAITING))
    take_back_moot(_not_left())
    _take_back_moved()
    take_back_agendas()
    return count


def before_sending() -> None:
    """Take back what must not leave any more, however long ago the last tick was."""
    close_answered()
    if not is_held():
        take_back_moot(_not_left())
        _take_back_moved()
        take_back_agendas()


def _not_left() -> QuerySet[Reminder]:
    return Reminder.objects.filter(state=Reminder.State.WRITTEN, message__state__in=NOT_LEFT)


def close_answered() -> int:
    """Close what was asked and has been answered since, by whichever way; returns how many."""
    newer = CheckIn.objects.filter(
        obligation=OuterRef("obligation"), submitted_at__gte=OuterRef("created_at")
    )
    answered = Occurrence.objects.filter(Exists(newer), state__in=[State.ASKED, State.NOBODY])
    count = 0
    for occurrence in answered.select_related("obligation"):
        check_in = (
            occurrence.obligation.check_ins.filter(submitted_at__gte=occurrence.created_at)
            .order_by("pk")
            .first()
        )
        try:
            count += close(occurrence, check_in)
        except Exception:  # one that cannot be closed stops no other
            log.exception("The question %s could not be closed.", occurrence.pk)
    return count


@transaction.atomic
def close(occurrence: Occurrence, check_in: CheckIn | None) -> int:
    """The question is answered; its mail does not leave any more."""
    changed = (
        Occurrence.objects.filter(pk=occurrence.pk)
        .exclude(state=State.ANSWERED)
        .update(state=State.ANSWERED, check_in=check_in)
    )
    if changed:
        withdraw(Reminder.objects.filter(occurrence=occurrence), ANSWERED)
    return changed


def _ask_others() -> None:
    """Make due again what was asked of somebody who is no longer the focal point."""
    asked = Occurrence.objects.filter(state=State.ASKED)
    later = Occurrence.objects.filter(
        obligation=OuterRef("obligation"), local_date__gt=OuterRef("local_date")
    )
    owed = asked.filter(
        obligation__withdrawn_at=None,
        obligation__commitment__withdrawn_at=None,
        obligation__is_suspended=False,
    ).exclude(is_fulfilled("obligation__"))
    moved = owed.exclude(Exists(later)).exclude(obligation__focal_point=F("recipient"))
    for occurrence in moved:
        with transaction.atomic():
            reopen(occurrence, PASSED_ON)


def _take_back_moved() -> None:
    """Agendas of which another day is said than that of the meeting as it is now."""
    waiting = Reminder.objects.filter(state=Reminder.State.WAITING)
    said = {
        key: (about, (held_on, closes_on))
        for rows in (waiting, _not_left())
        for key, about, held_on, closes_on in rows.filter(kind=Reminder.Kind.AGENDA)
        .order_by()
        .values_list("pk", "about_id", "local_date", "due_on")
    }
    if not said:
        return
    reviews = Review.objects.filter(pk__in={about for about, _days in said.values()})
    days = {
        one.pk: (one.held_on, one.body.process.today(agenda_closes_at(one)))
        for one in reviews.select_related("body__process", "body__protocol")
    }
    moved = [key for key, (about, then) in said.items() if days.get(about, then) != then]
    if moved:
        withdraw(Reminder.objects.filter(pk__in=moved), HELD_ELSEWHEN)


def take_back_moot(rows: QuerySet[Reminder], kinds: Collection[str] = Reminder.Kind.values) -> int:
    """Supersede those of the reminders that nobody needs any more; `kinds` are all that they are
    of, where that is known."""
    reasons = [
        (moot if of is None else Q(moot, kind=of), reason)
        for of, moot, reason in _moot()
        if of is None or of in kinds
    ]
    cases = [When(moot, then=number) for number, (moot, _reason) in enumerate(reasons)]
    found = rows.annotate(moot=Case(*cases, output_field=IntegerField())).filter(moot__isnull=False)
    by_reason: dict[int, list[int]] = {}
    for key, number in found.order_by().values_list("pk", "moot"):
        by_reason.setdefault(number, []).append(key)
    count = 0
    for number, keys in by_reason.items():
        count += _take_back(keys, reasons[number][1])
    return count


@transaction.atomic
def _take_back(keys: list[int], reason: str) -> int:
    moot = Reminder.objects.filter(pk__in=keys)
    if reason not in FOR_NOW:
        return withdraw(moot, reason)
    # Whoever holds both has the obligations first, as who asks and who passes on.
    asked = Occurrence.objects.filter(reminders__in=keys)
    held = Obligation.every.filter(pk__in=asked.values("obligation")).order_by("pk")
    list(held.select_for_update(of=("self",)).values_list("pk", flat=True))
    count = withdraw(moot, reason)
    gone = moot.filter(state=Reminder.State.SUPERSEDED, occurrence__state=State.ASKED)
    for one in gone.select_related("occurrence"):
        assert one.occurrence is not None
        unask(one.occurrence, reason)
    return count


def _moot() -> Iterator[tuple[str | None, Q, str]]:
    """What makes a reminder moot, of one kind or of all, and the reason that is kept with it."""
    member = Membership.objects.current().filter(
        user=OuterRef("recipient"), process=OuterRef("process")
    )
    yield None, ~Q(Exists(member)) | Q(recipient__is_active=False), LEFT_PROCESS
    yield None, Q(occurrence__state=State.ANSWERED), ANSWERED
    yield None, Q(occurrence__isnull=False) & _differs("recipient", "focal_point"), PASSED_ON
    obligation = "occurrence__obligation__"
    yield None, Q(**{f"{obligation}is_suspended": True}), SUSPENDED
    withdrawn = Q(**{f"{obligation}withdrawn_at__isnull": False})
    withdrawn |= Q(**{f"{obligation}commitment__withdrawn_at__isnull": False})
    yield None, withdrawn, WITHDRAWN
    yield None, Q(occurrence__isnull=False) & _differs("due_on", "due_on"), MOVED
    about = Reminder.Kind
    stopped = Escalation.objects.filter(pk=OuterRef("about_id"), stopped_at__isnull=False)
    yield about.ESCALATION, Q(Exists(stopped)), ENDED
    found = Obligation.objects.filter(
        pk=OuterRef("about_id"), verified_at__gt=OuterRef("created_at")
    )
    yield about.VERIFICATION, Q(Exists(found)), FOUND
    reported = Obligation.objects.filter(pk=OuterRef("about_id"), reported_level=Level.FULL)
    yield about.VERIFICATION, Q(~Exists(reported)), REVISED
    judging = _perhaps_running().filter(
        Q(holder=OuterRef("recipient")) | Q(alternate=OuterRef("recipient")),
        seat__body__verified_commitments__obligations=OuterRef("about_id"),
    )
    keeps = member.filter(role=Membership.Role.COORDINATOR)
    yield about.VERIFICATION, Q(~Exists(judging), ~Exists(keeps)), JUDGES_NO_MORE
    drafted = Review.objects.filter(pk=OuterRef("about_id"), state=Review.State.MINUTES_DRAFT)
    draft = Minutes.objects.filter(approved_at=None, review=OuterRef("about_id"))
    yield about.MINUTES, Q(~Exists(drafted), ~Exists(draft)), APPROVED
    commented = draft.filter(comments_until__gt=timezone.now())
    yield about.MINUTES, Q(Exists(commented)), COMMENTS_FIRST
    open_ones = Minutes.objects.filter(
        pk=OuterRef("about_id"), approved_at=None, comments_until__gt=timezone.now()
    )
    yield about.COMMENT, Q(~Exists(open_ones)), COMMENTS_OVER
    waits = DisputeStage.objects.filter(pk=OuterRef("about_id"), result="")
    yield about.DISPUTE, Q(~Exists(waits)), ANSWERED_STEP
    runs = Outcome.objects.filter(pk=OuterRef("about_id"), carried=None)
    may_object = Q(due_on__isnull=False)  # how it ended is told without a day
    yield about.SILENCE, may_object & ~Q(Exists(runs)), SILENCE_OVER
    planned = Review.objects.filter(
        pk=OuterRef("about_id"),
        agenda_closed_at=None,
        state=Review.State.PLANNED,
        starts_at__gt=timezone.now(),
        body__in=_perhaps_running()
        .filter(holder=OuterRef(OuterRef("recipient")))
        .values("seat__body"),
    )
    yield about.AGENDA, Q(~Exists(planned)), NOT_HELD
    owed = Obligation.objects.filter(
        commitment=OuterRef("about_id"),
        commitment__withdrawn_at=None,
        due_on=OuterRef("due_on"),
        is_suspended=False,
    ).exclude(is_fulfilled(""))
    yield about.DEADLINE, Q(~Exists(owed)), NOT_OWED
    ending = Term.objects.filter(pk=OuterRef("about_id"), ends_on=OuterRef("due_on"))
    followed = Term.objects.filter(seat=OuterRef("seat"), starts_on__gt=OuterRef("ends_on"))
    vacant = ending.exclude(Exists(followed))
    yield about.VACANCY, Q(~Exists(vacant)), NOT_VACANT
    taken = Breach.objects.filter(
        Q(state__in=Breach.OVER) | Q(clock_at=None) | Q(clock_at__gt=OuterRef("created_at")),
        pk=OuterRef("about_id"),
    )
    yield about.BREACH, Q(Exists(taken)), STEPPED
    cleared = AddressProblem.objects.filter(pk=OuterRef("about_id"), cleared_at__isnull=False)
    yield about.ADDRESS, Q(Exists(cleared)), CLEARED


def _perhaps_running() -> QuerySet[Term]:
    """The terms that run today in some time zone: what is taken back does not come again."""
    today, day = timezone.now().date(), timedelta(days=1)
    goes_on = Q(ends_on=None) | Q(ends_on__gte=today - day)
    return Term.objects.filter(goes_on, starts_on__lte=today + day)


def _differs(own: str, asked: str) -> Q:
    """A field of the reminder is not what the obligation that it asks about says now."""
    now = f"occurrence__obligation__{asked}"
    other = Q(**{f"{own}__isnull": False, f"{now}__isnull": False}) & ~Q(**{own: F(now)})
    only_one = Q(**{f"{own}__isnull": True, f"{now}__isnull": False})
    return other | only_one | Q(**{f"{own}__isnull": False, f"{now}__isnull": True})
