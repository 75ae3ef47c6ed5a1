"""What the names in a process file stand for while it is loaded."""

from dataclasses import dataclass, field

from accounts.models import User
from coordination.agreements.models import Provision
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import (
    Commitment,
    ExpectedOccurrence,
    Obligation,
    Trigger,
    TriggerEvent,
)
from coordination.processes.models import AnchorEvent, Party

from . import body_schema, commitment_schema


@dataclass
class Names:
    """The rows that the names in a file stand for."""

    parties: dict[str, Party] = field(default_factory=dict)
    anchors: dict[str, AnchorEvent] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    seats: dict[tuple[str, int], Seat] = field(default_factory=dict)
    provisions: dict[str, dict[str, Provision]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    #: The events of each trigger in the order of the file; None for those that are left out.
    events: dict[str, list[TriggerEvent | None]] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    _owed: dict[str, list[Obligation]] = field(default_factory=dict)

    def provision(self, one: commitment_schema.Commitment) -> Provision | None:
        """The provision that a commitment cites; without an agreement only one has it."""
        keys = [one.agreement] if one.agreement else list(self.provisions)
        found = (self.provisions[key].get(one.provision or "") for key in keys)
        return next((provision for provision in found if provision), None)

    def owner(self, owed: commitment_schema.Owed) -> Party | Body:
        """The party or body of an entry of owed_by."""
        if owed.party or (owed.owner and owed.owner in self.parties):
            return self.parties[owed.party or owed.owner or ""]
        return self.bodies[owed.body or owed.owner or ""]

    def obligation(self, ref: str, owner: str | None) -> Obligation:
        """What one of those who owe a commitment owes; without a code only one owes it."""
        if ref not in self._owed:
            rows = self.commitments[ref].obligations.select_related(
                "party", "body", "commitment__process"
            )
            self._owed[ref] = list(rows)
        return next(one for one in self._owed[ref] if owner in (None, one.owner.code))

    def time(
        self, one: commitment_schema.Commitment, obligation: Obligation, number: int
    ) -> ExpectedOccurrence | None:
        """An expected time by its number; None where what triggered it is left out.

        The events of a trigger are counted as in the file, also where some are left out.
        """
        rows = obligation.expected.all()
        if one.triggered_by:
            event = self.events[one.triggered_by][number - 1]
            if event is None:
                return None
            row = rows.filter(opened_by=event).first()
        else:
            row = rows.filter(number=number).first()
        if row is None:
            raise Refused(
                f"{one.ref} is expected of {obligation.owner_name} {rows.count()} times so far; "
                f"there is no time {number}."
            )
        return row

    def addressee(self, line: body_schema.Line) -> dict[str, Body | Party | str]:
        """To whom a line leads, as the fields of a reporting line."""
        if line.name:
            return {"to_name": line.name}
        if line.party or (line.to and line.to not in self.bodies):
            return {"to_party": self.parties[line.party or line.to or ""]}
        return {"to_body": self.bodies[line.body or line.to or ""]}
