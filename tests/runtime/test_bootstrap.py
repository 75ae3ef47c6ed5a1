"""`make install`: the virtual environment and the local secrets, and what can go wrong.

The packages here are one tiny wheel in a folder, so that no network is needed.
"""

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from runtime import bootstrap
from tests.runtime.helpers import ROOT, assert_one_sentence, run

SCRIPT = "runtime/bootstrap.py"


def lock_text(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"pebble==1.0 \\\n    --hash=sha256:{digest}\n"


def make_wheel(folder: Path) -> Path:
    wheel = folder / "pebble-1.0-py3-none-any.whl"
    files = {
        "pebble.py": "ROUND = True\n",
        "pebble-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pebble\nVersion: 1.0\n",
        "pebble-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["pebble-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


class Checkout:
    """A folder with the script, a lock file and the wheel that it names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "runtime").mkdir(parents=True)
        shutil.copy(ROOT / SCRIPT, folder / SCRIPT)
        self.wheel = make_wheel(folder)
        self.lock = folder / "requirements.lock"
        self.lock.write_text(lock_text(self.wheel))
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        self.env = kept | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder),
        }
        self.python = self.folder / ".venv" / "bin" / "python"

    def prepare(self, *command: str, **extra: str) -> tuple[int, str]:
        command = command or (sys.executable, SCRIPT)
        return run([*command], self.env | extra, cwd=self.folder)

    def refusal(self, *command: str, **extra: str) -> str:
        """The one sentence of a run that must fail."""
        code, output = self.prepare(*command, **extra)
        assert code == 1, output
        steps = ("Making the folder", "Installing ")
        lines = [line for line in output.splitlines() if not line.startswith(steps)]
        assert_one_sentence("\n".join(lines))
        return lines[0]

    def works(self) -> bool:
        return subprocess.call([self.python, "-c", "import pebble"], stderr=subprocess.DEVNULL) == 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "entente")


def without(*modules: str) -> tuple[str, ...]:
    """A Python that does not have these modules, as Debian's without its extra packages."""
    code = f"""
import importlib.util, runpy, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in {modules} else find(name, *a)
sys.argv = [{SCRIPT!r}]
runpy.run_path({SCRIPT!r}, run_name="__main__")
"""
    return (python_with_pip(), "-c", code)


def python_with_pip() -> str:
    base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    for python in (sys.executable, str(base), shutil.which("python3")):
        if python and subprocess.call([python, "-m", "pip", "--version"], stdout=-3) == 0:
            return python
    pytest.skip("no Python with pip on this machine")


def test_it_makes_an_ordinary_environment(checkout: Checkout) -> None:
    code, output = checkout.prepare()
    assert code == 0, output
    assert output.splitlines() == [
        "Making the folder .venv ...",
        "Installing 1 packages into .venv, which may take a minute ...",
    ]
    assert checkout.works()
    assert (checkout.folder / ".venv" / "bin" / "pip").exists()


def test_it_works_without_debians_venv_package(checkout: Checkout) -> None:
    python = without("ensurepip")
    code, output = checkout.prepare(*python)
    assert code == 0, output
    assert checkout.works()
    assert not (checkout.folder / ".venv" / "bin" / "pip").exists()
    secrets = checkout.folder / "var" / "local.env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    text = secrets.read_text()
    mode, secret, ledger_key = text.splitlines()
    assert mode == "ENTENTE_MODE=local"
    assert len(secret) > len("SECRET_KEY=") + 50
    assert re.fullmatch("LEDGER_KEY=[0-9a-f]{64}", ledger_key)

    # An earlier version made no such key.
    secrets.write_text(f"{mode}\n{secret}\n")
    assert checkout.prepare(*python) == (0, "")
    assert secrets.read_text().splitlines()[:2] == [mode, secret]
    assert secrets.stat().st_mode & 0o777 == 0o600
    text = secrets.read_text()
    assert len(text.splitlines()) == 3

    # What is there is left alone.
    assert checkout.prepare(*python) == (0, "")
    assert secrets.read_text() == text

    # A changed lock is installed into what is there.
    checkout.lock.write_text("# changed\n" + lock_text(checkout.wheel))
    code, output = checkout.prepare(*python)
    assert (code, output.count("Making"), output.count("Installing")) == (0, 0, 1)

    # What a killed install has left is not trusted.
    (checkout.folder / ".venv" / "entente-unfinished").touch()
    next((checkout.folder / ".venv").rglob("pebble.py")).unlink()
    code, output = checkout.prepare(*python)
    assert (code, output.count("Making"), checkout.works()) == (0, 1, True)
    assert secrets.read_text() == text


def test_without_any_installer_it_says_what_to_do(checkout: Checkout) -> None:
    assert "apt-get install python3-venv" in checkout.refusal(*without("ensurepip", "pip"))


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Checkout) -> None:
    with zipfile.ZipFile(checkout.wheel, "a") as archive:
        archive.writestr("pebble_more.py", "")
    assert "does not match the hash in requirements.lock" in checkout.refusal(*without("ensurepip"))
    assert not checkout.works()
    checkout.lock.write_text(lock_text(checkout.wheel))
    assert checkout.prepare(*without("ensurepip"))[0] == 0
    assert checkout.works()


def test_without_a_network_it_says_so(checkout: Checkout) -> None:
    nobody = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:1/"}
    sentence = checkout.refusal(*without("ensurepip"), **nobody)
    assert "the package index cannot be reached" in sentence
    assert "127.0.0.1" in (checkout.folder / "var" / "install.log").read_text()


def test_a_package_that_nobody_offers(checkout: Checkout) -> None:
    checkout.wheel.unlink()
    assert "a package of requirements.lock is not offered" in checkout.refusal(
        *without("ensurepip")
    )


def test_folders_that_cannot_be_written_to(checkout: Checkout) -> None:
    sentence = checkout.refusal(ENTENTE_VAR="/proc/entente")
    assert "/proc/entente cannot be written to" in sentence
    (checkout.folder / ".venv").write_text("in the way")
    assert ".venv is not a folder" in checkout.refusal()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_somebody_else() -> None:
    system = "/usr/bin/python3"
    if not os.path.exists(system) or subprocess.call(
        [system, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    ):
        pytest.skip("no Python that an ordinary user of this machine can run")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        os.chmod(folder, 0o755)
        checkout = Checkout(Path(folder, "entente"))
        done = subprocess.run(
            [system, SCRIPT],
            cwd=checkout.folder,
            env=checkout.env,
            user="nobody",
            group="nogroup",
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"{checkout.folder}/var cannot be written to: permission denied" in done.stderr
        assert done.returncode == 1
        assert_one_sentence(done.stderr)


def test_an_unknown_lock_file_is_refused(checkout: Checkout) -> None:
    assert "The lock file is" in checkout.refusal(sys.executable, SCRIPT, "other.lock")


# --- Old Pythons --------------------------------------------------------------------------


def test_an_old_python_can_read_the_script_and_is_refused() -> None:
    ast.parse((ROOT / SCRIPT).read_text(), feature_version=(3, 6))
    with pytest.raises(bootstrap.Failure, match=r"needs Python 3\.11 or newer, .* 3\.10\.4") as no:
        bootstrap.check_python((3, 10, 4, "final", 0))
    assert_one_sentence(str(no.value))
    bootstrap.check_python((3, 11, 0, "final", 0))


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.10"])
def test_a_real_old_python_gets_one_sentence(checkout: Checkout, version: str) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL):
        pytest.skip(f"no Python {version} on this machine")
    assert "needs Python 3.11" in checkout.refusal(python, SCRIPT)
    assert not (checkout.folder / "var").exists()


def test_the_locks_agree_and_name_no_machine() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.split(";")[0].strip(" \\") for line in lines if "==" in line[:80]} - {""}

    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime - development == set()
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert text.count("make lock") == 1
