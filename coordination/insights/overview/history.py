"""Since when what was due is full: what was reported and found, day by day, of every commitment.

The same rule as in the columns of an obligation (`commitments.columns`), followed through time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coordination.commitments.charts import lowest
from coordination.commitments.models import CheckIn, Commitment, Level, Verification
from coordination.processes.models import Process

#: A day, and the level from then on.
Levels = list[tuple[date, int]]


@dataclass(frozen=True)
class History:
    """By commitment the levels of each owner of whom something was said."""

    reported: dict[int, list[Levels]]
    verified: dict[int, list[Levels]]


#: Of a report: the period that it answers, its level and its moment.
Report = tuple[date | None, int, datetime]
#: Of a finding, in the order in which they count: its level, and when others came to know it.
Finding = tuple[int, datetime]


def history_now(process: Process) -> History:
    """Levels and days, which are for every member, without any account."""
    standing = {
        "obligation__withdrawn_at": None,
        "obligation__commitment__withdrawn_at": None,
        "obligation__commitment__process": process,
    }
    of_one = ("obligation__commitment", "obligation__commitment__kind", "obligation", "expected")
    reports: dict[tuple[int, int], list[Report]] = defaultdict(list)
    sent = CheckIn.objects.filter(**standing).order_by("pk")
    for commitment, kind, owner, expected, *said in sent.values_list(
        *of_one, "period_on", "level", "submitted_at"
    ):
        if kind in Commitment.EXPECTED or not expected:
            reports[commitment, owner].append(tuple(said))
    findings: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    found = Verification.objects.counting().filter(**standing).order_by("recorded_at", "pk")
    for commitment, kind, owner, expected, *said in found.values_list(
        *of_one, "level", "released_at"
    ):
        if kind in Commitment.EXPECTED or not expected:
            findings[commitment, owner].append(tuple(said))
    return _history(reports, findings, process)


def history_then(commitments: Iterable[Commitment], process: Process) -> History:
    """The same of the rows of `as_it_stood.register_on`."""
    reports: dict[tuple[int, int], list[Report]] = {}
    findings: dict[tuple[int, int], list[Finding]] = {}
    for commitment in commitments:
        several = commitment.kind in Commitment.EXPECTED
        for one in commitment.obligations.all():
            key = (commitment.pk, one.pk)
            sent = [row for row in one.check_ins.all() if several or not row.expected_id]
            reports[key] = [(row.period_on, row.level, row.submitted_at) for row in sent]
            found: list[Any] = [
                row for row in one.verifications.all() if several or not row.expected_id
            ]
            found.sort(key=lambda row: (row.recorded_at, row.pk))
            findings[key] = [(row.level, row.released_at) for row in found]
    return _history(reports, findings, process)


def _history(
    reports: dict[tuple[int, int], list[Report]],
    findings: dict[tuple[int, int], list[Finding]],
    process: Process,
) -> History:
    def by_commitment(rows: dict[tuple[int, int], Any], follow: Any) -> dict[int, list[Levels]]:
        of_owners: dict[int, list[Levels]] = defaultdict(list)
        for (commitment, _owner), said in rows.items():
            if levels := follow(said, process.today):
                of_owners[commitment].append(levels)
        return of_owners

    return History(by_commitment(reports, as_reported), by_commitment(findings, as_found))


def as_reported(reports: Iterable[Report], day_of: Callable[[datetime], date]) -> Levels:
    """The level after each report that says where its owner stands; as `last_that_counts`."""
    levels: Levels = []
    last: datetime | None = None
    answered: date | None = None
    for period, level, at in reports:
        later_answered = period is not None and answered is not None and answered > period
        if (last is None or at >= last) and not later_answered:
            last = at
            levels.append((day_of(at), level))
        if period is not None:
            answered = max(period, answered or period)
    return levels


def as_found(findings: Iterable[Finding], day_of: Callable[[datetime], date]) -> Levels:
    """The level after each finding that became known, unless a later one was known already."""
    levels: Levels = []
    last = -1
    for n, (level, at) in sorted(enumerate(findings), key=lambda one: (one[1][1], one[0])):
        if n > last:
            last = n
            levels.append((day_of(at), level))
    return levels


def full_from(owners: Sequence[Levels], of: int) -> list[tuple[date, bool]]:
    """From which day on all who owe a commitment, `of` them, have it in full, and no longer."""
    if not owners or len(owners) < of:
        return []
    return [(day, level == Level.FULL) for day, level in lowest(owners)]
