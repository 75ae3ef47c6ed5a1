"""Addresses under which calendar programmes fetch somebody's meetings."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body


class CalendarFeedQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own: the address is a secret, and opens what its owner may see."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class CalendarFeed(models.Model):
    """A secret, revocable address; only its hash is kept. It shows what its owner may see."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds"
    )
    body = models.ForeignKey(
        Body,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="calendar_feeds",
        verbose_name=_("body"),
        help_text=_("Empty: every meeting that its owner belongs to."),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.owner}, {self.body or '-'}"
