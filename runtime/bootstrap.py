"""Makes .venv from a lock file and VAR/local.env; run by `make` with any Python.

    python3 runtime/bootstrap.py [requirements.lock | requirements-dev.lock]

Standard library only, and a syntax that old Pythons still parse, so that they too get a sentence
instead of a traceback. What is already there is left alone; an install that was interrupted is
made anew.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
UNFINISHED = os.path.join(VENV, "entente-unfinished")
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"

# What pip prints, and what it means. The first that fits is said.
PIP_FAILURES = [
    (
        r"DO NOT MATCH THE HASHES|Hashes are required|hash(es)? .*mismatch",
        "a downloaded package does not match the hash in {lock}: nothing of it was installed. "
        "Try again, and if it happens again, don't trust the package source",
    ),
    (r"No space left on device", "the disk is full: make room and start again"),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution"
        r"|Name or service not known|Network is unreachable|ProxyError|SSLError"
        r"|Max retries exceeded|Connection (refused|reset)|ConnectionError|getaddrinfo",
        "the package index cannot be reached: check the network and start again",
    ),
    (
        r"No matching distribution|Could not find a version",
        "a package of {lock} is not offered for this machine and Python {version}",
    ),
    (r"Permission denied|Read-only file system", "the folder {root} cannot be written to"),
]


class Failure(Exception):
    """A sentence for the person who started this."""


def check_python(version: tuple = sys.version_info) -> None:
    """Refuse a Python that Entente does not run on."""
    if tuple(version[:2]) < OLDEST:
        raise Failure(
            "Entente needs Python {}.{} or newer, and {} is Python {}.{}.{}: install a newer one "
            "and name it, for example `make run PYTHON=python3.12`.".format(
                OLDEST[0], OLDEST[1], sys.executable or "this", *version[:3]
            )
        )


def usable_venv() -> bool:
    """Whether .venv holds a working Python that is new enough, and no half-made install."""
    if os.path.exists(UNFINISHED):
        return False
    try:
        code = f"import sys; sys.exit(sys.version_info < {OLDEST})"
        return subprocess.call([PYTHON, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv, also where Debian's python3-venv is missing, and mark it as unfinished."""
    print("Making the folder .venv ...", flush=True)
    if os.path.isdir(VENV):
        shutil.rmtree(VENV)
    elif os.path.lexists(VENV):
        raise Failure(f"{VENV} is not a folder: move it away and start again.")
    os.mkdir(VENV)
    open(UNFINISHED, "w").close()
    venv = [sys.executable, "-m", "venv"]
    if importlib.util.find_spec("ensurepip") and run([*venv, VENV])[0] == 0:
        return
    if importlib.util.find_spec("pip") is None:
        raise Failure(
            "This Python can neither make a virtual environment nor install packages: install "
            "them, on Debian with `apt-get install python3-venv`, and start again."
        )
    code, output = run([*venv, "--without-pip", VENV])
    if code:
        raise Failure(f"The folder .venv could not be made: {last_line(output)}.")


def pip() -> list:
    """The pip to install with: that of .venv, else this Python's, working on .venv."""
    if run([PYTHON, "-m", "pip", "--version"])[0] == 0:
        return [PYTHON, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", PYTHON]


def install(lock: str, var: str) -> None:
    """Install exactly what the lock file names, wheels only."""
    with open(os.path.join(ROOT, lock), encoding="utf-8") as file:
        count = len(re.findall(r"^[A-Za-z0-9]", file.read(), re.MULTILINE))
    print(f"Installing {count} packages into .venv, which may take a minute ...", flush=True)
    open(UNFINISHED, "w").close()
    options = ["--require-hashes", "--only-binary=:all:", "--no-input", "--progress-bar=off"]
    # Without bytecode of all modules: Python makes that of those which are used.
    options += ["--disable-pip-version-check", "--retries", "3", "--no-compile"]
    code, output = run([*pip(), "install", *options, "-r", os.path.join(ROOT, lock)])
    log = os.path.join(var, "install.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(output)
    if code:
        if "Installing collected packages" not in output:
            os.remove(UNFINISHED)  # pip gave up before it touched anything
        reason = last_line(output).rstrip(".")
        for pattern, meaning in PIP_FAILURES:
            if re.search(pattern, output, re.IGNORECASE):
                version = "{}.{}".format(*sys.version_info[:2])
                reason = meaning.format(lock=lock, version=version, root=ROOT)
                break
        raise Failure(f"The packages could not be installed: {reason} ({log}).")
    os.remove(UNFINISHED)


def run(command: list) -> tuple:
    """The exit code of a command and all that it printed."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        output = process.communicate()[0]
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.returncode, output.decode("utf-8", "replace")


def last_line(output: str) -> str:
    return (output.strip().splitlines() or ["it left no message"])[-1].strip()


def stamp(lock: str) -> str:
    """The file that says which state of the lock file .venv holds."""
    return os.path.join(VENV, lock + ".sha256")


def digest(lock: str) -> str:
    with open(os.path.join(ROOT, lock), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def is_installed(lock: str) -> bool:
    try:
        with open(stamp(lock), encoding="utf-8") as file:
            return file.read().strip() == digest(lock)
    except FileNotFoundError:
        return False


def write_local_env(var: str) -> None:
    """Write the secrets of this machine's own Entente, once; only this user can read them.

    What is there stays; a secret that an earlier version did not have is added.
    """
    path = os.path.join(var, "local.env")
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = ["ENTENTE_MODE=local", f"SECRET_KEY={secrets.token_urlsafe(48)}"]
    if any(line.startswith("LEDGER_KEY=") for line in lines):
        return
    lines.append(f"LEDGER_KEY={secrets.token_hex(32)}")
    temporary = path + ".new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.rename(temporary, path)  # never seen half-written


def prepare(lock: str) -> None:
    """Bring .venv and VAR to the state that `make run` or `make test` needs."""
    var = os.path.abspath(os.environ.get("ENTENTE_VAR") or os.path.join(ROOT, "var"))
    os.makedirs(var, mode=0o700, exist_ok=True)
    with open(os.path.join(var, "install.lock"), "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # one install at a time
        if not usable_venv():
            make_venv()
        if not is_installed(lock):
            install(lock, var)
            # The development lock holds all of the runtime lock, in the same versions.
            for name in {lock, RUNTIME}:
                with open(stamp(name), "w", encoding="utf-8") as file:
                    file.write(digest(name) + "\n")
        write_local_env(var)


def main(arguments: list) -> int:
    """Prepare, and say in one sentence what went wrong."""
    lock = arguments[0] if arguments else RUNTIME
    try:
        check_python()
        if lock not in (RUNTIME, DEVELOPMENT):
            raise Failure(f"The lock file is {RUNTIME} or {DEVELOPMENT}.")
        prepare(lock)
    except Failure as failure:
        sentence = str(failure)
    except OSError as error:
        sentence = "{} cannot be written to: {}. Make it writable and start again.".format(
            error.filename or ROOT, (error.strerror or "unknown reason").lower()
        )
    except KeyboardInterrupt:
        sentence = "Stopped; start again to go on."
    else:
        return 0
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
