"""The moments that the deadlines of a process count from."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Point
from coordination.base.querysets import ScopedQuerySet

from .process import Process


class AnchorEvent(models.Model):
    """A named moment that deadlines count from, with every date it was ever given.

    `on` and `at` repeat the date in force; only `processes.actions.record_anchor_date` writes them.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="anchors")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    is_day_zero = models.BooleanField(
        _("day zero"), default=False, help_text=_("D+n counts from it.")
    )
    on = models.DateField(_("day"), null=True, editable=False)
    at = models.DateTimeField(_("moment"), null=True, editable=False)
    has_happened = models.BooleanField(_("has happened"), default=False, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("anchor event")
        verbose_name_plural = _("anchor events")
        ordering = [models.F("on").asc(nulls_last=True), "name"]
        constraints = [
            models.UniqueConstraint(fields=["process", "key"], name="anchor_key_once_in_process"),
            models.UniqueConstraint(
                fields=["process"],
                condition=Q(is_day_zero=True),
                name="one_day_zero_a_process",
                violation_error_message=_("Another anchor of the process is its day zero."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def point(self) -> Point | None:
        return Point(self.on, self.at) if self.on else None


class AnchorDate(models.Model):
    """One date that an anchor event was given; the latest one is in force."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        RESCHEDULED = "rescheduled", _("rescheduled")
        ACTUAL = "actual", _("actual")

    anchor = models.ForeignKey(AnchorEvent, models.PROTECT, related_name="dates")
    status = models.CharField(_("status"), max_length=12, choices=Status)
    on = models.DateField(_("day"), help_text=_("In the process's time zone."))
    at = models.DateTimeField(_("moment"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "anchor__process"

    class Meta:
        verbose_name = _("date of an anchor event")
        verbose_name_plural = _("dates of anchor events")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.anchor} {self.on}"
