"""The ladder: who is told, one after the other, while an owner does not answer.

Owner, head of the delegation, chair of the lead body, and then the steps that the lead body's
protocol names for disputes. Days are counted from the first question of a silence, by the policy
of the day on which it is looked at: one that changes lets every silence be looked at anew.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, When
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.dates import day_starts_at
from coordination.commitments.check_in_plan import check_in_moment, policy_of
from coordination.commitments.models import (
    CheckIn,
    Commitment,
    Level,
    Obligation,
    ReminderPolicy,
)
from coordination.ledger.actions import Origin, append, lock
from coordination.outbox.addresses import problems_of

from .ladder import ANEW, Rung, ladder, look
from .models import Escalation, Occurrence, Reminder
from .planned import Planned, remind, spoken
from .withdrawing import withdraw

log = logging.getLogger(__name__)

#: So many days of questions are named one by one.
FEW = 3

REPORTED = "The owner reported."
REASSIGNED = "Somebody else answers for it now."
MOVED = "Its due day moved."
SUSPENDED = "It is suspended."
WITHDRAWN = "It was withdrawn."
FULFILLED = "It was found to be fulfilled."


def begin(obligations: Sequence[Obligation], now: datetime, *, nobody: bool = False) -> None:
    """Count the silence of each from today on, unless one runs already; the caller holds them."""
    running = Escalation.objects.filter(obligation__in=obligations, stopped_at=None)
    begun = set(running.values_list("obligation", flat=True)) if obligations else set()
    Escalation.objects.bulk_create(
        _new(one, now, nobody) for one in obligations if one.pk not in begun
    )
    known = [one.pk for one in obligations if one.pk in begun and one.focal_point is not None]
    if nobody and known:
        # No mail reaches who was waited for until now.
        running.filter(obligation__in=known, rung=0).update(next_at=now)


def _new(obligation: Obligation, now: datetime, nobody: bool) -> Escalation:
    escalation = Escalation(
        obligation=obligation,
        since=obligation.commitment.process.today(now),
        due_on=obligation.due_on,
        focal_point=obligation.focal_point,
    )
    days = first_after(obligation, nobody=nobody)
    first = _moment(escalation, days) if days is not None else now + ANEW
    escalation.next_at = max(first, now)
    return escalation


def first_after(obligation: Obligation, *, nobody: bool) -> int | None:
    """How many days after the first question somebody else is told; None for never."""
    if nobody and obligation.focal_point is not None:
        return 0  # a focal point whom no mail reaches is not waited for
    policy = policy_of(obligation.commitment)
    named = (policy.head_after_days, policy.chair_after_days, policy.dispute_after_days)
    return next((days for days in named if days is not None), None)


def _moment(escalation: Escalation, days: int) -> datetime:
    zone = escalation.obligation.commitment.process.zone
    return check_in_moment(escalation.since + timedelta(days=days), zone)


def climb_all(now: datetime) -> int:
    """Look at every silence that is to be looked at, and tell the next rung of those that have
    lasted long enough; returns how many."""
    due = Escalation.objects.filter(stopped_at=None, next_at__lte=now)
    count = 0
    for key in list(due.order_by("next_at").values_list("pk", flat=True)):
        try:
            count += _climb(key, now)
        except Exception:  # one that cannot be told stops no other
            log.exception("The escalation %s could not be told.", key)
    return count


@transaction.atomic
def _climb(key: int, now: datetime) -> bool:
    process_of = Escalation.objects.select_related("obligation__commitment__process").get(pk=key)
    process = process_of.obligation.commitment.process
    lock(process)
    rows = Escalation.objects.filter(pk=key, stopped_at=None, next_at__lte=now)
    skip = connection.features.has_select_for_update_skip_locked
    escalation = (
        rows.select_related(
            *("obligation__commitment__process", "obligation__commitment__lead_body__protocol"),
            *("obligation__party__process", "obligation__body__process", "focal_point"),
        )
        .select_for_update(of=("self",), skip_locked=skip)
        .first()
    )
    if escalation is None:
        return False
    today = process.today(now)
    told = Reminder.objects.filter(
        process=process, about_type="escalation", about_id=escalation.pk
    ).values_list("recipient", "created_at")
    known = {escalation.focal_point_id, *(person for person, _at in told)}
    found = look(
        map(_whom_mail_reaches, ladder(escalation.obligation, known, today)),
        climbed=escalation.rung,
        moment=partial(_moment, escalation),
        told_at=max((at for _person, at in told), default=None),
        waits=_waits_for_owner(escalation),
        now=now,
    )
    escalation.next_at = found.next_at
    if found.rung is not None:
        escalation.rung = found.rung.number
    escalation.save(update_fields=["rung", "next_at"])
    if found.rung is None:
        return False
    _tell(escalation, found.rung, today, now)
    return True


def _waits_for_owner(escalation: Escalation) -> bool:
    """Not for a focal point whom no mail reached with the last question."""
    if escalation.rung or escalation.focal_point_id is None:
        return True
    State = Occurrence.State
    asked = escalation.obligation.occurrences.exclude(state=State.SKIPPED).order_by("-local_date")
    return asked.values_list("state", flat=True).first() != State.NOBODY


def _whom_mail_reaches(rung: Rung) -> Rung:
    failing = problems_of([person.email for person in rung.people])
    return replace(rung, people=[one for one in rung.people if one.email not in failing])


def _tell(escalation: Escalation, rung: Rung, today: date, now: datetime) -> None:
    obligation = escalation.obligation
    commitment = obligation.commitment
    urgent = ReminderPolicy.Urgent.ESCALATION in policy_of(commitment).urgent
    because = _explained(_silence(escalation), rung.why)
    for person in rung.people:
        remind(
            Planned(
                kind=Reminder.Kind.ESCALATION,
                process=commitment.process,
                recipient=person,
                about=escalation,
                day=today,
                title=commitment.title,
                reference=commitment.code,
                due_on=obligation.due_on,
                path=reverse("commitment", args=[commitment.process.slug, commitment.number]),
                because=because,
                urgent=urgent,
                again=rung.number,
            ),
            now,
        )
    names = get_text_list([str(person) for person in rung.people], "and")
    append(
        process=commitment.process,
        actor=None,
        verb="escalation.told",
        thing=obligation,
        origin=Origin.SYSTEM,
        summary=f"{commitment.code}, {obligation.owner_name}: told {names}, since nobody reported",
        after={"rung": rung.number, "since": escalation.since, "why": str(because)},
    )


@dataclass(frozen=True)
class Silence:
    """Who was asked or told since when: what every rung explains itself with."""

    owner: str
    since: date
    asked: dict[str, list[date]]
    told: list[tuple[str, date]]


def _silence(escalation: Escalation) -> Silence:
    obligation = escalation.obligation
    process = obligation.commitment.process
    questions = Reminder.objects.filter(
        kind=Reminder.Kind.CHECK_IN,
        occurrence__obligation=obligation,
        created_at__gte=day_starts_at(escalation.since, process.zone),
    ).select_related("recipient")
    asked: dict[str, list[date]] = {}
    for one in questions.order_by("pk"):
        asked.setdefault(str(one.recipient), []).append(process.today(one.created_at))
    told = Reminder.objects.filter(about_type="escalation", about_id=escalation.pk)
    return Silence(
        obligation.owner_name,
        escalation.since,
        asked,
        [(str(one.recipient), one.local_date) for one in told.select_related("recipient")[::-1]],
    )


def _explain(silence: Silence, why: object) -> str:
    """Why it was told, in the language of the moment."""
    words = [_asked(who, days) for who, days in silence.asked.items()] or [
        _("since %(day)s nobody could be asked for %(owner)s")
        % {"day": spoken(silence.since), "owner": silence.owner}
    ]
    words += [
        _("%(who)s was told on %(day)s") % {"who": who, "day": spoken(day)}
        for who, day in silence.told
    ]
    before = "; ".join(words)
    return _("%(before)s; no report came. %(why)s") % {
        "before": before[:1].upper() + before[1:],
        "why": why,
    }


def _asked(who: str, days: list[date]) -> str:
    if len(days) <= FEW:
        on = get_text_list([str(spoken(day)) for day in days], _("and"))
        return _("%(who)s was asked on %(days)s") % {"who": who, "days": on}
    return _("%(who)s was asked %(n)s times from %(first)s to %(last)s") % {
        "who": who,
        "n": len(days),
        "first": spoken(days[0]),
        "last": spoken(days[-1]),
    }


_explained = lazy(_explain, str)


def stop_all(now: datetime) -> int:
    """End the silences that are over, whatever ended them, and take back what they had to say."""
    reasons = list(_ends())
    cases = [When(ended, then=number) for number, (ended, _reason) in enumerate(reasons)]
    over = Escalation.objects.filter(stopped_at=None).annotate(
        ended=Case(*cases, output_field=IntegerField())
    )
    # Put in order here: in the order of keys, SQLite would read all that have stopped as well.
    found = over.filter(ended__isnull=False).order_by().values_list("pk", "ended")
    count = 0
    for key, number in sorted(found):
        try:
            count += _stop(key, reasons[number][1], now)
        except Exception:
            log.exception("The escalation %s could not be stopped.", key)
    return count


def _ends() -> Iterator[tuple[Q, str]]:
    """What ends a silence, and the reason that is kept with it."""
    reported = CheckIn.objects.filter(
        obligation=OuterRef("obligation"), submitted_at__gte=OuterRef("created_at")
    )
    yield Q(Exists(reported)), REPORTED
    withdrawn = Q(obligation__withdrawn_at__isnull=False)
    yield withdrawn | Q(obligation__commitment__withdrawn_at__isnull=False), WITHDRAWN
    yield Q(obligation__is_suspended=True), SUSPENDED
    kept_up = Q(obligation__commitment__kind__in=Commitment.KEPT_UP)
    yield Q(obligation__verified_level=Level.FULL) & ~kept_up, FULFILLED
    yield _differs("focal_point"), REASSIGNED
    yield _differs("due_on"), MOVED


def _differs(name: str) -> Q:
    """A field is not what the obligation says now; nothing equals nothing."""
    now = f"obligation__{name}"
    other = Q(**{f"{name}__isnull": False, f"{now}__isnull": False}) & ~Q(**{name: F(now)})
    only_one = Q(**{f"{name}__isnull": True, f"{now}__isnull": False})
    return other | only_one | Q(**{f"{name}__isnull": False, f"{now}__isnull": True})


@transaction.atomic
def _stop(key: int, reason: str, now: datetime) -> int:
    stopped = Escalation.objects.filter(pk=key, stopped_at=None).update(
        stopped_at=now, stop_reason=reason, next_at=None
    )
    if stopped:
        withdraw(Reminder.objects.filter(about_type="escalation", about_id=key), reason)
    return stopped
