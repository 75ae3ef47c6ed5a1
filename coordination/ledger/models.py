"""The record of every change: entries in one hash chain per process."""

from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet


class LedgerIsAppendOnly(Exception):
    """Somebody tried to change or delete an entry of the ledger."""


class EntryQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Entries of the person's processes; those about a restricted record, to who may read it.

        The others are there for everybody all the same, as a place in the chain with its hash.
        """
        rows = super().visible_to(user)
        if not user.is_authenticated:
            return rows
        return rows.filter(about_readable(user))

    def update(self, **kwargs: object) -> int:
        raise LedgerIsAppendOnly("Entries of the ledger are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly("Entries of the ledger are never deleted.")

    def about(self, thing: models.Model) -> "EntryQuerySet":
        return self.filter(object_type=thing._meta.model_name, object_id=thing.pk)


def hiding_models() -> list[type[models.Model]]:
    """The models whose rows not every member of a process may read; they say so themselves."""
    return [model for model in apps.get_models() if getattr(model, "hides_entries", False)]


def about_readable(user: Any) -> Q:
    """Of rows that name an object by its type and key: those about what the person may read."""
    restricted: list[Any] = hiding_models()
    own = restricted[0].reader(user)  # asked once for all of them
    shown = ~Q(object_type__in=[model._meta.model_name for model in restricted])
    for model in restricted:
        every = getattr(model, "every", model._default_manager)
        mine = every.all().visible_to(user, own).values("pk")
        shown |= Q(object_type=model._meta.model_name, object_id__in=mine)
    return shown


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


class SigningKey(models.Model):
    """The public half of a key that signs checkpoints; the secret half is in the environment.

    A key that follows another is announced in the checkpoint that the former one signs last.
    """

    key_id = models.CharField(_("key"), max_length=16, unique=True)
    public_key = models.CharField(_("public key"), max_length=64, help_text=_("Ed25519, hex."))
    first_used_at = models.DateTimeField(_("first used"), default=timezone.now)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key_id


class Checkpoint(models.Model):
    """The count and the head of a process's chain at a moment, signed.

    Whoever keeps one can show later that nothing up to it was changed.
    """

    process = models.ForeignKey("Process", models.PROTECT, related_name="checkpoints")
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"), help_text=_("UTC"))
    count = models.PositiveBigIntegerField(_("entries"))
    head = models.CharField(_("head"), max_length=64)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="checkpoints")
    statement = models.TextField(_("statement"), help_text=_("The signed text, to the byte."))
    signature = models.CharField(_("signature"), max_length=128, help_text=_("Ed25519, hex."))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="checkpoint_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.process}, checkpoint {self.number}"
