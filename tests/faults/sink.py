"""An SMTP server in a process of its own that misbehaves by chance and writes down what it did.

Each line of its log is on the disk before anything is answered: what it says was accepted is
what a recipient has. `python -m tests.faults.sink PORT LOG SEED PAUSE`
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

#: What it does instead of taking a mail, and how many mails in a thousand meet it.
MISDEEDS = {
    "MAIL 4xx": 4,
    "MAIL stall": 1,
    "RCPT 4xx": 8,
    "RCPT 5xx": 4,
    "RCPT drop": 3,
    "DATA 4xx": 5,
    "DATA 5xx": 2,
    "DATA drop": 3,  # before the mail leaves
    "TEXT drop": 4,  # before its final dot
    "END 4xx": 8,
    "END 5xx": 3,
    "END drop": 3,  # after the final dot, and the mail is gone
    "TAKEN drop": 4,  # after the final dot, and the mail was taken
    "TAKEN stall": 2,
}
#: Longer than a worker waits in a run.
STALL = 4.0


class Server(SMTP):
    """Breaks lines where a handler cannot."""

    async def smtp_DATA(self, arg: str) -> None:
        fate = self.event_handler.fate(self.envelope)
        if fate == "DATA 4xx":
            self.event_handler.note(self.envelope, fate)
            await self.push("451 not now")
        elif fate == "DATA 5xx":
            self.event_handler.note(self.envelope, fate)
            await self.push("554 never")
        elif fate in ("DATA drop", "TEXT drop"):
            self.event_handler.note(self.envelope, fate)
            if fate == "TEXT drop":
                await self.push("354 go on")
                await self._reader.readline()
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class Sink:
    """aiosmtpd's handler."""

    def __init__(self, log: Path, seed: int, pause: float) -> None:
        self.file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.seed, self.pause = seed, pause
        self.tries: Counter[str] = Counter()

    def draw(self, sign: str) -> str:
        """What this try of this mail meets; whatever the order in which mails come."""
        self.tries[sign] += 1
        chance = random.Random(f"{self.seed}/{sign}/{self.tries[sign]}")
        fates = ["", *MISDEEDS]
        return chance.choices(fates, [1000 - sum(MISDEEDS.values()), *MISDEEDS.values()])[0]

    @staticmethod
    def fate(envelope: Envelope) -> str:
        return getattr(envelope, "fate", "")

    def note(self, envelope: Envelope, did: str, **more: Any) -> None:
        to = envelope.rcpt_tos[0] if envelope.rcpt_tos else ""
        line = json.dumps({"at": time.time(), "to": to, "did": did, **more})
        os.write(self.file, line.encode() + b"\n")
        os.fsync(self.file)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        fate = self.draw("MAIL")  # nobody knows yet to whom
        if fate.startswith("MAIL"):
            self.note(envelope, fate)
            if fate == "MAIL stall":
                await asyncio.sleep(STALL)
            return "451 not now"
        envelope.mail_from = address
        return "250 sender ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        fate = self.draw(address)
        if fate.startswith("MAIL"):
            fate = ""
        envelope.fate = fate  # type: ignore[attr-defined]
        if fate.startswith("RCPT"):
            envelope.rcpt_tos.append(address)
            self.note(envelope, fate)
            envelope.rcpt_tos.clear()
            if fate == "RCPT drop":
                server.transport.abort()
            return "550 nobody of that name" if fate == "RCPT 5xx" else "450 not now"
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fate = self.fate(envelope)
        assert isinstance(envelope.original_content, bytes)
        headers = BytesHeaderParser().parsebytes(envelope.original_content)
        self.note(envelope, "begun")
        await asyncio.sleep(self.pause)
        taken = not fate.startswith("END")
        self.note(envelope, fate or "taken", id=headers["Message-ID"].strip(), taken=taken)
        await asyncio.sleep(self.pause)
        if fate.endswith("stall"):
            await asyncio.sleep(STALL)
        if fate.endswith("drop"):
            server.transport.abort()
        return {"END 4xx": "452 not now", "END 5xx": "554 never"}.get(fate, "250 taken")


async def serve(port: int, log: Path, seed: int, pause: float) -> None:
    handler = Sink(log, seed, pause)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(handler, hostname="sink.example", loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
