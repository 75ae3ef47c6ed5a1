"""Who does what: functions, which body claims them, and who is accountable for them when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.lasting import Lasting, LastingQuerySet
from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Process

from .body import Body
from .seat import Seat


class Responsibility(Lasting):
    """A named function of a process: logistics, information to the public, verification.

    It belongs to no body: that two bodies claim it, or none, is what is to be found out. `key` is
    the name without regard to case and spacing, so that the same function is not entered twice.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="responsibilities")
    name = models.CharField(_("responsibility"), max_length=160, help_text=_("Verb first."))
    key = models.CharField(max_length=160, editable=False)
    description = models.TextField(_("description"), blank=True)
    source = models.CharField(_("article"), max_length=160, blank=True)

    objects = LastingQuerySet.as_manager()

    class Meta(Lasting.Meta):
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        ordering = ["pk"]
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(
                fields=["process", "key"],
                name="responsibility_once_in_process",
                violation_error_message=_("The process has a responsibility of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of(name: str) -> str:
        return " ".join(name.split()).casefold()[:160]

    def save(self, *args: object, **kwargs: object) -> None:
        self.key = self.key_of(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Claim(Lasting):
    """A body whose mandate says that a function is its own."""

    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="claims")
    body = models.ForeignKey(Body, models.PROTECT, related_name="claims")
    source = models.CharField(_("article"), max_length=160, blank=True)

    objects = LastingQuerySet.as_manager()
    scope_path = "responsibility__process"

    class Meta(Lasting.Meta):
        verbose_name = _("claim of a mandate")
        verbose_name_plural = _("claims of mandates")
        ordering = ["pk"]
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(
                fields=["responsibility", "body"],
                condition=Q(ended_on=None),
                name="body_claims_a_responsibility_once",
                violation_error_message=_("The body claims it already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}: {self.responsibility}"


class Assignment(Lasting):
    """One letter of the matrix: what a seat, or a body as a whole, is for a responsibility."""

    class Letter(models.TextChoices):
        ACCOUNTABLE = "A", _("accountable")
        RESPONSIBLE = "R", _("responsible")
        CONSULTED = "C", _("consulted")
        INFORMED = "I", _("informed")

    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="assignments")
    letter = models.CharField(_("part"), max_length=1, choices=Letter)
    seat = models.ForeignKey(
        Seat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=_("seat"),
    )
    body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=_("body"),
    )

    objects = LastingQuerySet.as_manager()
    scope_path = "responsibility__process"

    class Meta(Lasting.Meta):
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["letter", "pk"]
        constraints = [
            *Lasting.Meta.constraints,
            models.CheckConstraint(
                condition=Q(seat=None) ^ Q(body=None),
                name="assigned_to_a_seat_or_a_body",
                violation_error_message=_("Choose a seat or a body, not both."),
            ),
            models.UniqueConstraint(
                fields=["responsibility", "letter", "seat"],
                condition=Q(ended_on=None, seat__isnull=False),
                name="seat_has_a_letter_once",
                violation_error_message=_("The seat has this part already."),
            ),
            models.UniqueConstraint(
                fields=["responsibility", "letter", "body"],
                condition=Q(ended_on=None, body__isnull=False),
                name="body_has_a_letter_once",
                violation_error_message=_("The body has this part already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_letter_display()}: {self.seat or self.body}"


class Acceptance(models.Model):
    """A gap or an overlap that is meant to be so, and why.

    `subject` says which one it is and `facts` digests what it rested on: with other facts it is
    open again, and the acceptance is shown beside it.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="acceptances")
    subject = models.CharField(max_length=120)
    facts = models.CharField(max_length=64)
    words = models.CharField(_("accepted"), max_length=400)
    reason = models.TextField(_("reason"), max_length=1000)
    accepted_at = models.DateTimeField(_("accepted at"), default=timezone.now)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="acceptances",
        verbose_name=_("accepted by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["-accepted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["process", "subject"],
                condition=Q(withdrawn_at=None),
                name="accepted_once",
            ),
        ]

    def __str__(self) -> str:
        return self.words
