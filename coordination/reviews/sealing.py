"""Whether approved minutes and reports are still what was approved: the ledger has the digest of
each."""

from collections.abc import Callable, Iterator
from typing import Any

from coordination.ledger.actions import Fault
from coordination.ledger.models import Entry
from coordination.ledger.signing import digest_of

from .models import Minutes, Report

APPROVED, REPORT_APPROVED = "minutes.approved", "report.approved"


def problem_of(minutes: Minutes) -> str:
    """Why approved minutes are not what the ledger says of them; nothing where they are."""
    entry = Entry.objects.filter(
        process=minutes.review.body.process_id,
        verb=APPROVED,
        object_type="minutes",
        object_id=minutes.pk,
    ).first()
    return _problem(minutes.content, minutes.digest, entry)


def _problem(content: Any, digest: str, entry: Entry | None) -> str:
    if digest_of(content) != digest:
        return "their text does not fit their digest"
    if entry is None:
        return "the ledger does not know of their approval"
    if entry.after.get("digest") != digest:
        return "the ledger has another digest of them"
    return ""


def verify_minutes(process: Any) -> Iterator[Fault]:
    """Every approval in the ledger, and all approved minutes, that do not fit each other."""
    rows = Minutes.objects.filter(review__body__process=process, approved_at__isnull=False)
    rows = rows.select_related("review__body")
    return _verify(process, APPROVED, "minutes", rows, lambda one: one.content)


def verify_reports(process: Any) -> Iterator[Fault]:
    """The same of approved reports, with their figures and words."""
    rows = Report.objects.filter(process=process, approved_at__isnull=False)
    rows = rows.select_related("process")
    return _verify(process, REPORT_APPROVED, "report", rows, lambda one: one.figures)


def _verify(
    process: Any, verb: str, kind: str, rows: Any, content: Callable[[Any], Any]
) -> Iterator[Fault]:
    found = Entry.objects.filter(process_id=process.pk, verb=verb, object_type=kind)
    entries = {entry.object_id: entry for entry in found}
    for one in rows.order_by("pk").iterator(chunk_size=100):
        entry = entries.pop(one.pk, None)
        if problem := _problem(content(one), one.digest, entry):
            yield Fault(entry.sequence if entry else 0, f"{kind} “{one}”: {problem}")
    for entry in entries.values():
        yield Fault(entry.sequence, f"the {kind} that it approved ({entry.object_label}) are gone")
