"""The choices of the register in other shapes: along time, and by level."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.processes.models import Process
from coordination.processes.queries import get_process

from ..register import Bar, read_choices
from ..shapes.board import Voice, board_of, board_on
from ..shapes.drawing import draw
from ..shapes.timeline import Lanes, by_lane, edges_among, page_of, page_on, read_asked, window_for
from ..shapes.window import Span, beside
from .pages import bar_context


def _frame(
    request: HttpRequest, bar: Bar, shape: str, own: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """What stands above a shape; its forms carry on how the shape itself is shown (`own`)."""
    context = bar_context(request, bar)
    said = [(name, value) for name, value in own if value]
    return context | {
        "shape": shape,
        "keep": [*context["keep"], *said],
        "carried": [*context["carried"], *said],
    }


@require_safe
def timeline(request: HttpRequest, slug: str) -> HttpResponse:
    """Bars and moments by date, what depends on what, and today."""
    process = get_process(request.user, slug)
    choices, asked = read_choices(request.GET, process), read_asked(request.GET)
    bar = Bar(choices, request.user, process)
    today = choices.as_of or process.today()
    if bar.moment:
        window = window_for(asked, today, bar.past)
        page = page_on(asked, window, bar.past)
    else:
        window = window_for(asked, today, bar.rows)
        page = page_of(asked, window, bar.rows)
    for row in page.rows:
        row.process = process
    # What depends on what, and when anchors were thought to happen, is known of today only.
    edges = set() if bar.moment else edges_among(process, [row.pk for row in page.rows])
    drawing = draw(
        by_lane(page.rows, asked.lanes),
        window,
        process=process,
        today=today,
        moment=bar.moment or timezone.now(),
        anchors=[] if bar.moment else process.anchors.all(),
        edges=sorted(edges),
    )
    earlier, later = beside(asked.span, window)

    def address(**changes: Any) -> str:
        return "?" + asked.query(choices, **{"after": None, "before": None} | changes)

    context = _frame(request, bar, "timeline", asked.pairs()) | {
        "asked": asked,
        "drawing": drawing,
        "today_name": _today_name(process, today, bar.moment is None),
        "spans": Span.choices,
        "lanes": Lanes.choices,
        "earlier": address(first=earlier) if earlier else "",
        "later": address(first=later) if later else "",
        "around": address(first=None) if asked.first and asked.span != Span.ALL else "",
        "everything": address(span=Span.ALL.value),
        "previous": address(before=page.before) if page.before else "",
        "next": address(after=page.after) if page.after else "",
    }
    return render(request, "commitments/timeline.html", context)


def _today_name(process: Process, day: date, is_today: bool) -> str:
    name = _("Today") if is_today else formats.date_format(day, "SHORT_DATE_FORMAT")
    return ", ".join(part for part in (name, process.day_name(day)) if part)


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """By the level at which each commitment stands, as verified or as reported."""
    process = get_process(request.user, slug)
    choices = read_choices(request.GET, process)
    bar = Bar(choices, request.user, process)
    voice = Voice.REPORTED if request.GET.get("by") == Voice.REPORTED else Voice.VERIFIED
    found = board_on(bar.past, choices, voice) if bar.moment else board_of(bar.rows, choices, voice)
    for column in found.columns:
        for card in column.cards:
            card.process = process
    own = {Voice.VERIFIED: "", Voice.REPORTED: Voice.REPORTED.value}
    query = choices.query()
    context = _frame(request, bar, "board", [("by", own[voice])]) | {
        "board": found,
        "voice": voice,
        "voices": [
            (one, one.label, "&".join(part for part in (query, own[one] and f"by={one}") if part))
            for one in Voice
        ],
    }
    return render(request, "commitments/board.html", context)
