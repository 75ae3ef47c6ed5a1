"""A mail server that keeps nothing: in a process of its own, so that it holds up nobody.

    python -m benchmarks._sink light 0.02

answers each time 20 ms after it was spoken to, as one that is far away does. It prints its port.
`light` does as little as a server can, so that what is measured is who sends; `aiosmtpd` is what
one puts there in Python.
"""

import asyncio
import logging
import sys
from typing import Any

from aiosmtpd.smtp import SMTP


class Sink(asyncio.Protocol):
    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""
        self.in_text = False
        self.answer([b"220 sink.example"])

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answers: list[bytes] = []
        while True:
            end = b"\r\n.\r\n" if self.in_text else b"\r\n"
            piece, found, rest = self.buffer.partition(end)
            if not found:
                break
            self.buffer = rest
            if self.in_text:
                self.in_text = False
                answers.append(b"250 kept")
            else:
                answers.append(self.obey(piece[:4].upper()))
        if answers:
            self.answer(answers)

    def obey(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME"
        if verb == b"DATA":
            self.in_text = True
            return b"354 go on"
        return b"221 bye" if verb == b"QUIT" else b"250 ok"

    def answer(self, answers: list[bytes]) -> None:
        text = b"".join(answer + b"\r\n" for answer in answers)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, text)
        else:
            self.transport.write(text)


class Aiosmtpd(SMTP):
    delay = 0.0

    def __init__(self) -> None:
        super().__init__(self, hostname="sink.example", enable_SMTPUTF8=True)

    async def push(self, status: Any) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        await super().push(status)

    async def handle_DATA(self, *_session: Any) -> str:
        return "250 kept"


SERVERS: dict[str, Any] = {"light": Sink, "aiosmtpd": Aiosmtpd}


async def main() -> None:
    kind = SERVERS[sys.argv[1]]
    kind.delay = float(sys.argv[2])
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells of every command
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
