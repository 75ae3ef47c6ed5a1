"""When something is due, as the agreement states it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Unit
from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import AnchorEvent

from .commitment import Commitment


class Deadline(models.Model):
    """A commitment's due moment: one term, or the earlier or later of several.

    `due_on`, `due_at` and `latest_on` repeat what the terms come to today; they are written by
    `coordination.commitments.actions.recompute_deadlines` only.
    """

    class Rule(models.TextChoices):
        EARLIER = "earlier", _("the earlier of its terms")
        LATER = "later", _("the later of its terms")

    class Precision(models.TextChoices):
        MOMENT = "moment", _("moment")
        DAY = "day", _("day")
        MONTH = "month", _("month")
        SEASON = "season", _("season")
        YEAR = "year", _("year")

    commitment = models.OneToOneField(Commitment, models.CASCADE, related_name="deadline")
    rule = models.CharField(
        _("where there are several"), max_length=8, choices=Rule, default=Rule.EARLIER
    )
    precision = models.CharField(
        _("precision"), max_length=8, choices=Precision, default=Precision.DAY
    )
    wording = models.CharField(
        _("wording"), max_length=240, blank=True, help_text=_("As the agreement has it.")
    )
    due_on = models.DateField(_("due"), null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    latest_on = models.DateField(_("latest permitted"), null=True, editable=False)
    is_projected = models.BooleanField(
        _("projected"),
        default=False,
        editable=False,
        help_text=_("Counted from something that is planned and has not happened."),
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")

    def __str__(self) -> str:
        return self.wording or (str(self.due_on) if self.due_on else "no date yet")


class DeadlineTerm(models.Model):
    """One calendar date, or one offset from an anchor event or from another commitment."""

    class Purpose(models.TextChoices):
        DUE = "due", _("due")
        NOT_BEFORE = "not_before", _("not before")
        LATEST = "latest", _("latest permitted")

    class Direction(models.TextChoices):
        AFTER = "after", _("after")
        BEFORE = "before", _("before")

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="terms")
    purpose = models.CharField(
        _("says when it is"), max_length=12, choices=Purpose, default=Purpose.DUE
    )
    on = models.DateField(_("calendar date"), null=True, blank=True)
    at = models.DateTimeField(_("moment"), null=True, blank=True)
    anchor = models.ForeignKey(
        AnchorEvent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deadline_terms",
        verbose_name=_("counted from anchor event"),
    )
    after_commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dependent_terms",
        verbose_name=_("counted from the completion of"),
    )
    amount = models.PositiveSmallIntegerField(_("amount"), default=0)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.DAYS)
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction, default=Direction.AFTER
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "deadline__commitment__process"

    class Meta:
        verbose_name = _("term of a deadline")
        verbose_name_plural = _("terms of a deadline")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(on__isnull=False, anchor=None, after_commitment=None)
                    | Q(on=None, at=None, anchor__isnull=False, after_commitment=None)
                    | Q(on=None, at=None, anchor=None, after_commitment__isnull=False)
                ),
                name="term_counts_from_one_thing",
                violation_error_message=_(
                    "Give a calendar date, an anchor event or another commitment: one of them."
                ),
            ),
        ]

    def __str__(self) -> str:
        if self.on:
            return str(self.on)
        what = self.anchor or self.after_commitment
        if self.amount == 0:
            return str(what)
        unit = str(self.get_unit_display())
        if self.amount == 1:
            unit = str(_SINGULAR[Unit(self.unit)])
        return f"{self.amount} {unit} {self.get_direction_display()} {what}"


_SINGULAR = {
    Unit.HOURS: _("hour"),
    Unit.DAYS: _("day"),
    Unit.WEEKS: _("week"),
    Unit.MONTHS: _("month"),
    Unit.YEARS: _("year"),
}
