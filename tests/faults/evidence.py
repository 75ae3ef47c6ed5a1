"""What is left behind: the database's tables, read without the product, and the sink's log."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg


@dataclass(frozen=True)
class Row:
    """A message of the outbox."""

    id: int
    key: str
    message_id: str
    to: str
    state: str
    ambiguous: bool
    error: str
    attempts: int


@dataclass
class Evidence:
    rows: list[Row]
    #: The steps of each message, oldest first: state and note.
    steps: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    #: Messages that were `sent` and then something else.
    left_sent: list[int] = field(default_factory=list)
    #: Obligations that fell due and were not asked about.
    not_asked: int = 0


class Database:
    def __init__(self, url: str) -> None:
        self.url = url

    def _connect(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
        return psycopg.connect(self.url)

    def _select(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return list(connection.execute(query).fetchall())

    def states(self) -> dict[str, int]:
        """How many messages there are in each state."""
        return dict(self._select("SELECT state, count(*) FROM coordination_message GROUP BY state"))

    def all_asked(self) -> bool:
        return self._not_asked() == 0

    def _not_asked(self) -> int:
        query = (
            "SELECT (SELECT count(*) FROM coordination_obligation WHERE asked_on IS NULL)"
            " + (SELECT count(*) FROM coordination_reminder WHERE state = 'waiting')"
        )
        return int(self._select(query)[0][0])

    def read(self) -> Evidence:
        rows = self._select(
            "SELECT id, key, message_id, to_address, state, ambiguous, error, attempts "
            "FROM coordination_message ORDER BY id"
        )
        evidence = Evidence([Row(*row) for row in rows], not_asked=self._not_asked())
        for message, state, note in self._select(
            "SELECT message_id, state, note FROM coordination_messageevent ORDER BY id"
        ):
            evidence.steps.setdefault(message, []).append((state, note))
        evidence.left_sent = [
            row[0] for row in self._select("SELECT message_id FROM faults_left_sent")
        ]
        return evidence


class Log:
    """What the sink wrote down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read, self._count, self.begun = 0, 0, 0

    def count(self) -> int:
        """How many mails it took so far."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        self._count += whole.count(b'"taken": true')
        self.begun += whole.count(b'"begun"')
        return self._count

    def lines(self) -> list[dict[str, Any]]:
        return list(self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.path.open() as file:
            for line in file:
                yield json.loads(line)
