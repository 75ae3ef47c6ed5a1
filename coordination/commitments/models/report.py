"""What the owner reports and what the verifying body finds: two things, never merged."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.audiences.models import Audience, Concerned, Restricted, RestrictedQuerySet
from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import Withdrawable
from coordination.bodies.models import Body

from .commitment import Level, Obligation
from .expected import ExpectedOccurrence


class CheckIn(Restricted):
    """What an obligation's owner reports; a correction is a new one that names what it revises.

    Its audience reads the account. The level that it reports is the obligation's, for all to see.
    """

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
    expected = models.ForeignKey(
        ExpectedOccurrence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("for the time expected"),
    )
    done_on = models.DateField(
        _("done on"), null=True, blank=True, help_text=_("Where the level is full.")
    )
    next_expected_on = models.DateField(
        _("next expected"), null=True, blank=True, help_text=_("When its owner expects it done.")
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

    objects = RestrictedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"
    concerned = Concerned(
        bodies=(
            "obligation__commitment__lead_body",
            "obligation__commitment__verifying_body",
            "obligation__body",
        ),
        parties=("obligation__party",),
        people=("author", "recorded_by", "obligation__focal_point"),
    )

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="check_in_number_once"),
            models.CheckConstraint(
                condition=Q(level__in=[0, 1, 2, 3]), name="check_in_level_on_scale"
            ),
            models.CheckConstraint(
                condition=~Q(audience="delegation") | Q(delegation__isnull=False),
                name="check_in_of_a_delegation_names_it",
            ),
        ]
        indexes = [
            # A digest tells what was reported since the last one.
            models.Index(fields=["submitted_at"], name="check_in_submitted"),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, check-in {self.number}"


class CheckInDraftQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """A person's own."""
        return super().visible_to(user).filter(author=user.pk)


class CheckInDraft(models.Model):
    """What somebody has typed and not sent yet; it does not count as a report."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="drafts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="check_in_drafts"
    )
    words = models.JSONField(default=dict, help_text=_("The fields of the form, as typed."))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = CheckInDraftQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("draft of a check-in")
        verbose_name_plural = _("drafts of check-ins")
        constraints = [
            models.UniqueConstraint(fields=["obligation", "author"], name="draft_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, draft"


class VerificationQuerySet(RestrictedQuerySet):
    def counting(self) -> Self:
        """Those that say where an obligation stands: approved, released and not withdrawn."""
        return self.filter(
            approved_at__isnull=False, released_at__isnull=False, withdrawn_at__isnull=True
        )


class StandingVerifications(models.Manager.from_queryset(VerificationQuerySet)):  # type: ignore[misc]
    """Without those that were taken back."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(withdrawn_at=None)


class Verification(Restricted, Withdrawable):
    """A verifying body's finding on one obligation; a later one supersedes it.

    One person prepares it and another approves it. The approval is pinned to what it approved:
    an approved finding is never edited, and `approved_state` keeps what it rested on, so that a
    later change of that can be shown. It counts, and others see it, once it is released: until
    then it is read by who prepared it, by who sits in the verifying body today and by the
    coordinators, unless they are those whom it judges.
    """

    audience = None  # type: ignore[assignment]  # its release says who reads it
    delegation = None

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

    class Confidence(models.TextChoices):
        """How sure the body is that the standard is reached."""

        LOW = "low", _("low")
        MODERATE = "moderate", _("moderate")
        HIGH = "high", _("high")

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="verifications")
    number = models.PositiveIntegerField(_("number"))
    version = models.PositiveIntegerField(
        _("version"), default=1, editable=False, help_text=_("Grows while it is being prepared.")
    )
    body = models.ForeignKey(
        Body, models.PROTECT, related_name="verifications", verbose_name=_("verifying body")
    )
    expected = models.ForeignKey(
        ExpectedOccurrence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="verifications",
        verbose_name=_("for the time expected"),
    )
    level = models.PositiveSmallIntegerField(_("level found"), choices=Level)
    found = models.TextField(_("what was found"), max_length=4000)
    article = models.CharField(
        _("against"), max_length=160, blank=True, help_text=_("The article that it was held to.")
    )
    method = models.CharField(_("method"), max_length=12, choices=Method)
    proof = models.CharField(
        _("standard of proof"), max_length=12, choices=Proof, default=Proof.GROUNDS
    )
    confidence = models.CharField(
        _("confidence"), max_length=10, choices=Confidence, default=Confidence.MODERATE
    )
    occurred_on = models.DateField(_("happened"), help_text=_("When what was found was so."))
    learned_on = models.DateField(
        _("learned"), null=True, blank=True, help_text=_("When the body learned of it.")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="verifications",
        verbose_name=_("prepared by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="approved_verifications",
        verbose_name=_("approved by"),
        help_text=_("Empty where a meeting of the body found it."),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_state = models.JSONField(
        default=dict, editable=False, help_text=_("What it rested on when it was approved.")
    )
    released_at = models.DateTimeField(_("released"), null=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = StandingVerifications()
    every = VerificationQuerySet.as_manager()
    scope_path = "obligation__commitment__process"
    concerned = Concerned(
        bodies=("body",),
        people=("author",),
        never=Concerned(
            bodies=("obligation__body",),
            parties=("obligation__party",),
            people=("obligation__focal_point",),
        ),
    )

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
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")),
                name="verification_approved_by_another",
                violation_error_message=_("Somebody else than its author approves a finding."),
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(approved_at__isnull=False),
                name="verification_approved_before_released",
            ),
        ]
        indexes = [
            models.Index(
                fields=["released_at"],
                name="verification_released",
                condition=Q(released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, verification {self.number}"

    @classmethod
    def is_for(cls, audience: Audience) -> Q:
        if audience == Audience.DELEGATION:
            return Q(pk__in=[])
        return Q(released_at__isnull=audience == Audience.BODIES)

    @property
    def audience_now(self) -> str:
        return Audience.PROCESS if self.released_at else Audience.BODIES

    @property
    def counts(self) -> bool:
        return bool(self.approved_at and self.released_at and not self.withdrawn_at)
