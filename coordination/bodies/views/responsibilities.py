"""The matrix as one edits it: a row, or a single cell of it, and who had what part when."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.as_of import read_as_of
from coordination.processes.editing import save
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import access, matrix, queries
from ..actions.matrix import (
    Cell,
    ChangedMeanwhile,
    assign,
    change_responsibility,
    give_up,
    take_on,
    take_up_again,
)
from ..forms.matrix import ResponsibilityForm, TakeOnForm
from ..models import Body, Responsibility, Seat
from ..structure import load
from .pages import Refusal, body_context, get_body, views_of

PAGE = 40
#: As many columns as a row can be asked for with.
COLUMNS = 200


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Every responsibility of the process: who claims it, who is accountable, what is wrong."""
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    facts = load(process, as_of.day)
    found = queries.found(process, structure=facts)
    find = request.GET.get("find", "")[:80].strip()
    rows = [pk for pk, name in facts.responsibilities.items() if find.casefold() in name.casefold()]
    rows.sort(key=lambda pk: facts.responsibilities[pk].casefold())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = views_of(process, as_of, found) | {
        "view": "responsibilities",
        "find": find,
        "page": page,
        "rows": queries.holders(facts, found, list(page.object_list)),
    }
    return render(request, "bodies/responsibilities.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One responsibility: what it is, and who had what part in it when; coordinators correct it."""
    process = get_process(request.user, slug)
    responsibility = _get(request, process, pk)
    coordinates = process.viewer.is_coordinator
    if request.method == "POST" and not coordinates:
        raise PermissionDenied
    form = ResponsibilityForm(request.POST or None, process=process, thing=responsibility)
    if form.is_bound and save(
        request, form, change_responsibility, process, _("Saved."), responsibility=responsibility
    ):
        return redirect("responsibility", slug, pk)
    as_of = read_as_of(request, process)
    found = queries.found(process, as_of.day)
    claims = responsibility.claims.select_related("body").order_by("started_on", "pk")
    today, mine = process.today(), access.rights(request.user, process)
    context = views_of(process, as_of, found) | {
        "view": "responsibilities",
        "responsibility": responsibility,
        "in_force": responsibility.holds_on(today),
        "found": [one for one in found if one.gap.responsibility_id == pk],
        "claims": [
            (claim, claim.holds_on(today) and (mine.coordinates or claim.body_id in mine.bodies))
            for claim in claims
        ],
        "assignments": queries.parts_over_time(responsibility),
        "coordinates": coordinates,
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "bodies/responsibility.html", context, status=status)


def _get(request: HttpRequest, process: Process, pk: int) -> Responsibility:
    rows = Responsibility.objects.visible_to(request.user).filter(process=process)
    responsibility = get_object_or_404(rows, pk=pk)
    responsibility.process = process
    return responsibility


@require_POST
def row(request: HttpRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Save cells of a row as the body's page shows it.

    A page that asks for the row alone names the columns that it shows and gets the row back with
    these, its checks made anew; the others are sent to the page of the body. Where somebody else
    was quicker, what was typed stays in the fields.
    """
    process = get_process(request.user, slug)
    body = get_body(request, process, code)
    responsibility = _get(request, process, pk)
    cells = _cells(request, process)
    if not access.may_assign(request.user, [body, *(cell.holder for cell in cells)]):
        raise PermissionDenied  # who keeps a body says what it and its seats do
    refused: Refused | None = None
    try:
        assign(actor=request.user, responsibility=responsibility, cells=cells, origin=Origin.WEB)
    except Refused as error:
        refused = error
    if request.headers.get("X-Row") == "only":
        return _one_row(request, process, body, pk, refused)
    if refused is None:
        messages.success(request, _("“%(name)s” is saved.") % {"name": responsibility.name})
        return redirect(f"{reverse('body', args=[slug, code])}#r{pk}")
    refusal = Refusal(
        pk,
        refused.message,
        {cell.name: cell.letters for cell in cells},
        refused.cells if isinstance(refused, ChangedMeanwhile) else {str(refused.field): ""},
    )
    context = body_context(request, process, body, refusal)
    return render(request, "bodies/detail.html", context, status=_status(refused))


def _status(refused: Refused) -> int:
    return 409 if isinstance(refused, ChangedMeanwhile) else 422


def _cells(request: HttpRequest, process: Process) -> list[Cell]:
    """The cells that were changed, each with what it showed; a new column under "holder"."""
    sent = {name: str(said) for name, said in request.POST.items() if f"was-{name}" in request.POST}
    if added := _added(request, process):
        sent.setdefault(added, request.POST.get("letters", ""))
    seats = {f"seat-{one.pk}": one for one in _rows(Seat, "body__process", process, sent)}
    bodies = {f"body-{one.pk}": one for one in _rows(Body, "process", process, sent)}
    holders: dict[str, Any] = seats | bodies
    return [
        Cell(holders[name], letters, request.POST.get(f"was-{name}", ""))
        for name, letters in sent.items()
        if name in holders and letters != request.POST.get(f"was-{name}", "")
    ]


def _added(request: HttpRequest, process: Process) -> str:
    """The name of the column of a body that was named by its code, for a cell that is new."""
    code = request.POST.get("holder", "").strip()
    if not code or "\0" in code:
        return ""
    body = process.bodies.filter(code__iexact=code[:24]).first()
    if body is None:
        messages.error(request, _("“%(code)s” is no code of a body here.") % {"code": code[:24]})
        return ""
    return queries.cell_of(body)


def _rows(model: Any, path: str, process: Process, names: Any) -> Any:
    kind = f"{model._meta.model_name}-"
    ids = [name.removeprefix(kind) for name in names if name.startswith(kind)]
    numbers = [int(pk) for pk in ids if pk.isdecimal() and len(pk) < 19]
    rows = model.objects.filter(**{path: process}, pk__in=numbers)
    rows = rows.select_related("body") if model is Seat else rows
    for one in rows:
        owner = one.body if model is Seat else one
        owner.process = process
        yield one


def _one_row(
    request: HttpRequest, process: Process, body: Body, pk: int, refused: Refused | None
) -> HttpResponse:
    """The row with the columns that the page shows, in its order."""
    facts = load(process)
    if pk not in facts.responsibilities:
        return HttpResponse(status=204)
    view = matrix.View(
        keeps=True,
        of_all=process.viewer.is_coordinator,
        names=[name[:24] for name in request.POST.get("columns", "").split(",")[:COLUMNS] if name],
    )
    table = matrix.of_body(facts, queries.found(process, structure=facts), body.pk, [pk], view)
    [shown] = table.rows
    shown.error = refused.message if refused else ""
    context = {
        "process": process,
        "body": body,
        "row": shown,
        "may_keep": True,
        "elsewhere": request.POST.get("elsewhere") == "yes",
    }
    status = _status(refused) if refused else 200
    return render(request, "bodies/_row.html", context, status=status)


@require_POST
def add(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A body takes on a responsibility, new or known."""
    process = get_process(request.user, slug)
    body = get_body(request, process, code)
    if not access.may_keep(request.user, body):
        raise PermissionDenied
    form = TakeOnForm(request.POST)
    if form.is_valid():
        try:
            made = take_on(
                actor=request.user,
                process=process,
                body=body,
                origin=Origin.WEB,
                **form.cleaned_data,
            )
        except Refused as refused:
            form.add_error("name", refused.message)
        else:
            return redirect(f"{reverse('body', args=[slug, code])}?edit={made.pk}#r{made.pk}")
    context = body_context(request, process, body) | {"adding": form}
    return render(request, "bodies/detail.html", context, status=422)


@require_POST
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A body gives up its claim, or the process the responsibility; it can be taken up again."""
    process = get_process(request.user, slug)
    responsibility = _get(request, process, pk)
    claimed = responsibility.claims.select_related("body")
    number = request.POST.get("claim", "")
    claim = get_object_or_404(claimed, pk=number if number.isdecimal() else 0) if number else None
    coordinates = process.viewer.is_coordinator
    if claim:
        claim.body.process = process
    if not (access.may_keep(request.user, claim.body) if claim else coordinates):
        raise PermissionDenied
    if "again" in request.POST:
        take_up_again(actor=request.user, responsibility=responsibility, origin=Origin.WEB)
    else:
        give_up(
            actor=request.user,
            responsibility=responsibility,
            body=claim.body if claim else None,
            origin=Origin.WEB,
        )
    return redirect("responsibility", slug, pk)
