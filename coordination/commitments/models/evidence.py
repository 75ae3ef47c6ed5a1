"""What reports and findings rest on."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.audiences.models import (
    Audience,
    Concerned,
    Restricted,
    RestrictedQuerySet,
    end_of,
)
from coordination.bodies.capacities import Capacities, capacities

from .breach import Breach
from .commitment import Commitment, Obligation
from .report import CheckIn, Verification


class EvidenceQuerySet(RestrictedQuerySet):
    def visible_to(self, user: Any, own: Capacities | None = None) -> Self:
        """What an unreleased finding rests on is seen by who may see the finding."""
        own = own or capacities(user)
        findings = Verification.every.all().visible_to(user, own)
        rows = super().visible_to(user, own)
        return rows.filter(Q(verification=None) | Q(verification__in=findings))

    def opened_by(self, own: Capacities) -> Q:
        """What is about all who owe the commitment concerns each of them."""
        owed = Obligation.objects.filter(
            Q(party__in=own.parties) | Q(body__in=own.bodies) | Q(focal_point=own.user)
        )
        about_all = Q(obligation=None, commitment__in=owed.values("commitment"))
        return super().opened_by(own) | Evidence.is_for(Audience.BODIES) & about_all


class Evidence(Restricted):
    """A file or a link with where it comes from; superseded at most, and never deleted.

    Two that contradict each other both stay, and each is marked.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="evidence")
    number = models.PositiveIntegerField(_("number"))
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("about"),
        help_text=_("Empty where it concerns all who owe it."),
    )
    check_in = models.ForeignKey(
        CheckIn, models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    verification = models.ForeignKey(
        Verification, models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    breach = models.ForeignKey(
        Breach, models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    title = models.CharField(_("title"), max_length=200)
    source = models.CharField(
        _("source"), max_length=200, help_text=_("Who made it, and how it came here.")
    )
    dated_on = models.DateField(_("dated"), null=True, blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    file = models.FileField(_("file"), upload_to="evidence/", max_length=120, blank=True)
    file_name = models.CharField(max_length=160, blank=True, editable=False)
    media_type = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField(null=True, editable=False, help_text=_("Bytes."))
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("supersedes"),
    )
    contradicts = models.ManyToManyField("self", blank=True, verbose_name=_("contradicts"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="evidence", verbose_name=_("by")
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = EvidenceQuerySet.as_manager()
    scope_path = "commitment__process"
    concerned = Concerned(
        bodies=("commitment__lead_body", "commitment__verifying_body", "obligation__body"),
        parties=("obligation__party",),
        people=("added_by", "obligation__focal_point"),
        part_of="verification",
    )

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="evidence_number_once"),
            models.CheckConstraint(
                condition=~Q(audience="delegation") | Q(delegation__isnull=False),
                name="evidence_of_a_delegation_names_it",
            ),
            models.CheckConstraint(
                condition=Q(file="", sha256="") & ~Q(url="")
                | ~Q(file="") & ~Q(sha256="") & Q(url="", size__isnull=False),
                name="evidence_is_a_file_or_a_link",
                violation_error_message=_("Choose a file or give a link: one of them."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.code}, evidence {self.number}"

    def led_to(self, path: str) -> set[int]:
        step, _, rest = path.partition("__")
        if step == "obligation" and self.obligation_id is None:
            owed = self.commitment.obligations.all()
            return {key for one in owed for key in end_of(one, rest)}
        return super().led_to(path)
