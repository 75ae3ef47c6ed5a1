"""A real SMTP server that keeps what it accepts and misbehaves as it is told."""

import asyncio
import socket
import ssl
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

#: Instead of an answer: the line breaks, or nothing comes for longer than a test waits.
DROP, STALL = "drop", "stall"

Answer = str | Callable[[], str]


@dataclass(frozen=True)
class Accepted:
    """A mail that arrived whole."""

    to: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.raw, policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


class _Server(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.now += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.now -= 1
        super().connection_lost(error)

    async def push(self, status: Any) -> None:
        """Instead of a greeting, who is one too many is told so."""
        sink = self.event_handler
        if isinstance(status, str) and status.startswith("220 ") and "Ready" not in status:
            if sink.most_connections is not None and sink.now > sink.most_connections:
                await super().push("421 4.7.0 too many connections")
                self.transport.close()
                return
            sink.most_at_once = max(sink.most_at_once, sink.now)
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:
        answer = await self.event_handler.next_answer("DATA", self)
        if answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


class Sink:
    """Accepts everything, except where `script` holds an answer for a step.

    Steps: MAIL, RCPT, DATA (before the mail leaves), END (after its final dot: it has arrived).
    A callable is called in a thread of its own and may use the database.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.accepted: list[Accepted] = []
        self.connections = 0
        self.pause = 0.0
        self.pipelining = False
        self.most_connections: int | None = None
        self.now = self.most_at_once = 0
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.factory = lambda: _Server(  # type: ignore[method-assign]
            self, tls_context=tls, require_starttls=tls is not None, hostname="sink.example"
        )

    def start(self) -> None:
        self._controller.start()
        self.connections = 0  # the controller tries it first

    def stop(self) -> None:
        self._controller.stop()

    def say(self, step: str, *answers: Answer) -> None:
        self.script[step].extend(answers)

    @property
    def recipients(self) -> list[str]:
        return [accepted.to for accepted in self.accepted]

    async def next_answer(self, step: str, server: SMTP) -> str | None:
        if not self.script[step]:
            return None
        answer = self.script[step].popleft()
        if callable(answer):
            answer = await asyncio.to_thread(answer)
        if answer == DROP:
            server.transport.abort()
        if answer == STALL:
            await asyncio.sleep(3)
        return answer or None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return [answers[0], *(["250-PIPELINING"] * self.pipelining), *answers[1:]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if answer := await self.next_answer("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 sender ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if answer := await self.next_answer("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.script["END"][0] if self.script["END"] else ""
        if callable(answer) or not answer.startswith(("4", "5")):
            assert isinstance(envelope.original_content, bytes)
            self.accepted.append(Accepted(envelope.rcpt_tos[0], envelope.original_content))
        await asyncio.sleep(self.pause)
        return await self.next_answer("END", server) or f"250 kept as {len(self.accepted)}"
