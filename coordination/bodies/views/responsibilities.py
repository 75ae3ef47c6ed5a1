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
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import access, matrix, queries
from ..actions.matrix import Cell, ChangedMeanwhile, assign, give_up, take_on
from ..models import Body, Responsibility, Seat
from ..structure import load
from .pages import body_context, get_body, views_of

PAGE = 40


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


@require_safe
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One responsibility: what it is, and who had what part in it when."""
    process = get_process(request.user, slug)
    responsibility = _get(request, process, pk)
    found = queries.found(process)
    as_of = read_as_of(request, process)
    context = views_of(process, as_of, found) | {
        "view": "responsibilities",
        "responsibility": responsibility,
        "found": [one for one in found if one.gap.responsibility_id == pk],
        "claims": responsibility.claims.select_related("body").order_by("started_on", "pk"),
        "assignments": responsibility.assignments.select_related(
            "seat__body", "seat__party", "body"
        ).order_by("letter", "started_on", "pk"),
        "may_end": process.viewer.is_coordinator,  # type: ignore[attr-defined]
    }
    return render(request, "bodies/responsibility.html", context)


def _get(request: HttpRequest, process: Process, pk: int) -> Responsibility:
    rows = Responsibility.objects.visible_to(request.user).filter(process=process)
    responsibility = get_object_or_404(rows, pk=pk)
    responsibility.process = process
    return responsibility


@require_POST
def row(request: HttpRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Save cells of a row as the body's page shows it.

    A page that asks for the row alone gets it back, with its checks made anew; the others are sent
    to the page of the body. Where somebody else was quicker, what was typed stays in the fields.
    """
    process = get_process(request.user, slug)
    body = get_body(request, process, code)
    responsibility = _get(request, process, pk)
    cells = _cells(request, process)
    touched = {_body_of(cell.holder) for cell in cells} | {body}
    if not all(access.may_keep(request.user, one) for one in touched):
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
        return redirect(f"{body_address(process, body)}#r{pk}")
    edited = _refused_row(request, process, body, pk, cells, refused)
    context = body_context(request, process, body, edited)
    return render(request, "bodies/detail.html", context, status=_status(refused))


def body_address(process: Process, body: Body) -> str:
    return reverse("body", args=[process.slug, body.code])


def _status(refused: Refused) -> int:
    return 409 if isinstance(refused, ChangedMeanwhile) else 422


def _body_of(holder: Seat | Body) -> Body:
    return holder if isinstance(holder, Body) else holder.body


def _cells(request: HttpRequest, process: Process) -> list[Cell]:
    """The cells that were changed, each with what it showed; a new column under "holder"."""
    sent = {
        name: str(value) for name, value in request.POST.items() if f"was-{name}" in request.POST
    }
    added = request.POST.get("holder", "")
    if added and added not in sent:
        sent[added] = request.POST.get("letters", "")
    seats = {f"seat-{one.pk}": one for one in _rows(Seat, "body__process", process, sent)}
    bodies = {f"body-{one.pk}": one for one in _rows(Body, "process", process, sent)}
    holders: dict[str, Any] = seats | bodies
    return [
        Cell(holders[name], letters, request.POST.get(f"was-{name}", ""))
        for name, letters in sent.items()
        if name in holders and letters != request.POST.get(f"was-{name}", "")
    ]


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


def _refused_row(
    request: HttpRequest,
    process: Process,
    body: Body,
    pk: int,
    cells: list[Cell],
    refused: Refused,
) -> matrix.Row | None:
    """The row as it is now, with what was typed in its fields and what is wrong beside them."""
    table = _table(process, body)
    found = next((one for one in table.rows if one.id == pk), None)
    if found is None:
        return None
    typed = {cell.name: cell.letters for cell in cells}
    wrong = refused.cells if isinstance(refused, ChangedMeanwhile) else {refused.field: ""}
    found.error = refused.message
    for cell in found.cells:
        if cell.name in typed:
            cell.typed = typed[cell.name]
        if cell.name in wrong:
            cell.error = _("now %(letters)s") % {"letters": cell.letters or _("empty")}
    return found


def _table(process: Process, body: Body) -> matrix.Matrix:
    facts = load(process)
    signatories = list(process.parties.filter(signatory=True).values_list("pk", flat=True))
    found = queries.found(process, structure=facts)
    return matrix.of_body(facts, found, body.pk, signatories)


def _one_row(
    request: HttpRequest, process: Process, body: Body, pk: int, refused: Refused | None
) -> HttpResponse:
    table = _table(process, body)
    found = next((one for one in table.rows if one.id == pk), None)
    if found is None:
        return HttpResponse(status=204)
    found.error = refused.message if refused else ""
    context = {"process": process, "body": body, "row": found, "may_keep": True}
    status = _status(refused) if refused else 200
    return render(request, "bodies/_row.html", context, status=status)


@require_http_methods(["POST"])
def add(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """A body takes on a responsibility, new or known."""
    process = get_process(request.user, slug)
    body = get_body(request, process, code)
    if not access.may_keep(request.user, body):
        raise PermissionDenied
    name = request.POST.get("name", "")[:400]
    try:
        if len(name) > 160:
            raise Refused(_("Write at most 160 characters."), "name")
        made = take_on(
            actor=request.user,
            process=process,
            body=body,
            name=name,
            source=request.POST.get("source", "")[:160],
            origin=Origin.WEB,
        )
    except Refused as refused:
        context = body_context(request, process, body) | {
            "adding": {"name": name, "error": refused.message}
        }
        return render(request, "bodies/detail.html", context, status=422)
    return redirect(f"{body_address(process, body)}?edit={made.pk}#r{made.pk}")


@require_POST
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A body gives up its claim, or the process the responsibility itself."""
    process = get_process(request.user, slug)
    responsibility = _get(request, process, pk)
    code = request.POST.get("body", "")
    body = get_object_or_404(Body.objects.filter(process=process), code=code) if code else None
    if body:
        body.process = process
    coordinates = process.viewer.is_coordinator  # type: ignore[attr-defined]
    if not (access.may_keep(request.user, body) if body else coordinates):
        raise PermissionDenied
    give_up(actor=request.user, responsibility=responsibility, body=body, origin=Origin.WEB)
    return redirect("responsibility", slug, pk)
