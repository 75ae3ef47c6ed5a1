"""When owners are asked to report, and who is told when they do not answer."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body
from coordination.processes.models import Process

#: The most days ahead or behind that a list of days may name, and how many it may hold.
MOST_DAYS, MOST_ENTRIES = 365, 8


def ask_before() -> list[int]:
    return [30, 7, 1, 0]


def ask_after() -> list[int]:
    return [1, 7]


def tell_of_deadlines() -> list[int]:
    return [14]


def tell_of_vacancies() -> list[int]:
    return [60, 30, 7]


def tell_of_breaches_at_once() -> list[str]:
    return ["breach"]


def validate_days(days: Any) -> None:
    """Refuse what is no list of different numbers of days."""
    if not isinstance(days, list) or not all(
        type(day) is int and 0 <= day <= MOST_DAYS for day in days
    ):
        raise ValidationError(_("Write whole numbers of days from 0 to 365."))
    if len(set(days)) != len(days):
        raise ValidationError(_("Name each number of days once."))
    if len(days) > MOST_ENTRIES:
        raise ValidationError(_("Name at most eight numbers of days."))


class ReminderPolicy(models.Model):
    """The reminders of a process, or of the commitments that one of its bodies leads.

    A body's policy stands in place of its process's; where neither has one, the defaults of these
    fields hold. Days are calendar days in the process's time zone; a reminder that falls on a
    weekend or a holiday of the process waits for the next working day.
    """

    class Urgent(models.TextChoices):
        """What does not wait for the day's digest."""

        CHECK_IN = "check-in", _("check-ins")
        ESCALATION = "escalation", _("escalations")
        VERIFICATION = "verification", _("reports to verify")
        BREACH = "breach", _("steps of breaches")

    process = models.ForeignKey(Process, models.CASCADE, related_name="reminder_policies")
    body = models.OneToOneField(
        Body,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reminder_policy",
        verbose_name=_("body"),
    )
    before_due = models.JSONField(
        _("asked before the due day"),
        default=ask_before,
        blank=True,
        validators=[validate_days],
        help_text=_("Days before; 0 is the due day."),
    )
    after_due = models.JSONField(
        _("asked after the due day"), default=ask_after, blank=True, validators=[validate_days]
    )
    then_every_days = models.PositiveSmallIntegerField(
        _("and then every"), default=7, help_text=_("Days; never fewer than two.")
    )
    head_after_days = models.PositiveSmallIntegerField(
        _("the head of the delegation after"), null=True, blank=True, default=7
    )
    chair_after_days = models.PositiveSmallIntegerField(
        _("the chair of the lead body after"), null=True, blank=True, default=14
    )
    dispute_after_days = models.PositiveSmallIntegerField(
        _("the dispute steps from"),
        null=True,
        blank=True,
        default=28,
        help_text=_("Days without an answer; further steps follow a week apart."),
    )
    deadline_days = models.JSONField(
        _("who runs the lead body is told of deadlines"),
        default=tell_of_deadlines,
        blank=True,
        validators=[validate_days],
    )
    vacancy_days = models.JSONField(
        _("told of seats that fall vacant"),
        default=tell_of_vacancies,
        blank=True,
        validators=[validate_days],
    )
    urgent = models.JSONField(
        _("sent at once"),
        default=tell_of_breaches_at_once,
        blank=True,
        help_text=_("All else waits for the day's digest."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder policy")
        verbose_name_plural = _("reminder policies")
        ordering = ["process", "body"]
        constraints = [
            models.UniqueConstraint(
                fields=["process"], condition=Q(body=None), name="one_reminder_policy_a_process"
            ),
            models.CheckConstraint(
                condition=Q(then_every_days__gte=2),
                name="never_asked_daily",
                violation_error_message=_("Leave at least two days between reminders."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.body or self.process)

    def clean(self) -> None:
        super().clean()
        if not isinstance(self.urgent, list) or set(self.urgent) - set(self.Urgent.values):
            raise ValidationError({"urgent": _("Choose from the list.")})
        rungs = [self.head_after_days, self.chair_after_days, self.dispute_after_days]
        named = [days for days in rungs if days is not None]
        if named != sorted(named):
            raise ValidationError(_("Each rung of the ladder comes later than the one before it."))
