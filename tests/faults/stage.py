"""The servers and processes of a run, and what can be done to them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from runtime import processes
from runtime.embedded import EmbeddedBroker, EmbeddedPostgres
from tests.runtime.helpers import ROOT, environment, free_port, wait_until

from .plan import Plan

#: What production gives minutes and hours has seconds here. The lease is longer than the patience
#: with the mail server, as it is there.
TIMES = {
    "MAIL_LEASE_SECONDS": "3",
    "MAIL_RETRY_SECONDS": ",".join(["0.2", "0.5", *["1"] * 28]),
    "MAIL_STEP_SECONDS": "1",
    "MAIL_ANSWER_SECONDS": "1.5",
    "SWEEP_SECONDS": "1",
}


class Program:
    """A process that is started again when it has gone, as a supervisor or cron does it."""

    def __init__(self, name: str, start: Callable[[], Any], *, pause: float = 0.0) -> None:
        self.name, self._start, self.pause = name, start, pause
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0
        self.ended: list[subprocess.Popen[bytes]] = []
        self._again_at = 0.0
        self.once = False

    def start(self) -> None:
        self.process = self._start()
        self.started += 1

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_done(self) -> bool:
        return self.once and self.process is not None and self.process.poll() == 0

    def tend(self) -> None:
        """Start it again if it has gone; what it left behind goes on until it ends by itself."""
        if self.runs or self.is_done:
            return
        if self.process is not None:
            self.ended.append(self.process)
            self.process = None
            self._again_at = time.monotonic() + self.pause
        if time.monotonic() >= self._again_at:
            self.start()

    def kill(self) -> None:
        """The process itself and at once; not those that it has started."""
        if self.runs:
            assert self.process is not None
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def kill_all(self) -> None:
        """The process and those that it has started, in one moment."""
        if self.runs:
            assert self.process is not None
            processes.stop(self.process, signal.SIGKILL)

    def stop(self) -> None:
        for process in (self.process, *self.ended):
            if process is not None:
                processes.stop(process, signal.SIGKILL)
        self.process, self.ended = None, []

    def children(self) -> list[int]:
        """The numbers of the processes that it has started and that live."""
        if not self.runs:
            return []
        assert self.process is not None
        return [pid for pid, parent in _parents().items() if parent == self.process.pid]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _parents() -> dict[int, int]:
    """Which process started which."""
    if not Path("/proc/self/stat").exists():
        lines = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        return {int(pid): int(parent) for pid, parent in map(str.split, lines)}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(folder.name)] = int(parent)
    return found


class Stage:
    """Everything that runs, in one folder."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.allowance = folder / "allowance"
        self.sink_log = folder / "mails.jsonl"
        self.broker = EmbeddedBroker(folder / "broker")
        self.postgres = EmbeddedPostgres() if plan.database == "postgresql" else None
        self.env: dict[str, str] = {}
        self.programs: list[Program] = []

    def __enter__(self) -> "Stage":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        url = f"sqlite:///{self.folder / 'faults.sqlite3'}"
        if self.postgres is not None:
            url = self.postgres.start().url
        self.database_url = url
        self.broker.start()
        port = free_port()
        self.env = environment(
            self.folder,
            DATABASE_URL=url,
            REDIS_URL=self.broker.url,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            SITE_URL="http://faults.example",
            CHECK_IN_HOUR="0",
            MAIL_BATCH=str(self.plan.batch),
            **TIMES,
        )
        amount = (str(self.plan.messages), str(self.plan.due))
        quick = ("--quick",) if self.plan.quick else ()
        preparing = self._run("prepare", "tests.faults.world", "prepare", *amount, *quick)
        sink = self._add(
            "sink", "tests.faults.sink", port, self.sink_log, self.plan.seed, self.plan.pause
        )
        assert preparing.wait() == 0, self.words("prepare")
        sink.start()
        wait_until(self.sink_log.exists, 20, lambda: self.words("sink"))
        self.workers = [self._add_worker(n) for n in range(self.plan.workers)]
        self.beats = [self._add_beat(n) for n in range(self.plan.beats)]
        self.ticks = [self._add_tick() for _ in range(self.plan.cron)]
        self.allow(int(self.plan.lead))
        self.feeder = self._add("feeder", "tests.faults.world", "feed", *amount, self.allowance)
        self.feeder.once = True
        for program in self.programs:
            program.tend()
        # Only now: while it is loading, nothing would be killed at work.
        wait_until(
            lambda: all(len(worker.children()) == self.plan.senders for worker in self.workers),
            60,
            lambda: self.words("worker-0"),
        )

    def _add_worker(self, number: int) -> Program:
        options = ("--concurrency", self.plan.senders, "--loglevel", "INFO", "--without-mingle")
        return self._add(
            f"worker-{number}",
            *self._product("celery", "--quiet", "-A", "config", "worker"),
            *("-n", f"w{number}@faults", *options, "--without-gossip"),
        )

    def _add_beat(self, number: int) -> Program:
        schedule = self.folder / f"beat-{number}"
        return self._add(
            f"beat-{number}",
            *("celery", "--quiet", "-A", "config", "beat", "--schedule", schedule),
        )

    def _add_tick(self) -> Program:
        """What cron would do once a minute, every few seconds."""
        return self._add("tick", *self._product("manage", "tick"), pause=3.0)

    def _product(self, *command: str) -> tuple[str, ...]:
        """The product's own command, or the broken one; `manage` stands for manage.py."""
        if self.plan.variant:
            return ("tests.faults.worker", self.plan.variant, *command)
        return command

    def _add(self, name: str, *command: Any, pause: float = 0.0) -> Program:
        program = Program(name, lambda: self._run(name, *command), pause=pause)
        self.programs.append(program)
        return program

    def _run(self, name: str, *command: Any) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            return processes.start(
                [sys.executable, "-m", *map(str, command)],
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def allow(self, messages: int) -> None:
        """Let the feeder go on until there are so many."""
        part = self.allowance.with_suffix(".part")
        part.write_text(str(messages))
        part.replace(self.allowance)

    def words(self, name: str) -> str:
        """The end of what a program wrote."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else "It wrote nothing."

    def tend(self) -> None:
        for program in self.programs:
            program.tend()

    def kill_child(self, chance: random.Random) -> None:
        """One of the processes that send."""
        children = [pid for worker in self.workers for pid in worker.children()]
        if children:
            _kill(chance.choice(sorted(children)))
        else:
            chance.choice(self.workers).kill_all()

    def kill_children(self, worker: Program) -> None:
        """All that one worker sends with."""
        for pid in worker.children():
            _kill(pid)

    def restart_postgres(self) -> None:
        """Shut down without saying goodbye to anybody, and start again with what was committed."""
        assert self.postgres is not None
        assert self.postgres.process is not None
        processes.stop(self.postgres.process, signal.SIGQUIT)
        self.postgres.start()

    def freeze_broker(self, *, thaw: bool = False) -> None:
        if self.broker.process is not None:
            self.broker.process.send_signal(signal.SIGCONT if thaw else signal.SIGSTOP)

    def __exit__(self, *error: object) -> None:
        for program in self.programs:
            program.stop()
        self.freeze_broker(thaw=True)
        self.broker.stop()
        if self.postgres is not None:
            self.postgres.remove()
