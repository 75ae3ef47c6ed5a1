"""The record of every change: entries in one hash chain per process."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet


class LedgerIsAppendOnly(Exception):
    """Somebody tried to change or delete an entry of the ledger."""


class EntryQuerySet(ScopedQuerySet):
    def update(self, **kwargs: object) -> int:
        raise LedgerIsAppendOnly("Entries of the ledger are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly("Entries of the ledger are never deleted.")

    def about(self, thing: models.Model) -> "EntryQuerySet":
        return self.filter(object_type=thing._meta.model_name, object_id=thing.pk)


class Chain(models.Model):
    """The head of a process's chain; whoever appends locks this row first."""

    process = models.OneToOneField("Process", models.PROTECT, related_name="chain")
    count = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("chain")

    def __str__(self) -> str:
        return f"{self.process_id}: {self.count}"


class Entry(models.Model):
    """Who did what to which object, with its state before and after, and from where.

    `content_hash` commits to the content with a random salt, and `hash` chains the commitments:
    the chain can be checked by somebody who is shown no content, and one entry can be proved
    without showing the others.
    """

    process = models.ForeignKey("Process", models.PROTECT, related_name="ledger_entries")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(help_text=_("UTC"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="ledger_entries"
    )
    actor_name = models.CharField(max_length=160)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    object_label = models.CharField(max_length=300)
    summary = models.CharField(max_length=500)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    origin = models.CharField(max_length=20)
    salt = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["process", "sequence"], name="entry_once_in_sequence"),
        ]
        # The record of one object, newest first.
        indexes = [models.Index(fields=["object_type", "object_id", "-sequence"])]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.summary}"

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly("Entries of the ledger are never changed.")
        kwargs["force_insert"] = True  # an entry built with the key of another replaces nothing
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly("Entries of the ledger are never deleted.")
