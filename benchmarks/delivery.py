"""How fast check-ins are sent, beside a bare loop over smtplib in the same run (`make bench`).

The bare loop hands over the very same mails, written out before. Entente asks for the check-ins
that are due, renders the mails with their links, fences, sends and records them, in processes that
each do what a scheduler and a worker do. The server is a process besides, first next door and then
20 ms away: one that does as little as a server can and takes several commands in one go, as most
do (RFC 2920), and aiosmtpd, which takes one at a time. Aims: two processes send 0.35 of what the
loop does over one connection (0.7 would be good), and 0.9 of what 16 loops do with 16 connections
to a server that is far: there one process sends over 16 while another plans, as a worker and a
scheduler do, and beside it one process does both, first the one and then the other.

On a SQLite database made for it and on an embedded PostgreSQL. How busy the machine was is printed,
and how much work a mail takes the processes, which says more where others are at work too.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select

from django.core.management import call_command
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from benchmarks import FOLDER
from benchmarks._check_ins import make_due, seed
from coordination.outbox import actions
from coordination.outbox.mime import written
from coordination.outbox.models import Message
from coordination.reminders.asking import ask_all
from coordination.reminders.digests import write_all
from runtime.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
NEAR, FAR = 1000, 960
LINES, AWAY = 16, 0.02
SENDER = "entente@bench.example"


# --- In each process ------------------------------------------------------------------------------


def work(does: str) -> None:
    """Ask for and write what is due, of which other processes do a part, and send what waits: both,
    or the one while another process does the other."""
    reverse("profile")  # one that runs for long has read all addresses
    print("ready", flush=True)
    sys.stdin.readline()
    began, busy = time.monotonic(), time.process_time()
    if does != "send":
        now = timezone.now()
        ask_all(now)
        write_all(now)
    planned, busy_planning = time.monotonic(), time.process_time()
    if does != "plan":
        is_all = does != "send"
        while actions.deliver() or not is_all:
            is_all = bool(select([sys.stdin], [], [], 0.05)[0])  # a nudge comes as soon
    busy_sending = time.process_time() - busy_planning
    print(f"{planned - began:.3f} {busy_planning - busy:.3f} {busy_sending:.3f}", flush=True)


# --- What is measured -----------------------------------------------------------------------------


@contextmanager
def sink(kind: str, delay: float) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks._sink", kind, str(delay)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def bare(port: int, mails: list[bytes], lines: int) -> float:
    """Mails a second of plain smtplib, over so many connections."""

    def loop(share: list[bytes]) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for mail in share:
                smtp.sendmail(SENDER, ["person@bench.example"], mail)

    began = time.monotonic()
    with ThreadPoolExecutor(lines) as pool:
        list(pool.map(loop, [mails[n::lines] for n in range(lines)]))
    return len(mails) / (time.monotonic() - began)


@dataclass(frozen=True)
class Result:
    """Mails a second, planned and sent, and of these the sending alone; and milliseconds of work
    that each takes our processes."""

    whole: float
    sending: float
    busy_planning: float
    busy_sending: float


def workers(port: int, url: str, does: Sequence[str], messages: int, lines: int) -> Result:
    """One process for each of `does`."""
    make_due(messages)
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_CONNECTIONS": str(lines),
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.delivery", one],
            env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for one in does
    ]  # fmt: skip
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    began = time.monotonic()
    for child in children:
        assert child.stdin
        child.stdin.write("\n")
        child.stdin.flush()
    # Who plans comes first: the end of the other's input says that all is planned.
    said = [[float(word) for word in child.communicate()[0].split()] for child in children]
    took = time.monotonic() - began
    assert Message.objects.filter(state=Message.State.SENT).count() == messages
    planning = max(words[0] for words in said)
    each = [1000 * sum(words[n] for words in said) / messages for n in (1, 2)]
    return Result(messages / took, messages / (took - planning), *each)


def measure(url: str) -> None:
    call_command("migrate", verbosity=0)
    seed(NEAR)
    make_due(NEAR)
    ask_all(timezone.now())
    write_all(timezone.now())
    mails = [written(message) for message in Message.objects.select_related("recipient")]
    assert len(mails) == NEAR
    vendor = connections["default"].vendor
    for kind in ("light", "aiosmtpd"):
        with sink(kind, 0) as port:
            loop = bare(port, mails[:NEAR], 1)
            say(vendor, f"{kind}, next door, bare loop over one connection", loop)
            for processes, lines in ((2, 1), (4, 1), (2, 4)):
                result = workers(port, url, ["both"] * processes, NEAR, lines)
                name = f"{processes} processes with {lines} connection{'s' * (lines > 1)} each"
                say(vendor, f"{kind}, next door, {name}, all of it", result.whole, loop)
                say(vendor, f"{kind}, next door, {name}, without planning", result.sending, loop)
                say_busy(vendor, kind, result)
        with sink(kind, AWAY) as port:
            loop = bare(port, mails[:FAR], LINES)
            say(vendor, f"{kind}, 20 ms away, bare loops over {LINES} connections", loop)
            result = workers(port, url, ["plan", "send"], FAR, LINES)
            name = f"a process that sends over {LINES} connections while another plans"
            say(vendor, f"{kind}, 20 ms away, {name}", result.whole, loop)
            result = workers(port, url, ["both"], FAR, LINES)
            name = f"one process with {LINES} connections"
            say(vendor, f"{kind}, 20 ms away, {name}, all of it", result.whole, loop)
            say(vendor, f"{kind}, 20 ms away, {name}, without planning", result.sending, loop)
            say_busy(vendor, kind, result)


def say_busy(vendor: str, kind: str, result: Result) -> None:
    planning, sending = result.busy_planning, result.busy_sending
    print(f"{vendor}, {kind}: {planning:.1f} ms of planning a mail, {sending:.1f} ms of sending")


def say(vendor: str, what: str, rate: float, loop: float = 0) -> None:
    ratio = f", {rate / loop:.2f} of the loop" if loop else ""
    print(
        f"{vendor}, {what}: {rate:.0f} mails a second{ratio} (load {os.getloadavg()[0]:.1f})",
        flush=True,
    )


def main() -> None:
    url = os.environ["DATABASE_URL"]
    measure(url)
    if FOLDER.name not in url:
        return  # somebody named the database to measure
    with EmbeddedPostgres() as postgres, tempfile.TemporaryDirectory() as var:
        env = {**os.environ, "DATABASE_URL": postgres.url, "ENTENTE_VAR": var}
        subprocess.run([sys.executable, "-m", "benchmarks.delivery"], env=env, cwd=ROOT, check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1])
    else:
        main()
        FOLDER.cleanup()
