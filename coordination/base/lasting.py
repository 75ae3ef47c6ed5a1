"""Rows that hold for a time: from one day on, and no longer on another."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from .querysets import ScopedQuerySet


def held_on(day: date | OuterRef, prefix: str = "") -> Q:
    """What held on a day, or on that of a column.

    `prefix` leads to the row from another, as in "seat__".
    """
    begun = Q(**{f"{prefix}started_on": None}) | Q(**{f"{prefix}started_on__lte": day})
    return begun & (Q(**{f"{prefix}ended_on": None}) | Q(**{f"{prefix}ended_on__gt": day}))


def holds(day: date, started_on: date | None, ended_on: date | None) -> bool:
    """Whether what started and ended on those days held on the day; no day is an open end."""
    return (started_on is None or started_on <= day) and (ended_on is None or day < ended_on)


class LastingQuerySet(ScopedQuerySet):
    def on(self, day: date) -> Self:
        return self.filter(held_on(day))


class Lasting(models.Model):
    """Holds from `started_on`, always where that is empty, until the day before `ended_on`.

    Days are those of the process's calendar. What was entered by mistake ends on the day on which
    it started: it never held, and is still there to be read.
    """

    started_on = models.DateField(_("from"), null=True, blank=True)
    ended_on = models.DateField(
        _("ended"), null=True, blank=True, help_text=_("The first day on which it is no longer so.")
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(started_on=None) | Q(ended_on__gte=F("started_on")),
                name="%(class)s_ends_after_it_starts",
                violation_error_message=_("It cannot end before it starts."),
            ),
        ]

    def holds_on(self, day: date) -> bool:
        return holds(day, self.started_on, self.ended_on)
