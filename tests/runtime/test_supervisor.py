"""`make run`: what it refuses in one sentence, what it survives, and that nothing is left."""

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime import checks, children, probe, processes
from runtime.children import Child, Log
from runtime.embedded import EmbeddedPostgres
from runtime.processes import Problem
from tests.runtime.helpers import (
    PYTHON,
    ROOT,
    assert_one_sentence,
    background,
    environment,
    free_port,
    living,
    pids,
    run,
    wait_until,
)

SUPERVISOR = [PYTHON, "-m", "runtime.supervisor"]

# --- Refusals -----------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_to() -> None:
    with pytest.raises(Problem, match=r"cannot be written to .* ENTENTE_VAR") as caught:
        checks.folder(Path("/proc/entente"))
    assert_one_sentence(str(caught.value))


@pytest.mark.parametrize("text", ["", "http", "-1", "0", "65536", "8000.5"])
def test_a_port_that_is_no_port(text: str) -> None:
    with pytest.raises(Problem, match="must be a number from 1 to 65535") as caught:
        checks.port(text)
    assert_one_sentence(str(caught.value))


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {number} is taken") as caught:
            checks.port(str(number))
    assert_one_sentence(str(caught.value))
    assert checks.port(str(number)) == number


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgres",
        "mysql://user:hidden@host/name",
        "postgresql://user:hidden@host:port/name",
        "postgresql://user:hidden@host",
        "://",
        "http://[",
    ],
)
def test_a_database_address_that_is_not_understood(url: str) -> None:
    with pytest.raises(Problem, match="DATABASE_URL is not understood") as caught:
        checks.database(url)
    assert_one_sentence(str(caught.value))
    assert "hidden" not in str(caught.value)


def test_a_database_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="unable to open database file") as caught:
        checks.database(f"sqlite:///{tmp_path}/none/entente.sqlite3")
    assert_one_sentence(str(caught.value))


def test_a_database_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, " * 100)
    with pytest.raises(Problem, match="file is not a database"):
        checks.database(f"sqlite:///{tmp_path}/text")


def test_what_is_wrong_with_a_database_server_is_said() -> None:
    with EmbeddedPostgres() as postgres:
        checks.database(postgres.url)
        for url, words in [
            (postgres.url.replace(postgres.password, "hidden"), "refused the user 'entente'"),
            (postgres.url.replace("//entente:", "//nemo:"), "refused the user 'nemo'"),
            (postgres.url + "2", "has no database 'entente2'"),
        ]:
            with pytest.raises(Problem, match=words) as caught:
                checks.database(url)
            assert_one_sentence(str(caught.value))
            assert "hidden" not in str(caught.value)
            assert postgres.password not in str(caught.value)
    with pytest.raises(Problem, match=r"cannot be reached .*refused") as caught:
        checks.database(postgres.url)
    assert_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not understood"),
        ("http://127.0.0.1:6379", "not understood"),
        ("redis://127.0.0.1:1/0", "at 127.0.0.1:1 cannot be reached"),
        ("redis+socket:///nowhere/valkey.sock", "at /nowhere/valkey.sock cannot be reached"),
    ],
)
def test_a_broker_that_is_not_there(url: str, words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        checks.broker(url)
    assert_one_sentence(str(caught.value))


@pytest.mark.parametrize("url", ["nonsense", "smtp://", "pop3://host", "smtp://host:port"])
def test_a_mail_address_that_is_not_understood(url: str) -> None:
    with pytest.raises(Problem, match="EMAIL_URL is not understood") as caught:
        checks.mail(url)
    assert_one_sentence(str(caught.value))


def test_right_addresses_are_accepted() -> None:
    checks.broker(os.environ["REDIS_URL"])
    checks.mail("smtp+tls://user:password@mail.example:587")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"}, "127.0.0.1:1 cannot be reached"),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "The broker at 127.0.0.1:1 cannot be reached"),
        ({"ENTENTE_VAR": "/proc/entente"}, "/proc/entente cannot be written to"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_one(
    tmp_path: Path, extra: dict[str, str], words: str
) -> None:
    code, output = run(SUPERVISOR, environment(tmp_path, PORT=str(free_port())) | extra)
    assert code == 1
    assert words in output
    assert_one_sentence(output)
    assert not living(tmp_path)


# --- Children and their log ---------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "entente.log")
    yield log
    log.close()


def shell(script: str) -> children.Launch:
    return lambda output: processes.start(["sh", "-c", script], stdout=output, stderr=output)


def test_a_child_that_keeps_dying_ends_the_whole_with_its_last_lines(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LONGEST_PAUSE", 0.05)
    child = Child("web", shell("echo the reason; exit 3"), log)
    child.start()
    with pytest.raises(Problem, match=r"web process stopped 5 times .*exit code 3") as caught:
        while True:
            child.tend()
            time.sleep(0.01)
    assert str(caught.value).count("the reason") >= 1
    text = log.path.read_text()
    assert text.count("web           the reason") == 5
    assert text.count("entente       web stopped by itself (exit code 3)") == 4


def test_a_child_that_dies_now_and_then_is_started_again(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(children, "WITHIN", 0.05)
    child = Child("web", shell("sleep 0.1; exit 1"), log)
    child.start()
    wait_until(lambda: child.tend() or log.path.read_text().count("stopped by itself") >= 6)
    children.stop_all([child], 1)


def test_stopping_asks_all_at_once_and_then_kills(log: Log) -> None:
    stubborn = "trap '' TERM; while :; do sleep 0.1; done"
    family = [Child(name, shell(stubborn), log) for name in ("one", "two", "three")]
    for child in family:
        child.start()
    time.sleep(0.2)
    begun = time.monotonic()
    children.stop_all(family, 0.5)
    assert time.monotonic() - begun < 2.5
    assert [child.process for child in family] == [None, None, None]


def test_a_large_log_is_set_aside_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 10)
    path = tmp_path / "entente.log"
    for number in range(6):
        log = Log(path)
        log.write("web", f"line {number}")
        log.close()
    kept = {file.name: file.read_text()[-7:-1] for file in tmp_path.iterdir()}
    assert kept == {
        "entente.log": "line 5",
        "entente.log.1": "line 4",
        "entente.log.2": "line 3",
        "entente.log.3": "line 2",
    }
    assert path.stat().st_mode & 0o777 == 0o600


# --- The whole ----------------------------------------------------------------------------


class Entente:
    """`make run` on a free port with a folder of its own, and what it has printed."""

    def __init__(self, folder: Path) -> None:
        self.var, self.out = folder / "var", folder / "out"
        self.log = self.var / "entente.log"
        self.port = free_port()
        # tests/e2e looks at what the examples add to it.
        self.env = environment(self.var, PORT=str(self.port), EXAMPLES="no")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with background(SUPERVISOR, self.out, self.env) as process:
            wait_until(lambda: "Stop " in self.said() or process.poll() is not None, 120)
            assert process.poll() is None, self.said()
            yield process

    def said(self) -> str:
        return self.out.read_text()

    def answers(self) -> bool:
        return probe.status(self.port, "/health/live", "127.0.0.1") == 200

    def count(self, words: str) -> int:
        return self.log.read_text().count(words)


def test_the_whole_life_of_it(tmp_path: Path) -> None:
    entente = Entente(tmp_path)
    with entente.running() as process:
        check_what_it_says(entente)
        check_that_a_second_one_is_refused(entente, tmp_path / "other")
        check_that_every_child_is_replaced(entente)
        process.kill()
        process.wait()

    with entente.running() as process:  # waits until the children of the killed one have gone
        assert entente.answers()
        begun = time.monotonic()
        process.send_signal(signal.SIGHUP)
        assert process.wait(15) == 0
        assert time.monotonic() - begun < 10
    assert not living(entente.var)
    assert "Traceback" not in entente.said()

    code, output = run(SUPERVISOR, entente.env | {"GUNICORN_CMD_ARGS": "--no-such-option"})
    assert code == 1
    assert "The web process stopped 5 times within a minute (exit code 2)" in output
    assert "--no-such-option" in output
    assert "Traceback" not in output
    assert not living(entente.var)


def check_what_it_says(entente: Entente) -> None:
    address = f"http://127.0.0.1:{entente.port}"
    for words in (f"Entente runs at {address}\n", str(entente.log), "under Outbox"):
        assert words in entente.said()
    assert entente.answers()


def check_that_a_second_one_is_refused(entente: Entente, other: Path) -> None:
    code, output = run(SUPERVISOR, entente.env)
    assert (code, "already runs in this folder" in output) == (1, True)
    assert_one_sentence(output)
    code, output = run(SUPERVISOR, environment(other, PORT=str(entente.port)))
    assert (code, f"Port {entente.port} is taken" in output) == (1, True)
    assert_one_sentence(output)


def check_that_every_child_is_replaced(entente: Entente) -> None:
    words = ("gunicorn", "celery --quiet -A config worker", " beat ", "valkey-server")
    wait_until(lambda: entente.count("ready."), 60, entente.log.read_text)  # the worker says it
    for word in words:
        for pid in pids(entente.var, word):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # a child of the one before
    wait_until(lambda: entente.count("stopped by itself") == len(words))
    wait_until(entente.answers)
    wait_until(lambda: entente.count("ready.") == 2, 60, entente.log.read_text)
    assert all(pids(entente.var, word) for word in words)


def test_ctrl_c_in_a_terminal_stops_it_at_any_time(tmp_path: Path) -> None:
    env = environment(tmp_path, PORT=str(free_port()))
    leader, follower = pty.openpty()
    entente = subprocess.Popen(
        SUPERVISOR,
        cwd=ROOT,
        env=env,
        preexec_fn=lambda: os.login_tty(follower),
    )
    os.close(follower)
    said = os.read(leader, 1000)
    while b"Preparing" not in said:
        said += os.read(leader, 1000)
    os.write(leader, b"\x03")
    assert entente.wait(10) == 0
    os.close(leader)
    assert not living(tmp_path)


def test_a_failing_command_is_one_sentence(tmp_path: Path) -> None:
    code, output = run(SUPERVISOR, environment(tmp_path, PORT=str(free_port()), ENTENTE_MODE="odd"))
    assert code == 1
    assert "`manage.py migrate` failed: " in output
    assert_one_sentence(output.replace("Preparing the database ...\n", ""))
    assert not living(tmp_path)
