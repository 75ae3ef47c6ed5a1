"""What a meeting talks about: the rules by which its agenda is compiled, what members propose, and
the items."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment

from .meeting import Review


class AgendaReason(models.TextChoices):
    """Why something is on an agenda, in the order of an agenda."""

    OPENING = "opening", _("standing item")
    CARRIED_OVER = "carried_over", _("carried over")
    IN_BREACH = "in_breach", _("in breach")
    OVERDUE = "overdue", _("overdue")
    CONTRADICTED = "contradicted", _("contradicted")
    AT_RISK = "at_risk", _("at risk")
    TO_DECIDE = "to_decide", _("waits for a decision")
    NEWLY_REPORTED = "newly_reported", _("newly reported")
    DUE = "due", _("falls due")
    PROPOSED = "proposed", _("proposed by a member")
    CLOSING = "closing", _("standing item at the end")


class AgendaRules(models.Model):
    """What a body puts on its agendas; a body without them has everything, two weeks ahead."""

    #: What coordinators may leave out; what was carried over or proposed is always there.
    CHOSEN = (
        AgendaReason.IN_BREACH,
        AgendaReason.OVERDUE,
        AgendaReason.CONTRADICTED,
        AgendaReason.AT_RISK,
        AgendaReason.TO_DECIDE,
        AgendaReason.NEWLY_REPORTED,
        AgendaReason.DUE,
    )

    body = models.OneToOneField(Body, models.PROTECT, related_name="agenda_rules")
    leaves_out = models.JSONField(
        _("leaves out"), default=list, blank=True, help_text=_("Reasons that bring nothing here.")
    )
    ahead_days = models.PositiveSmallIntegerField(
        _("looks ahead"), default=14, help_text=_("Days after the meeting, for what falls due.")
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("agenda rules")
        verbose_name_plural = _("agenda rules")

    def __str__(self) -> str:
        return f"Agenda of {self.body.code}"


class StandingItem(Withdrawable):
    """What stands on every agenda of a body, before or after the rest."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="standing_items")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    title = models.CharField(_("title"), max_length=240)
    at_end = models.BooleanField(_("at the end"), default=False)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("standing item")
        verbose_name_plural = _("standing items")
        ordering = ["at_end", "order", "pk"]

    def __str__(self) -> str:
        return self.title


class Proposal(Withdrawable):
    """An item that a member proposes for a meeting; who runs it may turn it down, saying why."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="proposals")
    title = models.CharField(_("title"), max_length=240)
    why = models.TextField(_("why"), blank=True, max_length=1000)
    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("commitment"),
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="proposals",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"

    class Meta:
        verbose_name = _("proposed item")
        verbose_name_plural = _("proposed items")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    """One point of an agenda, with the reason why it is there.

    Compiled afresh while the agenda is open, stored when it closes. One that ended without an
    outcome, or was carried over, comes back at the next meeting.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="items")
    order = models.PositiveSmallIntegerField(_("item"))
    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agenda_items",
        verbose_name=_("commitment"),
    )
    title = models.CharField(_("title"), max_length=240)
    kind = models.CharField(
        _("kind"), max_length=14, choices=AgendaReason, default=AgendaReason.DUE, editable=False
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    proposal = models.OneToOneField(
        Proposal, models.PROTECT, null=True, blank=True, editable=False, related_name="item"
    )
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="carried_to"
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["review", "order"], name="item_order_once"),
            models.UniqueConstraint(
                fields=["review", "commitment"], name="commitment_once_on_an_agenda"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.title}"
