"""Rows that were entered by mistake: withdrawn, never deleted."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .querysets import ScopedQuerySet


class StandingRows(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Without what was withdrawn."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(withdrawn_at=None)


class Withdrawable(models.Model):
    """What can be withdrawn, with who did it and why.

    Each such model has `objects`, which leaves out what was withdrawn, and `every`, which has it.
    """

    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    withdrawn_because = models.CharField(
        _("withdrawn because"), max_length=300, blank=True, editable=False
    )

    class Meta:
        abstract = True
