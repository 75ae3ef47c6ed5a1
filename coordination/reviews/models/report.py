"""Implementation reports: what the data says of a period, in the words of who answers for it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.models import Body
from coordination.processes.models import Process

from .section import Section


class Report(models.Model):
    """How commitments stood at the end of a period: of one body, or of the whole process.

    While it is a draft its figures are read from the record, as they were at the end of the last
    day of the period. At its approval they are kept in `figures`, and never change again.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="reports")
    body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("body"),
        help_text=_("Whose commitments it is about; empty for the whole process."),
    )
    issued_by = models.ForeignKey(
        Body,
        models.PROTECT,
        related_name="reports_issued",
        verbose_name=_("issued by"),
        help_text=_("Its reporting lines say to whom it goes."),
    )
    number = models.PositiveIntegerField(_("number"))
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=200)
    period_from = models.DateField(_("from"))
    period_until = models.DateField(
        _("until"), help_text=_("The last day of the period, in the process's time zone.")
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("drafted"), default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="reports_approved",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    figures = models.JSONField(default=dict, editable=False)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("implementation report")
        verbose_name_plural = _("implementation reports")
        ordering = ["-period_until", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="report_number_once"),
            models.CheckConstraint(
                condition=Q(period_until__gte=F("period_from")),
                name="report_period_has_an_end",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, digest="")
                | (Q(approved_at__isnull=False) & ~Q(digest="")),
                name="approved_report_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.process.short_name}, report {self.number}"


class ReportSection(Section):
    """A part of a report in words, drafted from the data and edited by people."""

    class Part(models.TextChoices):
        SUMMARY = "summary", _("Summary")
        CONTEXT = "context", _("The period")
        PROGRESS = "progress", _("Progress")
        BREACHES = "breaches", _("Breaches")
        DISPUTES = "disputes", _("Disputes")
        RECOMMENDATIONS = "recommendations", _("Recommendations")

    report = models.ForeignKey(Report, models.PROTECT, related_name="sections")
    part = models.CharField(_("part"), max_length=16, choices=Part)
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.TextField(_("text"), blank=True, max_length=40000)

    objects = ScopedQuerySet.as_manager()
    scope_path = "report__process"

    class Meta:
        verbose_name = _("section of a report")
        verbose_name_plural = _("sections of a report")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["report", "part"], name="report_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_part_display()}"


class ReportFile(models.Model):
    """A report as a file, made in the background; its progress is shown while it is made."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "DOCX"

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        MAKING = "making", _("is being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    format = models.CharField(_("format"), max_length=4, choices=Format)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(
        _("progress"), default=0, help_text=_("Per cent of what there is to write.")
    )
    error = models.CharField(_("error"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True, editable=False)
    file = models.FileField(_("file"), upload_to="reports/", max_length=160, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size"), null=True, help_text=_("Bytes."))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_files"
    )
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    made_at = models.DateTimeField(_("made"), null=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "report__process"

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of a report")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["requested_at"],
                name="report_file_to_make",
                condition=Q(state__in=["waiting", "making"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.get_format_display()}"
