"""Whether approved minutes are still what was approved: the ledger has the digest of each."""

from collections.abc import Iterator
from typing import Any

from coordination.ledger.actions import Fault
from coordination.ledger.models import Entry

from .minutes_text import digest_of
from .models import Minutes

APPROVED = "minutes.approved"


def problem_of(minutes: Minutes) -> str:
    """Why approved minutes are not what the ledger says of them; nothing where they are."""
    entry = Entry.objects.filter(
        process=minutes.review.body.process_id,
        verb=APPROVED,
        object_type="minutes",
        object_id=minutes.pk,
    ).first()
    return _problem(minutes, entry)


def _problem(minutes: Minutes, entry: Entry | None) -> str:
    if digest_of(minutes.content) != minutes.digest:
        return "their text does not fit their digest"
    if entry is None:
        return "the ledger does not know of their approval"
    if entry.after.get("digest") != minutes.digest:
        return "the ledger has another digest of them"
    return ""


def verify_minutes(process: Any) -> Iterator[Fault]:
    """Every approval in the ledger, and all approved minutes, that do not fit each other."""
    entries = {
        entry.object_id: entry
        for entry in Entry.objects.filter(
            process_id=process.pk, verb=APPROVED, object_type="minutes"
        )
    }
    rows = Minutes.objects.filter(review__body__process=process, approved_at__isnull=False)
    for minutes in rows.select_related("review__body").order_by("pk").iterator(chunk_size=100):
        entry = entries.pop(minutes.pk, None)
        if problem := _problem(minutes, entry):
            yield Fault(entry.sequence if entry else 0, f"minutes “{minutes}”: {problem}")
    for entry in entries.values():
        yield Fault(entry.sequence, f"the minutes that it approved ({entry.object_label}) are gone")
