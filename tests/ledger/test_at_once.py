"""Eight processes, each with a connection of its own, that write to one ledger at one moment."""

import os
import traceback
from collections.abc import Callable

import pytest
from django.db import connection

from coordination.ledger.actions import append, verify
from coordination.ledger.checkpoints import make_checkpoint
from coordination.ledger.models import Checkpoint, Entry
from tests.factories import EntryFactory, ProcessFactory

PROCESSES, EACH = 8, 10

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def in_processes(call: Callable[[], object]) -> list[int]:
    """Run the call in eight processes that begin together; how each ended."""
    connection.close()  # none may be shared
    wait, begin = os.pipe()
    children = []
    for _ in range(PROCESSES):
        if child := os.fork():
            children.append(child)
            continue
        status = 1
        try:
            os.close(begin)
            os.read(wait, 1)
            call()
            connection.close()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(wait)
    os.close(begin)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_they_leave_one_unbroken_chain() -> None:
    process = ProcessFactory()

    def several() -> None:
        for n in range(EACH):
            append(
                process=process,
                actor=None,
                verb="process.noted",
                thing=process,
                summary=f"{os.getpid()} {n}",
                origin="system",
            )

    assert in_processes(several) == [0] * PROCESSES
    entries = Entry.objects.filter(process=process).order_by("sequence")
    assert [entry.sequence for entry in entries] == list(range(1, PROCESSES * EACH + 1))
    assert len({entry.summary for entry in entries}) == PROCESSES * EACH
    assert list(verify(process)) == []


def test_schedules_that_sign_together_make_one_checkpoint() -> None:
    process = EntryFactory().process
    assert in_processes(lambda: make_checkpoint(process=process)) == [0] * PROCESSES
    assert Checkpoint.objects.count() == 1
