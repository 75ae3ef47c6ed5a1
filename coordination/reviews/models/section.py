"""Text that several people edit, section by section."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Section(models.Model):
    """Who saves it names the version that they read: nobody overwrites another."""

    version = models.PositiveIntegerField(
        default=1, editable=False, help_text=_("Grows with every change.")
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)

    class Meta:
        abstract = True
