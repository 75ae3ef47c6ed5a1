"""What the sweeps read: what is due, and never all that there is (`benchmarks/due_scan.py`)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from coordination.commitments.models import Obligation
from coordination.outbox import actions as outbox
from coordination.reminders.actions import tick
from coordination.reminders.settling import before_sending

from .conftest import make_due

#: What there is ever more of, the longer there are obligations.
GROWING = {
    *("commitment", "deadline", "obligation", "expectedoccurrence", "checkin", "verification"),
    *("breach", "breachstep", "occurrence", "escalation", "reminder", "meetingnotice"),
    *("message", "messageevent", "entry", "review"),
}
#: Indexes of what is open, or due: they may be read from one end to the other.
SHORT = {
    *("breach_clock", "commitment_expects_next", "escalation_next", "reminder_waiting"),
    "one_open_escalation_an_obligation",
}


def read_whole(sql: str, params: Any) -> set[str]:
    """The tables that a statement reads from one end to the other, by SQLite's own plan."""
    cursor = connection.create_cursor()
    plan = "\n".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params))
    found = re.findall(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", plan, re.M)
    tables = {alias: table for table, alias in re.findall(r'"(\w+)" ([T-W]\d+)\b', sql)}
    return {tables.get(name, name) for name, index in found if index not in SHORT}


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL rightly reads a small table as a whole"
)
@pytest.mark.django_db
def test_the_sweeps_read_no_table_as_a_whole_that_grows(obligation: Obligation) -> None:
    make_due(obligation)
    found: set[tuple[str, str]] = set()

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if not many and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            tables = read_whole(sql, params)
            found.update((name, sql) for name in GROWING if f"coordination_{name}" in tables)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert tick().asked == 1
        before_sending()
        outbox.deliver()
        tick()
    assert found == set()
