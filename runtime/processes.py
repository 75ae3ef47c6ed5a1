"""Child processes that never outlive the program that started them, and locks on a folder."""

import atexit
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WARDEN = Path(__file__).with_name("warden.py")


class Problem(Exception):
    """What went wrong and what to do about it: a sentence for the person at the keyboard."""


class _Watch:
    """This program's warden, started with the first child and told of every child."""

    def __init__(self) -> None:
        self._warden: subprocess.Popen[bytes] | None = None
        self._groups: dict[int, int] = {}

    def prepare(self) -> None:
        """Start the warden, again if somebody has killed it."""
        if self._warden is not None and self._warden.poll() is None:
            return
        first = self._warden is None
        self._warden = subprocess.Popen(
            [sys.executable, "-I", "-S", str(WARDEN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if first:
            atexit.register(self.close)
        for group, number in self._groups.items():
            self._tell(f"+{group} {number}\n")

    def add(self, group: int, number: int) -> None:
        self._groups[group] = number
        self._tell(f"+{group} {number}\n")

    def remove(self, group: int) -> None:
        if self._groups.pop(group, None) is not None:
            self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        try:
            os.write(self._warden.stdin.fileno(), line.encode())  # type: ignore[union-attr]
        except BrokenPipeError:
            self.prepare()

    def close(self) -> None:
        """Let the warden stop whatever is left, and wait for it."""
        if self._warden is not None:
            self._warden.stdin.close()  # type: ignore[union-attr]
            self._warden.wait()
            self._warden = None
            self._groups.clear()


_watch = _Watch()


def start(
    command: Sequence[str | Path], *, stop_signal: int = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Start the command as a process group of its own, away from the terminal.

    `stop_signal` is what the warden sends first if this program dies.
    """
    _watch.prepare()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )
    _watch.add(process.pid, stop_signal)
    return process


def stop(
    process: subprocess.Popen[bytes], number: int = signal.SIGTERM, grace: float = 5.0
) -> None:
    """Stop the process by the signal, after `grace` seconds by SIGKILL, and all it has started."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
    # Not for long: where nobody collects dead processes, a group never looks empty.
    deadline = time.monotonic() + 0.5
    while _kill_group(process.pid) and time.monotonic() < deadline:
        process.poll()
        time.sleep(0.01)
    process.wait()
    _watch.remove(process.pid)


def _kill_group(group: int) -> bool:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether a process of this number exists, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class FolderLock:
    """A lock on a folder: a file that holds the owner's process number and a note.

    Hand `fileno()` to children (`pass_fds`) and the lock lasts as long as any of them lives.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, note: str = "", patience: float = 10.0) -> tuple[int, str] | None:
        """Take the lock, or return the number and note of the process that has it.

        A lock whose owner is dead is still held by children that are being stopped: those
        are waited for.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                owner, _, old_note = os.pread(descriptor, 4096, 0).decode().partition("\n")
                pid = int(owner) if owner.isdigit() else 0
                if (pid and is_alive(pid)) or time.monotonic() > deadline:
                    os.close(descriptor)
                    return pid, old_note.strip()
                time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n{note}\n".encode(), 0)
        self._file = descriptor
        return None

    def fileno(self) -> int:
        if self._file is None:
            raise ValueError("The lock is not held.")
        return self._file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
