"""Loading what delegations wrote for themselves, and to whom restricted records were released."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coordination.audiences.models import Release
from coordination.base.spoken import on_record
from coordination.commitments.models import Note
from coordination.ledger.actions import Origin, append, snapshot
from coordination.processes.models import Process

from . import audience_schema as schema
from .calendar import Calendar
from .names import Names
from .schema import ProcessFile


@dataclass
class PaperLoader:
    """Enters what was decided by people who may have left since; `left_out` lay after `until`."""

    process: Process
    names: Names
    calendar: Calendar
    until: date | None
    left_out: int = 0

    def load(
        self, parsed: ProcessFile, released: Iterable[tuple[Any, list[schema.Release]]]
    ) -> None:
        for record, given in released:
            self.release(record, given)
        for one in parsed.commitments:
            taken = {note.number for note in one.notes if note.number}
            for note in one.notes:
                number = note.number or next(n for n in range(1, len(taken) + 2) if n not in taken)
                taken.add(number)
                if self.was_known(note.at):
                    self.release(self.note(one.ref, number, note), note.released_to)

    def was_known(self, at: date | datetime) -> bool:
        known = self.until is None or self.calendar.local_day(at) <= self.until
        self.left_out += not known
        return known

    def note(self, ref: str, number: int, one: schema.Note) -> Note:
        commitment, party = self.names.commitments[ref], self.names.parties[one.party]
        row = Note.objects.create(
            commitment=commitment,
            number=number,
            delegation=party,
            author=self.names.people[one.by],
            written_at=self.calendar.reported(one.at),
            **one.model_dump(include={"kind", "text", "audience"}),
        )
        append(
            process=self.process,
            actor=row.author,
            verb="note.added",
            thing=row,
            summary=f"Wrote for {party.code} on {commitment.code}:"
            f" {on_record(row.get_kind_display)}",
            after=snapshot(row),
            origin=Origin.FILE,
        )
        return row

    def release(self, record: Any, given: Iterable[schema.Release]) -> None:
        for one in given:
            if not self.was_known(one.at):
                continue
            row = Release.objects.create(
                process=self.process,
                object_type=record._meta.model_name,
                object_id=record.pk,
                party=self.names.parties[one.party],
                reason=one.reason,
                released_by=self.names.people[one.by],
                released_at=self.calendar.reported(one.at),
            )
            append(
                process=self.process,
                actor=row.released_by,
                verb="release.made",
                thing=record,
                summary=f"Released {record} to {row.party.code}: {row.reason}",
                after={"released_to": row.party.code, "reason": row.reason},
                origin=Origin.FILE,
            )
