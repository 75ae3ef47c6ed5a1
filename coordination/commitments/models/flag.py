"""What somebody says of a commitment beside its levels, and what it waits on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable

from .commitment import Commitment, Obligation


class Flag(models.Model):
    """Disputed, suspended or at risk: a judgement with its reason and author, never a level.

    It stands until it is lifted. While something is suspended nobody is asked and nothing is late.
    """

    class Kind(models.TextChoices):
        DISPUTED = "disputed", _("disputed")
        SUSPENDED = "suspended", _("suspended")
        AT_RISK = "at_risk", _("at risk")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="flags")
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="flags",
        verbose_name=_("owed by"),
        help_text=_("Empty for all who owe it."),
    )
    kind = models.CharField(_("flag"), max_length=10, choices=Kind)
    reason = models.CharField(_("reason"), max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="flags", verbose_name=_("by")
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    lifted_because = models.CharField(
        _("lifted because"), max_length=500, blank=True, editable=False
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "kind"],
                condition=Q(lifted_at=None),
                name="flag_raised_once_for_an_owner",
                violation_error_message=_("It is flagged so already."),
            ),
            models.UniqueConstraint(
                fields=["commitment", "kind"],
                condition=Q(lifted_at=None, obligation=None),
                name="flag_raised_once_for_all",
                violation_error_message=_("It is flagged so already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.code}, {self.get_kind_display()}"


class Dependency(Withdrawable):
    """A commitment that cannot go ahead before another is met, whatever their dates say."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="waits_on")
    on = models.ForeignKey(
        Commitment, models.PROTECT, related_name="awaited_by", verbose_name=_("waits on")
    )
    reason = models.CharField(_("reason"), max_length=240, blank=True)
    source = models.CharField(_("source"), max_length=160, blank=True)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "on"],
                condition=Q(withdrawn_at=None),
                name="dependency_once",
                violation_error_message=_("It waits on that one already."),
            ),
            models.CheckConstraint(
                condition=~Q(commitment=F("on")),
                name="nothing_waits_on_itself",
                violation_error_message=_("Nothing waits on itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.code} waits on {self.on.code}"
