"""What every exporter uses: sections made of rows, and the names that a file gives to rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model

from accounts.models import User
from coordination.audiences.models import Release as ReleaseRow
from coordination.base.lasting import Lasting
from coordination.commitments.models import ExpectedOccurrence, TriggerEvent
from coordination.processes.models import Party, Process

from .audience_schema import Release
from .calendar import Calendar
from .fields import Section
from .yaml_writer import readable

Made = TypeVar("Made", bound=Section)


def made(section: type[Made], **values: Any) -> Made:
    """A section of the file; what is empty is left out, and nothing is checked a second time."""
    unknown = values.keys() - section.model_fields.keys()
    assert not unknown, f"{section.__name__} has no {', '.join(sorted(unknown))}"
    given: dict[str, Any] = {
        name: readable(value) if isinstance(value, str) else value for name, value in values.items()
    }
    for name in [name for name, value in given.items() if value in (None, "", [])]:
        del given[name]
    return section.model_construct(None, **given)


def lasting(row: Lasting) -> dict[str, Any]:
    """The days of what holds for a time."""
    return {"starts": row.started_on, "ended": row.ended_on}


def numbered(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The place of each among those of the same parent; rows are their key and their parent's."""
    counted: dict[int, int] = {}
    places: dict[int, int] = {}
    for key, parent in rows:
        places[key] = counted[parent] = counted.get(parent, 0) + 1
    return places


@dataclass
class Written:
    """The names of the rows in the file, by their keys, and the people whom the file names."""

    process: Process
    calendar: Calendar
    parties: dict[int, str]
    bodies: dict[int, str]
    people: dict[int, User] = field(default_factory=dict)

    @classmethod
    def of(cls, process: Process) -> "Written":
        return cls(
            process,
            Calendar(process.zone),
            dict(process.parties.order_by("pk").values_list("pk", "code")),
            dict(process.bodies.order_by("pk").values_list("pk", "code")),
        )

    @cached_property
    def shared(self) -> set[str]:
        """Codes that both a party and a body have."""
        return set(self.parties.values()) & set(self.bodies.values())

    @cached_property
    def triggered(self) -> list[tuple[int, int]]:
        """The keys of each event and of its trigger, in the order in which the file has them."""
        events = TriggerEvent.objects.filter(trigger__process=self.process).order_by("number")
        return list(events.values_list("pk", "trigger"))

    @cached_property
    def events(self) -> dict[int, int]:
        """The place of each event among those of its trigger."""
        return numbered(self.triggered)

    def time(self, expected: ExpectedOccurrence | None) -> int | None:
        """The number of an expected time: of what was triggered, that of the event."""
        if expected is None:
            return None
        opened_by = expected.opened_by_id
        return self.events[opened_by] if opened_by else expected.number

    @cached_property
    def releases(self) -> dict[tuple[str, int], list[Release]]:
        """What was released to further delegations, by the sort and the key of the record."""
        rows = ReleaseRow.objects.standing().filter(process=self.process).order_by("pk")
        found: dict[tuple[str, int], list[Release]] = {}
        for row in rows.select_related("released_by"):
            found.setdefault((row.object_type, row.object_id), []).append(
                made(
                    Release,
                    party=self.party(row.party_id),
                    reason=row.reason,
                    by=self.person(row.released_by),
                    at=self.calendar.written(row.released_at),
                )
            )
        return found

    def released_to(self, row: Model) -> list[Release]:
        return self.releases.get((str(row._meta.model_name), row.pk), [])

    def person(self, user: User | None) -> str | None:
        """The address of a person, who is then one of the people in the file."""
        if user is None:
            return None
        self.people[user.pk] = user
        return user.email

    def party(self, pk: int | None) -> str | None:
        return self.parties[pk] if pk else None

    def body(self, pk: int | None) -> str | None:
        return self.bodies[pk] if pk else None

    def codes(self, parties: Iterable[Party]) -> list[str]:
        """Codes in the order in which the file has the parties."""
        given = {party.pk for party in parties}
        return [code for pk, code in self.parties.items() if pk in given]
