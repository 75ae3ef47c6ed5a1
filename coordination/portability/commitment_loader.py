"""Loading what a process file says about commitments: triggers, terms, numbers, readings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from coordination.agreements.models import Provision
from coordination.base.dates import Point
from coordination.commitments.actions import (
    Bounded,
    Owed,
    create_commitment,
    recompute_deadlines,
)
from coordination.commitments.actions.agreed_dates import (
    enter_reading,
    extend_deadline,
    put_reading_in_force,
)
from coordination.commitments.actions.dependencies import enter_dependency
from coordination.commitments.actions.triggers import enter_trigger, record_trigger_event
from coordination.commitments.models import (
    Commitment,
    Deadline,
    DeadlineTerm,
    ExpectedOccurrence,
    Reading,
)
from coordination.ledger.actions import Origin
from coordination.processes.models import Process

from . import commitment_schema as schema
from .calendar import Calendar
from .names import Names
from .schema import ProcessFile

_SAID = ("title", "kind", "track", "priority", "remarks", "otherwise")


@dataclass
class CommitmentLoader:
    """Enters triggers and commitments; `left_out` counts what was decided after `until`."""

    parsed: ProcessFile
    process: Process
    names: Names
    calendar: Calendar
    until: date | None
    actor: Any
    left_out: int = 0

    def load(self) -> None:
        """Enter everything but what names an expected time, and work out every due day once."""
        self.load_triggers()
        numbers = _register_numbers(self.parsed.commitments)
        for one in _bases_first(self.parsed.commitments):
            self.names.commitments[one.ref] = self.commitment(one, numbers[one.ref])
        for one in self.parsed.commitments:
            self.load_readings(one)
            for extension in one.extensions:
                if extension.time is None and self.was_known(extension.agreed_on):
                    self.extend(one, extension)
            for wait in one.waits_on:
                enter_dependency(
                    actor=self.actor,
                    commitment=self.names.commitments[one.ref],
                    on=self.names.commitments[wait.commitment],
                    reason=wait.reason,
                    source=wait.source,
                    origin=Origin.FILE,
                )
        self.load_events()
        for one in self.parsed.commitments:
            self.load_expected(one)
        recompute_deadlines(actor=self.actor, process=self.process, origin=Origin.FILE)

    def was_known(self, on: date | datetime) -> bool:
        """Whether it happened by the day that becomes today; counts it where not."""
        known = self.until is None or self.calendar.local_day(on) <= self.until
        self.left_out += not known
        return known

    def person(self, one: schema.TriggerEvent | schema.Extension) -> Any:
        """Who entered it, or else who loads the file."""
        return self.names.people[one.entered_by] if one.entered_by else self.actor

    def load_triggers(self) -> None:
        for one in self.parsed.triggers:
            self.names.triggers[one.key] = enter_trigger(
                actor=self.actor,
                process=self.process,
                origin=Origin.FILE,
                **one.model_dump(include={"key", "name", "description"}),
            )

    def load_events(self) -> None:
        for one in self.parsed.triggers:
            self.names.events[one.key] = [
                self.event(one, event) if self.was_known(event.on) else None for event in one.events
            ]

    def event(self, trigger: schema.Trigger, one: schema.TriggerEvent) -> Any:
        point = self.calendar.point(one.on)
        return record_trigger_event(
            actor=self.person(one),
            trigger=self.names.triggers[trigger.key],
            what=one.what,
            on=point.on,
            at=point.at,
            source=one.source,
            origin=Origin.FILE,
            recompute=False,
        )

    def load_expected(self, one: schema.Commitment) -> None:
        """Put the times at which it was expected in the place of those that its triggers made."""
        commitment = self.names.commitments[one.ref]
        if one.rhythm_from:
            commitment.recurs_from = self.calendar.day(one.rhythm_from)
            commitment.save(update_fields=["recurs_from"])
        if one.expected is not None:
            ExpectedOccurrence.objects.filter(obligation__commitment=commitment).delete()
        for given in one.expected or []:
            event = None
            if given.event:
                event = self.names.events[one.triggered_by or ""][given.event - 1]
                if event is None:
                    continue
            before = self.calendar.day(given.before)
            due = Point(before - timedelta(days=1)) if before else None
            ExpectedOccurrence.objects.create(
                obligation=self.names.obligation(one.ref, given.owner),
                number=given.number,
                period_from=self.calendar.day(given.starts),
                period_to=before,
                opened_by=event,
                original_on=due.on if due else None,
                due_on=due.on if due else None,
                due_at=due.ends_at(self.calendar.zone) if due else None,
            )

    def commitment(self, one: schema.Commitment, number: int) -> Commitment:
        names = self.names
        provision = names.provision(one)
        every = one.every
        row = create_commitment(
            actor=self.actor,
            process=self.process,
            origin=Origin.FILE,
            recompute=False,
            number=number,
            owed=[
                Owed(
                    names.owner(owed),
                    owed.share,
                    names.people[owed.focal_point] if owed.focal_point else None,
                )
                for owed in one.owed_by
            ],
            terms=[self.term(counted) | {"purpose": purpose} for purpose, counted in _counted(one)],
            deadline=_deadline(one),
            bounds=list(self.bounds(one)),
            provision=provision,
            reference=one.reference or (provision.citation if provision else ""),
            text=_text(one, provision),
            every_amount=every.offset[0] if every else None,
            every_unit=every.offset[1] if every else "",
            times=every.times if every else 1,
            trigger=names.triggers[one.triggered_by] if one.triggered_by else None,
            follows=names.commitments[one.follows] if one.follows else None,
            check_in_rhythm=one.check_ins or "",
            lead_body=names.bodies[one.lead] if one.lead else None,
            verifying_body=names.bodies[one.verified_by] if one.verified_by else None,
            **one.model_dump(include=set(_SAID)),
        )
        if one.entered:
            row.created_at = self.calendar.reported(one.entered)
            row.save(update_fields=["created_at"])
        return row

    def bounds(self, one: schema.Commitment) -> Iterator[Bounded]:
        owners = {owner.code: owner for owner in map(self.names.owner, one.owed_by)}
        for bound in one.bounds:
            comparison, value = bound.number
            owner = owners[bound.owner] if bound.owner else None
            yield Bounded(comparison, value, bound.of, owner)

    def term(self, counted: schema.Counted) -> dict[str, Any]:
        """The fields of a term that says when something is."""
        if counted.on is not None:
            point = self.calendar.point(counted.on)
            return {"on": point.on, "at": point.at}
        anchor = counted.after or counted.before
        commitment = counted.after_completion_of or counted.before_completion_of
        amount, unit = counted.offset
        is_before = counted.before or counted.before_completion_of
        return {
            "anchor": self.names.anchors[anchor] if anchor else None,
            "after_commitment": self.names.commitments[commitment] if commitment else None,
            "from_opening": counted.after_trigger,
            "amount": amount,
            "unit": unit,
            "direction": DeadlineTerm.Direction.BEFORE
            if is_before
            else DeadlineTerm.Direction.AFTER,
        }

    def load_readings(self, one: schema.Commitment) -> None:
        commitment = self.names.commitments[one.ref]
        for given in one.readings:
            reading, _ = enter_reading(
                actor=self.actor,
                commitment=commitment,
                party=self.names.parties[given.party],
                terms=[self.term(counted) for counted in given.due.several],
                rule=_rule(given.due),
                argument=given.argument,
                source=given.source,
                origin=Origin.FILE,
                recompute=False,
            )
            if given.in_force:
                put_reading_in_force(
                    actor=self.actor,
                    commitment=commitment,
                    reading=reading,
                    decided_by=given.decided_by,
                    origin=Origin.FILE,
                    recompute=False,
                )
            elif given.decided_by:  # it decided once, until another did
                Reading.objects.filter(pk=reading.pk).update(decided_by=given.decided_by)

    def extend(self, one: schema.Commitment, given: schema.Extension, expected: Any = None) -> None:
        point = self.calendar.point(given.until) if given.until else None
        amount, unit = given.by.offset if given.by else (None, "days")
        extend_deadline(
            actor=self.person(given),
            commitment=self.names.commitments[one.ref],
            agreed_by=given.agreed_by,
            agreed_on=self.calendar.day(given.agreed_on),
            on=point.on if point else None,
            at=point.at if point else None,
            amount=amount,
            unit=unit,
            expected=expected,
            source=given.source,
            reason=given.reason,
            origin=Origin.FILE,
            recompute=False,
        )

    def extend_times(self) -> None:
        """Enter what was agreed on single expected times, once all of them are there."""
        seeds = set()
        for one in self.parsed.commitments:
            for given in one.extensions:
                if given.time is None or not self.was_known(given.agreed_on):
                    continue
                obligation = self.names.obligation(one.ref, given.owner)
                expected = self.names.time(one, obligation, given.time)
                if expected is None:
                    self.left_out += 1
                    continue
                self.extend(one, given, expected)
                seeds.add(obligation.commitment_id)
        if seeds:
            recompute_deadlines(
                actor=self.actor, process=self.process, origin=Origin.FILE, seeds=seeds
            )


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
    """The commitments such that each comes after those that it counts from or follows."""
    by_ref = {one.ref: one for one in commitments}
    placed: dict[str, schema.Commitment] = {}
    for start in commitments:
        walk = [start]
        while walk:
            missing = [ref for ref in _bases(walk[-1]) if ref not in placed]
            if missing:
                walk.append(by_ref[missing[0]])
            else:
                one = walk.pop()
                placed[one.ref] = one
    return list(placed.values())


def _bases(one: schema.Commitment) -> Iterator[str]:
    """The refs of what has to be entered before; readings come after all of them."""
    if one.follows:
        yield one.follows
    for _, counted in _counted(one):
        if ref := counted.after_completion_of or counted.before_completion_of:
            yield ref


def _counted(one: schema.Commitment) -> Iterator[tuple[str, schema.Counted]]:
    """Each day or offset of a commitment, with what it says."""
    if one.due:
        for due in one.due.several:
            yield DeadlineTerm.Purpose.DUE, due
    for purpose, counted in (
        (DeadlineTerm.Purpose.NOT_BEFORE, one.not_before),
        (DeadlineTerm.Purpose.LATEST, one.latest),
        (DeadlineTerm.Purpose.START, one.starts),
        (DeadlineTerm.Purpose.END, one.ends),
    ):
        if counted:
            yield purpose, counted


def _text(one: schema.Commitment, provision: Provision | None) -> str:
    """The passage that it comes from."""
    if one.text or provision is None or one.without_text:
        return one.text
    return provision.text


def _deadline(one: schema.Commitment) -> dict[str, Any]:
    return {
        "rule": _rule(one.due),
        "precision": one.precision or usual_precision(one.due or one.starts),
        "wording": one.wording,
        "extendable": one.extendable,
    }


def usual_precision(counted: schema.Counted | None) -> str:
    """The precision of a date for which the file names none."""
    is_moment = counted is not None and isinstance(counted.on, datetime)
    return Deadline.Precision.MOMENT if is_moment else Deadline.Precision.DAY


def _rule(due: schema.Due | None) -> str:
    return Deadline.Rule.LATER if due and due.later_of else Deadline.Rule.EARLIER
