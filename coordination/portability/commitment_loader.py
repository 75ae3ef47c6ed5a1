"""Loading what a process file says about commitments: their terms, check-ins and findings."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from coordination.commitments.actions import (
    Owed,
    create_commitment,
    recompute_deadlines,
    record_verification,
    submit_check_in,
)
from coordination.commitments.models import Deadline, DeadlineTerm, Obligation
from coordination.ledger.actions import Origin
from coordination.processes.models import Process

from . import commitment_schema as schema
from .calendar import Calendar
from .names import Names
from .schema import ProcessFile


def load_commitments(
    parsed: ProcessFile, process: Process, names: Names, calendar: Calendar, actor: Any
) -> None:
    """Enter the commitments with their obligations, and work out every due day once."""
    numbers = _register_numbers(parsed.commitments)
    for one in _bases_first(parsed.commitments):
        provision = names.provision(one)
        names.commitments[one.ref] = create_commitment(
            actor=actor,
            process=process,
            origin=Origin.FILE,
            recompute=False,
            number=numbers[one.ref],
            owed=[
                Owed(
                    names.owner(owed),
                    owed.share,
                    names.people[owed.focal_point] if owed.focal_point else None,
                )
                for owed in one.owed_by
            ],
            terms=list(_terms(one, names, calendar)),
            deadline=_deadline(one),
            provision=provision,
            reference=one.reference or (provision.citation if provision else ""),
            text=one.text or (provision.text if provision else ""),
            rhythm=one.every or "",
            check_in_rhythm=one.check_ins or "",
            lead_body=names.bodies[one.lead] if one.lead else None,
            verifying_body=names.bodies[one.verified_by] if one.verified_by else None,
            **one.model_dump(include={"title", "kind", "track", "priority", "remarks"}),
        )
    recompute_deadlines(actor=actor, process=process, origin=Origin.FILE)


def _register_numbers(commitments: list[schema.Commitment]) -> dict[str, int]:
    """The numbers that the file gives; the others take the free ones in the order of the file."""
    given = {one.ref: one.number for one in commitments if one.number is not None}
    taken, number = set(given.values()), 0
    for one in commitments:
        if one.ref not in given:
            number += 1
            while number in taken:
                number += 1
            given[one.ref] = number
    return given


def _bases_first(commitments: list[schema.Commitment]) -> list[schema.Commitment]:
    """The commitments such that each comes after those that its dates count from."""
    by_ref = {one.ref: one for one in commitments}
    placed: dict[str, schema.Commitment] = {}
    for start in commitments:
        walk = [start]
        while walk:
            missing = [
                by_ref[counted.after_completion_of or counted.before_completion_of or ""]
                for _, counted in _counted(walk[-1])
                if (counted.after_completion_of or counted.before_completion_of)
                and (counted.after_completion_of or counted.before_completion_of) not in placed
            ]
            if missing:
                walk.append(missing[0])
            else:
                one = walk.pop()
                placed[one.ref] = one
    return list(placed.values())


def _counted(one: schema.Commitment) -> Iterator[tuple[str, schema.Counted]]:
    """Each day or offset of a commitment, with what it says: due, not before or latest."""
    if one.due:
        for due in one.due.earlier_of or one.due.later_of or [one.due]:
            yield DeadlineTerm.Purpose.DUE, due
    if one.not_before:
        yield DeadlineTerm.Purpose.NOT_BEFORE, one.not_before
    if one.latest:
        yield DeadlineTerm.Purpose.LATEST, one.latest


def _terms(one: schema.Commitment, names: Names, calendar: Calendar) -> Iterator[dict[str, Any]]:
    for purpose, counted in _counted(one):
        if counted.on is not None:
            point = calendar.point(counted.on)
            yield {"purpose": purpose, "on": point.on, "at": point.at}
            continue
        anchor = counted.after or counted.before
        commitment = counted.after_completion_of or counted.before_completion_of
        amount, unit = counted.offset
        is_before = counted.before or counted.before_completion_of
        yield {
            "purpose": purpose,
            "anchor": names.anchors[anchor] if anchor else None,
            "after_commitment": names.commitments[commitment] if commitment else None,
            "amount": amount,
            "unit": unit,
            "direction": DeadlineTerm.Direction.BEFORE
            if is_before
            else DeadlineTerm.Direction.AFTER,
        }


def _deadline(one: schema.Commitment) -> dict[str, str]:
    precision = one.precision
    if precision is None:
        is_moment = one.due is not None and isinstance(one.due.on, datetime)
        precision = Deadline.Precision.MOMENT if is_moment else Deadline.Precision.DAY
    rule = Deadline.Rule.LATER if one.due and one.due.later_of else Deadline.Rule.EARLIER
    return {"rule": rule, "precision": precision, "wording": one.wording}


def load_history(parsed: ProcessFile, names: Names, calendar: Calendar, until: date | None) -> int:
    """Enter check-ins and findings in order of time; returns how many lay after `until`."""
    history = _History(names, calendar)
    left_out = 0
    reports: list[schema.CheckIn | schema.Finding] = [*parsed.check_ins, *parsed.findings]
    for one in sorted(reports, key=lambda report: calendar.moment(report.at)):
        if until and calendar.local_day(one.at) > until:
            left_out += 1
        elif isinstance(one, schema.CheckIn):
            history.check_in(one)
        else:
            history.finding(one)
    return left_out


class _History:
    """What was reported and found, entered as it would have been at the time."""

    def __init__(self, names: Names, calendar: Calendar) -> None:
        self.names, self.calendar = names, calendar
        self.owed = {
            ref: list(commitment.obligations.select_related("party", "body"))
            for ref, commitment in names.commitments.items()
        }

    def check_in(self, one: schema.CheckIn) -> None:
        people = self.names.people
        submit_check_in(
            obligation=self.obligation(one),
            author=people[one.by],
            recorded_by=people[one.entered_by] if one.entered_by else None,
            level=one.level,
            account=one.account,
            obstacle=one.obstacle,
            period_on=self.calendar.day(one.period),
            at=self.calendar.reported(one.at),
            origin=Origin.FILE,
        )

    def finding(self, one: schema.Finding) -> None:
        record_verification(
            actor=self.names.people[one.by],
            obligation=self.obligation(one),
            body=self.names.bodies[one.body],
            level=one.level,
            found=one.found,
            method=one.method,
            proof=one.proof,
            occurred_on=self.calendar.day(one.happened or self.calendar.local_day(one.at)),
            at=self.calendar.reported(one.at),
            origin=Origin.FILE,
        )

    def obligation(self, one: schema.CheckIn | schema.Finding) -> Obligation:
        return next(o for o in self.owed[one.commitment] if one.owner in (None, o.owner.code))
