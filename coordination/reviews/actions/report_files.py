"""The files of a report, made in the background: asked for by people, made by a sweep.

Any number of workers may sweep at once. Each takes a file by a lease, which it renews whenever it
gets on; the file of one that was killed is taken over when its lease has run out.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.spoken import on_record
from coordination.ledger.actions import append, lock

from ..models import Report, ReportFile
from ..reports.document import document
from ..reports.docx import docx
from ..reports.figures import figures_of
from ..reports.pdf import pdf
from ..reports.seal import approval_words

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
#: What could not be made for so long is not tried again: it would keep others waiting for ever.
GIVE_UP = timedelta(hours=6)
_State, _Format = ReportFile.State, ReportFile.Format


class LeaseLost(Exception):
    """Another worker has taken the file over."""


@transaction.atomic
def ask_for_report_file(*, actor: Any, report: Report, format: str, origin: str) -> ReportFile:
    """Let a file be made of a report as it stands; one that waits already is the same one.

    An approved report never changes, so a file of it is made once.
    """
    lock(report.process)
    report = Report.objects.select_related("process").get(pk=report.pk)
    rows = report.files.filter(format=format)
    known = rows.filter(state=_State.WAITING).first() or ready_file(report, format)
    if known is None and report.approved_at:
        known = rows.filter(state=_State.MAKING, requested_at__gte=report.approved_at).first()
    if known is not None and (known.state != _State.READY or report.approved_at):
        return known
    file = ReportFile.objects.create(report=report, format=format, requested_by=actor)
    append(
        process=report.process,
        actor=actor,
        verb="report.file-asked",
        thing=file,
        origin=origin,
        summary=f"Asked for {report} as {on_record(file.get_format_display)}",
        after={"format": format},
    )
    return file


def ready_file(report: Report, format: str) -> ReportFile | None:
    """The newest file of a report; of an approved one only what was made of it as approved."""
    rows = report.files.filter(format=format, state=_State.READY)
    if report.approved_at:
        rows = rows.filter(requested_at__gte=report.approved_at)
    return rows.order_by("-pk").first()


def make_report_files(now: datetime | None = None) -> int:
    """Make every file that waits, or whose worker has gone; returns how many were made."""
    made = 0
    while (file := _claim(now or timezone.now())) is not None:
        made += _make(file)
    return made


def _claim(now: datetime) -> ReportFile | None:
    """Take the file that waits longest: whoever changes its lease has it."""
    free = Q(state=_State.WAITING) | Q(state=_State.MAKING, lease_until__lte=now)
    waiting = ReportFile.objects.filter(free).order_by("requested_at", "pk")
    for row in waiting.values("pk", "lease_until", "state", "requested_at")[:20]:
        mine = ReportFile.objects.filter(
            pk=row["pk"], lease_until=row["lease_until"], state=row["state"]
        )
        if row["requested_at"] < now - GIVE_UP and row["state"] == _State.MAKING:
            words = _("It could not be made. Ask for it again, or tell whoever runs this server.")
            mine.update(state=_State.FAILED, lease_until=None, error=words)
            continue
        until = now + LEASE
        if mine.update(state=_State.MAKING, lease_until=until, progress=1, error=""):
            return ReportFile.objects.select_related(
                "report__process", "report__body", "report__issued_by", "report__approved_by"
            ).get(pk=row["pk"])
    return None


def _make(file: ReportFile) -> bool:
    held = _Lease(file)
    try:
        with transaction.atomic():  # one state of the record
            figures = figures_of(file.report)
        held.say(15)
        said = document(
            figures,
            approved=approval_words(file.report),
            digest=file.report.digest,
        )
        held.say(25)
        make: Callable[..., bytes] = pdf if file.format == _Format.PDF else docx
        content = make(said, lambda share: held.say(25 + int(60 * share)))
        held.say(90)
        _finish(held, content)
    except LeaseLost:
        return False
    except Exception:
        log.exception("The file %s of report %s could not be made.", file.pk, file.report_id)
        words = _("It could not be made. Ask for it again, or tell whoever runs this server.")
        held.rows().update(state=_State.FAILED, lease_until=None, error=words)
        return False
    return True


class _Lease:
    """The right to make a file, for as long as nobody else has taken it."""

    def __init__(self, file: ReportFile) -> None:
        self.file, self.until = file, file.lease_until

    def rows(self) -> Any:
        return ReportFile.objects.filter(
            pk=self.file.pk, lease_until=self.until, state=_State.MAKING
        )

    def say(self, progress: int) -> None:
        """Say how far it is, and that somebody is at it."""
        until = timezone.now() + LEASE
        if not self.rows().update(progress=progress, lease_until=until):
            raise LeaseLost
        self.until = until


def _finish(held: _Lease, content: bytes) -> None:
    """The row names the file only when all of it is on the disk."""
    digest = hashlib.sha256(content).hexdigest()
    path = _store(content, digest)
    done = held.rows().update(
        state=_State.READY,
        progress=100,
        lease_until=None,
        file=path,
        sha256=digest,
        size=len(content),
        made_at=timezone.now(),
    )
    if not done:
        raise LeaseLost


def _store(content: bytes, digest: str) -> str:
    """Under its SHA-256 below MEDIA_ROOT, in one step: no half file has a name."""
    path = f"reports/{digest[:2]}/{digest}"
    place = Path(settings.MEDIA_ROOT) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix="part-", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, place)
        except BaseException:
            os.unlink(part.name)
            raise
    return path


def report_file_for_dispatch(report: Report) -> ReportFile | None:
    """The PDF of an approved report, ready to be sent; None while it is not made yet."""
    return ready_file(report, _Format.PDF) if report.approved_at else None
