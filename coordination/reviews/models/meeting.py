"""One meeting of a body: when and where, who said they come, and who came."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body, Seat

from .series import USUAL_LENGTH, ReviewSeries


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
    series_day = models.DateField(
        _("day of the series"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The day of the rhythm that it stands for, wherever it was moved to."),
    )
    held_on = models.DateField(_("day"), help_text=_("In the process's time zone."))
    starts_at = models.DateTimeField(_("starts"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    video_link = models.URLField(_("video link"), max_length=300, blank=True)
    lasts_minutes = models.PositiveSmallIntegerField(
        _("lasts"), default=USUAL_LENGTH, help_text=_("In minutes.")
    )
    also_present = models.CharField(
        _("also in the room"), max_length=400, blank=True, help_text=_("Without a seat.")
    )
    papers = models.TextField(
        _("papers"),
        blank=True,
        max_length=2000,
        help_text=_("What is to be read before, a line each."),
    )
    called_off_because = models.CharField(_("called off because"), max_length=300, blank=True)
    agenda_closed_at = models.DateTimeField(_("agenda closed"), null=True, editable=False)
    quorum_met = models.BooleanField(
        _("quorum met"), null=True, editable=False, help_text=_("As it was when it closed.")
    )
    quorum_words = models.TextField(_("quorum in words"), blank=True, editable=False)
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
            models.UniqueConstraint(
                fields=["series", "series_day"], name="series_meets_once_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="review_planned", condition=Q(state="planned")),
            models.Index(
                fields=["closed_at"],
                name="review_minutes_draft",
                condition=Q(state="minutes_draft"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}, review {self.number}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.lasts_minutes)


class Reply(models.Model):
    """What somebody who is invited to a meeting answered; the last answer counts."""

    class Answer(models.TextChoices):
        COMES = "comes", _("comes")
        REMOTE = "remote", _("by telephone or video")
        ALTERNATE = "alternate", _("the alternate comes")
        PERHAPS = "perhaps", _("perhaps")
        NOT = "not", _("does not come")

    review = models.ForeignKey(Review, models.PROTECT, related_name="replies")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="meeting_replies"
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    words = models.CharField(_("in words"), max_length=200, blank=True)
    at = models.DateTimeField(_("answered"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "person"], name="one_reply_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_answer_display()}"


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
