"""Loading what happened to commitments: reports, findings, numbers, flags, breaches, evidence."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from coordination.commitments.actions import record_verification, submit_check_in
from coordination.commitments.actions.evidence import mark_contradiction, record_evidence
from coordination.commitments.actions.findings import prepare_verification
from coordination.commitments.actions.flags import lift_flag, raise_flag
from coordination.commitments.actions.measures import record_measurement
from coordination.commitments.actions.triggers import call_off, call_off_suspended
from coordination.commitments.expected import is_open, owed_next
from coordination.commitments.models import (
    Bound,
    CheckIn,
    Commitment,
    Evidence,
    ExpectedOccurrence,
    Flag,
    Measurement,
    Obligation,
)
from coordination.ledger.actions import Origin
from coordination.processes.models import Process

from . import history_schema as schema
from .audience_schema import Release
from .breach_loader import load_breach
from .calendar import Calendar
from .names import Names
from .paper_loader import PaperLoader
from .schema import ProcessFile


def load_history(
    process: Process, parsed: ProcessFile, names: Names, calendar: Calendar, until: date | None
) -> int:
    """Enter what happened in order of time; returns how much of it lay after `until`."""
    history = _History(parsed, names, calendar, until)
    happened: list[Any] = [
        *parsed.check_ins,
        *parsed.findings,
        *parsed.measurements,
        *parsed.flags,
        *parsed.breaches,
        *parsed.evidence,
        *parsed.called_off,
    ]
    for one in sorted(happened, key=lambda one: calendar.moment(_recorded(one))):
        if history.was_known(_recorded(one)):
            row = history.enter[type(one)](one)
            if row is not None and (given := getattr(one, "released_to", None)):
                history.released.append((row, given))
    history.mark_contradictions()
    papers = PaperLoader(process, names, calendar, until)
    papers.load(parsed, history.released)
    return history.left_out + papers.left_out


def _recorded(one: Any) -> date | datetime:
    """When it was recorded; a measurement may say no more than its day."""
    return one.at if one.at is not None else one.on


class _History:
    """What was reported and found, entered as it would have been at the time.

    An action that keeps the present moment is called, and the moment of the file put in its place.
    """

    def __init__(
        self, parsed: ProcessFile, names: Names, calendar: Calendar, until: date | None
    ) -> None:
        self.names, self.calendar, self.until = names, calendar, until
        self.left_out = 0
        self.commitments = {one.ref: one for one in parsed.commitments}
        self.numbers = _evidence_numbers(parsed.evidence, calendar)
        self.contradictions: list[tuple[Evidence, schema.Evidence]] = []
        self.released: list[tuple[Any, list[Release]]] = []
        self.enter: dict[type, Callable[[Any], Any]] = {
            schema.CheckIn: self.check_in,
            schema.Finding: self.finding,
            schema.Measurement: self.measurement,
            schema.Flag: self.flag,
            schema.Breach: self.breach,
            schema.Evidence: self.evidence,
            schema.CalledOff: self.called_off,
        }

    def was_known(self, at: date | datetime | None) -> bool:
        """Whether it had happened by the day that becomes today; counts it where not."""
        if at is None or self.until is None or self.calendar.local_day(at) <= self.until:
            return True
        self.left_out += 1
        return False

    def check_in(self, one: schema.CheckIn) -> CheckIn | None:
        people = self.names.people
        obligation = self.names.obligation(one.commitment, one.owner)
        expected = self.time(one, obligation)
        if one.time is not None and expected is None:
            self.left_out += 1
            return None
        row, _new = submit_check_in(
            obligation=obligation,
            author=people[one.by],
            recorded_by=people[one.entered_by] if one.entered_by else None,
            level=one.level,
            account=one.account,
            obstacle=one.obstacle,
            period_on=self.calendar.day(one.period),
            expected=expected or self.owed_then(one, obligation),
            revises=obligation.check_ins.order_by("-pk").first() if one.revises else None,
            done_on=self.calendar.day(one.done),
            next_expected_on=self.calendar.day(one.next_expected),
            audience=one.audience,
            delegation=self.names.parties[one.delegation] if one.delegation else None,
            at=self.calendar.reported(one.at),
            origin=Origin.FILE,
        )
        return row

    def finding(self, one: schema.Finding) -> None:
        people, calendar = self.names.people, self.calendar
        obligation = self.names.obligation(one.commitment, one.owner)
        expected = self.time(one, obligation)
        if one.time is not None and expected is None:
            self.left_out += 1
            return
        at = calendar.reported(one.at)
        said: dict[str, Any] = {
            "actor": people[one.by],
            "obligation": obligation,
            "body": self.names.bodies[one.body],
            "expected": expected,
            "article": one.against,
            "occurred_on": calendar.day(one.happened or calendar.local_day(one.at)),
            "learned_on": calendar.day(one.learned),
            "at": at,
            "origin": Origin.FILE,
            **one.model_dump(include={"level", "found", "method", "proof", "confidence"}),
        }
        if not one.is_approved or not self.was_known(one.approved):
            prepare_verification(**said)
            return
        released = one.released if isinstance(one.released, date) else None
        row = record_verification(
            **said,
            approved_by=people[one.approved_by] if one.approved_by else None,
            approved_at=calendar.reported(one.approved) if one.approved else at,
            released_at=calendar.reported(released) if released else None,
            released=one.released is not False and self.was_known(released),
            pinned=False,
        )
        if row.released_at and one.released_by:
            row.released_by = people[one.released_by]
            row.save(update_fields=["released_by"])

    def measurement(self, one: schema.Measurement) -> None:
        row = record_measurement(
            actor=self.names.people[one.by],
            bound=self.bound(one),
            value=one.value,
            on=self.calendar.day(one.on),
            source=one.source,
            body=self.names.bodies[one.body] if one.body else None,
            origin=Origin.FILE,
        )
        moment = self.calendar.reported(_recorded(one))
        Measurement.objects.filter(pk=row.pk).update(recorded_at=moment)

    def bound(self, one: schema.Measurement) -> Bound:
        """The bound that a number is held against; the checks let only one be meant."""
        rows = Bound.objects.filter(commitment=self.names.commitments[one.commitment])
        if one.of is not None:
            rows = rows.filter(of_what=one.of)
        if one.bound is not None:
            rows = rows.filter(comparison=one.bound)
        if one.owner is not None:
            return rows.get(obligation=self.names.obligation(one.commitment, one.owner))
        return rows.filter(obligation=None).first() or rows.get()

    def flag(self, one: schema.Flag) -> None:
        people = self.names.people
        flag = raise_flag(
            actor=people[one.by],
            commitment=self.names.commitments[one.commitment],
            obligation=self.concerned(one),
            kind=one.kind,
            reason=one.reason,
            origin=Origin.FILE,
        )
        Flag.objects.filter(pk=flag.pk).update(raised_at=self.calendar.reported(one.at))
        if one.lifted and self.was_known(one.lifted):
            lift_flag(
                actor=people[one.lifted_by or one.by],
                flag=flag,
                because=one.because,
                origin=Origin.FILE,
            )
            lifted_at = self.calendar.reported(one.lifted)
            Flag.objects.filter(pk=flag.pk).update(lifted_at=lifted_at)
        if flag.kind == Flag.Kind.SUSPENDED:
            call_off_suspended(actor=flag.author, commitment=flag.commitment, origin=Origin.FILE)

    def breach(self, one: schema.Breach) -> None:
        obligation = self.names.obligation(one.commitment, one.owner)
        self.left_out += load_breach(one, obligation, self.names, self.calendar, self.until)

    def evidence(self, one: schema.Evidence) -> Evidence:
        commitment = self.names.commitments[one.commitment]
        number = self.numbers[id(one)]
        person = self.names.people[one.by]
        older = commitment.evidence.filter(number=one.supersedes) if one.supersedes else None
        row = Evidence.objects.create(
            commitment=commitment,
            number=number,
            **self.belonging(one),
            title=one.title.strip(),
            source=one.source.strip(),
            dated_on=self.calendar.day(one.dated),
            url=one.url,
            supersedes=older.first() if older else None,
            audience=one.audience,
            delegation=self.names.parties[one.delegation] if one.delegation else None,
            added_by=person,
            added_at=self.calendar.reported(one.at),
        )
        record_evidence(actor=person, evidence=row, origin=Origin.FILE)
        if one.contradicts:
            self.contradictions.append((row, one))
        return row

    def belonging(self, one: schema.Evidence) -> dict[str, Any]:
        """Whom a piece of evidence concerns, and what of theirs it belongs to."""
        if not (one.check_in or one.finding or one.breach):
            return {"obligation": self.concerned(one)}
        obligation = self.names.obligation(one.commitment, one.owner)
        rows = {
            "check_in": (obligation.check_ins, one.check_in),
            "verification": (obligation.verifications, one.finding),
            "breach": (obligation.breaches, one.breach),
        }
        return {"obligation": obligation} | {
            name: of_owner.filter(number=number).first()
            for name, (of_owner, number) in rows.items()
            if number
        }

    def mark_contradictions(self) -> None:
        """Mark them once all evidence is there; two pieces may name each other."""
        for row, one in self.contradictions:
            there = row.contradicts.values_list("number", flat=True)
            others = row.commitment.evidence.filter(number__in=set(one.contradicts) - set(there))
            for other in others.order_by("number"):
                mark_contradiction(
                    actor=row.added_by, evidence=row, other=other, origin=Origin.FILE
                )

    def called_off(self, one: schema.CalledOff) -> None:
        obligation = self.names.obligation(one.commitment, one.owner)
        expected = self.time(one, obligation)
        if expected is None:
            self.left_out += 1
            return
        by = self.names.people[one.by] if one.by else None
        call_off(actor=by, expected=expected, because=one.because, origin=Origin.FILE)
        moment = self.calendar.reported(one.at)
        ExpectedOccurrence.objects.filter(pk=expected.pk).update(called_off_at=moment)

    def concerned(self, one: schema.Flag | schema.Evidence) -> Obligation | None:
        """Whose obligation it concerns; None for all who owe the commitment."""
        return self.names.obligation(one.commitment, one.owner) if one.owner else None

    def time(
        self, one: schema.CheckIn | schema.Finding | schema.CalledOff, obligation: Obligation
    ) -> ExpectedOccurrence | None:
        if one.time is None:
            return None
        return self.names.time(self.commitments[one.commitment], obligation, one.time)

    def owed_then(self, one: schema.CheckIn, obligation: Obligation) -> ExpectedOccurrence | None:
        """The time that was owed next on the day of a report that names none."""
        kind = obligation.commitment.kind
        if kind not in Commitment.EXPECTED:
            return None
        period = self.calendar.day(one.period)
        if one.revises or (period and obligation.check_ins.filter(period_on=period).exists()):
            return None  # it revises the one before, and is about the same time
        day = self.calendar.day(self.calendar.local_day(one.at))
        rows = obligation.expected.select_related("opened_by", "follows").order_by("number")
        begun = [row for row in rows if (_begins(row) or day) <= day]
        recurs = kind == Commitment.Kind.RECURRING
        undated = (row for row in begun if row.due_at is None and is_open(row))
        return owed_next(begun, recurs=recurs) or next(undated, None)


def _begins(row: ExpectedOccurrence) -> date | None:
    """From when on it is expected."""
    if row.opened_by is not None:
        return row.opened_by.on
    if row.follows is not None:
        return row.follows.verified_on or row.follows.done_on
    return row.period_from


def _evidence_numbers(evidence: list[schema.Evidence], calendar: Calendar) -> dict[int, int]:
    """The numbers that the file gives; the others take the free ones of their commitment in order
    of time. By the identity of the entries: what is left out keeps its number."""
    taken: dict[str, set[int]] = {}
    for one in evidence:
        if one.number is not None:
            taken.setdefault(one.commitment, set()).add(one.number)
    numbers = {}
    for one in sorted(evidence, key=lambda one: calendar.moment(one.at)):
        used = taken.setdefault(one.commitment, set())
        number = one.number or next(n for n in range(1, len(used) + 2) if n not in used)
        used.add(number)
        numbers[id(one)] = number
    return numbers
