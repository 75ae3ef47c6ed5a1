"""Which file a process was loaded from."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Process


class ProcessFile(models.Model):
    """The file that a process came from, known by its SHA-256, so that it is loaded once."""

    process = models.OneToOneField(Process, models.PROTECT, related_name="process_file")
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    loaded_at = models.DateTimeField(_("loaded"), default=timezone.now)
    rebased_days = models.IntegerField(_("rebased by days"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("process file")
        verbose_name_plural = _("process files")

    def __str__(self) -> str:
        return f"{self.process} {self.sha256[:12]}"
