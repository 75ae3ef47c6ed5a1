"""What is alleged against an owner, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import DisputeStep
from coordination.processes.models import Party

from .commitment import Obligation


class Breach(models.Model):
    """An alleged breach of one obligation, from the allegation to its end.

    State, clock and dispute step repeat the last of its steps.
    """

    class State(models.TextChoices):
        ALLEGED = "alleged", _("alleged")
        EXAMINED = "examined", _("under examination")
        UNFOUNDED = "unfounded", _("unfounded")
        CONFIRMED = "confirmed", _("confirmed")
        RESPONSE_DUE = "response_due", _("response due")
        CURED = "cured", _("cured")
        UNRESOLVED = "unresolved", _("unresolved")
        ESCALATED = "escalated", _("escalated")

    #: What may come after each state; nothing after the two in which it ends.
    NEXT = {
        State.ALLEGED: (State.EXAMINED, State.UNFOUNDED, State.CONFIRMED),
        State.EXAMINED: (State.UNFOUNDED, State.CONFIRMED),
        State.CONFIRMED: (State.RESPONSE_DUE, State.CURED, State.UNRESOLVED, State.ESCALATED),
        State.RESPONSE_DUE: (State.CURED, State.UNRESOLVED, State.ESCALATED),
        State.UNRESOLVED: (State.ESCALATED, State.CURED),
        State.ESCALATED: (State.ESCALATED, State.CURED, State.UNRESOLVED),
        State.UNFOUNDED: (),
        State.CURED: (),
    }
    OVER = (State.UNFOUNDED, State.CURED)
    #: The obligation is in breach.
    STANDS = (State.CONFIRMED, State.RESPONSE_DUE, State.UNRESOLVED, State.ESCALATED)

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="breaches")
    number = models.PositiveIntegerField(_("number"))
    what = models.TextField(_("what is alleged"), max_length=4000)
    article = models.CharField(
        _("against"), max_length=160, blank=True, help_text=_("The article it would break.")
    )
    alleged_by = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="allegations",
        verbose_name=_("alleged by"),
        help_text=_("Empty where the lead or verifying body raised it."),
    )
    occurred_on = models.DateField(_("happened"), null=True, blank=True)
    learned_on = models.DateField(_("learned"))
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.ALLEGED, editable=False
    )
    clock_at = models.DateTimeField(
        _("clock runs out"), null=True, editable=False, help_text=_("UTC.")
    )
    dispute_step = models.PositiveSmallIntegerField(_("dispute step"), null=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="breaches", verbose_name=_("by")
    )
    entered_at = models.DateTimeField(_("entered"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "number"], name="breach_number_once"),
        ]
        indexes = [
            models.Index(
                fields=["clock_at"], name="breach_clock", condition=Q(clock_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation.commitment.code}, breach {self.number}"


class BreachStep(models.Model):
    """One step of a breach, with the clock that it set."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=12, choices=Breach.State)
    on = models.DateField(_("day"))
    words = models.TextField(_("words"), blank=True, max_length=4000)
    dispute_step = models.ForeignKey(
        DisputeStep,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dispute step"),
    )
    who = models.CharField(
        _("who is asked"), max_length=200, blank=True, help_text=_("As the protocol had it then.")
    )
    clock_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("UTC."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="breach_steps", verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "breach__obligation__commitment__process"

    class Meta:
        verbose_name = _("step of a breach")
        verbose_name_plural = _("steps of a breach")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["breach", "number"], name="breach_step_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.breach}, {self.get_state_display()}"
