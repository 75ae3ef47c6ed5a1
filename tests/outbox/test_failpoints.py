"""A worker is killed at every step between the database and the server, once and again."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from coordination.outbox.actions import deliver
from coordination.outbox.failpoints import PLACES
from coordination.outbox.models import Message

from .conftest import end_leases, make_due
from .sink import Sink

State = Message.State
Waiting = Callable[..., Message]
ROOT = Path(__file__).resolve().parents[2]

#: Where nothing has left yet: whoever dies there has sent nothing, and nothing is in doubt.
HARMLESS = PLACES[: PLACES.index("after-fence")]

#: Where the second time is with the second mail.
MIDWAY = ("after-fence", "after-dot", "after-answer")

pytestmark = pytest.mark.django_db(transaction=True)


class Workers:
    """Starts workers that die at a place; the second time round another goes on."""

    def __init__(self, port: int) -> None:
        database = connection.settings_dict
        if connection.vendor == "sqlite":
            url = f"sqlite:///{database['NAME']}"
        else:
            url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database['NAME']}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.dying"],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": url,
                "EMAIL_URL": f"smtp://127.0.0.1:{port}",
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "REDIS_URL": "",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def die(self, place: str, time: int, lines: int = 1) -> bool:
        """Whether a worker came to the place that often, and died of it."""
        assert self.process.stdin
        self.process.stdin.write(f"{place}:{time} {lines}\n")
        self.process.stdin.flush()
        return {"0": False, str(-signal.SIGKILL): True}[self._line()]

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def workers(sink: Sink) -> Iterator[Workers]:
    started = Workers(sink.port)
    yield started
    started.stop()


def as_if_time_went_by() -> None:
    end_leases()
    make_due()


def finish() -> None:
    """Workers that are not killed, until nothing is left to do."""
    for _sweep in range(5):
        as_if_time_went_by()
        deliver()


def look(sink: Sink, place: str, *, harmless: bool = False) -> None:
    """None is lost, and none came twice without saying that it may have."""
    came = Counter(sink.recipients)
    for message in Message.objects.all():
        times = came[message.to_address]
        told = f"{place}: {message.to_address} came {times} times, {message.state}"
        assert message.state == State.SENT or (
            message.state == State.UNCERTAIN and message.ambiguous
        ), told
        assert times >= 1 or message.state == State.UNCERTAIN, told
        assert times == 1 or message.ambiguous, told
        assert times <= 2, told
        assert not (harmless and message.ambiguous), told
    ids = Counter(one.mail["Message-ID"] for one in sink.accepted)
    assert len(ids) == len(came)


def test_whoever_dies_at_any_step_loses_nothing_and_sends_nothing_twice_unmarked(
    sink: Sink, waiting: Waiting, workers: Workers
) -> None:
    people = [waiting(f"{n}@people.example").recipient for n in range(4)]
    for place in PLACES:
        Message.objects.all().delete()
        sink.accepted.clear()
        for person in people:
            waiting(recipient=person)
        if place == "after-recovery":
            assert workers.die("after-fence", 1)
            as_if_time_went_by()
        # Then at the same place for a worker that takes up what the first one left. Of a mail
        # that was taken it is written with the next: only the first one is before all harm.
        often = 2 if place in MIDWAY else 1
        assert workers.die(place, often), place
        as_if_time_went_by()
        # After the last record of a batch nothing is left to do for another.
        assert workers.die(place, 1) is (place != "after-record"), place
        finish()
        look(sink, place, harmless=place in HARMLESS)


def test_the_same_over_several_connections(sink: Sink, waiting: Waiting, workers: Workers) -> None:
    people = [waiting(f"{n}@people.example").recipient for n in range(6)]
    for place in ("after-announcement", "in-fence", "after-fence", "after-dot", "after-answer"):
        Message.objects.all().delete()
        sink.accepted.clear()
        for person in people:
            waiting(recipient=person)
        assert workers.die(place, 2, lines=3), place
        finish()
        look(sink, place)


def test_every_place_is_in_the_code_and_every_one_in_the_code_is_known() -> None:
    found = set()
    for file in (ROOT / "coordination" / "outbox").rglob("*.py"):
        for call in re.findall(r"reach\(([^)]*)\)", file.read_text()):
            found |= set(re.findall(r'"([a-z-]+)"', call))
    assert found == set(PLACES)


def test_an_installation_that_is_in_use_refuses_to_start_with_one() -> None:
    env = os.environ | {"ENTENTE_FAILPOINT": "after-fence", "ENTENTE_MODE": "local"}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ENTENTE_FAILPOINT is for tests alone: unset it." in done.stderr
