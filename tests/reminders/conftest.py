import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from coordination.base.dates import local_moment
from coordination.commitments.models import Obligation
from coordination.outbox.mime import written
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.actions import tick
from coordination.reminders.models import CheckInLink, Occurrence
from tests.outbox.sink import Accepted


def make_due(*obligations: Obligation) -> None:
    """As if their check-in of today had fallen due a minute ago."""
    for obligation in obligations:
        obligation.next_check_in_on = obligation.commitment.process.today()
        obligation.next_check_in_at = timezone.now() - dt.timedelta(minutes=1)
        obligation.save()


@pytest.fixture
def on(process: Process) -> Callable[[int, dt.time], Any]:
    """Travel to a wall-clock time in the process's zone, some days from today."""
    today = process.today()

    def travel(days: int, clock: dt.time = dt.time(8)) -> Any:
        moment = local_moment(today + dt.timedelta(days), clock, process.zone)
        return time_machine.travel(moment, tick=False)

    return travel


def token_in(message: Message) -> str:
    """The token of the link in the mail, as it leaves."""
    text = next(Accepted("", written(message)).mail.iter_parts()).get_content()
    return re.findall(r"http://testserver/c/([\w-]{43})/\s", text)[0]


def message_of(occurrence: Occurrence) -> Message:
    """The mail that asked the question last."""
    reminder = occurrence.reminders.select_related("message").latest("pk")
    assert reminder.message is not None
    return reminder.message


@pytest.fixture
def asked(obligation: Obligation) -> Callable[[], tuple[Occurrence, str]]:
    """Ask the focal point: the occurrence and the token that their mail carries."""

    def ask() -> tuple[Occurrence, str]:
        make_due(obligation)
        tick()
        # The test may run before the hour of check-ins.
        Occurrence.objects.update(due_at=timezone.now() - dt.timedelta(minutes=1))
        occurrence = obligation.occurrences.latest("pk")
        return occurrence, token_in(message_of(occurrence))

    return ask


@pytest.fixture
def token(asked: Callable[[], tuple[Occurrence, str]]) -> str:
    return asked()[1]


@pytest.fixture
def link(token: str) -> CheckInLink:
    return CheckInLink.objects.get()


def dump() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows[table] = sorted(repr(row) for row in cursor.fetchall())
    return rows


@pytest.fixture
def reader() -> Client:
    """Somebody without a session and without cookies, held to every check of a form."""
    return Client(enforce_csrf_checks=True)


def path(token: str, leaf: str = "") -> str:
    return f"/c/{token}/{leaf}"


def answer(**fields: Any) -> dict[str, Any]:
    given = {"level": "1", "account": "Two convoys left.", "obstacle": "access"}
    return given | {"submission": str(uuid.uuid4())} | fields
