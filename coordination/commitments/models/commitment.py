"""What somebody undertook, and who owes it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.agreements.models import Provision
from coordination.base.dates import Unit, singular
from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.bodies.models import Body
from coordination.processes.models import Party, Process, Track


class Level(models.IntegerChoices):
    """How far something is implemented, on the scale of the Peace Accords Matrix."""

    NOT_INITIATED = 0, _("Not initiated")
    MINIMUM = 1, _("Minimum")
    INTERMEDIATE = 2, _("Intermediate")
    FULL = 3, _("Full")


class CommitmentQuerySet(ScopedQuerySet):
    def for_list(self) -> Self:
        """With everything that a row of the register shows, in a constant number of queries."""
        return self.select_related(
            "process", "lead_body", "verifying_body", "deadline"
        ).prefetch_related(
            models.Prefetch(
                "obligations", Obligation.objects.select_related("party", "body").order_by("pk")
            )
        )

    def still_owed(self) -> Self:
        """Those that somebody has yet to complete, or that have to be kept up."""
        pending = Obligation.objects.filter(commitment=models.OuterRef("pk"), completed_on=None)
        return self.filter(Q(kind__in=Commitment.KEPT_UP) | models.Exists(pending))


class StandingCommitments(models.Manager.from_queryset(CommitmentQuerySet)):  # type: ignore[misc]
    """Without those that were entered by mistake."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(withdrawn_at=None)


class Commitment(Withdrawable):
    """One undertaking from a provision or a decision: one text, one lead body, one verifier.

    What “due” means depends on its kind: an act is owed by then (dated, quantity), a prohibition
    ends (until) or a permission begins (not before). What is kept up (standing, limit, recurring)
    starts and ends instead, and what recurs or is triggered is due once for each time expected.
    """

    class Kind(models.TextChoices):
        DATED = "dated", _("dated")
        STANDING = "standing", _("standing")
        UNTIL = "until", _("until")
        NOT_BEFORE = "not_before", _("not before")
        RECURRING = "recurring", _("recurring")
        LIMIT = "limit", _("limit")
        QUANTITY = "quantity", _("quantity")
        TRIGGERED = "triggered", _("on request or triggered")
        UNDATED = "undated", _("undated")

    class Priority(models.IntegerChoices):
        HIGH = 1, _("high")
        NORMAL = 2, _("normal")
        LOW = 3, _("low")

    class Rhythm(models.TextChoices):
        """How often somebody is asked."""

        WEEKLY = "weekly", _("weekly")
        FORTNIGHTLY = "fortnightly", _("every two weeks")
        MONTHLY = "monthly", _("monthly")
        QUARTERLY = "quarterly", _("quarterly")
        HALF_YEARLY = "half_yearly", _("twice a year")
        YEARLY = "yearly", _("yearly")

    #: Kinds whose day ends a prohibition or starts a permission: nothing is owed by then.
    NEVER_LATE = (Kind.UNTIL, Kind.NOT_BEFORE)
    #: Kinds that have to be kept up, so that no report and no finding ends them.
    KEPT_UP = (Kind.STANDING, Kind.RECURRING, Kind.LIMIT, Kind.TRIGGERED)
    #: Kinds that start and end, and are due on no day of their own.
    LASTING = (Kind.STANDING, Kind.LIMIT, Kind.RECURRING)
    #: Kinds that are due once for each time that they are expected.
    EXPECTED = (Kind.RECURRING, Kind.TRIGGERED)
    #: Kinds that hold something against a number.
    MEASURED = (Kind.LIMIT, Kind.QUANTITY)

    process = models.ForeignKey(Process, models.PROTECT, related_name="commitments")
    number = models.PositiveIntegerField(
        _("register number"), help_text=_("Shown as C-14; never used again.")
    )
    reference = models.CharField(
        _("reference"), max_length=120, help_text=_("As in “Annex 1A, Art. IX.1(c)”.")
    )
    title = models.CharField(_("commitment"), max_length=240, help_text=_("Verb first."))
    text = models.TextField(_("text"), blank=True, help_text=_("The passage it comes from."))
    provision = models.ForeignKey(
        Provision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
        verbose_name=_("provision"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.DATED)
    every_amount = models.PositiveSmallIntegerField(
        _("recurs every"), null=True, blank=True, help_text=_("Recurring ones only.")
    )
    every_unit = models.CharField(_("unit"), max_length=8, choices=Unit, blank=True)
    times = models.PositiveSmallIntegerField(
        _("times in each"), default=1, help_text=_("As in “at least twice a month”.")
    )
    recurs_from = models.DateField(
        null=True, editable=False, help_text=_("The day from which the rhythm in force counts.")
    )
    expects_next_at = models.DateTimeField(
        null=True, editable=False, help_text=_("UTC; when the next time has to be expected.")
    )
    trigger = models.ForeignKey(
        "Trigger",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
        verbose_name=_("triggered by"),
        help_text=_("Each time that it happens is answered by itself."),
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=_("triggered by each fulfilment of"),
    )
    otherwise = models.TextField(
        _("otherwise"), blank=True, help_text=_("What applies where it is not met.")
    )
    track = models.CharField(_("track"), max_length=20, choices=Track)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    lead_body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_commitments",
        verbose_name=_("led by"),
    )
    verifying_body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="verified_commitments",
        verbose_name=_("verified by"),
    )
    check_in_rhythm = models.CharField(
        _("check-ins"),
        max_length=12,
        choices=Rhythm,
        blank=True,
        help_text=_("Besides those before and after the due day."),
    )
    remarks = models.TextField(_("remarks"), blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = StandingCommitments()
    every = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["process", "number"]
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="register_number_once"),
            models.CheckConstraint(
                condition=~Q(kind="recurring")
                | (Q(every_amount__isnull=False, every_amount__gte=1) & ~Q(every_unit="")),
                name="recurring_commitment_has_a_rhythm",
                violation_error_message=_("A recurring commitment says how often it recurs."),
            ),
            models.CheckConstraint(
                condition=Q(times__gte=1),
                name="commitment_is_expected_at_least_once",
                violation_error_message=_("It is expected at least once."),
            ),
            models.CheckConstraint(
                condition=Q(trigger=None) | Q(follows=None),
                name="commitment_is_triggered_by_one_thing",
                violation_error_message=_(
                    "It is triggered by an event or by another commitment, not by both."
                ),
            ),
        ]
        indexes = [
            # The tick reads which commitments expect another time, however many there are.
            models.Index(
                fields=["expects_next_at"],
                name="commitment_expects_next",
                condition=Q(expects_next_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        return f"C-{self.number}"

    @property
    def lasts(self) -> bool:
        """Whether it is kept up from one day to another, and due on no day of its own."""
        return self.kind in self.LASTING

    @property
    def rhythm(self) -> str:
        """How often it recurs, in words; nothing where it does not."""
        if self.every_amount is None:
            return ""
        unit = Unit(self.every_unit)
        if self.every_amount == 1:
            period = _now("every %(unit)s") % {"unit": singular(unit)}
        else:
            period = _now("every %(n)s %(units)s") % {"n": self.every_amount, "units": unit.label}
        if self.times == 1:
            return period
        return _now("%(times)s times %(period)s") % {"times": self.times, "period": period}

    @property
    def reported_level(self) -> int | None:
        """The lowest level that any of its obligations reports; None while one has no report."""
        return _lowest([obligation.reported_level for obligation in self.obligations.all()])

    @property
    def verified_level(self) -> int | None:
        return _lowest([obligation.verified_level for obligation in self.obligations.all()])


def _lowest(levels: list[int | None]) -> int | None:
    known = [level for level in levels if level is not None]
    return min(known) if known and len(known) == len(levels) else None


class Obligation(Withdrawable):
    """A commitment as one party or body owes it: it reports, is verified and is late alone.

    What is not editable repeats what check-ins, verifications, flags, breaches, measurements and
    the deadline say. Only the actions of this slice write it; `manage.py verify_levels` checks it.
    """

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="obligations")
    party = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("owed by party"),
    )
    body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("owed by body"),
    )
    share = models.CharField(
        _("share"), max_length=120, blank=True, help_text=_("As in “four of nine members”.")
    )
    focal_point = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("focal point"),
        help_text=_("Reports for it and gets its reminders."),
    )
    reported_level = models.PositiveSmallIntegerField(
        _("reported"), choices=Level, null=True, editable=False
    )
    reported_at = models.DateTimeField(null=True, editable=False)
    verified_level = models.PositiveSmallIntegerField(
        _("verified"), choices=Level, null=True, editable=False
    )
    verified_at = models.DateTimeField(null=True, editable=False)
    completed_on = models.DateField(
        _("completed"), null=True, editable=False, help_text=_("The day it was found to be full.")
    )
    due_on = models.DateField(_("due"), null=True, editable=False)
    due_at = models.DateTimeField(
        null=True, editable=False, help_text=_("UTC; the end of the due day, or its moment.")
    )
    missed = models.PositiveIntegerField(
        _("further times open"),
        default=0,
        editable=False,
        help_text=_("Missed, or owed besides the one that is owed next."),
    )
    next_expected_on = models.DateField(
        null=True, editable=False, help_text=_("When its owner last said that it will be done.")
    )
    is_disputed = models.BooleanField(_("disputed"), default=False, editable=False)
    is_suspended = models.BooleanField(_("suspended"), default=False, editable=False)
    is_at_risk = models.BooleanField(_("at risk"), default=False, editable=False)
    in_breach = models.BooleanField(
        _("in breach"), default=False, editable=False, help_text=_("Confirmed and not cured.")
    )
    out_of_bounds = models.BooleanField(
        _("out of bounds"),
        default=False,
        editable=False,
        help_text=_("A number was last measured beyond what is agreed."),
    )
    asked_on = models.DateField(
        _("last asked"), null=True, editable=False, help_text=_("In the process's time zone.")
    )
    next_check_in_on = models.DateField(_("next check-in"), null=True, editable=False)
    next_check_in_at = models.DateTimeField(null=True, editable=False)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        ordering = ["commitment", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(party=None) ^ Q(body=None),
                name="owed_by_a_party_or_a_body",
                violation_error_message=_("Choose the party or the body that owes it, not both."),
            ),
            models.UniqueConstraint(fields=["commitment", "party"], name="party_owes_once"),
            models.UniqueConstraint(fields=["commitment", "body"], name="body_owes_once"),
        ]
        indexes = [
            # The tick reads what is due now, however many obligations there are.
            models.Index(
                fields=["next_check_in_at"],
                name="obligation_next_check_in",
                condition=Q(next_check_in_at__isnull=False),
            ),
            models.Index(
                fields=["due_on"],
                name="obligation_due_on",
                condition=Q(due_on__isnull=False, withdrawn_at=None),
            ),
            models.Index(
                fields=["reported_at"],
                name="obligation_reported_at",
                condition=Q(reported_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.code}, {self.owner_name}"

    @property
    def owner(self) -> Party | Body:
        owner = self.party or self.body
        assert owner is not None
        return owner

    @property
    def owner_name(self) -> str:
        return self.owner.name
