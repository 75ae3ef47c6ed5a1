"""Follow-up reviews: a body's recurring meetings, their agenda and what came of each item."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.recurrence import validate_rule
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Commitment, Level, Obligation, Verification


def rule_validator(rule: str) -> None:
    try:
        validate_rule(rule)
    except ValueError as error:
        raise ValidationError(
            _("This is not a recurrence rule of RFC 5545: %(error)s."), params={"error": error}
        ) from error


class ReviewSeries(models.Model):
    """The rhythm in which a body reviews what it leads, in the process's time zone."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="review_series")
    name = models.CharField(_("name"), max_length=120)
    rule = models.CharField(
        _("rhythm"),
        max_length=240,
        validators=[rule_validator],
        help_text=_("RFC 5545, as in FREQ=MONTHLY;BYDAY=-1TH for the last Thursday of each month."),
    )
    starts_on = models.DateField(_("first day"))
    clock = models.TimeField(_("time"), help_text=_("In the process's time zone."))
    place = models.CharField(_("place"), max_length=120, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("review series")
        verbose_name_plural = _("review series")
        ordering = ["body", "name"]
        constraints = [
            models.UniqueConstraint(fields=["body", "name"], name="series_name_once_in_body"),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}, {self.name}"


class Review(models.Model):
    """One meeting of a body, from its planning to its approved minutes."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        IN_SESSION = "in_session", _("in session")
        MINUTES_DRAFT = "minutes_draft", _("minutes in draft")
        APPROVED = "approved", _("minutes approved")
        CANCELLED = "cancelled", _("cancelled")

    body = models.ForeignKey(Body, models.PROTECT, related_name="reviews")
    series = models.ForeignKey(
        ReviewSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews",
        verbose_name=_("series"),
    )
    number = models.PositiveIntegerField(_("number"))
    held_on = models.DateField(_("day"), help_text=_("In the process's time zone."))
    starts_at = models.DateTimeField(_("starts"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.PLANNED)
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="review_number_once_in_body"),
            models.UniqueConstraint(fields=["series", "held_on"], name="series_meets_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="review_planned", condition=Q(state="planned")),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}, review {self.number}"


class Attendance(models.Model):
    """Whether a seat is filled at a review, and by whom."""

    class Presence(models.TextChoices):
        PRESENT = "present", _("present")
        REMOTE = "remote", _("by telephone or video")
        ABSENT = "absent", _("absent")

    review = models.ForeignKey(Review, models.PROTECT, related_name="attendance")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="attendance")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="attendance"
    )
    presence = models.CharField(_("presence"), max_length=10, choices=Presence)

    objects = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            models.UniqueConstraint(fields=["review", "seat"], name="seat_attends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_presence_display()}"


class AgendaItem(models.Model):
    """One point of an agenda, with the reason why it is there.

    Compiled afresh while the review is planned, stored when the meeting opens.
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
    reason = models.CharField(_("reason"), max_length=300, blank=True)

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


class Outcome(models.Model):
    """How an item ended: a finding, a decision, carried over, or noted."""

    class Kind(models.TextChoices):
        FINDING = "finding", _("finding")
        DECISION = "decision", _("decision")
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

    objects = ScopedQuerySet.as_manager()
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
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_kind_display()}"
