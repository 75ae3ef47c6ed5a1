"""What the record says of a period, as plain values: of a body's commitments, or of all.

While a report is a draft this is read each time; at its approval it is kept in the report, and read
from there. The page and the files show the same values.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone, translation

from coordination.base.dates import day_starts_at
from coordination.bodies.models import ReportingLine
from coordination.commitments.as_it_stood import (
    end_of,
    headline,
    register_on,
    standing_at,
    state_of,
)
from coordination.commitments.models import Breach, Commitment
from coordination.processes.models import Process

from ..models import Dispute, DisputeStage, Outcome, Report, Review
from ..queries import lines_of
from .languages import installed, is_right_to_left

#: Grows when the shape of the figures changes; approved ones keep theirs.
SHAPE = 1
_NEEDS_ACTION = ("over", "contra", "breach")


def figures_of(report: Report, *, with_words: bool = True) -> dict[str, Any]:
    """The figures of a report: as approved, or as the record has them.

    In a constant number of queries. `with_words` adds its sections as they are written.
    """
    if report.approved_at:
        return report.figures
    with translation.override(installed(report.language)):
        figures = _read(report)
    if with_words:
        rows = report.sections.order_by("order")
        figures["sections"] = [{"part": one.part, "text": one.text} for one in rows]
    return figures


def addressees(report: Report) -> list[ReportingLine]:
    """The reporting lines of the body that issues it, on the last day of the period or, while that
    is yet to come, today."""
    day = min(report.period_until, report.process.today())
    return list(lines_of(report.issued_by, day))


def _read(report: Report) -> dict[str, Any]:
    process = report.process
    until = end_of(report.period_until, process)
    since = end_of(report.period_from - timedelta(days=1), process)
    now = _register(report, until)
    then = _register(report, since)
    before = {one.pk: one for one in then}
    meetings = _meetings(report, until)
    acted_on = _acted_on(process, until)
    rows = [_row(one, before.get(one.pk), until, acted_on) for one in now]
    return {
        "shape": SHAPE,
        "process": process.name,
        "process_short": process.short_name,
        "reference": str(report),
        "number": report.number,
        "title": report.title,
        "language": report.language,
        "rtl": is_right_to_left(report.language),
        "body": report.body.name if report.body else "",
        "issued_by": report.issued_by.name,
        "from": report.period_from.isoformat(),
        "until": report.period_until.isoformat(),
        "addressees": list(dict.fromkeys(line.target_name for line in addressees(report))),
        "now": _counts(now),
        "then": _counts(then),
        "bodies": _by_body(now, then),
        "rows": rows,
        "breaches": _breaches(now, until, day_starts_at(report.period_from, process.zone)),
        "disputes": _disputes(report, until),
        "meetings": [
            {
                "body": one.body.code,
                "number": one.number,
                "on": one.held_on.isoformat(),
                "decisions": decisions,
            }
            for one, decisions in meetings
        ],
    }


def _register(report: Report, moment: datetime) -> list[Commitment]:
    """What the register shows on that day; of a body, what it led then."""
    rows = register_on(Commitment.every.all(), report.process, moment)
    return [one for one in rows if report.body_id in (None, one.lead_body_id)]


def _counts(commitments: Iterable[Commitment]) -> dict[str, int]:
    found = headline(commitments)
    return asdict(found) | {"total": found.total}


def _by_body(now: list[Commitment], then: list[Commitment]) -> list[dict[str, Any]]:
    """The counts of each body that leads any; those without a lead come last."""
    names = {one.lead_body_id: one.lead_body for one in (*then, *now)}
    known = sorted(
        names.items(), key=lambda item: (item[1] is None, item[1].code if item[1] else "")
    )
    return [
        {
            "code": body.code if body else "",
            "name": body.name if body else "",
            "now": _counts(one for one in now if one.lead_body_id == key),
            "then": _counts(one for one in then if one.lead_body_id == key),
        }
        for key, body in known
    ]


def _row(
    commitment: Commitment, before: Commitment | None, moment: datetime, acted_on: set[int]
) -> dict[str, Any]:
    owed = list(commitment.obligations.all())
    standing = standing_at(commitment, moment)
    late = standing.mark in _NEEDS_ACTION and commitment.pk not in acted_on
    return {
        "number": commitment.number,
        "code": commitment.code,
        "article": commitment.reference,
        "title": commitment.title,
        "body": commitment.lead_body.code if commitment.lead_body else "",
        "owed_by": [one.owner.code for one in owed],
        "due": _iso(commitment.deadline.due_on),
        "reported": commitment.reported_level,
        "verified": commitment.verified_level,
        "state": state_of(commitment.verified_level),
        "was": state_of(before.verified_level) if before else "",
        "mark": standing.mark,
        "standing": standing.words,
        "remarks": _remarks(owed),
        "to_act_on": late,
    }


def _remarks(owed: list[Any]) -> list[dict[str, Any]]:
    """What the verifying body last found of each: released, so everybody may read it."""
    return [
        {
            "owner": one.owner.code if len(owed) > 1 else "",
            "text": last.found,
            "on": last.occurred_on.isoformat(),
        }
        for one in owed
        for last in list(one.verifications.all())[-1:]
    ]


def _breaches(
    commitments: list[Commitment], until: datetime, since: datetime
) -> list[dict[str, Any]]:
    """Those that are not over, and those that ended in the period."""
    found = []
    for commitment in commitments:
        for obligation in commitment.obligations.all():
            for breach in obligation.breaches.all():
                if breach.state in Breach.OVER and _stands_since(breach) < since:
                    continue
                found.append(
                    {
                        "code": commitment.code,
                        "article": breach.article or commitment.reference,
                        "title": commitment.title,
                        "owner": obligation.owner_name,
                        "what": breach.what,
                        "stands": breach.state in Breach.STANDS,
                        "over": breach.state in Breach.OVER,
                        "state": str(breach.get_state_display()),
                        "since": _iso(_day(_stands_since(breach), commitment.process)),
                        "late": bool(breach.clock_at and breach.clock_at <= until),
                    }
                )
    return found


def _stands_since(breach: Breach) -> datetime:
    """When it came into the state that it is in."""
    steps = list(breach.steps.all())
    return steps[-1].recorded_at if steps else breach.entered_at


def _disputes(report: Report, until: datetime) -> list[dict[str, Any]]:
    """Those that were open at the end of the period, and those that ended in it."""
    process = report.process
    began = day_starts_at(report.period_from, process.zone)
    rows = Dispute.objects.filter(body__process=process, raised_at__lte=until)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=began))
    if report.body_id:
        rows = rows.filter(body=report.body_id)
    stages = DisputeStage.objects.filter(asked_at__lte=until).order_by("number")
    found = []
    for one in (
        rows.select_related("body", "commitment")
        .prefetch_related(Prefetch("stages", stages))
        .order_by("raised_at", "pk")
    ):
        taken = list(one.stages.all())
        is_open = one.ended_at is None or one.ended_at > until
        state = Dispute.State.OPEN if is_open else one.state
        found.append(
            {
                "body": one.body.code,
                "number": one.number,
                "subject": one.subject,
                "commitment": one.commitment.code if one.commitment else "",
                "open": is_open,
                "state": str(Dispute.State(state).label),
                "raised": _iso(_day(one.raised_at, process)),
                "with": taken[-1].who if taken and is_open else "",
                "settlement": "" if is_open else one.settlement,
            }
        )
    return found


def _meetings(report: Report, until: datetime) -> list[tuple[Review, list[str]]]:
    """The meetings that were held in the period, each with the decisions that were carried."""
    rows = Review.objects.filter(
        body__process=report.process,
        held_on__range=(report.period_from, report.period_until),
        opened_at__isnull=False,
        opened_at__lte=until,
    ).exclude(state=Review.State.CANCELLED)
    if report.body_id:
        rows = rows.filter(body=report.body_id)
    decided = Outcome.every.filter(kind=Outcome.Kind.DECISION, recorded_at__lte=until)
    decided = decided.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=until))
    # What was put to silence is decided when that is over.
    decided = decided.filter(Q(silence_until=None) | Q(silence_until__lte=until))
    decided = decided.filter(Q(carried=True) | Q(carried=None, silence_until=None))
    decided = decided.filter(item__review__in=rows).select_related("item").order_by("pk")
    by_review: dict[int, list[str]] = {}
    for outcome in decided:
        by_review.setdefault(outcome.item.review_id, []).append(outcome.text)
    found = rows.select_related("body").order_by("held_on", "pk")
    return [(one, by_review.get(one.pk, [])) for one in found]


def _acted_on(process: Process, until: datetime) -> set[int]:
    """The commitments about which a meeting has agreed on an action that is not over yet."""
    rows = Outcome.every.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=until),
        kind=Outcome.Kind.ACTION,
        recorded_at__lte=until,
        item__commitment__process=process,
        commitment__withdrawn_at=None,
    )
    owed = Q(commitment__obligations__completed_on=None)
    return set(rows.filter(owed).values_list("item__commitment", flat=True))


def _day(moment: datetime, process: Process) -> date:
    return moment.astimezone(process.zone).date()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def is_over(report: Report) -> bool:
    """Whether the last day of the period has come, so that the report can be approved."""
    return report.period_until <= report.process.today(timezone.now())
