"""Numbers against what is agreed: their charts, and the pages on which they are recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.processes.editing import save

from ..access import rights
from ..actions.measures import record_measurement, withdraw_measurement
from ..charts import Chart, Series, against_bound, levels_over_time, lowest, plain_number
from ..flag_access import Sides, sides
from ..forms.flags import BecauseForm
from ..forms.measures import MeasurementForm
from ..models import Bound, Commitment, Level, Measurement, Obligation
from .fetching import frame, get_commitment, owed_under

#: As many figures as the page of a bound shows, and that of its commitment; the chart has all.
SHOWN, FEW = 40, 5
_SPOKEN = 6


@dataclass(frozen=True)
class Figures:
    """A bound with what was measured against it, and how that is drawn."""

    bound: Bound
    chart: Chart
    #: The latest first, each with whether it is within the bound, and may be withdrawn.
    rows: list[tuple[Measurement, bool, bool]]
    more: int
    words: str
    may: Sides

    @property
    def few(self) -> list[tuple[Measurement, bool, bool]]:
        return self.rows[:FEW]

    @property
    def last(self) -> list[tuple[Measurement, bool]]:
        """The last that was reported and the last that was measured, each with whether within."""
        split = [[one for one in self.rows if (one[0].body is None) == by] for by in (True, False)]
        return [(one[0][0], one[0][1]) for one in split if one]

    @property
    def is_ever_beyond(self) -> bool:
        return any(dot.is_beyond for dot in self.chart.dots)


def figures_of(
    commitment: Commitment, user: Any, owed: list[Obligation], only: int | None = None
) -> list[Figures]:
    """For the section `_bounds.html` of the commitment's page."""
    known = rights(user, commitment)
    measured = Measurement.objects.order_by("on", "pk").select_related("author", "body")
    bounds = Bound.objects.visible_to(user).filter(commitment=commitment)
    if only is not None:
        bounds = bounds.filter(pk=only)
    bounds = bounds.select_related("obligation__party", "obligation__body").order_by("pk")
    found = []
    for bound in bounds.prefetch_related(Prefetch("measurements", measured)):
        bound.commitment = commitment
        rows, may = list(bound.measurements.all()), sides(user, bound, owed, known)
        found.append(
            Figures(
                bound=bound,
                chart=_chart(bound, rows),
                rows=[
                    (row, bound.allows(row.value), may.may_withdraw(row))
                    for row in rows[: -SHOWN - 1 : -1]
                ],
                more=max(len(rows) - SHOWN, 0),
                words=_in_words(bound, rows),
                may=may,
            )
        )
    return found


def _chart(bound: Bound, rows: list[Measurement]) -> Chart:
    process = bound.commitment.process

    def series(verified: bool) -> Series:
        own = [row for row in rows if (row.body_id is not None) == verified]
        return [(row.on, float(row.value)) for row in own]

    return against_bound(
        series(False),
        series(True),
        bound=float(bound.value),
        allows=lambda value: bound.allows(Decimal(str(value))),
        today=process.today(),
        zero=process.day_zero.on if process.day_zero else None,
    )


def _in_words(bound: Bound, rows: list[Measurement]) -> str:
    """The description of the chart: its last figures, for who does not see it."""
    said = []
    for row in rows[-_SPOKEN:]:
        values = {"n": plain_number(row.value), "day": _named(row.on, bound.commitment)}
        if row.body:
            said.append(
                _("%(body)s measured %(n)s on %(day)s") % (values | {"body": row.body.name})
            )
        else:
            said.append(_("%(n)s reported on %(day)s") % values)
    return "; ".join(said) if said else _("Nothing has been measured yet.")


def _named(day: date, commitment: Commitment) -> str:
    return commitment.process.day_name(day) or date_format(day, "j M Y")


@dataclass(frozen=True)
class Levels:
    """The chart of levels over time, and its description for who does not see it."""

    chart: Chart
    words: str


def levels_of(commitment: Commitment, owed: Iterable[Obligation]) -> Levels | None:
    """For `_levels_chart.html`: how the commitment as a whole went, at its lowest owner.

    `owed` are obligations with their check-ins and verifications fetched. None while nothing was
    reported or found by all of them.
    """
    process = commitment.process
    reported, verified = [], []
    for one in owed:
        sent = sorted(one.check_ins.all(), key=lambda row: row.pk)
        found = sorted(one.verifications.all(), key=lambda row: (row.recorded_at, row.pk))
        reported.append([(process.today(row.submitted_at), row.level) for row in sent])
        counting = [row for row in found if row.counts]
        verified.append([(process.today(row.recorded_at), row.level) for row in counting])
    drawn = lowest(reported), lowest(verified)
    if not any(drawn):
        return None
    due_on = commitment.deadline.due_on
    said = [_("Promised full by %(day)s") % {"day": _named(due_on, commitment)}] if due_on else []
    spoken = _("Reported %(level)s on %(day)s"), _("Verified %(level)s on %(day)s")
    for series, words in zip(drawn, spoken, strict=True):
        for day, level in series[-_SPOKEN:]:
            label = str(Level(level).label).lower()
            said.append(words % {"level": label, "day": _named(day, commitment)})
    chart = levels_over_time(
        [(due_on, Level.FULL)] if due_on else [],
        *drawn,
        today=process.today(),
        zero=process.day_zero.on if process.day_zero else None,
    )
    return Levels(chart, ". ".join(said))


@require_http_methods(["GET", "HEAD", "POST"])
def measurement_new(request: HttpRequest, slug: str, number: int, bound_id: int) -> HttpResponse:
    """All figures of a bound, to every member; and the form, to who may record another."""
    commitment = get_commitment(request, slug, number)
    get_object_or_404(Bound.objects.visible_to(request.user), commitment=commitment, pk=bound_id)
    [figures] = figures_of(commitment, request.user, owed_under(commitment), bound_id)
    form = None
    if figures.may:
        form = MeasurementForm(request.POST or None, bound=figures.bound, may=figures.may)
    elif request.method == "POST":
        raise PermissionDenied
    done = _("The number is recorded.")
    if (
        form is not None
        and form.is_bound
        and save(request, form, record_measurement, commitment.process, done, bound=figures.bound)
    ):
        return redirect("measurement-new", slug, number, bound_id)
    context = frame(commitment, form=form, figures=[figures], bound=figures.bound)
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "commitments/measurement_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def measurement_withdraw(
    request: HttpRequest, slug: str, number: int, measurement_id: int
) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    rows = Measurement.every.visible_to(request.user).select_related(
        "bound", "body", "author", "withdrawn_by"
    )
    row = get_object_or_404(rows, bound__commitment=commitment, pk=measurement_id)
    row.bound.commitment = commitment
    may = sides(request.user, row.bound, owed_under(commitment))
    if not may.may_withdraw(row):
        raise PermissionDenied
    form = BecauseForm(request.POST or None)
    done = _("The number is withdrawn. It stays in the record.")
    if request.method == "POST" and save(
        request, form, withdraw_measurement, commitment.process, done, measurement=row
    ):
        return redirect("measurement-new", slug, number, row.bound_id)
    context = frame(commitment, form=form, measurement=row)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/measurement_withdraw.html", context, status=status)
