"""The rhythms in which the bodies of a process meet."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.recurrence_words import rule_in_words
from coordination.bodies.access import may_keep, rights
from coordination.bodies.models import Body
from coordination.processes.editing import save
from coordination.processes.queries import get_process

from .. import actions, queries
from ..forms.series import SeriesForm
from ..models import Review, ReviewSeries
from ..occurrences import rhythm_or_nothing
from .meetings import get_body_that_one_keeps

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """By body in what rhythm it meets; to those who keep it, where it is changed."""
    process = get_process(request.user, slug)
    own = rights(request.user, process)
    today = process.today()
    bodies = Body.objects.visible_to(request.user).filter(process=process)
    rows, idle = [], []
    for body in bodies.prefetch_related(Prefetch("review_series")):
        if not body.exists_on(today) and not body.review_series.all():
            continue
        body.process = process
        keeps = own.coordinates or body.pk in own.bodies
        lines = [_line(series, body) for series in body.review_series.all()]
        if lines:
            rows.append((body, lines, keeps))
        else:
            idle.append((body, keeps))
    context = {"process": process, "tab": "reviews", "rows": rows, "idle": idle}
    return render(request, "reviews/series.html", context)


def _line(series: ReviewSeries, body: Body) -> dict[str, Any]:
    series.body = body
    today = body.process.today()
    last = today.replace(year=today.year + 2, day=1)
    coming = rhythm_or_nothing(series, today, last)[:3]
    return {
        "series": series,
        "words": rule_in_words(series.rule, series.starts_on),
        "days": coming,
    }


@CHANGES
def add(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    body = get_body_that_one_keeps(request, slug, code)
    form = SeriesForm(request.POST if request.method == "POST" else None, body=body)
    if _is_to_be_saved(request) and save(
        request,
        form,
        actions.enter_series,
        body.process,
        _("The rhythm is entered, and its next meeting planned."),
        body=body,
    ):
        return redirect("series", slug)
    return _page(request, body, form)


@CHANGES
def edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A change of the rhythm; meetings that stand for a day of it already stay as they are."""
    process = get_process(request.user, slug)
    known = ReviewSeries.objects.visible_to(request.user).select_related("body__protocol")
    series = get_object_or_404(known, body__process=process, pk=pk)
    series.body.process = process
    if not may_keep(request.user, series.body):
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = SeriesForm(data, body=series.body, thing=series)
    if _is_to_be_saved(request) and save(
        request, form, actions.change_series, process, _("Saved."), series=series
    ):
        return redirect("series", slug)
    standing = series.reviews.filter(queries.coming(process), state=Review.State.PLANNED)
    return _page(request, series.body, form, series=series, standing=standing.order_by("held_on"))


def _is_to_be_saved(request: HttpRequest) -> bool:
    return request.method == "POST" and "preview" not in request.POST


def _page(request: HttpRequest, body: Body, form: SeriesForm, **more: Any) -> HttpResponse:
    """The form; with the button for it, the next days of what is typed, before it is saved."""
    context = {
        "process": body.process,
        "tab": "reviews",
        "body": body,
        "form": form,
        "preview": form.preview,
    } | more
    status = 422 if form.is_bound and (_is_to_be_saved(request) or form.errors) else 200
    return render(request, "reviews/series_form.html", context, status=status)
