"""The embedded servers: start, use, trouble, and that nothing outlives its owner."""

import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import environ
import psycopg
import pytest

from runtime import processes
from runtime.embedded import EmbeddedBroker, EmbeddedPostgres
from runtime.processes import FolderLock, Problem
from tests.runtime.helpers import background, environment, living, wait_until

# --- Broker -------------------------------------------------------------------------------


def test_the_broker_keeps_its_queue_over_a_kill_and_a_restart(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        address = broker.url
        with broker.client() as client:
            client.rpush("queue", "first")
        time.sleep(1.1)  # the log of writes reaches the disk every second
        broker.kill()
        broker.start()
        with broker.client() as client:
            client.rpush("queue", "second")
        broker.stop()
        broker.start()
        with broker.client() as client:
            assert client.lrange("queue", 0, -1) == [b"first", b"second"]
        assert broker.url == address == f"redis+socket://{tmp_path}/valkey.sock"
    assert not living(tmp_path)


def test_only_this_user_can_open_the_brokers_socket(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        assert broker.socket.stat().st_mode & 0o777 == 0o700


def test_a_second_broker_in_the_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        with pytest.raises(Problem, match=rf"already running \(process {os.getpid()}\)"):
            EmbeddedBroker(tmp_path).start()
        with broker.client() as client:
            assert client.ping()


def test_a_stale_socket_and_lock_are_no_obstacle(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "valkey.sock"))
    (tmp_path / "lock").write_text("999999999\n")
    with EmbeddedBroker(tmp_path) as broker, broker.client() as client:
        assert client.ping()


@pytest.mark.parametrize("name", ["x" * 120, "a folder, 100%"])
def test_a_path_that_no_socket_can_have_is_avoided(tmp_path: Path, name: str) -> None:
    broker = EmbeddedBroker(tmp_path / name)
    with broker:
        elsewhere = broker.socket.parent
        assert elsewhere.stat().st_mode & 0o777 == 0o700
        address = broker.url
        broker.kill()
        broker.start()
        assert broker.url == address
    assert not elsewhere.exists()


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(Problem, match="stopped at once: "):
        EmbeddedBroker(tmp_path).start()
    FolderLock(tmp_path / "lock").acquire(patience=0)  # is free again


# --- PostgreSQL ---------------------------------------------------------------------------


def test_postgresql_keeps_its_data_over_a_kill_and_a_restart() -> None:
    postgres = EmbeddedPostgres()
    with postgres:
        address = postgres.url
        parsed = environ.Env.db_url_config(address)
        assert (parsed["NAME"], parsed["USER"]) == ("entente", "entente")
        open_session = psycopg.connect(address, autocommit=True)
        open_session.execute("CREATE TABLE kept (n int)")
        open_session.execute("INSERT INTO kept VALUES (1)")
        postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address)
        postgres.start()
        postgres.restart()
        assert postgres.url == address
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
            assert connection.execute("SHOW server_version_num").fetchone()[0] >= "180000"
        open_session.close()
    assert not living(postgres.folder)
    assert not postgres.folder.exists()


# --- Whatever happens to the owner --------------------------------------------------------

OWNER = """
import sys, time
from pathlib import Path
from runtime.embedded import EmbeddedBroker, EmbeddedPostgres
postgres = EmbeddedPostgres().start()
broker = EmbeddedBroker(Path(sys.argv[1])).start()
print(postgres.folder, flush=True)
time.sleep(60)
"""


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "broker"
    with background(
        [sys.executable, "-c", OWNER, str(folder)], log, environment(tmp_path)
    ) as owner:
        wait_until(lambda: log.read_text().endswith("\n"), explain=log.read_text)
        data = log.read_text().strip()
        assert living(data)
        assert living(folder)
        owner.kill()
        owner.wait()
        with EmbeddedBroker(folder) as broker, broker.client() as client:  # waits for its turn
            assert client.ping()
        wait_until(lambda: not living(tmp_path) and not living(data), 10)
        shutil.rmtree(data)  # which no process was left to do


def test_a_process_that_ignores_its_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    script = f"trap '' TERM; echo {tmp_path} > ready; sleep 61 & sleep 62"
    process = processes.start(
        ["sh", "-c", script, str(tmp_path)], cwd=tmp_path, env={"X": str(tmp_path)}
    )
    wait_until((tmp_path / "ready").exists)
    wait_until(lambda: len(living(tmp_path)) == 3)
    processes.stop(process, grace=0.1)
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: not living(tmp_path), 2)


def test_the_lock_lasts_as_long_as_a_child_that_holds_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "lock")
    assert lock.acquire(note="here") is None
    assert FolderLock(tmp_path / "lock").acquire() == (os.getpid(), "here")
    child = processes.start(["sleep", "60"], pass_fds=[lock.fileno()])
    lock.release()
    (tmp_path / "lock").write_text("999999999\n")  # an owner that has died
    assert FolderLock(tmp_path / "lock").acquire(patience=0.2) == (999999999, "")
    processes.stop(child)
    assert FolderLock(tmp_path / "lock").acquire(patience=1) is None
