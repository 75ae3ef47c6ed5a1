"""The register as it stood at the end of a day: what a page says "as of" it, and a report.

Nothing is kept a second time for that. Check-ins, findings, flags, steps of breaches and
measurements have their moment, and the ledger says what a commitment, its owners and its dates were
before a change. The rows that come of it are the ordinary ones with their columns as they were, so
that `standing` and `timeliness` are asked as on any other day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from coordination.base.dates import Point, day_ends_at
from coordination.bodies.models import Body
from coordination.ledger.models import Entry
from coordination.processes.models import Process

from .columns import columns_of, columns_of_expected, reports_on
from .deadlines import Base, Resolver
from .models import (
    Bound,
    Breach,
    BreachStep,
    CheckIn,
    Commitment,
    ExpectedOccurrence,
    Flag,
    Level,
    Measurement,
    Obligation,
    Verification,
)
from .standing import Standing, of_commitment

_TOLD = ("commitment.changed", "commitment.owners-changed", "deadline.moved")


@dataclass(frozen=True)
class Headline:
    """How many commitments are complete, ongoing and pending, as monitoring commissions count.

    By the verified level: full is complete; minimum and intermediate are ongoing; not initiated,
    and what nobody has verified, are pending. A commitment stands at its lowest owner.
    """

    complete: int
    ongoing: int
    pending: int

    @property
    def total(self) -> int:
        return self.complete + self.ongoing + self.pending


def state_of(verified_level: int | None) -> str:
    """What a commitment of that verified level counts as: a field of `Headline`."""
    if not verified_level:
        return "pending"
    return "complete" if verified_level == Level.FULL else "ongoing"


def headline(commitments: Iterable[Commitment]) -> Headline:
    """The counts over rows that have their obligations, as `register_on` gives them."""
    states = [state_of(one.verified_level) for one in commitments]
    return Headline(*(states.count(name) for name in ("complete", "ongoing", "pending")))


def headline_today(commitments: Any) -> Headline:
    """The same from the live columns of a queryset of commitments, in one query."""
    owed = Q(obligations__withdrawn_at=None, obligations__isnull=False)
    unverified = Count("obligations", owed & Q(obligations__verified_level=None))
    rows = commitments.order_by().annotate(
        unverified=unverified, lowest=Min("obligations__verified_level", filter=owed)
    )
    levels = rows.values_list("unverified", "lowest")
    states = [state_of(None if some_are_not else lowest) for some_are_not, lowest in levels]
    return Headline(*(states.count(name) for name in ("complete", "ongoing", "pending")))


def end_of(day: date, process: Process) -> datetime:
    """The last moment of a day in the process's time zone; now, while it is not over."""
    return min(day_ends_at(day, process.zone) - datetime.resolution, timezone.now())


def standing_at(commitment: Commitment, moment: datetime) -> Standing:
    """The standing of a row of `register_on` at its moment."""
    return of_commitment(commitment, moment)


def register_on(commitments: Any, process: Process, moment: datetime) -> list[Commitment]:
    """The commitments that were in the register at a moment, each with its columns as they were.

    `commitments` is a queryset over `Commitment.every`, as its reader may see it. Each row has its
    obligations fetched, and they what counted then: their findings, the last one last, and their
    breaches, each in its state of then with the steps that led there. Asks the database as often
    for many as for few.

    Where a day that something was due on has moved since, its hour is not kept: it was due by the
    end of that day.
    """
    rows = commitments.filter(process=process, created_at__lte=moment)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment))
    found = list(
        rows.select_related("deadline").order_by(
            F("deadline__due_at").asc(nulls_last=True), "number"
        )
    )
    _Past(process, moment, found).rewind()
    return found


class _Past:
    """Everything that is read of the commitments of a register, by the row that it belongs to."""

    def __init__(self, process: Process, moment: datetime, commitments: list[Commitment]) -> None:
        self.process, self.moment, self.commitments = process, moment, commitments
        # The ids of a whole register are more than a statement takes: a sub-query has no limit.
        self.whole = Commitment.every.filter(process=process).values("pk")
        owed = Obligation.every.filter(commitment__in=self.whole)
        self.owed = _by(
            owed.select_related("party", "body", "focal_point").order_by("pk"), "commitment_id"
        )
        self.entries = self._entries()
        self.bodies = {one.pk: one for one in Body.objects.filter(process=process)}

    def _entries(self) -> dict[int, list[Entry]]:
        """What the ledger says changed since then, the newest first."""
        rows = Entry.objects.filter(
            process=self.process, verb__in=_TOLD, object_type="commitment", at__gt=self.moment
        )
        rows = rows.only("verb", "object_id", "before", "after", "sequence", "process_id")
        return _by(rows.order_by("-sequence"), "object_id")

    def _of_obligations(self, rows: Any, *order: str) -> dict[int, list[Any]]:
        rows = rows.filter(obligation__commitment__in=self.whole)
        return _by(rows.order_by(*order), "obligation_id")

    def rewind(self) -> None:
        moment = self.moment
        stood = Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment)
        check_ins = self._of_obligations(CheckIn.objects.filter(submitted_at__lte=moment), "pk")
        findings = self._of_obligations(
            Verification.every.filter(
                stood, approved_at__lte=moment, released_at__lte=moment
            ).select_related("body"),
            *("recorded_at", "pk"),
        )
        raised = Flag.objects.filter(raised_at__lte=moment, commitment__in=self.whole)
        raised = raised.filter(Q(lifted_at=None) | Q(lifted_at__gt=moment)).order_by("pk")
        flags = _by(raised, "commitment_id")
        breaches = self._breaches()
        times = self._times(check_ins, findings)
        bounds = self._bounds(stood)
        for commitment in self.commitments:
            commitment.process = self.process
            own = self._as_it_was(commitment)
            _cache(commitment, "flags", [f for f in flags[commitment.pk] if not f.obligation_id])
            _cache(commitment, "bounds", bounds[commitment.pk])
            for obligation in own:
                key = obligation.pk
                obligation.commitment = commitment
                _cache(obligation, "check_ins", check_ins[key])
                _cache(obligation, "verifications", findings[key])
                mine = [flag for flag in flags[commitment.pk] if flag.obligation_id == key]
                _cache(obligation, "flags", mine)
                _cache(obligation, "breaches", breaches[key])
                _cache(obligation, "expected", times[key])
                self._date_times(obligation, check_ins[key], findings[key])
                for name, value in columns_of(obligation).items():
                    setattr(obligation, name, value)
            _cache(commitment, "obligations", own)
            if commitment.kind in Commitment.EXPECTED:
                dates = [(one.due_at, one.due_on) for one in own if one.due_at and one.due_on]
                row = commitment.deadline
                row.due_at, row.due_on = min(dates, default=(None, None))

    def _as_it_was(self, commitment: Commitment) -> list[Obligation]:
        """What it said, and when it was due, are put back; returns who owed it."""
        fields = {field.attname: field for field in Commitment._meta.concrete_fields}
        stood = {
            one.pk: one.withdrawn_at is None or one.withdrawn_at > self.moment
            for one in self.owed[commitment.pk]
        }
        dates: dict[str, Any] = {}
        for entry in self.entries[commitment.pk]:
            if entry.verb == "commitment.changed":
                for name, value in entry.before.items():
                    if name in fields:
                        setattr(commitment, name, fields[name].to_python(value))
            elif entry.verb == "commitment.owners-changed":
                for one in self.owed[commitment.pk]:
                    before, after = one.owner_name in entry.before, one.owner_name in entry.after
                    if before != after:
                        stood[one.pk] = before
            else:
                if "due_on" in entry.before:
                    dates.pop("due_at", None)  # the moment of another day
                dates |= entry.before
        commitment.lead_body = self.bodies.get(commitment.lead_body_id or 0)
        commitment.verifying_body = self.bodies.get(commitment.verifying_body_id or 0)
        self._put_dates_back(commitment, dates)
        owed = [one for one in self.owed[commitment.pk] if stood[one.pk]]
        for one in owed:
            one.withdrawn_at = None
        commitment.withdrawn_at = None
        return owed

    def _put_dates_back(self, commitment: Commitment, dates: dict[str, Any]) -> None:
        row, zone = commitment.deadline, self.process.zone
        for name in ("due_on", "starts_on", "ends_on"):
            if name not in dates:
                continue
            day = parse_date(dates[name]) if dates[name] else None
            setattr(row, name, day)
            if name != "ends_on":
                moment = name.replace("_on", "_at")
                ends = Point(day).ends_at(zone) if day and moment == "due_at" else None
                setattr(row, moment, ends)
        if said := dates.get("due_at"):
            row.due_at = parse_datetime(said)

    def _breaches(self) -> dict[int, list[Breach]]:
        """Those that were alleged by then, in the state of their last step by then."""
        steps = BreachStep.objects.filter(
            breach__obligation__commitment__in=self.whole, recorded_at__lte=self.moment
        )
        of_breach = _by(steps.order_by("number"), "breach_id")
        rows = self._of_obligations(Breach.objects.filter(entered_at__lte=self.moment), "pk")
        for own in rows.values():
            for breach in own:
                known = of_breach[breach.pk]
                last = known[-1] if known else None
                breach.state = last.state if last else Breach.State.ALLEGED.value
                breach.clock_at = last.clock_at if last else None
                _cache(breach, "steps", known)
        return rows

    def _bounds(self, stood: Q) -> dict[int, list[Bound]]:
        measured = Measurement.every.filter(
            stood, recorded_at__lte=self.moment, bound__commitment__in=self.whole
        )
        of_bound = _by(measured.order_by("on", "pk"), "bound_id")
        rows = _by(Bound.objects.filter(commitment__in=self.whole).order_by("pk"), "commitment_id")
        for own in rows.values():
            for bound in own:
                _cache(bound, "measurements", of_bound[bound.pk])
        return rows

    def _times(self, check_ins: Any, findings: Any) -> dict[int, list[ExpectedOccurrence]]:
        """The times that were expected by then: the periods that had begun, or the first one, and
        what had been triggered."""
        today = self.process.today(self.moment)
        rows = ExpectedOccurrence.objects.select_related("opened_by", "follows")
        of_one = self._of_obligations(rows.prefetch_related("extensions"), "number")
        for key, own in of_one.items():
            first = min((row.period_from for row in own if row.period_from), default=today)
            of_one[key] = [
                row
                for row in own
                if (row.period_from and row.period_from <= max(today, first))
                or (row.opened_by and row.opened_by.recorded_at <= self.moment)
                or (row.follows and self._was_done(row.follows, check_ins, findings))
            ]
        return of_one

    @staticmethod
    def _was_done(row: ExpectedOccurrence, check_ins: Any, findings: Any) -> bool:
        said = (*check_ins[row.obligation_id], *findings[row.obligation_id])
        return any(one.expected_id == row.pk and one.level == Level.FULL for one in said)

    def _date_times(
        self, obligation: Obligation, check_ins: Sequence[CheckIn], found: Sequence[Verification]
    ) -> None:
        """What the columns of each time expected said then, and when it was due."""
        zone = self.process.zone
        for row in obligation.expected.all():
            row.obligation = obligation
            if row.called_off_at and row.called_off_at > self.moment:
                row.called_off_at = None
            own = [one for one in found if one.expected_id == row.pk]
            columns = columns_of_expected(row, reports_on(row, check_ins), own, zone)
            for name, value in columns.items():
                setattr(row, name, value)
            longer = list(row.extensions.all())
            since = [one for one in longer if one.recorded_at > self.moment]
            if since and row.original_on:
                known = [one for one in longer if one not in since]
                base = Base(Point(row.original_on), True)
                due = Resolver({}, zone).extended(base, known).point
                if due is not None:
                    row.due_on, row.due_at = due.on, due.ends_at(zone)


def _by(rows: Iterable[Any], name: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _cache(row: Any, relation: str, values: list[Any]) -> None:
    """Let `row.relation.all()` be these, as if they had been prefetched."""
    queryset: Any = QuerySet(row._meta.get_field(relation).related_model)
    queryset._result_cache = values
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = queryset
