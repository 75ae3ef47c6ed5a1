"""The register as a table, and as a table that leaves."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.processes.as_of import read_as_of
from coordination.processes.queries import get_process

from ..access import kept_by
from ..forms.quick import quick_row
from ..register import Bar, Choices, Reader, columns, read_choices
from ..register.bar import ORDERS
from ..register.choices import SIZES
from ..register.counts import MOST

#: Rows of the register on one page, as usual: below 50 KB also with five owners each.
PAGE = SIZES[0]
#: Rows of an export that are read at once.
_PART = 500
#: What the filters above the register send themselves, and what the choice of columns does.
_TYPED = tuple(name for name in Choices.FILTERS if not name.startswith("due_"))
_SHOWN = ("columns", "density", "rows", "sort", "due_from", "due_until")


@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The register today, or as it stood at the end of an earlier day (`?as_of=`)."""
    process = get_process(request.user, slug)
    choices = read_choices(request.GET, process)
    if len(request.GET.getlist("columns")) > 1:  # as boxes send them: a shorter address to share
        address = reverse("register", args=[slug])
        return redirect(f"{address}?{choices.query()}")
    bar = Bar(choices, request.user, process)
    cursors = {name: request.GET.get(name, "") for name in ("after", "before")}
    reader = Reader(choices, process)
    if bar.moment:
        page = reader.page_in(bar.past, size=choices.size, **cursors)
    else:
        page = reader.page(bar.rows, size=choices.size, **cursors)
    return render(
        request,
        "commitments/register.html",
        bar_context(request, bar)
        | {
            "page": page,
            "quick": None if bar.moment else quick_row(request, process, page.rows),
            "picks": bar.moment is None
            and (process.viewer.is_coordinator or kept_by(request.user, process).any),
            "showing": _showing(bar, len(page.rows)),
            "today": process.today(bar.moment) if bar.moment else process.today(),
            "asked": {row.pk: columns.next_check_in(row) for row in page.rows},
            "heads": columns.heads(choices),
            "has": {name.replace("-", "_"): True for name in choices.columns},
            # Translated once, and not in each row.
            "labels": {k.replace("-", "_"): str(label) for k, label in columns.LABELS.items()},
            "all_columns": columns.all_columns(choices),
            "orders": list(ORDERS.items()),
            "sizes": SIZES,
            "unshown": choices.pairs(*_SHOWN),
        },
    )


def _showing(bar: Bar, n: int) -> str:
    said = {"view": bar.view_label, "n": n, "all": bar.total, "order": bar.order}
    if bar.is_capped:
        words = _("%(view)s: showing %(n)s of more than %(all)s, %(order)s")
        return words % (said | {"all": MOST})
    return _("%(view)s: showing %(n)s of %(all)s, %(order)s") % said


def bar_context(request: HttpRequest, bar: Bar) -> dict[str, Any]:
    """What a page shows above whichever shape of the register (`_register_bar.html`)."""
    process, choices = bar.process, bar.choices
    as_of = read_as_of(request, process)
    if as_of.day > as_of.today:  # nobody knows it yet
        as_of = replace(as_of, day=as_of.today)
    query = choices.query()
    return {
        "process": process,
        "tab": "commitments",
        "bar": bar,
        "choices": choices,
        "as_of": as_of,
        "keep": choices.pairs("as_of"),
        "carried": choices.pairs(*_TYPED),
        "plain": choices.plain().query(),
        "shape": "table",
        "moment": bar.moment,
        "headline": bar.headline,
        "query": f"?{query}" if query else "",
    }


@require_safe
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Exactly what the register of the same address shows, on all of its pages, as CSV."""
    process = get_process(request.user, slug)
    choices = read_choices(request.GET, process)
    bar, reader = Bar(choices, request.user, process), Reader(choices, process)
    if bar.moment:
        parts = columns.in_parts(reader.sorted(bar.past))
    else:
        parts = reader.in_parts(bar.rows, _PART)
    day = choices.as_of or process.today()
    name = f"{process.slug}-{choices.view}-{day:%Y-%m-%d}.csv"
    disposition = content_disposition_header(True, name)
    assert disposition is not None
    return StreamingHttpResponse(
        columns.lines(choices, process, parts, bar.moment or timezone.now()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )
