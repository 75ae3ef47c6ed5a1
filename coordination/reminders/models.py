"""What was asked of whom, for which day, and the link with which they answer."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.commitments.models import CheckIn, Obligation
from coordination.outbox.models import Message
from coordination.processes.models import Membership


class Occurrence(models.Model):
    """One check-in of one obligation that fell due, and what came of asking for it."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        ANSWERED = "answered", _("answered")
        NOBODY = "nobody", _("nobody to ask")
        SKIPPED = "skipped", _("skipped")

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="occurrences")
    local_date = models.DateField(_("day"), help_text=_("In the process's time zone."))
    due_at = models.DateTimeField(_("fell due"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="occurrences", verbose_name=_("message")
    )
    check_in = models.ForeignKey(
        CheckIn, models.PROTECT, null=True, related_name="answers", verbose_name=_("answer")
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("check-in asked for")
        verbose_name_plural = _("check-ins asked for")
        ordering = ["-local_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "local_date"], name="occurrence_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation}, {self.local_date}"


class CheckInLinkQuerySet(ScopedQuerySet):
    def usable(self) -> Self:
        """Those that answer: of somebody who is still a member and still the focal point."""
        obligation = "occurrence__obligation"
        memberships = Membership.objects.current().filter(
            user=OuterRef("recipient"), process=OuterRef(f"{obligation}__commitment__process")
        )
        return self.filter(
            Exists(memberships),
            revoked_at=None,
            expires_at__gt=timezone.now(),
            recipient__is_active=True,
            recipient=F(f"{obligation}__focal_point"),
        )


class CheckInLink(models.Model):
    """A capability to answer one occurrence as one person; only its hash is kept."""

    occurrence = models.ForeignKey(Occurrence, models.PROTECT, related_name="links")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="check_in_links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = CheckInLinkQuerySet.as_manager()
    scope_path = "occurrence__obligation__commitment__process"
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("check-in link")
        verbose_name_plural = _("check-in links")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="link_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.occurrence}"
