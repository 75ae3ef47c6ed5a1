"""The supervisor's children: their one log, their deaths and restarts."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from runtime import processes
from runtime.processes import Problem

DEATHS, WITHIN = 5, 60.0  # so many deaths of one child within so many seconds end the whole
LONGEST_PAUSE = 8.0
Launch = Callable[[int], subprocess.Popen[bytes] | None]
LOG_BYTES, LOGS_KEPT = 5_000_000, 3


class Log:
    """One readable file for everybody, each line with its time and the child's name.

    A file that has grown large is set aside at the start: entente.log.1 is the newest of those.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._set_aside()
        self._file = path.open("a", encoding="utf-8", buffering=1)
        os.chmod(path, 0o600)

    def _set_aside(self) -> None:
        if not self.path.exists() or self.path.stat().st_size < LOG_BYTES:
            return
        for number in range(LOGS_KEPT, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = older.with_suffix(f".{number - 1}") if number > 1 else self.path
            if newer.exists():
                newer.replace(older)

    def write(self, name: str, line: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with self._turn:
            try:
                self._file.write(f"{stamp} {name:<13} {line}\n")
            except (OSError, ValueError):
                pass  # a full disk must not stop the web site, nor a late line its end

    def close(self) -> None:
        with self._turn:
            self._file.close()


class Output:
    """The writing end of a pipe whose lines go into the log; the last ones are remembered."""

    def __init__(self, name: str, log: Log) -> None:
        self.name = name
        self._log = log
        self._tail: deque[str] = deque(maxlen=8)
        self._reader: threading.Thread | None = None

    def open(self) -> int:
        """A new descriptor to write to, read here until everybody has closed it."""
        reading, writing = os.pipe()
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()
        return writing

    def tail(self) -> list[str]:
        """The last lines of a process that has ended."""
        if self._reader:
            self._reader.join(timeout=1)  # they may still be on their way through the pipe
        return list(self._tail)

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if text := line.rstrip():
                    self._tail.append(text)
                    self._log.write(self.name, text)


class Child:
    """A process that is started again when it stops by itself, a little later each time."""

    def __init__(self, name: str, launch: Launch, log: Log) -> None:
        """`launch` starts the process with the given descriptor as its output."""
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.output = Output(name, log)
        self._launch = launch
        self._log = log
        self._deaths: deque[float] = deque()
        self._start_at = 0.0

    def start(self) -> None:
        """Start the process."""
        descriptor = self.output.open()
        try:
            self.process = self._launch(descriptor)
        finally:
            os.close(descriptor)

    def tend(self) -> None:
        """Start the process when it is time; notice when it has stopped."""
        if self.process is None:
            if time.monotonic() >= self._start_at:
                try:
                    self.start()
                except Problem as problem:
                    self._died(str(problem))
        elif self.process.poll() is not None:
            code = self.process.returncode
            processes.stop(self.process)  # what it may have left behind
            self.process = None
            self._died(f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}")

    def _died(self, how: str) -> None:
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] < now - WITHIN:
            self._deaths.popleft()
        if len(self._deaths) >= DEATHS:
            words = "".join(f"\n    {line}" for line in self.output.tail())
            raise Problem(
                f"The {self.name} process stopped {DEATHS} times within a minute ({how}), so "
                f"Entente has stopped. Its last lines, of {self._log.path}:{words}"
            )
        pause = min(0.5 * 2 ** (len(self._deaths) - 1), LONGEST_PAUSE)
        self._start_at = now + pause
        self._log.write(
            "entente", f"{self.name} stopped by itself ({how}); starting it again in {pause:g} s"
        )


def stop_all(children: Iterable[Child], grace: float) -> None:
    """Ask all to stop at once, wait together, and kill what is left."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + grace
    for process in running:
        # 0: no second signal, which a worker would take for impatience.
        processes.stop(process, 0, grace=max(0.0, deadline - time.monotonic()))
    for child in children:
        child.process = None
