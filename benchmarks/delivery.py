"""How fast the outbox sends, beside a bare loop over smtplib in the same run (`make bench`).

The bare loop hands over mails that were written out before; Entente's workers plan, render, fence,
send and record theirs, each in a process of its own. The server is a process besides, first next
door and then 20 ms away. Aims: two workers send 0.35 of what the loop does over one connection (0.7
would be good), and 0.9 of what 16 loops do with 16 connections to a server that is far.

On a SQLite database made for it and on an embedded PostgreSQL. How busy the machine was is printed.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import User
from benchmarks import FOLDER
from coordination.outbox import actions
from coordination.outbox.mime import written
from coordination.outbox.models import Message, MessageEvent
from coordination.processes.actions import create_process
from coordination.processes.models import Membership, Process
from runtime.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
NEAR, FAR = 1000, 800
LINES, AWAY = 16, 0.02
BATCH = 100
PEOPLE = 100
SENDER = "entente@bench.example"


# --- In each worker -------------------------------------------------------------------------------


def work(number: int, of: int, messages: int) -> None:
    """Plan this worker's share of the mails, then send what is due: own, or another's."""
    process = Process.objects.get(slug="bench")
    people = list(User.objects.filter(email__startswith="person").order_by("pk"))
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    share = range(number, messages, of)
    for first in range(0, len(share), BATCH):
        with transaction.atomic():
            for n in share[first : first + BATCH]:
                plan(process, people[n % PEOPLE], n)
    planned = time.monotonic()
    sent = actions.deliver()
    print(f"{planned - began:.3f} {time.monotonic() - planned:.3f} {sent}", flush=True)


def plan(process: Process, person: User, n: int) -> Message:
    return actions.queue(
        key=actions.message_key("bench", n, timezone.now()),
        process=process,
        kind="second_step",
        recipient=person,
        reason="A second step at sign-in is asked of every coordinator from now on.",
        template="account/changed",
        context={
            "what": "Your password was changed",
            "at": timezone.now(),
            "ip": "127.0.0.1",
            "device": "Firefox on Linux",
            "forgotten_url": "https://entente.example/forgotten/",
            "sessions_url": "https://entente.example/sessions/",
        },
        about=process,
    )


# --- What is measured -----------------------------------------------------------------------------


@contextmanager
def sink(delay: float) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks._sink", str(delay)]
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


def workers(port: int, url: str, processes: int, messages: int, lines: int) -> tuple[float, float]:
    """Mails a second, planned and sent, and of these the sending alone."""
    MessageEvent.objects.all().delete()
    Message.objects.all().delete()
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_CONNECTIONS": str(lines),
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.delivery", str(n), str(processes), str(messages)],
            env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for n in range(processes)
    ]  # fmt: skip
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    began = time.monotonic()
    for child in children:
        assert child.stdin
        child.stdin.write("\n")
        child.stdin.flush()
    said = [child.communicate()[0].split() for child in children]
    took = time.monotonic() - began
    assert Message.objects.filter(state=Message.State.SENT).count() == messages
    planning = max(float(words[0]) for words in said)
    return messages / took, messages / (took - planning)


def measure(url: str) -> None:
    call_command("migrate", verbosity=0)
    person = User.objects.create_user("keeper@bench.example", "x", name="Keeper")
    process = create_process(
        actor=person, origin="system", slug="bench", name="Bench", short_name="Bench"
    )
    people = [
        User.objects.create_user(f"person{n}@bench.example", name=f"Person {n}")
        for n in range(PEOPLE)
    ]
    for one in people:
        Membership.objects.create(process=process, user=one, role=Membership.Role.OBSERVER)
    mails = [written(plan(process, people[n % PEOPLE], n)) for n in range(200)]
    vendor = connections["default"].vendor
    with sink(0) as port:
        loop = bare(port, mails * (NEAR // 200), 1)
        say(vendor, "bare loop, next door, one connection", loop)
        for processes, lines in ((2, 1), (4, 1), (2, 4)):
            whole, sending = workers(port, url, processes, NEAR, lines)
            name = f"{processes} workers with {lines} connection{'s' * (lines > 1)} each"
            say(vendor, f"{name}, all of it", whole, loop)
            say(vendor, f"{name}, without planning", sending, loop)
    with sink(AWAY) as port:
        loop = bare(port, mails * (FAR // 200), LINES)
        say(vendor, f"bare loop, 20 ms away, {LINES} connections", loop)
        whole, sending = workers(port, url, 1, FAR, LINES)
        say(vendor, f"one worker with {LINES} connections, all of it", whole, loop)
        say(vendor, f"one worker with {LINES} connections, without planning", sending, loop)


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
        work(*map(int, sys.argv[1:]))
    else:
        main()
        FOLDER.cleanup()
