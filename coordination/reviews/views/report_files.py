"""A report as files: asked for, with the progress of those that are made, and fetched."""

from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from coordination.commitments.uploads import is_intact, read
from coordination.commitments.views.evidence import FILE_HEADERS
from coordination.ledger.actions import Origin

from ..actions import ask_for_report_file
from ..models import Report, ReportFile
from ..reports.document import document
from ..reports.figures import figures_of
from ..reports.languages import installed
from ..reports.seal import approval_words
from .reports import get_report

#: Seconds until the page of the files looks again whether one is made.
LOOK_AGAIN = 5
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@require_safe
def index(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The files of a report. The page looks again by itself while one is being made."""
    report = get_report(request, slug, pk)
    files = list(report.files.select_related("requested_by").order_by("-pk")[:20])
    under_way = any(one.state in ("waiting", "making") for one in files)
    context = {
        "process": report.process,
        "tab": "reviews",
        "report": report,
        "files": files,
        "formats": ReportFile.Format.choices,
        "under_way": under_way,
        "seconds": LOOK_AGAIN,
    }
    response = render(request, "reviews/report_files.html", context)
    if under_way:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@require_POST
def ask(request: HttpRequest, slug: str, pk: int, kind: str) -> HttpResponse:
    """Let a file be made."""
    report = get_report(request, slug, pk)
    if kind not in ReportFile.Format.values:
        raise Http404
    ask_for_report_file(actor=request.user, report=report, format=kind, origin=Origin.WEB)
    return redirect("implementation-report-files", slug, pk)


@require_safe
def fetch(request: HttpRequest, slug: str, pk: int, file: int) -> HttpResponseBase:
    """The file, to be kept on the reader's machine; never shown as a page of this site."""
    report = get_report(request, slug, pk)
    rows = ReportFile.objects.visible_to(request.user).filter(state=ReportFile.State.READY)
    one = get_object_or_404(rows, report=report, pk=file)
    path = str(one.file.name)
    if one.size is None or not is_intact(path, one.size, one.sha256):
        context = {"process": report.process, "tab": "reviews", "report": report}
        return render(request, "reviews/report_file_damaged.html", context, status=409)
    response = StreamingHttpResponse(read(path), content_type=_MEDIA_TYPES[one.format])
    return _as_attachment(response, report, one.format, one.size)


@require_safe
def alone(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The report as one HTML file, with its styles in it."""
    report = get_report(request, slug, pk)
    said = document(figures_of(report), approved=approval_words(report), digest=report.digest)
    context = {
        "doc": said,
        "matrix": said["matrix"]["rows"],
        "spoken": installed(report.language),
        "is_alone": True,
        "styles": format_html(
            "<{0}>{1}</{0}>", "style", render_to_string("reviews/report_alone.css")
        ),
    }
    page = render_to_string("reviews/report_alone.html", context)
    response = HttpResponse(page)
    return _as_attachment(response, report, "html", len(response.content))


def _as_attachment(response: Any, report: Report, extension: str, size: int) -> Any:
    name = slugify(str(report)) or f"report-{report.number}"
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = content_disposition_header(
        True, f"{name}.{extension}"
    )
    for header, value in FILE_HEADERS.items():
        response.headers[header] = value
    return response
