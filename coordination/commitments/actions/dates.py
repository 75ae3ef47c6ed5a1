"""When commitments are due: worked out for a whole chain at once, and moved for a reason."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from coordination.base.dates import Point, in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import News, append_all, lock
from coordination.processes.actions import record_anchor_date
from coordination.processes.models import AnchorEvent, Process

from .. import deadlines
from ..columns import due_of
from ..deadlines import Base, Outcome, Purpose
from ..expected import is_done
from ..models import Commitment, DeadlineTerm, ExpectedOccurrence, Obligation
from .expecting import forget_periods, plan_periods, touched_by
from .levels import PLANNED, plan_check_in, write_columns


@dataclass(frozen=True)
class Move:
    """A due day, or the moment in it, that changed; or the day on which something starts or ends
    that is kept up."""

    commitment: Commitment
    before: date | None
    after: date | None
    before_at: datetime | None = None
    after_at: datetime | None = None
    what: str = "due"

    def state(self, on: date | None, at: datetime | None) -> dict[str, Any]:
        """What the ledger keeps of one side: the day, or the moment where the day is the same."""
        return {f"{self.what}_on": on} if self.before != self.after else {f"{self.what}_at": at}

    @property
    def words(self) -> str:
        """What moved, from where and to where, in the process's time zone."""
        if self.before == self.after and self.before_at and self.after_at:
            zone = self.commitment.process.zone
            before, after = self.before_at.astimezone(zone), self.after_at.astimezone(zone)
            return f"{self.what} {_day(self.after)} {after:%H:%M}, before {before:%H:%M}"
        before_day = f", before {_day(self.before)}" if self.before else ""
        return f"{self.what} {_day(self.after)}{before_day}"


def _day(day: date | None) -> str:
    return in_words(day) if day else "on no day"


@transaction.atomic
def move_anchor(
    *,
    actor: Any,
    anchor: AnchorEvent,
    status: str,
    on: date,
    origin: str,
    at: datetime | None = None,
    decided_by: str = "",
    decided_on: date | None = None,
    not_happened: bool = False,
) -> list[Move]:
    """Give an anchor event a new date, and move everything that is counted from it."""
    lock(anchor.process)
    record_anchor_date(
        actor=actor,
        anchor=anchor,
        status=status,
        on=on,
        at=at,
        decided_by=decided_by,
        decided_on=decided_on,
        not_happened=not_happened,
        origin=origin,
    )
    counting = DeadlineTerm.objects.filter(anchor=anchor).values_list(
        "deadline__commitment", flat=True
    )
    return recompute_deadlines(
        actor=actor, process=anchor.process, origin=origin, seeds=set(counting)
    )


@transaction.atomic
def recompute_deadlines(
    *, actor: Any, process: Process, origin: str, seeds: Iterable[int] | None = None
) -> list[Move]:
    """Work out due days again; write those that changed, and say so.

    Without `seeds` of the whole process; with them of those commitments and of all that count from
    them, which comes to the same where nothing else changed. Raises `Refused` when commitments
    count from each other in a circle.
    """
    lock(process)
    work = _Work.of(process, seeds)
    moves: list[Move] = []
    for commitment, outcome in work.outcomes():
        lasted = _lasts(commitment)
        changed = _repeat_outcome(commitment, outcome)
        moves += [
            Move(commitment, lasted[what], day, what=what)
            for what, day in _lasts(commitment).items()
            if day != lasted[what]
        ]
        moves += _write_expected(commitment, outcome, work, lasted)
        moves += _write_due(commitment, outcome, changed)
    news = (
        News(
            verb="deadline.moved",
            thing=move.commitment,
            summary=f"{move.commitment.code}: {move.words}",
            before=move.state(move.before, move.before_at),
            after=move.state(move.after, move.after_at),
        )
        for move in moves
    )
    append_all(process=process, actor=actor, origin=origin, news=news)
    return moves


def dates_worked_out(process: Process) -> Iterator[tuple[Commitment, Any, dict[str, Any]]]:
    """Each row that repeats what deadlines come to, with what its columns have to say; nothing is
    written. When what is due several times is due next, its expected times say."""
    work = _Work.of(process, None)
    for commitment, outcome in work.outcomes():
        columns = _columns_of_deadline(outcome, process.zone)
        if commitment.kind not in Commitment.EXPECTED:
            columns |= _due(outcome.due, process.zone)
        yield commitment, commitment.deadline, columns
        for reading in commitment.deadline.readings.all():
            yield commitment, reading, _due((outcome.readings or {})[reading.pk], process.zone)
        for row, original, due in _dated(commitment, work):
            on = original.on if original else None
            yield commitment, row, {"original_on": on, **_due(due, process.zone)}


def _due(due: Point | None, zone: ZoneInfo) -> dict[str, Any]:
    return {"due_on": due.on if due else None, "due_at": due.ends_at(zone) if due else None}


@dataclass
class _Work:
    """The commitments to work out, and what is known of those that they count from."""

    process: Process
    counts_from: Mapping[int, set[int]]
    commitments: Mapping[int, Commitment]
    bases: dict[int, Base]

    @classmethod
    def of(cls, process: Process, seeds: Iterable[int] | None) -> "_Work":
        counts_from: dict[int, set[int]] = {}
        everything = Commitment.objects.filter(process=process)
        edges = DeadlineTerm.objects.filter(
            deadline__commitment__process=process,
            after_commitment__isnull=False,
            reading__withdrawn_at=None,
        )
        for key, base in edges.values_list("deadline__commitment", "after_commitment"):
            counts_from.setdefault(key, set()).add(base)
        if seeds is None:
            affected = set(everything.values_list("pk", flat=True))
        else:
            affected = _downstream(counts_from, seeds)
        commitments = {one.pk: one for one in with_dates(everything.filter(pk__in=affected))}
        for commitment in commitments.values():
            commitment.process = process
        outside = set().union(*(counts_from.get(key, set()) for key in affected)) - affected
        bases = everything.filter(pk__in=outside).select_related("deadline")
        known = {}
        for one in bases.prefetch_related("obligations"):
            row = one.deadline
            due = Point(row.due_on) if row.due_on else None
            if due and row.due_at != due.ends_at(process.zone):
                due = Point(due.on, row.due_at)
            known[one.pk] = _base(one, due)
        return cls(process, counts_from, commitments, known)

    def outcomes(self) -> Iterator[tuple[Commitment, Outcome]]:
        """Each commitment with what its deadline comes to, after those that it counts from."""
        for commitment in self._in_order():
            outcome = deadlines.compute(commitment.deadline, self.bases, self.process.zone)
            self.bases[commitment.pk] = _base(commitment, outcome.due)
            yield commitment, outcome

    def _in_order(self) -> list[Commitment]:
        """Commitments such that each comes after those that its deadline counts from."""
        order = TopologicalSorter(
            {
                key: [base for base in self.counts_from.get(key, ()) if base in self.commitments]
                for key in self.commitments
            }
        )
        try:
            return [self.commitments[key] for key in order.static_order()]
        except CycleError as error:
            raise Refused(
                _("%(code)s would count from itself, through other commitments.")
                % {"code": self.commitments[error.args[1][0]].code},
                "terms",
            ) from error


def with_dates(commitments: Any) -> Any:
    """With everything that working out their dates reads and writes."""
    expected = _named(ExpectedOccurrence.objects.all())
    obligations = Obligation.objects.order_by("pk").prefetch_related(
        Prefetch("expected", expected.prefetch_related(*touched_by()))
    )
    return commitments.select_related("deadline").prefetch_related(
        Prefetch("obligations", obligations),
        "deadline__terms__anchor",
        "deadline__readings",
        "deadline__extensions",
    )


def _downstream(counts_from: Mapping[int, set[int]], seeds: Iterable[int]) -> set[int]:
    counted: dict[int, list[int]] = {}
    for key, bases in counts_from.items():
        for base in bases:
            counted.setdefault(base, []).append(key)
    reached = set(seeds)
    waiting = list(reached)
    while waiting:
        for key in counted.get(waiting.pop(), ()):
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    return reached


def _base(commitment: Commitment, due: Point | None) -> Base:
    """What others count from: the day it was completed, or until then the day it is due.

    What is due several times has no day that others could count from before it is completed.
    """
    completed = [obligation.completed_on for obligation in commitment.obligations.all()]
    days = [day for day in completed if day]
    if days and len(days) == len(completed):
        return Base(Point(max(days)), True)
    return Base(None if commitment.kind in Commitment.EXPECTED else due, False)


def _repeat_outcome(commitment: Commitment, outcome: Outcome) -> list[str]:
    """Everything but the due moment, whose change is a move; returns the columns that changed,
    which are saved with it."""
    row, zone = commitment.deadline, commitment.process.zone
    computed = _columns_of_deadline(outcome, zone)
    changed = [name for name, value in computed.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, computed[name])
    for reading in row.readings.all():
        write_columns(reading, _due((outcome.readings or {})[reading.pk], zone))
    return changed


def _columns_of_deadline(outcome: Outcome, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "original_on": outcome.original.on if outcome.original else None,
        "original_at": outcome.original.ends_at(zone) if outcome.original else None,
        "latest_on": outcome.latest_on,
        "starts_on": outcome.starts.on if outcome.starts else None,
        "starts_at": outcome.starts.at if outcome.starts else None,
        "ends_on": outcome.ends_on,
        "is_projected": outcome.is_projected,
    }


def _lasts(commitment: Commitment) -> dict[str, date | None]:
    row = commitment.deadline
    return {"starts": row.starts_on, "ends": row.ends_on}


def _write_expected(
    commitment: Commitment, outcome: Outcome, work: _Work, lasted: Mapping[str, date | None]
) -> list[Move]:
    """Plan the periods of a rhythm, or date what was triggered; returns what moved."""
    if commitment.kind == Commitment.Kind.RECURRING:
        starts_on = outcome.starts.on if outcome.starts else None
        added_on = commitment.process.today(commitment.created_at)
        if not any(one.purpose == Purpose.START for one in commitment.deadline.terms.all()):
            starts_on = added_on
        wrote = plan_periods(
            commitment,
            starts_on,
            outcome.ends_on,
            start_moved=lasted["starts"] != commitment.deadline.starts_on,
            start_was=lasted["starts"] or added_on,
        )
        if wrote:
            _fetch_expected_again(commitment)
    elif forget_periods(commitment):
        _fetch_expected_again(commitment)
    moves = []
    for row, original, due in _dated(commitment, work):
        moves += _date(row, commitment, original, due)
    # Several owners' times that moved alike are one move.
    return list({(one.before_at, one.after_at): one for one in moves}.values())


def _fetch_expected_again(commitment: Commitment) -> None:
    obligations = list(commitment.obligations.all())
    for obligation in obligations:
        obligation._prefetched_objects_cache.pop("expected")  # type: ignore[attr-defined]
    rows = _named(ExpectedOccurrence.objects.all())
    prefetch_related_objects(obligations, Prefetch("expected", rows))


def _named(rows: Any) -> Any:
    return rows.order_by("number").select_related("opened_by", "follows__obligation")


def _dated(
    commitment: Commitment, work: _Work
) -> Iterator[tuple[ExpectedOccurrence, Point | None, Point | None]]:
    """Each time that is expected, with its original and its due point: what was triggered counts
    from that, and a period is due on its last day; unless it was extended."""
    if commitment.kind not in Commitment.EXPECTED:
        return
    zone, row = work.process.zone, commitment.deadline
    extensions = list(row.extensions.all())
    recurs = commitment.kind == Commitment.Kind.RECURRING
    for obligation in commitment.obligations.all():
        for one in obligation.expected.all():
            if one.period_to is not None:
                last = Point(one.period_to - timedelta(days=1))
                own = [extension for extension in extensions if extension.expected_id == one.pk]
                due = deadlines.Resolver({}, zone).extended(Base(last, True), own).point
                yield one, last, due
            elif not recurs:
                outcome = deadlines.compute(
                    row, work.bases, zone, opening=_opening(one), expected=one.pk
                )
                yield one, outcome.original, outcome.due


def _opening(row: ExpectedOccurrence) -> Base:
    """From when what was triggered counts: the event, or the fulfilment that it follows."""
    if row.opened_by is not None:
        return Base(Point(row.opened_by.on, row.opened_by.at), True)
    if row.follows is not None and is_done(row.follows):
        done_on = row.follows.verified_on or row.follows.done_on
        return Base(Point(done_on), True) if done_on else deadlines.NOTHING
    return deadlines.NOTHING


def _date(
    row: ExpectedOccurrence, commitment: Commitment, original: Point | None, due: Point | None
) -> list[Move]:
    columns = {"original_on": original.on if original else None}
    columns |= _due(due, commitment.process.zone)
    before, before_at = row.due_on, row.due_at
    write_columns(row, columns)
    if before_at is None or before_at == row.due_at:
        return []
    return [Move(commitment, before, row.due_on, before_at, row.due_at)]


def _write_due(commitment: Commitment, outcome: Outcome, also: list[str]) -> list[Move]:
    zone, row = commitment.process.zone, commitment.deadline
    before, before_at = row.due_on, row.due_at
    expects = commitment.kind in Commitment.EXPECTED
    if not expects:
        due = outcome.due
        row.due_on, row.due_at = (due.on, due.ends_at(zone)) if due else (None, None)
    changed: dict[tuple[Any, ...], list[int]] = {}
    for obligation in commitment.obligations.all():
        obligation.commitment = commitment
        owed = due_of(obligation)
        names = (*owed, *PLANNED)
        was = [getattr(obligation, name) for name in names]
        for name, value in owed.items():
            setattr(obligation, name, value)
        plan_check_in(obligation)
        values = [getattr(obligation, name) for name in names]
        if values != was:
            changed.setdefault(tuple(zip(names, values, strict=True)), []).append(obligation.pk)
    for new, keys in changed.items():  # most often they all owe it on the same day
        Obligation.objects.filter(pk__in=keys).update(**dict(new))
    if expects:
        dates = [(one.due_at, one.due_on) for one in commitment.obligations.all() if one.due_at]
        row.due_at, row.due_on = min(dates, default=(None, None))
    if also or (before, before_at) != (row.due_on, row.due_at):
        row.save(update_fields=[*also, "due_on", "due_at"])
    if expects or before_at == row.due_at:
        return []
    return [Move(commitment, before, row.due_on, before_at, row.due_at)]
