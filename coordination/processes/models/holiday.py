"""Days on which a process does not work."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet

from .process import Process


class Holiday(models.Model):
    """Days on which nobody in a process is reminded of anything, besides its weekends."""

    process = models.ForeignKey(Process, models.CASCADE, related_name="holidays")
    name = models.CharField(_("name"), max_length=120)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["first_on", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=models.F("first_on")),
                name="holiday_ends_after_it_begins",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.UniqueConstraint(
                fields=["process", "name", "first_on"],
                name="holiday_once",
                violation_error_message=_("This holiday is entered already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.first_on}"
