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
from coordination.processes.models import Membership, Process
from coordination.reviews.models import Review
from coordination.reviews.models.series import USUAL_LENGTH


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
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="asked",
        verbose_name=_("who was asked"),
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
        indexes = [
            # The tick reads the questions that are open, however many were answered.
            models.Index(fields=["state"], name="occurrence_state"),
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


class Escalation(models.Model):
    """One silence of an owner, and how far up the ladder it has been told.

    It begins with the first question that nobody answered and ends with a report, or with whatever
    else makes the question moot.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="escalations")
    since = models.DateField(_("first asked"), help_text=_("In the process's time zone."))
    rung = models.PositiveSmallIntegerField(
        _("rung"), default=0, help_text=_("0 is the owner alone.")
    )
    next_at = models.DateTimeField(_("next rung"), null=True)
    due_on = models.DateField(
        _("due"), null=True, help_text=_("The due day as it was; another one starts anew.")
    )
    focal_point = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    stop_reason = models.CharField(_("why it stopped"), max_length=300, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "obligation__commitment__process"

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(stopped_at=None),
                name="one_open_escalation_an_obligation",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="escalation_next", condition=Q(stopped_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation}, since {self.since}"


class Reminder(models.Model):
    """One thing that one person is reminded of, on one day: a line of a digest or a mail alone.

    The key exists once, so that no number of schedulers reminds anybody twice.
    """

    class Kind(models.TextChoices):
        """In the order in which a digest shows them."""

        BREACH = "breach", _("step of a breach")
        CHECK_IN = "check-in", _("check-in")
        ESCALATION = "escalation", _("escalation")
        VERIFICATION = "verification", _("report to verify")
        MINUTES = "minutes", _("minutes to approve")
        DISPUTE = "dispute", _("step of a dispute")
        SILENCE = "silence", _("silence procedure")
        COMMENT = "comment", _("minutes to comment on")
        AGENDA = "agenda", _("agenda closes")
        ADDRESS = "address", _("address that fails")
        VACANCY = "vacancy", _("seat falls vacant")
        DEADLINE = "deadline", _("coming deadline")

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for its mail")
        WRITTEN = "written", _("in a mail")
        SUPERSEDED = "superseded", _("superseded")

    key = models.CharField(max_length=64, unique=True)
    process = models.ForeignKey(Process, models.PROTECT, related_name="reminders")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reminders",
        verbose_name=_("recipient"),
    )
    about_type = models.CharField(max_length=60)
    about_id = models.BigIntegerField()
    occurrence = models.ForeignKey(
        Occurrence,
        models.PROTECT,
        null=True,
        related_name="reminders",
        help_text=_("The question that it asks, where it is a check-in."),
    )
    local_date = models.DateField(_("day"), help_text=_("In the process's time zone."))
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=240)
    due_on = models.DateField(_("due"), null=True)
    path = models.CharField(max_length=300, blank=True, help_text=_("Where one acts on it."))
    because = models.CharField(_("why"), max_length=600)
    urgent = models.BooleanField(
        _("sent at once"), default=False, help_text=_("In a mail of its own, not in the digest.")
    )
    write_at = models.DateTimeField(
        _("to be written"), help_text=_("From the recipient's next morning of a working day on.")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="reminders", verbose_name=_("message")
    )
    created_at = models.DateTimeField(_("planned"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["write_at"], name="reminder_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["process", "-id"], name="reminder_of_process"),
            # Who was told on the ladder before.
            models.Index(
                fields=["about_id"],
                name="reminder_of_escalation",
                condition=Q(about_type="escalation"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.recipient}"


class MeetingNotice(models.Model):
    """What one person's calendar was last told of one review."""

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("invited")
        CANCEL = "CANCEL", _("called off")

    review = models.ForeignKey(Review, models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="meeting_notices",
        verbose_name=_("recipient"),
    )
    sequence = models.PositiveSmallIntegerField(
        _("version"), help_text=_("Rises with every change, as RFC 5545 asks.")
    )
    method = models.CharField(_("said"), max_length=8, choices=Method)
    starts_at = models.DateTimeField(_("starts"))
    lasts_minutes = models.PositiveSmallIntegerField(_("lasts"), default=USUAL_LENGTH)
    place = models.CharField(_("place"), max_length=120, blank=True)
    video_link = models.URLField(_("video link"), max_length=300, blank=True)
    message = models.ForeignKey(Message, models.PROTECT, related_name="meeting_notices")

    objects = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("notice of a meeting")
        verbose_name_plural = _("notices of meetings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "recipient", "sequence"], name="meeting_notice_once"
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="meeting_notice_starts")]

    def __str__(self) -> str:
        return f"{self.review}, {self.recipient}, {self.sequence}"
