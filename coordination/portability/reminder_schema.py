"""The part of a process file that is about reminders: working days, and who is told when."""

from typing import Annotated, Any

from django.db import models
from pydantic import Field

from coordination.commitments.models import ReminderPolicy as PolicyRow
from coordination.commitments.models.policy import (
    MOST_DAYS,
    MOST_ENTRIES,
    ask_after,
    ask_before,
    tell_of_breaches_at_once,
    tell_of_deadlines,
    tell_of_vacancies,
)
from coordination.processes.models import Holiday as HolidayRow

from .calendar import quoted
from .fields import BodyCode, Day, Read, Section, one_of, size


class Weekday(models.IntegerChoices):
    """As ISO 8601 numbers them."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


NEVER = "never"


def _rung(given: Any) -> int | str:
    if given == NEVER:
        return NEVER
    text = str(given)
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_DAYS and len(text) < 4:
        return int(text)
    raise ValueError(f"{quoted(given)} is no number of days from 1 to {MOST_DAYS}, and not never")


Rung = Annotated[
    int | str,
    Read(_rung, {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
                           {"const": NEVER}]}),
]  # fmt: skip
DayNamed = Annotated[int, one_of(Weekday, "a day of the week")]
Days = Annotated[list[Annotated[int, Field(ge=0, le=MOST_DAYS)]], Field(max_length=MOST_ENTRIES)]


class Holiday(Section):
    """Days on which nobody is reminded of anything."""

    name: str = Field(max_length=size(HolidayRow, "name"), description="What it is called.")
    starts: Day = Field(alias="from", description="First day.")
    until: Day | None = Field(None, description="Last day; without it the first is the only one.")


class ReminderPolicy(Section):
    """When owners are asked, and who is told if they do not report."""

    body: BodyCode | None = Field(
        None,
        description="Body whose commitments it is for; without it, all that follow no other.",
    )
    before_due: Days = Field(
        default_factory=ask_before, description="Days before the due day; 0 is the day itself."
    )
    after_due: Days = Field(
        default_factory=ask_after, description="Days after it, while it is overdue."
    )
    then_every_days: int = Field(
        7, ge=2, le=MOST_DAYS, description="And then again after so many days."
    )
    head_after_days: Rung = Field(
        7, description="Days without a report after which the head of the delegation is told; "
        "never for nobody.",
    )  # fmt: skip
    chair_after_days: Rung = Field(14, description="The same of the chair of the lead body.")
    dispute_after_days: Rung = Field(
        28, description="The same of the first dispute step of its protocol; the others follow."
    )
    deadline_days: Days = Field(
        default_factory=tell_of_deadlines,
        description="Days before a due day on which who runs the lead body is told of it.",
    )
    vacancy_days: Days = Field(
        default_factory=tell_of_vacancies,
        description="Days before a term ends on which who runs the body is told of it.",
    )
    urgent: list[Annotated[str, one_of(PolicyRow.Urgent, "what can be sent at once")]] = Field(
        default_factory=tell_of_breaches_at_once,
        description="What is sent at once, and not in the day's mail.",
    )
