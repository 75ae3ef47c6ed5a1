"""The ledger, its checkpoints, and taking both away to check them elsewhere."""

from pathlib import Path

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from coordination.ledger import export, verify_entente_ledger
from coordination.ledger.actions import Origin
from coordination.ledger.checkpoints import as_text
from coordination.ledger.models import Checkpoint, Entry
from coordination.processes.queries import get_process

from . import minutes
from .ledger_forms import LedgerFilter

#: Checkpoints on one page: a month and its neighbours.
CHECKPOINTS = 40


@require_safe
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """The minutes, newest first."""
    process = get_process(request.user, slug)
    form = LedgerFilter(request.GET, offered=minutes.offered(process, request.user))
    understood = form.is_valid()
    context = {
        "process": process,
        "tab": "ledger",
        "form": form,
        "understood": understood,
        "last_checkpoint": Checkpoint.objects.visible_to(request.user)
        .filter(process=process)
        .first(),
    }
    if understood:
        chosen = form.chosen()
        before = _before(request)
        context |= {
            "chosen": chosen,
            "before": before,
            "page": minutes.read_page(process, request.user, chosen, before),
        }
    return render(request, "insights/ledger.html", context)


@require_safe
def entry(request: HttpRequest, slug: str, sequence: int) -> HttpResponse:
    """One entry with all that it says, and the line that proves it."""
    process = get_process(request.user, slug)
    entries = Entry.objects.visible_to(request.user).filter(process=process)
    found = get_object_or_404(entries, sequence=sequence)
    line = minutes.Line(found.sequence, found.hash, found)
    minutes.fill([line], process, request.user, None)
    context = {
        "process": process,
        "tab": "ledger",
        "line": line,
        "verb": minutes.verb_words(found.verb),
        "kind": minutes.kind_words(found.object_type),
        "proof": export.line(found, shown=True).decode(),
    }
    return render(request, "insights/entry.html", context)


@require_safe
def checkpoints(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    rows = Checkpoint.objects.visible_to(request.user).filter(process=process)
    before = _before(request)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.select_related("key")[: CHECKPOINTS + 1])
    context = {
        "process": process,
        "tab": "ledger",
        "checkpoints": found[:CHECKPOINTS],
        "ledger_name": export.file_name(process, "N"),
        "before": before,
        "earlier": found[CHECKPOINTS - 1].number if len(found) > CHECKPOINTS else None,
    }
    return render(request, "insights/checkpoints.html", context)


@require_safe
def checkpoint(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One checkpoint as the text to keep."""
    process = get_process(request.user, slug)
    rows = Checkpoint.objects.visible_to(request.user).filter(process=process)
    found = get_object_or_404(rows, number=number)
    name = f"{process.slug}-checkpoint-{number}.txt"
    return HttpResponse(as_text(found), content_type="text/plain", headers=_attached(name))


@require_safe
def script(request: HttpRequest, slug: str) -> HttpResponse:
    """The script that checks an export; the same for everybody, linked from where one needs it."""
    get_process(request.user, slug)
    path = Path(verify_entente_ledger.__file__)
    return HttpResponse(
        path.read_bytes(), content_type="text/x-python", headers=_attached(path.name)
    )


@require_POST
def ledger_export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The whole chain, with what the reader may see in it; that it left is recorded."""
    process = get_process(request.user, slug)
    last = export.begin_export(
        process=process, actor=request.user, reader=request.user, origin=Origin.WEB
    )
    return StreamingHttpResponse(
        export.lines(process, last, request.user),
        content_type="application/jsonl; charset=utf-8",
        headers=_attached(export.file_name(process, last.sequence)),
    )


def _attached(name: str) -> dict[str, str]:
    disposition = content_disposition_header(True, name)
    assert disposition is not None
    return {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}


def _before(request: HttpRequest) -> int | None:
    """The number before which a page begins; 404 for one that is none."""
    typed = request.GET.get("before", "")
    if not typed:
        return None
    if not typed.isascii() or not typed.isdecimal() or len(typed) > 15:
        raise Http404
    return int(typed)
