"""The pages of implementation reports: the list, one, its editing, its approval."""

import functools
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.ledger.signing import digest_of
from coordination.processes.editing import answer, save, sent_by
from coordination.processes.queries import get_process

from ..actions import approve_report, change_report, create_report, draft_anew, edit_section
from ..forms.reports import DraftAnewForm, ReportForm, SectionForm
from ..models import Report, ReportSection
from ..reports import access
from ..reports.document import document
from ..reports.drafts import draft
from ..reports.figures import figures_of, is_over
from ..reports.languages import installed
from ..reports.seal import approval_words

#: Reports on a page of the list, and rows of the matrix on a page of a report.
PAGE, ROWS = 40, 60


def get_report(request: HttpRequest, slug: str, pk: int) -> Report:
    """The report with its process, whose `viewer` is set; 404 to who may not see it."""
    process = get_process(request.user, slug)
    rows = Report.objects.visible_to(request.user)
    rows = rows.select_related("body", "issued_by", "approved_by", "created_by")
    report = get_object_or_404(rows, process=process, pk=pk)
    report.process = report.issued_by.process = process
    return report


def _to_write(request: HttpRequest, slug: str, pk: int) -> Report:
    report = get_report(request, slug, pk)
    if not (access.may_write(request.user, report) or _wrote(request, report)):
        raise PermissionDenied
    return report


def _wrote(request: HttpRequest, report: Report) -> bool:
    """Who could write it while it was a draft learns from the form that it no longer is one."""
    return report.approved_at is not None and bool(
        {report.issued_by_id}
        & {body.pk for body in access.bodies_that_issue(request.user, report.process)}
    )


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    rows = Report.objects.visible_to(request.user).filter(process=process)
    rows = rows.select_related("body", "issued_by", "process")
    context = {
        "process": process,
        "tab": "reviews",
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "may_write": bool(access.bodies_that_issue(request.user, process)),
    }
    return render(request, "reviews/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft a report of a period."""
    process = get_process(request.user, slug)
    issuers = access.bodies_that_issue(request.user, process)
    if not issuers:
        raise PermissionDenied
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        process=process,
        issuers=issuers,
        initial={"issued_by": issuers[0].pk if len(issuers) == 1 else None, "language": "en"},
    )
    action = functools.partial(create_report, process=process)
    made: list[Report] = []

    def done(report: Report) -> str:
        made.append(report)
        return _("The report is drafted. Look through each section before it is approved.")

    if form.is_bound and save(request, form, action, process, done):
        return (
            redirect("implementation-report", slug, made[0].pk)
            if made
            else redirect("implementation-reports", slug)
        )
    context = {"process": process, "tab": "reviews", "form": form}
    return answer(request, "reviews/report_new.html", context, form)


@require_safe
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    report = get_report(request, slug, pk)
    return render(request, "reviews/report.html", _page(request, report))


def _page(request: HttpRequest, report: Report) -> dict[str, Any]:
    figures = figures_of(report)
    digest = report.digest or digest_of(figures)
    said = document(figures, approved=approval_words(report), digest=report.digest)
    rows = said["matrix"]["rows"]
    asked = request.GET.get("matrix")
    every = Paginator(rows, max(len(rows), 1) if asked == "all" else ROWS)
    may_write = access.may_write(request.user, report)
    sections = {one.part: one for one in report.sections.all()} if may_write else {}
    plain = {one["part"]: one["text"] for one in figures["sections"]}
    return {
        "process": report.process,
        "tab": "reviews",
        "report": report,
        "doc": said,
        "spoken": installed(report.language),
        "matrix": every.get_page(request.GET.get("page")),
        "is_whole": len(rows) <= ROWS or asked == "all",
        "seen": digest,
        "may_write": may_write,
        "sections": sections,
        "outdated": [
            part
            for part, one in sections.items()
            if one.edited_at is None and draft(part, figures) != plain[part]
        ],
        "may_approve": access.may_approve(request.user, report) and is_over(report),
        "is_over": is_over(report),
        "files": list(report.files.order_by("-pk")[:6]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change what a draft is about."""
    report = _to_write(request, slug, pk)
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        process=report.process,
        thing=report,
        issuers=access.bodies_that_issue(request.user, report.process),
    )
    action = functools.partial(change_report, report=report)
    words = _(
        "Saved. The sections stay as they are written: draft them anew where they should not."
    )
    if form.is_bound and save(request, form, action, report.process, words):
        return redirect("implementation-report", slug, pk)
    context = {"process": report.process, "tab": "reviews", "form": form, "report": report}
    return answer(request, "reviews/report_new.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, slug: str, pk: int, part: str) -> HttpResponse:
    """Edit the words of a section, or let the data say them again."""
    report = _to_write(request, slug, pk)
    one = get_object_or_404(report.sections, part=part)
    one.report = report
    form = SectionForm(sent_by(request, "words", default=True), process=report.process, thing=one)
    anew = DraftAnewForm(sent_by(request, "anew"), section=one, prefix="anew")

    def write(**given: Any) -> ReportSection:
        # The form has compared what its writer saw with what is stored, under the same lock.
        version = ReportSection.objects.values_list("version", flat=True).get(pk=one.pk)
        return edit_section(section=one, version=version, **given)

    process = report.process
    if (form.is_bound and save(request, form, write, process, _("The section is saved."))) or (
        anew.is_bound
        and save(
            request,
            anew,
            functools.partial(draft_anew, section=one),
            process,
            _("The section says again what the data say."),
        )
    ):
        return redirect(f"{redirect('implementation-report', slug, pk).url}#{part}")
    context = {
        "process": process,
        "tab": "reviews",
        "report": report,
        "section": report.sections.get(part=part),
        "form": form,
        "anew": anew,
    }
    return answer(request, "reviews/report_section.html", context, form, anew)


@require_POST
def approve(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Approve the report as it was read."""
    report = get_report(request, slug, pk)
    if report.approved_at is None and not access.may_approve(request.user, report):
        raise PermissionDenied
    if report.approved_at is not None and not _wrote(request, report):
        raise PermissionDenied
    seen = request.POST.get("seen", "")[:64]
    try:
        approve_report(actor=request.user, report=report, seen=seen, origin=Origin.WEB)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The report is approved, and its figures are kept."))
    return redirect("implementation-report", slug, pk)
