"""Implementation reports: drafted from the data, edited by people, approved once."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.base.spoken import on_record
from coordination.bodies.models import Body
from coordination.ledger.actions import append, lock, snapshot
from coordination.ledger.signing import digest_of
from coordination.processes.models import Process
from coordination.processes.records import change

from ..models import Report, ReportFile, ReportSection
from ..reports.drafts import draft
from ..reports.figures import figures_of, is_over
from .report_files import ask_for_report_file


@transaction.atomic
def create_report(
    *,
    actor: Any,
    process: Process,
    issued_by: Body,
    title: str,
    period_from: date,
    period_until: date,
    origin: str,
    body: Body | None = None,
    reference: str = "",
    language: str = "en",
) -> Report:
    """Draft a report of a period: every section in words, from the data as they are."""
    lock(process)
    for one in (issued_by, body):
        if one is not None and one.process_id != process.pk:
            raise Refused(_("Choose a body of the process."), "body")
    last = Report.objects.filter(process=process).aggregate(last=Max("number"))["last"] or 0
    report = Report(
        process=process,
        issued_by=issued_by,
        body=body,
        number=last + 1,
        reference=reference.strip(),
        title=title.strip(),
        period_from=period_from,
        period_until=period_until,
        language=language,
        created_by=actor,
    )
    refuse_what_is_not_allowed(report, {"report_period_has_an_end": "period_until"})
    report.save()
    figures = figures_of(report, with_words=False)
    ReportSection.objects.bulk_create(
        ReportSection(report=report, part=part, order=order, text=draft(part, figures))
        for order, part in enumerate(ReportSection.Part.values, start=1)
    )
    append(
        process=process,
        actor=actor,
        verb="report.drafted",
        thing=report,
        origin=origin,
        summary=f"Drafted {report}: {report.title}",
        after=snapshot(report),
    )
    return report


@transaction.atomic
def change_report(*, actor: Any, report: Report, origin: str, **fields: Any) -> Report:
    """Change what a draft is about; its sections stay as they are written."""
    report = _draft(report)
    change(
        report,
        fields,
        process=report.process,
        actor=actor,
        verb="report.changed",
        origin=origin,
        summary=f"Changed {report}:",
        beside={"report_period_has_an_end": "period_until"},
    )
    return report


@transaction.atomic
def edit_section(
    *, actor: Any, section: ReportSection, text: str, version: int, origin: str
) -> ReportSection:
    """Write a section anew; `version` is the one that its writer had before them.

    `Overtaken` where somebody else was faster: neither overwrites the other.
    """
    section = _take(section, version)
    text = text.replace("\r\n", "\n").strip()
    if text == section.text:
        return section
    return _write(actor, section, text, origin, "report.section-edited", "Edited")


@transaction.atomic
def draft_anew(
    *,
    actor: Any,
    section: ReportSection,
    version: int,
    origin: str,
    although_edited: bool = False,
) -> ReportSection:
    """Let the data say again what a section says; of one that people edited only when that is
    meant. What stood there is in the ledger."""
    section = _take(section, version)
    if section.edited_at is not None and not although_edited:
        raise Refused(_("Somebody has edited it: say that it may be replaced."), "although_edited")
    text = draft(section.part, figures_of(section.report, with_words=False))
    if text == section.text and section.edited_at is None:
        return section
    return _write(actor, section, text, origin, "report.section-drafted", "Drafted anew")


@transaction.atomic
def approve_report(*, actor: Any, report: Report, seen: str, origin: str) -> Report:
    """Approve a report with its figures and words as they were read, once.

    `seen` is the digest of what was shown; `Overtaken` where the record or a section has changed
    since. From then on the report shows what is kept here, whatever changes in the record. Its
    files are made next.
    """
    report = _fresh(report)
    if report.approved_at is not None:
        return report
    if not is_over(report):
        raise Refused(_("The period is not over: a report is approved from its last day on."))
    figures = figures_of(report)
    digest = digest_of(figures)
    if seen != digest:
        raise Overtaken(
            _("Figures or words have changed since you read them, and are shown as they are now.")
        )
    report.figures, report.digest = figures, digest
    report.approved_by, report.approved_at = actor, timezone.now()
    report.save(update_fields=["figures", "digest", "approved_by", "approved_at"])
    now = figures["now"]
    append(
        process=report.process,
        actor=actor,
        verb="report.approved",
        thing=report,
        origin=origin,
        summary=f"Approved {report}: {now['complete']} complete, {now['ongoing']} ongoing, "
        f"{now['pending']} pending of {now['total']}",
        after={"digest": digest, "approved_at": report.approved_at} | now,
    )
    for kind in ReportFile.Format.values:
        ask_for_report_file(actor=actor, report=report, format=kind, origin=origin)
    return report


def _fresh(report: Report) -> Report:
    lock(report.process)
    rows = Report.objects.select_for_update(of=("self",)).select_related("issued_by", "body")
    fresh = rows.get(pk=report.pk)
    fresh.process = report.process
    return fresh


def _draft(report: Report) -> Report:
    report = _fresh(report)
    if report.approved_at is not None:
        raise Overtaken(_("The report is approved, and stays as it is."))
    return report


def _take(section: ReportSection, version: int) -> ReportSection:
    """The section under lock, as long as it can be changed and is what was read."""
    report = _draft(section.report)
    section = ReportSection.objects.select_for_update().get(pk=section.pk)
    section.report = report
    if section.version != version:
        raise Overtaken(_("Somebody changed this section meanwhile."), "text")
    return section


def _write(
    actor: Any, section: ReportSection, text: str, origin: str, verb: str, deed: str
) -> ReportSection:
    before = snapshot(section, "text", "version")
    section.text, section.version = text, section.version + 1
    by_hand = verb == "report.section-edited"
    section.edited_by, section.edited_at = (actor, timezone.now()) if by_hand else (None, None)
    section.save(update_fields=["text", "version", "edited_by", "edited_at"])
    append(
        process=section.report.process,
        actor=actor,
        verb=verb,
        thing=section,
        origin=origin,
        summary=f"{deed} {on_record(section.get_part_display)} of {section.report}",
        before=before,
        after=snapshot(section, "text", "version"),
    )
    return section
