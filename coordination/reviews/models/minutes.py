"""The minutes of a meeting: what was recorded, told in words, commented, approved and sent out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import ReportingLine
from coordination.outbox.models import Message
from coordination.processes.models import Process

from .agenda import AgendaItem
from .meeting import Review
from .report import Report
from .section import Section


class Minutes(models.Model):
    """One version of the minutes. Once approved it never changes: a correction is the next version.

    `content` is what was approved, whole, and `digest` its SHA-256, which the ledger has too.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    corrects = models.TextField(
        _("what it corrects"),
        blank=True,
        max_length=1000,
        help_text=_("Of a later version: what was wrong, and how it was."),
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="minutes_drafted"
    )
    drafted_at = models.DateTimeField(_("drafted"), default=timezone.now)
    comments_until = models.DateTimeField(
        _("comments until"), null=True, blank=True, help_text=_("UTC. Since then it is circulated.")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="minutes_approved",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    content = models.JSONField(default=dict, editable=False)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "review__body__process"

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        ordering = ["review", "version"]
        constraints = [
            models.UniqueConstraint(fields=["review", "version"], name="minutes_version_once"),
            models.UniqueConstraint(
                fields=["review"],
                condition=Q(approved_at=None),
                name="one_draft_of_minutes_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(corrects=""), name="later_minutes_say_what_they_correct"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, digest="")
                | (Q(approved_at__isnull=False) & ~Q(digest="")),
                name="approved_minutes_are_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review}, minutes {self.version}"

    @property
    def takes_comments(self) -> bool:
        """Whether members may comment on it now."""
        until = self.comments_until
        return self.approved_at is None and until is not None and timezone.now() < until


class MinutesSection(Section):
    """What the minutes say in words: at the beginning, of one item, or at the end.

    Outcomes are not repeated here: the minutes print them as they were recorded.
    """

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="sections")
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, null=True, blank=True, related_name="minutes_sections"
    )
    order = models.PositiveSmallIntegerField(_("order"))
    heading = models.CharField(_("heading"), max_length=240)
    text = models.TextField(_("text"), blank=True, max_length=20000)

    objects = ScopedQuerySet.as_manager()
    scope_path = "minutes__review__body__process"

    class Meta:
        verbose_name = _("section of minutes")
        verbose_name_plural = _("sections of minutes")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "order"], name="section_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes}: {self.heading}"


class MinutesComment(models.Model):
    """What a member says of a section before it is approved, and what became of that."""

    section = models.ForeignKey(MinutesSection, models.PROTECT, related_name="comments")
    text = models.TextField(_("comment"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="minutes_comments"
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "section__minutes__review__body__process"

    class Meta:
        verbose_name = _("comment on minutes")
        verbose_name_plural = _("comments on minutes")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.section}, {self.author}"


class Dispatch(models.Model):
    """That minutes or a report were sent to one addressee: the message says whether it arrived."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="dispatches")
    minutes = models.ForeignKey(
        Minutes, models.PROTECT, null=True, blank=True, related_name="dispatches"
    )
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="dispatches"
    )
    line = models.ForeignKey(
        ReportingLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispatches",
        help_text=_("The reporting line that names the addressee."),
    )
    addressee = models.CharField(_("addressee"), max_length=200)
    address = models.EmailField(_("address"), blank=True, help_text=_("Empty where none is known."))
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="dispatches"
    )
    made_at = models.DateTimeField(_("dispatched"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes=None, report__isnull=False)
                | Q(minutes__isnull=False, report=None),
                name="dispatch_of_minutes_or_report",
            ),
            models.UniqueConstraint(
                fields=["minutes", "addressee", "address"], name="minutes_dispatched_once"
            ),
            models.UniqueConstraint(
                fields=["report", "addressee", "address"], name="report_dispatched_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes or self.report} → {self.addressee}"
