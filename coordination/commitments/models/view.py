"""What somebody keeps of the register: views of it, and changes to many commitments at once."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Process

#: Characters of an address that are kept.
LONGEST_QUERY = 1000


class SavedViewQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own, and those that their owners share with the process."""
        rows = super().visible_to(user)
        return rows.filter(Q(owner=user) | Q(shared=True)) if user.is_authenticated else rows


class SavedView(models.Model):
    """Choices of the register under a name; what it shows is always what its reader may see."""

    process = models.ForeignKey(Process, models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(
        _("choices"),
        max_length=LONGEST_QUERY,
        blank=True,
        help_text=_("As in the address, after its “?”."),
    )
    shared = models.BooleanField(
        _("shared"), default=False, help_text=_("Everybody in the process finds it.")
    )
    made_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["process", "owner", "name"],
                name="view_name_once_a_person",
                violation_error_message=_("You have a view of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """One thing done to many commitments at once; it can be undone once, as a whole.

    `items` says of each commitment, by its key, what it was before and became; it is undone only
    where nobody has changed that meanwhile.
    """

    class Kind(models.TextChoices):
        LEAD = "lead", _("change the lead body")
        VERIFIER = "verifier", _("change the verifying body")
        RHYTHM = "rhythm", _("set how often check-ins are asked for")
        PRIORITY = "priority", _("set the priority")
        AGENDA = "agenda", _("put on the agenda of a review")
        REMIND = "remind", _("ask for a check-in now")

    process = models.ForeignKey(Process, models.PROTECT, related_name="bulk_changes")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    value = models.CharField(_("to"), max_length=200, blank=True)
    items = models.JSONField(default=list)
    made_at = models.DateTimeField(_("done"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of many")
        verbose_name_plural = _("changes of many")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {len(self.items)}"
