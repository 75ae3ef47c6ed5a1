"""What triggers a commitment, and each time that one is expected."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.processes.models import Process

from .commitment import Level, Obligation


class Trigger(models.Model):
    """Something that may happen many times, and that commitments answer each time.

    A violation report, a deadlock, the receipt of a draft: unlike an anchor event it has no one
    date of its own.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="triggers")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(
        _("name"), max_length=200, help_text=_("As in “receipt of a violation report”.")
    )
    description = models.TextField(_("description"), blank=True, help_text=_("What counts as it."))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["process", "key"], name="trigger_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TriggerEvent(Withdrawable):
    """One time that a trigger happened; what it triggers is expected from then."""

    trigger = models.ForeignKey(Trigger, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField(_("number"))
    on = models.DateField(_("day"), help_text=_("In the process's time zone."))
    at = models.DateTimeField(_("moment"), null=True, blank=True)
    what = models.CharField(_("what happened"), max_length=240)
    source = models.CharField(_("source"), max_length=160, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="trigger_events"
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "trigger__process"

    class Meta:
        verbose_name = _("event of a trigger")
        verbose_name_plural = _("events of a trigger")
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["trigger", "number"], name="trigger_event_number_once"),
        ]

    def __str__(self) -> str:
        return self.what


class ExpectedOccurrence(models.Model):
    """One time that an obligation is expected: a period of its rhythm, or the answer to a trigger.

    It is met, late or missing by itself. The levels and days repeat what check-ins and
    verifications that name it say.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="expected")
    number = models.PositiveIntegerField(_("number"))
    period_from = models.DateField(_("from"), null=True, blank=True)
    period_to = models.DateField(
        _("to"), null=True, blank=True, help_text=_("Where the next period begins.")
    )
    opened_by = models.ForeignKey(
        TriggerEvent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="expected",
        verbose_name=_("triggered by"),
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=_("follows"),
    )
    original_on = models.DateField(_("originally due"), null=True, editable=False)
    due_on = models.DateField(_("due"), null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reported_level = models.PositiveSmallIntegerField(
        _("reported"), choices=Level, null=True, editable=False
    )
    reported_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When it was first reported as full.")
    )
    done_on = models.DateField(
        _("done"), null=True, editable=False, help_text=_("As its owner says.")
    )
    verified_level = models.PositiveSmallIntegerField(
        _("verified"), choices=Level, null=True, editable=False
    )
    verified_on = models.DateField(
        _("found done"), null=True, editable=False, help_text=_("As the verifying body found.")
    )
    called_off_at = models.DateTimeField(_("called off"), null=True, editable=False)
    called_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    called_off_because = models.CharField(
        _("called off because"), max_length=300, blank=True, editable=False
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("expected occurrence")
        verbose_name_plural = _("expected occurrences")
        ordering = ["obligation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="expected_number_once"),
            models.UniqueConstraint(
                fields=["obligation", "opened_by"], name="trigger_event_answered_once"
            ),
            models.UniqueConstraint(
                fields=["obligation", "follows"], name="fulfilment_followed_once"
            ),
            models.CheckConstraint(
                condition=Q(period_from=None) | Q(period_to__gt=F("period_from")),
                name="expected_period_is_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, time {self.number}"
