"""What came of an item, and how those who decided voted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.bodies.decisions import Vote
from coordination.bodies.models import Protocol, Seat
from coordination.commitments.models import Commitment, Level, Obligation, Verification

from .agenda import AgendaItem


class Outcome(Withdrawable):
    """How an item ended: a finding, a decision, an action, carried over, or noted.

    A decision says by which rule it was taken. `carried` is None while a silence procedure runs.
    An action is a commitment, with its owner and its due day.
    """

    class Kind(models.TextChoices):
        FINDING = "finding", _("finding")
        DECISION = "decision", _("decision")
        ACTION = "action", _("action")
        CARRIED_OVER = "carried_over", _("carried over")
        NOTED = "noted", _("noted")

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="outcomes")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    text = models.TextField(_("text"), blank=True, max_length=4000)
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name=_("obligation"),
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, null=True, blank=True)
    verification = models.OneToOneField(
        Verification,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="finding",
        verbose_name=_("verification"),
        help_text=_("Where the body is the verifying one, its finding is the verified level."),
    )
    commitment = models.OneToOneField(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="action_of",
        verbose_name=_("commitment"),
        help_text=_("What an action obliges somebody to."),
    )
    rule = models.CharField(
        _("decided by"), max_length=30, choices=Protocol.DecisionRule, blank=True
    )
    carried = models.BooleanField(_("carried"), null=True, blank=True)
    how = models.TextField(_("how"), blank=True, help_text=_("How it was counted, in words."))
    silence_until = models.DateTimeField(
        _("silence until"), null=True, blank=True, help_text=_("UTC.")
    )
    submission = models.UUIDField(
        unique=True,
        editable=False,
        help_text=_("Sent with the form, so that a form sent twice counts once."),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="outcomes",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "item__review__body__process"

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="finding", obligation__isnull=False, level__isnull=False)
                    | (~Q(kind="finding") & Q(obligation=None, level=None, verification=None))
                ),
                name="finding_names_obligation_and_level",
            ),
            models.CheckConstraint(
                condition=Q(kind="action", commitment__isnull=False)
                | (~Q(kind="action") & Q(commitment=None)),
                name="action_is_a_commitment",
            ),
            models.CheckConstraint(
                condition=Q(kind="decision") | Q(rule="", carried=None, silence_until=None),
                name="only_decisions_are_carried",
            ),
        ]
        indexes = [
            models.Index(
                fields=["silence_until"],
                name="silence_runs",
                condition=Q(silence_until__isnull=False, carried=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_kind_display()}"


class Ballot(models.Model):
    """How a seat voted on a decision, or that it objected while a silence procedure ran."""

    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="ballots")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="ballots")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="ballots"
    )
    vote = models.CharField(_("vote"), max_length=7, choices=Vote)
    words = models.CharField(
        _("in words"), max_length=300, blank=True, help_text=_("As an objection is recorded.")
    )
    cast_at = models.DateTimeField(_("cast"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "outcome__item__review__body__process"

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        ordering = ["seat__number"]
        constraints = [
            models.UniqueConstraint(fields=["outcome", "seat"], name="a_seat_votes_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_vote_display()}"
