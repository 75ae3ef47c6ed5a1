"""What `make run` starts: the whole of Entente on this machine, until Ctrl-C.

Checks first, then the database, the built-in broker, the web server, the worker and beat, each
a child that is started again when it stops. Every failure is one sentence and exit code 1.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import environ

from runtime import checks, probe, processes
from runtime.children import Child, Launch, Log, Output, stop_all
from runtime.embedded import EmbeddedBroker
from runtime.processes import FolderLock, Problem

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds until the first page must answer
STOPPING = 6.0  # seconds for the children to finish what they do; Ctrl-C ends within ten


class Supervisor:
    """The children and their common end."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.children: list[Child] = []
        self.broker: EmbeddedBroker | None = None
        self.var = Path(os.environ.get("ENTENTE_VAR") or ROOT / "var").absolute()
        self.lock = FolderLock(self.var / "run.lock")
        self.log: Log
        self.people = ""

    def run(self) -> None:
        """Run until a signal; raises Problem when that is not possible."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        port = self.check()
        self.log = Log(self.var / "entente.log")
        self.log.write("entente", "starting")
        try:
            self.start(port)
            self.watch(port)
        except Problem as problem:
            self.log.write("entente", str(problem))
            raise
        finally:
            self.stop()

    # --- Before the start -----------------------------------------------------------------

    def check(self) -> int:
        """Everything that can be known to fail before anything is started."""
        checks.folder(self.var)
        if "ENTENTE_MODE" not in os.environ and (self.var / "local.env").exists():
            environ.Env.read_env(self.var / "local.env")
        port = os.environ.get("PORT") or "8000"
        address = f"http://127.0.0.1:{port}"
        holder = self.lock.acquire(note=address)
        if holder:
            raise Problem(
                f"Entente already runs in this folder, at {holder[1]} (process {holder[0]})."
            )
        number = checks.port(port)
        defaults = {
            "DATABASE_URL": f"sqlite:///{self.var / 'entente.sqlite3'}",
            "SITE_URL": address,
            "PYTHONUNBUFFERED": "1",
        }
        for name, value in defaults.items():
            os.environ[name] = os.environ.get(name) or value
        checks.database(os.environ["DATABASE_URL"])
        if os.environ.get("REDIS_URL"):
            checks.broker(os.environ["REDIS_URL"])
        if os.environ.get("EMAIL_URL"):
            checks.mail(os.environ["EMAIL_URL"])
        return number

    # --- Start ----------------------------------------------------------------------------

    def start(self, port: int) -> None:
        """Bring the database up to date and start the children."""
        if not os.environ.get("REDIS_URL"):
            self.broker = broker = EmbeddedBroker(self.var / "broker")
            self.add("broker", partial(restarted, broker))
            os.environ["REDIS_URL"] = broker.url
        say("Preparing the database ...")
        self.manage("migrate", "--noinput")
        if os.environ.get("EXAMPLES") != "no":
            self.manage("load_examples")
        python = sys.executable
        commands = {
            "web": [
                *(python, "-m", "gunicorn", "config.wsgi:application"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
                *("--workers", "2", "--threads", "4", "--graceful-timeout", "4"),
                *("--preload", "--no-control-socket"),
            ],
            "worker": [
                *(python, "-m", "celery", "--quiet", "-A", "config", "worker"),
                *("--concurrency", "2", "--loglevel", "INFO"),
                *("--without-mingle", "--without-gossip"),
            ],
            "beat": [
                *(python, "-m", "celery", "--quiet", "-A", "config", "beat"),
                *("--schedule", str(self.var / "beat-schedule"), "--loglevel", "INFO"),
            ],
        }
        for name, command in commands.items():
            if not self.stopping.is_set():
                self.add(name, partial(self.start_process, command))
        if not self.stopping.is_set():  # while the web server loads
            self.people = example_people()

    def add(self, name: str, launch: Launch) -> None:
        child = Child(name, launch, self.log)
        self.children.append(child)
        child.start()

    def start_process(self, command: list[str], output: int) -> subprocess.Popen[bytes]:
        """Start the command with the given output.

        Each child holds the lock on the folder too, so that a start right after this program
        was killed waits until its children have gone.
        """
        return processes.start(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[self.lock.fileno()],
        )

    def manage(self, *command: str) -> None:
        """Run a management command to its end, with its output in the log."""
        if self.stopping.is_set():
            return
        output = Output(command[0], self.log)
        descriptor = output.open()
        try:
            process = self.start_process([sys.executable, "manage.py", *command], descriptor)
        finally:
            os.close(descriptor)
        while process.poll() is None and not self.stopping.wait(0.05):
            pass
        processes.stop(process)
        if process.returncode and not self.stopping.is_set():
            reason = (output.tail() or ["it left no message"])[-1]
            raise Problem(
                f"`manage.py {command[0]}` failed: {reason.rstrip('.')}. "
                f"The whole is in {self.log.path}."
            )

    # --- While it runs --------------------------------------------------------------------

    def watch(self, port: int) -> None:
        """Tend the children until a signal; once the page answers, say so."""
        deadline = time.monotonic() + PATIENCE
        ready = False
        while not self.stopping.wait(0.1):
            for child in self.children:
                child.tend()
            if ready:
                continue
            ready = probe.status(port, "/health/live", probe.host_name(), timeout=2) == 200
            if ready:
                self.welcome(port)
            elif time.monotonic() > deadline:
                raise Problem(
                    f"The page did not answer within {PATIENCE:.0f} seconds; "
                    f"{self.log.path} says more."
                )

    def welcome(self, port: int) -> None:
        """Say where everything is."""
        address = f"http://127.0.0.1:{port}"
        mails = "sent through EMAIL_URL" if os.environ.get("EMAIL_URL") else "kept in the outbox"
        say(f"\nEntente runs at {address}\n")
        if self.people:
            say(self.people + "\n")
        say(f"Mails   {mails}; a coordinator reads them under Outbox in each process")
        say(f"Log     {self.log.path}")
        say("Stop    Ctrl-C")
        self.log.write("entente", f"running at {address}")

    # --- The end --------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every child, the broker last: the others still talk to it."""
        if self.stopping.is_set():
            say("\nStopping ...")
        stop_all([child for child in self.children if child.name != "broker"], STOPPING)
        if self.broker is not None:
            self.broker.stop()
        self.log.write("entente", "stopped")
        self.log.close()
        self.lock.release()


def example_people() -> str:
    """A table of the example people's sign-ins; not through the log, for it has passwords."""
    command = [sys.executable, "manage.py", "example_sign_ins"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip("\n")


def restarted(broker: EmbeddedBroker, output: int) -> subprocess.Popen[bytes] | None:
    """The broker's process, started on the same address whether or not it ran before."""
    broker.kill()
    return broker.start(output).process


def say(text: str) -> None:
    """Print, unless the terminal has gone."""
    try:
        print(text, flush=True)
    except OSError:
        pass


def main() -> int:
    """Run, and give the shell its exit code."""
    try:
        Supervisor().run()
    except Problem as problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
