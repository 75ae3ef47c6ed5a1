"""What the names in a process file stand for while it is loaded."""

from dataclasses import dataclass, field

from accounts.models import User
from coordination.agreements.models import Provision
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Commitment
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
    commitments: dict[str, Commitment] = field(default_factory=dict)

    def provision(self, one: commitment_schema.Commitment) -> Provision | None:
        """The provision that a commitment cites; without an agreement only one has it."""
        keys = [one.agreement] if one.agreement else list(self.provisions)
        found = (self.provisions[key].get(one.provision or "") for key in keys)
        return next((provision for provision in found if provision), None)

    def owner(self, owed: commitment_schema.Owed) -> Party | Body:
        if owed.party or (owed.owner and owed.owner in self.parties):
            return self.parties[owed.party or owed.owner or ""]
        return self.bodies[owed.body or owed.owner or ""]

    def addressee(self, line: body_schema.Line) -> dict[str, Body | Party | str]:
        """To whom a line leads, as the fields of a reporting line."""
        if line.name:
            return {"to_name": line.name}
        if line.party or (line.to and line.to not in self.bodies):
            return {"to_party": self.parties[line.party or line.to or ""]}
        return {"to_body": self.bodies[line.body or line.to or ""]}
