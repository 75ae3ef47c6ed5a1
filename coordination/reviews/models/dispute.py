"""Disagreements that a meeting could not settle, and their way along the body's dispute steps."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body, DisputeStep, Seat
from coordination.commitments.models import Commitment
from coordination.processes.models import Party

from .agenda import AgendaItem


class Dispute(models.Model):
    """A disagreement in a body. It goes up the steps of the protocol until it is settled."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")
        EXHAUSTED = "exhausted", _("no step is left")

    body = models.ForeignKey(Body, models.PROTECT, related_name="disputes")
    number = models.PositiveIntegerField(_("number"), help_text=_("In its process."))
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, null=True, blank=True, related_name="disputes"
    )
    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
        verbose_name=_("commitment"),
    )
    subject = models.CharField(_("subject"), max_length=240)
    disagreement = models.TextField(
        _("disagreement"), max_length=4000, help_text=_("Who holds what, so that all agree to it.")
    )
    raised_for = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
        verbose_name=_("raised for"),
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="disputes", verbose_name=_("by")
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    clock_at = models.DateTimeField(
        _("clock runs out"), null=True, editable=False, help_text=_("UTC; of the last step.")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    settlement = models.TextField(_("settlement"), blank=True, max_length=4000)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="dispute_number_once"),
            models.CheckConstraint(
                condition=~Q(state="settled") | ~Q(settlement=""), name="settled_dispute_says_how"
            ),
        ]
        indexes = [
            models.Index(
                fields=["clock_at"], name="dispute_clock", condition=Q(clock_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}, dispute {self.number}"


class DisputeStage(models.Model):
    """One step that a dispute took: who was asked, until when, and what came of it.

    Whom it leads to stands here as the protocol had it then.
    """

    class Result(models.TextChoices):
        SETTLED = "settled", _("settled")
        NOT_SETTLED = "not_settled", _("not settled")
        NO_ANSWER = "no_answer", _("no answer in time")

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="stages")
    number = models.PositiveSmallIntegerField(_("step"))
    step = models.ForeignKey(
        DisputeStep, models.SET_NULL, null=True, blank=True, related_name="stages"
    )
    who = models.CharField(_("who is asked"), max_length=200)
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    to_body = models.ForeignKey(Body, models.PROTECT, null=True, blank=True, related_name="+")
    to_party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("UTC."))
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    words = models.TextField(_("answer"), blank=True, max_length=4000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text=_("Empty where its time ran out."),
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "dispute__body__process"

    class Meta:
        verbose_name = _("step of a dispute")
        verbose_name_plural = _("steps of a dispute")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="dispute_stage_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute}, step {self.number}"
