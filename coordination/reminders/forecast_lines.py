"""What a forecast says: the mails to come, and who cannot be asked."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.models import User
from coordination.commitments.models import Obligation, ReminderPolicy

from .models import Reminder


@dataclass(eq=False)
class Line:
    """One thing that one person is reminded of; `at` is when its mail is written.

    `day` is the day in the process's time zone on which it falls due.
    """

    kind: str
    person: User
    day: date
    at: datetime
    why: Any
    urgent: bool = False
    owner: Obligation | None = None
    rung: int = 0

    @property
    def written_on(self) -> date:
        """The day of the mail, where its reader is."""
        return self.at.astimezone(self.person.zone).date()

    @property
    def waits(self) -> bool:
        return self.written_on > self.day

    @property
    def kind_label(self) -> str:
        return str(Reminder.Kind(self.kind).label)


@dataclass(frozen=True)
class Unasked:
    """That nobody can be asked for an obligation, and why."""

    owner: Obligation
    day: date
    why: str


@dataclass
class Forecast:
    """What goes out; `is_cut` where more would follow within the time."""

    policy: ReminderPolicy
    lines: list[Line] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)
    judges: list[tuple[list[Obligation], list[User]]] = field(default_factory=list)
    is_cut: bool = False
