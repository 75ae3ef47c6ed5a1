"""What the pages that look across everything keep of their readers."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet


class LastLookQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own."""
        return self.filter(reader=user) if user.is_authenticated else self.none()


class LastLook(models.Model):
    """Up to when somebody has seen what changed: their desk shows what came after."""

    reader = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="last_look"
    )
    at = models.DateTimeField(_("seen up to"), default=timezone.now)

    objects = LastLookQuerySet.as_manager()

    class Meta:
        verbose_name = _("last look")
        verbose_name_plural = _("last looks")

    def __str__(self) -> str:
        return f"{self.reader}, {self.at}"
