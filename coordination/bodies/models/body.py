"""Bodies: what they are for, to whom they report, what became of them, and how to reach them."""

from datetime import date

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.lasting import Lasting, LastingQuerySet, holds
from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Party, Process, Track


class Body(models.Model):
    """A steering board, commission, working group, mission, contact group or secretariat."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="bodies")
    code = models.CharField(
        _("code"),
        max_length=16,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9+.-]*$", _("Use letters and digits."))],
        help_text=_("As in “JMC”; part of its page’s address."),
    )
    name = models.CharField(_("name"), max_length=200)
    track = models.CharField(_("track"), max_length=20, choices=Track)
    legal_basis = models.CharField(_("legal basis"), max_length=160, blank=True)
    mandate = models.TextField(_("mandate"), blank=True)
    authority = models.TextField(_("authority and scope"), blank=True)
    composition = models.TextField(
        _("composition"), blank=True, help_text=_("Who sits in it, as the mandate says.")
    )
    established_on = models.DateField(_("established"), null=True, blank=True)
    ended_on = models.DateField(
        _("wound up"), null=True, blank=True, help_text=_("The first day without it.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["process", "code"], name="body_code_once_in_process"),
            models.CheckConstraint(
                condition=Q(ended_on=None)
                | Q(established_on=None)
                | Q(ended_on__gte=F("established_on")),
                name="body_ends_after_it_was_established",
                violation_error_message=_("A body is wound up after it was established."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def exists_on(self, day: date) -> bool:
        return holds(day, self.established_on, self.ended_on)

    def name_on(self, day: date) -> str:
        """What it was called on a day, where its former names were fetched with it."""
        later = [former for former in self.former_names.all() if day < former.until]
        return min(later, key=lambda former: former.until).name if later else self.name


class FormerName(models.Model):
    """A name that a body bore until it was renamed."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="former_names")
    name = models.CharField(_("name"), max_length=200)
    until = models.DateField(_("until"), help_text=_("The first day of the next name."))

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ["until"]
        constraints = [
            models.UniqueConstraint(fields=["body", "until"], name="renamed_once_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """One body that took over from another, and how."""

    class Kind(models.TextChoices):
        REPLACED = "replaced", _("replaced")
        MERGED = "merged", _("merged with others into")
        SPLIT = "split", _("split off")
        TASKS = "tasks", _("handed tasks to")

    predecessor = models.ForeignKey(
        Body, models.PROTECT, related_name="successions", verbose_name=_("from")
    )
    successor = models.ForeignKey(
        Body, models.PROTECT, related_name="precessions", verbose_name=_("to")
    )
    kind = models.CharField(_("how"), max_length=10, choices=Kind, default=Kind.REPLACED)
    on = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=160, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "predecessor__process"

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="body_succeeds_another_once"
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="body_does_not_succeed_itself",
                violation_error_message=_("A body does not succeed itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor.code} {self.get_kind_display()} {self.successor.code}"


class ReportingLine(Lasting):
    """To whom a body answers, sends its reports, or is tied without answering to it."""

    class Kind(models.TextChoices):
        REPORTS_TO = "reports_to", _("reports to")
        INFORMS = "informs", _("sends its reports to")
        LIAISON = "liaison", _("liaises with")

    body = models.ForeignKey(Body, models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.REPORTS_TO)
    to_body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lines_here",
        verbose_name=_("to body"),
    )
    to_party = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lines_here",
        verbose_name=_("to party"),
    )
    to_name = models.CharField(
        _("to somebody else"),
        max_length=160,
        blank=True,
        help_text=_("Who is neither a body nor a party of the process."),
    )
    email = models.EmailField(
        _("address"),
        blank=True,
        help_text=_("For minutes and reports; empty for who runs that body or heads that party."),
    )
    source = models.CharField(_("article"), max_length=160, blank=True)

    objects = LastingQuerySet.as_manager()
    scope_path = "body__process"

    class Meta(Lasting.Meta):
        verbose_name = _("reporting line")
        verbose_name_plural = _("reporting lines")
        ordering = ["pk"]
        constraints = [
            *Lasting.Meta.constraints,
            models.CheckConstraint(
                condition=Q(to_body__isnull=False, to_party=None, to_name="")
                | Q(to_body=None, to_party__isnull=False, to_name="")
                | (Q(to_body=None, to_party=None) & ~Q(to_name="")),
                name="line_leads_to_one",
                violation_error_message=_(
                    "Say to whom: a body, a party or somebody else, and only one of them."
                ),
            ),
            models.CheckConstraint(
                condition=Q(to_body=None) | ~Q(to_body=F("body")),
                name="body_does_not_report_to_itself",
                violation_error_message=_("A body does not report to itself."),
            ),
            models.UniqueConstraint(
                fields=["body", "kind", "to_body"],
                condition=Q(ended_on=None, to_body__isnull=False),
                name="reports_once_to_a_body",
                violation_error_message=_("This line is there already."),
            ),
            models.UniqueConstraint(
                fields=["body", "kind", "to_party"],
                condition=Q(ended_on=None, to_party__isnull=False),
                name="reports_once_to_a_party",
                violation_error_message=_("This line is there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.code} {self.get_kind_display()} {self.target_name}"

    @property
    def target(self) -> Body | Party | None:
        return self.to_body or self.to_party

    @property
    def target_name(self) -> str:
        return self.target.name if self.target else self.to_name


class CompositionPart(models.Model):
    """A group of a body's seats and how many the mandate gives it ("10 of the parties")."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="composition_parts")
    group = models.CharField(_("group of seats"), max_length=60)
    seats = models.PositiveSmallIntegerField(_("seats"))
    counts_as = models.CharField(
        _("counts as"),
        max_length=60,
        blank=True,
        help_text=_("Part of the quorum in which it counts, where that has another name."),
    )
    named_by = models.CharField(_("named by"), max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("part of the composition")
        verbose_name_plural = _("parts of the composition")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["body", "group"], name="composition_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seats} {self.group}"


class ContactChannel(Lasting):
    """A way to reach a body, in the order in which one tries."""

    class Kind(models.TextChoices):
        SECURE = "secure", _("secure system")
        TELEPHONE = "telephone", _("telephone")
        DUTY_LINE = "duty_line", _("duty line")
        RADIO = "radio", _("radio")
        EMAIL = "email", _("e-mail")
        OTHER = "other", _("other")

    body = models.ForeignKey(Body, models.PROTECT, related_name="channels")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    address = models.CharField(
        _("address"), max_length=160, help_text=_("Number, call sign or address.")
    )
    hours = models.CharField(_("hours"), max_length=80, blank=True)

    objects = LastingQuerySet.as_manager()
    scope_path = "body__process"

    class Meta(Lasting.Meta):
        verbose_name = _("contact channel")
        verbose_name_plural = _("contact channels")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"


class ChannelTest(models.Model):
    """One trial of a channel: whether anybody answered."""

    channel = models.ForeignKey(ContactChannel, models.PROTECT, related_name="tests")
    tested_at = models.DateTimeField(_("tested"), default=timezone.now)
    worked = models.BooleanField(_("worked"))
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    tested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="channel_tests",
        verbose_name=_("tested by"),
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "channel__body__process"

    class Meta:
        verbose_name = _("test of a channel")
        verbose_name_plural = _("tests of channels")
        ordering = ["-tested_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.channel}, {self.tested_at:%Y-%m-%d}"
