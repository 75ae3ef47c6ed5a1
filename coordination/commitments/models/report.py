"""What the owner reports and what the verifying body finds: two things, never merged."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body

from .commitment import Level, Obligation


class CheckIn(models.Model):
    """What an obligation's owner reports; a correction is a new one that names what it revises."""

    class Obstacle(models.TextChoices):
        NOTHING = "nothing", _("Nothing")
        ACCESS = "access", _("Access or weather")
        OTHER_PARTY = "other_party", _("The other party")
        MEANS = "means", _("Equipment, money or people")
        DECISION = "decision", _("Waiting for a decision")
        OTHER = "other", _("Something else")

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="check_ins")
    number = models.PositiveIntegerField(_("number"))
    period_on = models.DateField(
        _("for the check-in of"),
        null=True,
        blank=True,
        help_text=_("The local day on which it was asked for; empty when nobody asked."),
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    account = models.TextField(_("account"), blank=True, max_length=2000)
    obstacle = models.CharField(
        _("what holds it up"), max_length=12, choices=Obstacle, default=Obstacle.NOTHING
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="check_ins", verbose_name=_("by")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="recorded_check_ins",
        verbose_name=_("entered by"),
    )
    revises = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="revisions",
        verbose_name=_("revises"),
    )
    submission = models.UUIDField(
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text=_("Sent with the form, so that a form sent twice counts once."),
    )
    submitted_at = models.DateTimeField(_("submitted"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="check_in_number_once"),
            models.CheckConstraint(
                condition=Q(level__in=[0, 1, 2, 3]), name="check_in_level_on_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, check-in {self.number}"


class Verification(models.Model):
    """A verifying body's finding on one obligation; a later one supersedes it."""

    class Method(models.TextChoices):
        SITE_VISIT = "site_visit", _("site visit")
        DOCUMENT = "document", _("document")
        INTERVIEW = "interview", _("interview")
        TECHNICAL = "technical", _("technical means")
        MEETING = "meeting", _("finding of a meeting")

    class Proof(models.TextChoices):
        """Standard of proof, in the order in which monitoring missions grade it."""

        SUSPICION = "suspicion", _("reasonable suspicion")
        GROUNDS = "grounds", _("reasonable grounds to believe")
        BALANCE = "balance", _("balance of probabilities")
        CLEAR = "clear", _("clear and convincing")

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="verifications")
    number = models.PositiveIntegerField(_("number"))
    body = models.ForeignKey(
        Body, models.PROTECT, related_name="verifications", verbose_name=_("verifying body")
    )
    level = models.PositiveSmallIntegerField(_("level found"), choices=Level)
    found = models.TextField(_("what was found"), max_length=4000)
    method = models.CharField(_("method"), max_length=12, choices=Method)
    proof = models.CharField(
        _("standard of proof"), max_length=12, choices=Proof, default=Proof.GROUNDS
    )
    occurred_on = models.DateField(_("happened"), help_text=_("When what was found was so."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="verifications",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "number"], name="verification_number_once"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[0, 1, 2, 3]), name="verification_level_on_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, verification {self.number}"
