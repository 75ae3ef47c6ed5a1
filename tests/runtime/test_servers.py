"""The servers of a test run end with it, also when it is interrupted."""

import signal
from pathlib import Path

from tests.runtime.helpers import PYTHON, background, environment, living, wait_until

INNER = """
import os, time
import pytest

@pytest.fixture
def db():  # so that the run on PostgreSQL takes the test
    pass

def test_that_waits(db):
    with open({note!r}, "w") as note:
        note.write(os.environ["ENTENTE_VAR"] + " " + os.environ["DATABASE_URL"] + "\\n")
    time.sleep(60)
"""


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    note, out = tmp_path / "note", tmp_path / "out"
    (tmp_path / "test_inner.py").write_text(INNER.format(note=str(note)))
    command = [PYTHON, "-m", "pytest", "-p", "tests.servers", "-p", "no:django", "-n", "1"]
    command += ["-c", "/dev/null", "--database", "postgresql", str(tmp_path)]
    with background(command, out, environment(tmp_path / "not-this")) as pytest_run:
        wait_until(lambda: note.exists() and note.read_text().endswith("\n"), 60, out.read_text)
        var, address = note.read_text().split()
        assert var != str(tmp_path / "not-this")
        assert address.startswith("postgresql://entente:")
        port = address.rpartition(":")[2].partition("/")[0]
        assert [line for line in living(f"-p\0{port}\0") if "/postgres" in line]
        assert [line for line in living(var) if "valkey-server" in line]
        pytest_run.send_signal(signal.SIGINT)
        assert pytest_run.wait(60) == 2, out.read_text()
    assert "KeyboardInterrupt" in out.read_text()
    assert not living(var)
    assert not living(f"-p\0{port}\0")
    assert not Path(var).exists()
