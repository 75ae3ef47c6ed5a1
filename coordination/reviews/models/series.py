"""The rhythm in which a body meets."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.base.recurrence import validate_rule
from coordination.bodies.models import Body

#: How long a meeting lasts where nobody says otherwise, in minutes.
USUAL_LENGTH = 120


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
    video_link = models.URLField(_("video link"), max_length=300, blank=True)
    lasts_minutes = models.PositiveSmallIntegerField(
        _("lasts"), default=USUAL_LENGTH, help_text=_("In minutes.")
    )
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
