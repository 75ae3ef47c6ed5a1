"""Five schedulers at once do what one does: the rows are the same, and each key is there once."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.runtime.helpers import ROOT, environment, wait_until

DUE = 12
ROWS = (
    "SELECT key, kind, to_address, state, subject FROM coordination_message ORDER BY key",
    "SELECT obligation_id, local_date, state, reason FROM coordination_occurrence ORDER BY 1, 2",
    "SELECT id, asked_on, next_check_in_on, next_check_in_at FROM coordination_obligation "
    "ORDER BY id",
)


class Sqlite:
    """A file, and a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.five, self.one = folder / "five.sqlite3", folder / "one.sqlite3"
        self.urls = {"five": f"sqlite:///{self.five}", "one": f"sqlite:///{self.one}"}

    def connect(self, name: str) -> Any:
        return sqlite3.connect(getattr(self, name), isolation_level=None, timeout=20)

    def copy(self) -> None:
        shutil.copy(self.five, self.one)

    def hold(self, connection: Any) -> None:
        connection.execute("BEGIN IMMEDIATE")

    def users(self, pids: list[int]) -> int:
        """How many of the processes have it open."""
        return sum(
            str(self.five) in map(_target, Path(f"/proc/{pid}/fd").iterdir()) for pid in pids
        )

    def remove(self) -> None:
        """It goes with its folder."""


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:  # closed meanwhile
        return ""


class Postgresql:
    """Two databases in the suite's server."""

    def __init__(self) -> None:
        self.server = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
        self.urls = {
            name: re.sub(r"/[^/?]+(\?|$)", rf"/faults_{name}\1", self.server)
            for name in ("five", "one")
        }
        self.remove()
        self._run("CREATE DATABASE faults_five")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(statement)

    def connect(self, name: str) -> Any:
        return psycopg.connect(self.urls[name])

    def copy(self) -> None:
        self._run("CREATE DATABASE faults_one TEMPLATE faults_five")

    def hold(self, connection: Any) -> None:
        connection.execute("LOCK TABLE coordination_obligation, accounts_user")

    def users(self, pids: list[int]) -> int:
        with psycopg.connect(self.server) as server:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'faults_five'"
            return int(server.execute(query).fetchone()[0]) - 1

    def remove(self) -> None:
        for name in ("five", "one"):
            self._run(f"DROP DATABASE IF EXISTS faults_{name} WITH (FORCE)")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Sqlite | Postgresql]:
    is_sqlite = os.environ["DATABASE_URL"].startswith("sqlite")
    database = Sqlite(tmp_path) if is_sqlite else Postgresql()
    yield database
    database.remove()


def start(url: str, folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment(folder, DATABASE_URL=url, CHECK_IN_HOUR="0", SITE_URL="http://a.example"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> str:
    words = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), words
    return "\n".join(words)


def gather(database: Sqlite | Postgresql, pids: list[int]) -> None:
    """Until all have the database open; not so long that the first gives up."""
    wait_until(lambda: database.users(pids) > 0, 60)
    until = time.monotonic() + 5
    while database.users(pids) < len(pids) and time.monotonic() < until:
        time.sleep(0.05)


def rows(database: Sqlite | Postgresql, name: str) -> list[list[tuple[Any, ...]]]:
    with closing(database.connect(name)) as connection:
        return [list(connection.execute(query).fetchall()) for query in ROWS]


def test_five_schedulers_at_once_equal_one(database: Sqlite | Postgresql, tmp_path: Path) -> None:
    url = database.urls["five"]
    finish(start(url, tmp_path, "tests.faults.world", "prepare", "0", str(DUE), "--quick"))
    with closing(database.connect("five")) as connection:
        connection.execute(
            "UPDATE coordination_obligation SET next_check_in_at = '2020-01-01 00:00:00'"
        )
        connection.commit()
    database.copy()

    with closing(database.connect("five")) as connection:
        database.hold(connection)  # until all are there: then they begin at the same moment
        five = [start(url, tmp_path, "manage", "tick") for _ in range(5)]
        try:
            gather(database, [process.pid for process in five])
        finally:
            connection.commit()
            words = finish(*five)
    finish(start(database.urls["one"], tmp_path, "manage", "tick"))

    messages, occurrences, obligations = rows(database, "five")
    assert [messages, occurrences, obligations] == rows(database, "one")
    assert len(messages) == len(occurrences) == DUE, words
