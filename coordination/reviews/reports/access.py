"""Who writes implementation reports, and who approves them."""

from typing import Any

from coordination.bodies.access import may_keep, rights
from coordination.bodies.models import Body
from coordination.bodies.people import CHAIRS, holders_and_alternates
from coordination.processes.access import is_coordinator, membership
from coordination.processes.models import Process

from ..models import Report


def bodies_that_issue(user: Any, process: Process) -> list[Body]:
    """The bodies for which the person may write a report: those that they keep."""
    own = rights(user, process)
    rows = Body.objects.filter(process=process).order_by("code")
    return [body for body in rows if own.coordinates or body.pk in own.bodies]


def may_write(user: Any, report: Report) -> bool:
    """Who keeps the body that issues it, while it is a draft."""
    return report.approved_at is None and may_keep(user, report.issued_by)


def may_approve(user: Any, report: Report) -> bool:
    """The chair or a co-chair of the body that issues it, as of its minutes: a coordinator where
    nobody with an account is in the chair."""
    process = report.process
    if report.approved_at is not None or membership(user, process) is None:
        return False
    chairs = holders_and_alternates(report.issued_by, process.today(), CHAIRS)
    return user in chairs or (not chairs and is_coordinator(user, process))
