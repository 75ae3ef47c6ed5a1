"""Whether something is on time: computed from dates and findings, beside levels and standing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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


@dataclass(frozen=True)
class Timeliness:
    """The state, and the whole days by which it is or was late (0 when it is not)."""

    state: str
    days_late: int = 0


def of_obligation(obligation: Obligation, now: datetime | None = None) -> Timeliness:
    """The timeliness at a moment (default: now), counted in the process's calendar days."""
    now = now or timezone.now()
    if obligation.due_on is None or obligation.due_at is None:
        return Timeliness(State.UNDATED)
    if obligation.verified_level == Level.FULL and obligation.completed_on:
        late = max((obligation.completed_on - obligation.due_on).days, 0)
        return Timeliness(State.DONE_LATE if late else State.DONE_ON_TIME, late)
    today = obligation.commitment.process.today(now)
    passed = now >= obligation.due_at
    if passed and obligation.commitment.kind in Commitment.NEVER_LATE:
        return Timeliness(State.PASSED)
    if obligation.reported_level == Level.FULL:
        return Timeliness(State.UNCONFIRMED)
    if passed:
        return Timeliness(State.OVERDUE, max((today - obligation.due_on).days, 1))
    return Timeliness(State.DUE_TODAY if obligation.due_on <= today else State.NOT_YET_DUE)
