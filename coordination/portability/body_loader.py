"""Loading what a process file says about bodies: seats, protocols and who does what."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Model

from coordination.bodies.models import (
    Assignment,
    Body,
    ChannelTest,
    Claim,
    CompositionPart,
    ContactChannel,
    DisputeStep,
    FormerName,
    Protocol,
    ProtocolSource,
    QuorumPart,
    ReportingLine,
    Responsibility,
    RoleTerms,
    Seat,
    Succession,
    Term,
)
from coordination.ledger.actions import snapshot
from coordination.processes.models import Process
from coordination.reviews.models import ReviewSeries

from . import body_schema as schema
from .calendar import Calendar
from .names import Names
from .schema import ProcessFile

Record = Callable[[str, Model, str, dict[str, Any]], None]


class BodyLoader:
    """Enters the bodies, then what refers to bodies, and last what refers to seats."""

    def __init__(
        self, names: Names, calendar: Calendar, until: date | None, record: Record
    ) -> None:
        self.names, self.calendar, self.until, self.record = names, calendar, until, record
        self.left_out = 0

    def load(self, process: Process, parsed: ProcessFile) -> None:
        plain = {"code", "track", "legal_basis", "mandate", "authority", "composition"}
        for one in parsed.bodies:
            self.names.bodies[one.code] = Body.objects.create(
                process=process,
                name=self.name_of(one),
                **one.model_dump(include=plain),
                established_on=self.calendar.day(one.established),
                ended_on=self.calendar.day(one.ended),
            )
        for one in parsed.bodies:
            body = self.names.bodies[one.code]
            told = self.load_surroundings(body, one)
            self.record("body.entered", body, f"Entered the body {body}", snapshot(body) | told)
            for seat in one.seats:
                self.load_seat(body, seat)
            for series in one.review_series:
                self.load_series(body, series)
        for one in parsed.bodies:
            if one.protocol:
                self.load_protocol(self.names.bodies[one.code], one.protocol)
        for responsibility in parsed.responsibilities:
            self.load_responsibility(process, responsibility)

    def name_of(self, one: schema.Body) -> str:
        """Its name on the day that becomes today; a name that ended later is in use then."""
        later = [old for old in one.former_names if self.lies_ahead(old.ended)]
        self.left_out += len(later)
        return min(later, key=lambda old: old.ended).name if later else one.name

    def lies_ahead(self, day: date) -> bool:
        return self.until is not None and day > self.until

    def load_surroundings(self, body: Body, one: schema.Body) -> dict[str, Any]:
        """Enter all but seats and meetings; returns what the ledger keeps of it."""
        for old in one.former_names:
            if not self.lies_ahead(old.ended):
                until = self.calendar.day(old.ended)
                FormerName.objects.create(body=body, name=old.name, until=until)
        for role in one.roles:
            RoleTerms.objects.create(
                body=body, source=role.article, **role.model_dump(exclude={"article"})
            )
        for part in one.composition_parts:
            CompositionPart.objects.create(body=body, **part.model_dump())
        told: dict[str, list[str]] = {
            "former_names": [str(old) for old in body.former_names.all()],
            "roles": [role.role for role in one.roles],
            "composition_parts": [f"{part.seats} {part.group}" for part in one.composition_parts],
            "lines": self.load_lines(body, one),
            "succeeds": self.load_successions(body, one.succeeds),
            "channels": self.load_channels(body, one.channels),
        }
        rules = {"protocol": one.protocol.model_dump()} if one.protocol else {}
        return {name: rows for name, rows in told.items() if rows} | rules

    def load_lines(self, body: Body, one: schema.Body) -> list[str]:
        kinds = (
            (ReportingLine.Kind.REPORTS_TO, one.reports_to),
            (ReportingLine.Kind.INFORMS, one.informs),
            (ReportingLine.Kind.LIAISON, one.liaises_with),
        )
        lines = [
            ReportingLine.objects.create(
                body=body,
                kind=kind,
                source=line.article,
                **self.names.addressee(line),
                **self.calendar.lasting(line),
            )
            for kind, given in kinds
            for line in given
        ]
        return [str(line) for line in lines]

    def load_successions(self, body: Body, given: list[schema.Succession]) -> list[str]:
        known = [one for one in given if not self.lies_ahead(one.on)]
        self.left_out += len(given) - len(known)
        rows = [
            Succession.objects.create(
                predecessor=self.names.bodies[one.body],
                successor=body,
                kind=one.how,
                on=self.calendar.day(one.on),
                source=one.article,
            )
            for one in known
        ]
        return [str(row) for row in rows]

    def load_channels(self, body: Body, given: list[schema.Channel]) -> list[str]:
        rows = []
        for order, one in enumerate(given, start=1):
            channel = ContactChannel.objects.create(
                body=body,
                order=order,
                **one.model_dump(include={"kind", "address", "hours"}),
                **self.calendar.lasting(one),
            )
            for test in one.tests:
                if self.lies_ahead(self.calendar.local_day(test.at)):
                    self.left_out += 1
                    continue
                ChannelTest.objects.create(
                    channel=channel,
                    tested_at=self.calendar.reported(test.at),
                    tested_by=self.names.people[test.by] if test.by else None,
                    **test.model_dump(include={"worked", "remark"}),
                )
            rows.append(str(channel))
        return rows

    def load_seat(self, body: Body, one: schema.Seat) -> None:
        seat = Seat.objects.create(
            body=body,
            **one.model_dump(include={"number", "role", "title", "authority", "group", "vote"}),
            **self.calendar.lasting(one),
            party=self.names.parties[one.party] if one.party else None,
        )
        self.names.seats[body.code, one.number] = seat
        terms = [
            Term.objects.create(
                seat=seat,
                holder=self.names.people[term.holder],
                alternate=self.names.people[term.alternate] if term.alternate else None,
                starts_on=self.calendar.day(term.starts),
                ends_on=self.calendar.day(term.until),
                **term.model_dump(include={"tenure", "handover"}),
            )
            for term in one.terms
        ]
        held = [f"{t.holder}, {t.starts_on} to {t.ends_on or 'open'}" for t in terms]
        self.record(
            "seat.entered", seat, f"Entered the seat {seat}", snapshot(seat) | {"terms": held}
        )

    def load_series(self, body: Body, one: schema.ReviewSeries) -> None:
        series = ReviewSeries.objects.create(
            body=body,
            **one.model_dump(include={"name", "rule", "place", "lasts_minutes", "video_link"}),
            clock=one.time,
            starts_on=self.calendar.day(one.starts),
            ends_on=self.calendar.day(one.until),
        )
        self.record(
            "series.entered",
            series,
            f"Entered the review series {series}",
            snapshot(series),
        )

    def load_protocol(self, body: Body, one: schema.Protocol) -> None:
        """The entry of its body keeps what it says."""
        fields = {
            *("convened_by", "agenda_closes_hours", "quorum", "quorum_needs_chair"),
            *("majority", "majority_of", "silence_hours", "reporting_duty"),
        }
        protocol = Protocol.objects.create(
            body=body,
            decision_rule=one.decides_by,
            meets_times=one.meets.times if one.meets else None,
            meets_per=one.meets.per if one.meets else "",
            quorum_share=one.quorum_share or "",
            reports_per=one.reports_per or "",
            **one.model_dump(include=fields),
        )
        whole = schema.Source(topic="whole", article=one.article, wording=one.wording)
        for source in [whole, *one.sources]:
            if source.article or source.wording:
                ProtocolSource.objects.create(protocol=protocol, **source.model_dump())
        for part in one.quorum_parts:
            QuorumPart.objects.create(protocol=protocol, group=part.group, minimum=part.at_least)
        for order, step in enumerate(one.dispute_steps, start=1):
            seat = self.seat(step.seat.body or body.code, step.seat.number) if step.seat else None
            DisputeStep.objects.create(
                protocol=protocol,
                order=order,
                seat=seat,
                to_body=self.names.bodies[step.body] if step.body else None,
                to_party=self.names.parties[step.party] if step.party else None,
                **step.model_dump(include={"who", "within_hours"}),
            )

    def seat(self, body: str, number: int) -> Seat:
        return self.names.seats[body, number]

    def load_responsibility(self, process: Process, one: schema.Responsibility) -> None:
        row = Responsibility.objects.create(
            process=process,
            source=one.article,
            **one.model_dump(include={"name", "description"}),
            **self.calendar.lasting(one),
        )
        for claim in one.claimed_by:
            Claim.objects.create(
                responsibility=row,
                body=self.names.bodies[claim.body],
                source=claim.article,
                **self.calendar.lasting(claim),
            )
        letters = (
            (Assignment.Letter.ACCOUNTABLE, one.accountable),
            (Assignment.Letter.RESPONSIBLE, one.responsible),
            (Assignment.Letter.CONSULTED, one.consulted),
            (Assignment.Letter.INFORMED, one.informed),
        )
        given = [
            Assignment.objects.create(
                responsibility=row,
                letter=letter,
                seat=self.seat(holder.body, holder.seat) if holder.seat else None,
                body=None if holder.seat else self.names.bodies[holder.body],
                **self.calendar.lasting(holder),
            )
            for letter, holders in letters
            for holder in holders
        ]
        told = {
            "claimed_by": [claim.body for claim in one.claimed_by],
            "assignments": [str(assignment) for assignment in given],
        }
        self.record(
            "responsibility.entered",
            row,
            f"Entered the responsibility {row}",
            snapshot(row) | told,
        )
