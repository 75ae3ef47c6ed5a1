"""What the tests of the runtime share: programs in the background, and who is still alive."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def wait_until(
    fact: Callable[[], object], seconds: float = 20.0, explain: Callable[[], str] = str
) -> None:
    """Return once it holds; fail, with an explanation, when it takes too long."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, explain() or "it took too long"
        time.sleep(0.05)


def living(mark: Path | str) -> list[str]:
    """The processes whose command or environment holds the mark; dead ones hold nothing."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if str(mark).encode() in command + (folder / "environ").read_bytes():
                found.append(f"{folder.name} {command.replace(bytes(1), b' ').decode()}")
        except OSError:
            continue
    return found


def pids(mark: Path | str, words: str) -> list[int]:
    """The numbers of the living processes whose command has the words."""
    return [int(line.split()[0]) for line in living(mark) if words in line]


def environment(var: Path, **extra: str) -> dict[str, str]:
    """The environment of a fresh local installation in that folder."""
    kept = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "ENTENTE_VAR": str(var),
        "ENTENTE_MODE": "local",
        "SECRET_KEY": "only-for-tests-" + "0" * 50,
        "LEDGER_KEY": "2" * 64,
        **extra,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def background(
    command: list[str], log: Path, env: dict[str, str], cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the background with its output in a file; stopped at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(command: list[str], env: dict[str, str], cwd: Path = ROOT, **options) -> tuple[int, str]:
    """The exit code and all output of a command."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
    return done.returncode, done.stdout


def assert_one_sentence(output: str) -> None:
    """One plain line: no traceback, no exclamation, an end."""
    assert len(output.strip().splitlines()) == 1, output
    assert re.fullmatch(r"[A-Z`/][^!]*[.]", output.strip()), output


PYTHON = sys.executable
