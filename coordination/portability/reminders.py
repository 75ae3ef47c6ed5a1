"""Checking, loading and writing what a process file says about reminders."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from coordination.commitments.actions.policies import RUNGS, policy_state, set_reminder_policy
from coordination.ledger.actions import Origin
from coordination.processes.holidays import enter_holiday
from coordination.processes.models import Process

from . import reminder_schema as schema
from .calendar import Calendar
from .checks import Checks, text_of
from .cursor import Spot
from .names import Names
from .problems import shortened
from .written import Written, made

_LISTS = ("before_due", "after_due", "deadline_days", "vacancy_days")


def check_reminders(checks: Checks) -> None:
    weekend = list(checks.file["process"].each("weekend"))
    checks.once(weekend, "the day", text_of)
    if len(weekend) > 6:
        checks.refuse(weekend[6].path, "at least one day of the week is a working day")
    _holidays(checks)
    policies = list(checks.file.each("reminder_policies"))
    for policy in policies:
        checks.body(policy["body"])
        for name in _LISTS:
            checks.once(policy.each(name), "the number of days", lambda spot: spot.whole_number)
        checks.once(policy.each("urgent"), "the kind", text_of)
        _rungs_in_order(checks, policy)
    checks.once((policy["body"] for policy in policies), "the body", text_of)
    for policy in [one for one in policies if one["body"].value is None][1:]:
        checks.refuse(policy.path, "the process has reminders of its own already; name a body")


def _holidays(checks: Checks) -> None:
    seen = set()
    for holiday in checks.file.each("holidays"):
        checks.in_order(holiday["from"], holiday["until"], "a holiday ends after it begins")
        named = (holiday["name"].text, holiday["from"].day)
        if None not in named and named in seen:
            shown = shortened(named[0] or "")
            checks.refuse(holiday["name"].path, f"“{shown}” stands here already with that day")
        seen.add(named)


def _rungs_in_order(checks: Checks, policy: Spot) -> None:
    before = 0
    for name in RUNGS:
        if policy[name].text == schema.NEVER:
            continue
        days = policy[name].whole_number
        if days is None:
            days = schema.ReminderPolicy.model_fields[name].default
        if days < before:
            spot = policy[name] if policy[name].value is not None else policy
            checks.refuse(
                spot.path, f"{name} is {days} and comes before the step below it; write more days"
            )
        before = days


def load_reminders(
    process: Process, parsed: Any, names: Names, calendar: Calendar, actor: Any
) -> None:
    """Before the commitments, whose check-ins are planned by them; the weekend is the process's."""
    for one in parsed.holidays:
        enter_holiday(
            actor=actor,
            process=process,
            name=one.name,
            first_on=calendar.day(one.starts),
            last_on=calendar.day(one.until or one.starts),
            origin=Origin.FILE,
        )
    for one in parsed.reminder_policies:
        said = one.model_dump(exclude={"body"})
        set_reminder_policy(
            actor=actor,
            process=process,
            body=names.bodies[one.body] if one.body else None,
            fields=said | {name: None for name in RUNGS if said[name] == schema.NEVER},
            origin=Origin.FILE,
        )


def holidays(written: Written) -> list[schema.Holiday]:
    return [
        made(
            schema.Holiday,
            name=row.name,
            starts=row.first_on,
            until=None if row.last_on == row.first_on else row.last_on,
        )
        for row in written.process.holidays.order_by("pk")
    ]


def policies(written: Written) -> list[schema.ReminderPolicy]:
    """The process's own first."""
    return list(_policies(written))


def _policies(written: Written) -> Iterator[schema.ReminderPolicy]:
    rows = written.process.reminder_policies.order_by(F("body").asc(nulls_first=True))
    for row in rows:
        said = policy_state(row)
        said |= {name: schema.NEVER for name in RUNGS if said[name] is None}
        # Where nobody is told, that is said too.
        yield schema.ReminderPolicy.model_construct(None, body=written.body(row.body_id), **said)
