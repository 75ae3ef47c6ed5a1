"""Closing what was answered, and taking back what nobody needs any more."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, When

from coordination.commitments.models import Breach, CheckIn, Obligation
from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership

from .asking import reopen
from .models import Escalation, Occurrence, Reminder
from .withdrawing import ANSWERED, NOT_LEFT, PASSED_ON, withdraw

State = Occurrence.State

LEFT_PROCESS = "The recipient is no longer a member of the process."
SUSPENDED = "It is suspended."
WITHDRAWN = "It was withdrawn."
MOVED = "Its due day moved."
ENDED = "The silence ended."
FOUND = "A finding was made meanwhile."
STEPPED = "The breach went on to another step."
CLEARED = "The address works again."


def settle() -> int:
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
        count += close(occurrence, check_in)
    _ask_others()
    open_ones = Q(state=Reminder.State.WAITING) | Q(
        state=Reminder.State.WRITTEN, message__state__in=NOT_LEFT
    )
    take_back_moot(Reminder.objects.filter(open_ones))
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
    moved = asked.exclude(Exists(later)).exclude(obligation__focal_point=F("recipient"))
    for occurrence in moved.select_related("obligation"):
        with transaction.atomic():
            reopen(occurrence, PASSED_ON)


def take_back_moot(rows: QuerySet[Reminder]) -> int:
    """Supersede those of the reminders that nobody needs any more."""
    reasons = list(_moot())
    cases = [When(moot, then=number) for number, (moot, _reason) in enumerate(reasons)]
    found = rows.annotate(moot=Case(*cases, output_field=IntegerField())).filter(moot__isnull=False)
    by_reason: dict[int, list[int]] = {}
    for key, number in found.order_by().values_list("pk", "moot"):
        by_reason.setdefault(number, []).append(key)
    return sum(
        withdraw(Reminder.objects.filter(pk__in=keys), reasons[number][1])
        for number, keys in by_reason.items()
    )


def _moot() -> Iterator[tuple[Q, str]]:
    """What makes a reminder moot, and the reason that is kept with it."""
    member = Membership.objects.current().filter(
        user=OuterRef("recipient"), process=OuterRef("process")
    )
    yield ~Q(Exists(member)) | Q(recipient__is_active=False), LEFT_PROCESS
    yield Q(occurrence__state=State.ANSWERED), ANSWERED
    yield Q(occurrence__isnull=False) & _differs("recipient", "focal_point"), PASSED_ON
    obligation = "occurrence__obligation__"
    yield Q(**{f"{obligation}is_suspended": True}), SUSPENDED
    withdrawn = Q(**{f"{obligation}withdrawn_at__isnull": False})
    withdrawn |= Q(**{f"{obligation}commitment__withdrawn_at__isnull": False})
    yield withdrawn, WITHDRAWN
    yield Q(occurrence__isnull=False) & _differs("due_on", "due_on"), MOVED
    about = Reminder.Kind
    stopped = Escalation.objects.filter(pk=OuterRef("about_id"), stopped_at__isnull=False)
    yield Q(Exists(stopped), kind=about.ESCALATION), ENDED
    found = Obligation.objects.filter(
        pk=OuterRef("about_id"), verified_at__gt=OuterRef("created_at")
    )
    yield Q(Exists(found), kind=about.VERIFICATION), FOUND
    taken = Breach.objects.filter(
        Q(state__in=Breach.OVER) | Q(clock_at=None) | Q(clock_at__gt=OuterRef("created_at")),
        pk=OuterRef("about_id"),
    )
    yield Q(Exists(taken), kind=about.BREACH), STEPPED
    cleared = AddressProblem.objects.filter(pk=OuterRef("about_id"), cleared_at__isnull=False)
    yield Q(Exists(cleared), kind=about.ADDRESS), CLEARED


def _differs(own: str, asked: str) -> Q:
    """A field of the reminder is not what the obligation that it asks about says now."""
    now = f"occurrence__obligation__{asked}"
    other = Q(**{f"{own}__isnull": False, f"{now}__isnull": False}) & ~Q(**{own: F(now)})
    only_one = Q(**{f"{own}__isnull": True, f"{now}__isnull": False})
    return other | only_one | Q(**{f"{own}__isnull": False, f"{now}__isnull": True})
