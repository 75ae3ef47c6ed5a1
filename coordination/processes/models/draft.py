"""What somebody typed into a form and has not sent yet."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet


class FormDraftQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class FormDraft(models.Model):
    """Kept on the server while somebody types, by the address of the form, until it is sent.

    It outlives a session that ends and a computer that breaks; nobody else reads it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="form_drafts")
    page = models.CharField(_("page"), max_length=250, help_text=_("Its path in the address."))
    fields = models.JSONField(_("fields"), default=list, help_text=_("Names and values."))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now, db_index=True)

    objects = FormDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a form")
        verbose_name_plural = _("drafts of forms")
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page"], name="draft_once_a_page"),
        ]

    def __str__(self) -> str:
        return self.page
