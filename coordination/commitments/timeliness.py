"""Whether something is on time: computed from dates and findings, beside levels and standing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Point

from .models import Commitment, Level, Obligation


class State(models.TextChoices):
    UNDATED = "undated", _("no date")
    NOT_YET_DUE = "not_yet_due", _("not yet due")
    DUE_TODAY = "due_today", _("due today")
    OVERDUE = "overdue", _("overdue")
    PASSED = "passed", _("passed, and nothing was owed by then")
    UNCONFIRMED = "unconfirmed", _("reported as full, and not confirmed")
    DONE_ON_TIME = "done_on_time", _("done on time")
    DONE_LATE = "done_late", _("done late")
    DONE_EARLY = "done_early", _("done before it was permitted")
    SUSPENDED = "suspended", _("suspended")


@dataclass(frozen=True)
class Timeliness:
    """The state, and the days by which it is or was late, begun ones too (0 when it is not).

    Of what is expected several times, it is about the time that is owed next.
    """

    state: str
    days_late: int = 0


def of_obligation(obligation: Obligation, now: datetime | None = None) -> Timeliness:
    """The timeliness at a moment (default: now), counted in the process's calendar days."""
    now = now or timezone.now()
    kind = obligation.commitment.kind
    if obligation.is_suspended:
        return Timeliness(State.SUSPENDED)
    if obligation.due_on is None or obligation.due_at is None:
        return Timeliness(State.UNDATED)
    several = kind in Commitment.EXPECTED
    if obligation.verified_level == Level.FULL and obligation.completed_on and not several:
        if kind == Commitment.Kind.NOT_BEFORE:
            early = obligation.completed_on < obligation.due_on
            return Timeliness(State.DONE_EARLY if early else State.DONE_ON_TIME)
        late = max((obligation.completed_on - obligation.due_on).days, 0)
        if kind == Commitment.Kind.UNTIL:
            late = 0  # that it was kept to the end is found after the end
        elif not late and _missed_the_moment(obligation):
            late = 1
        return Timeliness(State.DONE_LATE if late else State.DONE_ON_TIME, late)
    today = obligation.commitment.process.today(now)
    passed = now >= obligation.due_at
    if passed and kind in Commitment.NEVER_LATE:
        return Timeliness(State.PASSED)
    if obligation.reported_level == Level.FULL and not several:
        return Timeliness(State.UNCONFIRMED)
    if passed:
        return Timeliness(State.OVERDUE, max((today - obligation.due_on).days, 1))
    return Timeliness(State.DUE_TODAY if obligation.due_on <= today else State.NOT_YET_DUE)


def _missed_the_moment(obligation: Obligation) -> bool:
    """Whether it was due at a moment of the day on which it was found to be done, and its owner
    reported it as full only later on that day. A finding names the day alone."""
    due_on, due_at, reported_at = obligation.due_on, obligation.due_at, obligation.reported_at
    if due_on is None or due_at is None or reported_at is None or reported_at <= due_at:
        return False
    if obligation.reported_level != Level.FULL or obligation.completed_on != due_on:
        return False
    if due_at == Point(due_on).ends_at(obligation.commitment.process.zone):
        return False
    reports = obligation.check_ins.all()
    return not any(one.level == Level.FULL and one.submitted_at <= due_at for one in reports)
