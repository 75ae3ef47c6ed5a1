"""A real SMTP server, and a database of the test's own."""

import os
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.runtime.helpers import free_port


class Sink(MessageHandler):
    """An SMTP server's mailbox."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def prepare_message(self, session: object, envelope: object) -> EmailMessage:
        return message_from_bytes(envelope.original_content, policy=policy.default)  # type: ignore[attr-defined]

    def handle_message(self, message: object) -> None:
        self.mails.append(message)  # type: ignore[arg-type]

    def about(self, words: str) -> list[EmailMessage]:
        return [mail for mail in list(self.mails) if words in mail["Subject"]]


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    handler, port = Sink(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind that the suite runs on."""
    url = os.environ["DATABASE_URL"]
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'var' / 'entente.sqlite3'}"
        return
    with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS e2e WITH (FORCE)")
        server.execute("CREATE DATABASE e2e")
        yield re.sub(r"/[^/?]+(\?|$)", r"/e2e\1", url)
        server.execute("DROP DATABASE e2e WITH (FORCE)")
