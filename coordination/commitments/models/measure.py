"""Numbers that an agreement sets, and what was measured against them."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.bodies.models import Body

from .commitment import Commitment, Obligation


class Bound(models.Model):
    """A number that something may not pass, or has to reach.

    It binds one owner where one is named, and all of them together where none is.
    """

    class Comparison(models.TextChoices):
        AT_MOST = "at_most", _("at most")
        AT_LEAST = "at_least", _("at least")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="bounds")
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bounds",
        verbose_name=_("owed by"),
        help_text=_("Empty for all who owe it together."),
    )
    comparison = models.CharField(_("bound"), max_length=8, choices=Comparison)
    value = models.DecimalField(_("number"), max_digits=14, decimal_places=2)
    of_what = models.CharField(
        _("of what"), max_length=120, help_text=_("As in “personnel”, “km” or “battle tanks”.")
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("bound")
        verbose_name_plural = _("bounds")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "obligation", "comparison", "of_what"],
                name="bound_once_for_an_owner",
                violation_error_message=_("There is a bound of this kind already."),
            ),
            models.UniqueConstraint(
                fields=["commitment", "comparison", "of_what"],
                condition=Q(obligation=None),
                name="bound_once_for_all",
                violation_error_message=_("There is a bound of this kind already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_comparison_display()} {self.value.normalize():f} {self.of_what}"

    def allows(self, value: Decimal) -> bool:
        if self.comparison == self.Comparison.AT_MOST:
            return value <= self.value
        return value >= self.value


class Measurement(Withdrawable):
    """A number on a day: as an owner reports it, or as the verifying body measured it."""

    bound = models.ForeignKey(Bound, models.PROTECT, related_name="measurements")
    value = models.DecimalField(_("number"), max_digits=14, decimal_places=2)
    on = models.DateField(_("day"), help_text=_("When it was so, in the process's time zone."))
    body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measurements",
        verbose_name=_("measured by"),
        help_text=_("The verifying body; empty for what an owner reports."),
    )
    source = models.CharField(_("source"), max_length=160, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="measurements"
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "bound__commitment__process"

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.bound.of_what}"
