"""What a delegation writes for itself beside a commitment."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.audiences.models import Audience, Concerned, Restricted, RestrictedQuerySet
from coordination.base.withdrawal import Withdrawable

from .commitment import Commitment


class StandingNotes(models.Manager.from_queryset(RestrictedQuerySet)):  # type: ignore[misc]
    """Without those that were taken back."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(withdrawn_at=None)


class Note(Restricted, Withdrawable):
    """A position or an internal note on a commitment: its delegation's own, until it shares it."""

    class Kind(models.TextChoices):
        POSITION = "position", _("position")
        NOTE = "note", _("internal note")

    audience = models.CharField(
        _("read by"), max_length=10, choices=Audience, default=Audience.DELEGATION
    )
    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="notes")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NOTE)
    text = models.TextField(_("text"), max_length=4000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes", verbose_name=_("by")
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = StandingNotes()
    every = RestrictedQuerySet.as_manager()
    scope_path = "commitment__process"
    concerned = Concerned(
        bodies=("commitment__lead_body", "commitment__verifying_body"), parties=("delegation",)
    )

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="note_number_once"),
            models.CheckConstraint(
                condition=Q(delegation__isnull=False),
                name="note_is_of_a_delegation",
                violation_error_message=_("Who acts for no party writes no note for one."),
            ),
        ]

    def __str__(self) -> str:
        """Without its number, which would tell how many others wrote."""
        return f"{self.commitment.code}, {self.get_kind_display()}"
