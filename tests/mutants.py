"""Takes away one rule of access at a time and looks whether a test notices.

    python -m tests.mutants --map         run the suite once, keeping which test runs which line
    python -m tests.mutants --list        show what would be taken away
    python -m tests.mutants [WORD ...]    try the mutants, or those whose name holds a word

A mutant is the product with one thing changed: a call of `visible_to` (or of another scope) that is
left out, a predicate that always says yes, or a question to a predicate that is not asked. It is
killed when one of the tests that run that line fails. The exit status is 1 when more than one in a
hundred survives. Works on copies: the tree that it is started in stays as it is.
"""

import argparse
import ast
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "var" / "tests-by-line.sqlite3"
PACKAGES = ("accounts", "coordination")
#: Querysets that only hold what somebody may see or do.
SCOPES = {"visible_to", "coordinated_by", "opened_by"}
#: What a predicate's name begins with.
ASKS = ("may_", "is_coordinator", "is_party_to", "sits_in")
COPIED = ("accounts", "config", "coordination", "runtime", "static", "templates", "tests")
COPIED_FILES = ("manage.py", "pyproject.toml", "README.md", "Makefile", "docker-compose.yml")
#: Of the tests that run a line, so many are tried; the narrowest first.
MOST_TESTS = 60
SECONDS = 900


@dataclass(frozen=True)
class Mutant:
    """One piece of a file and what stands there instead."""

    path: str
    line: int
    last_line: int
    start: int
    end: int
    instead: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line} {self.what}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.instead.encode() + source[self.end :]


def mutants() -> list[Mutant]:
    found: list[Mutant] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found += _of_file(path)
    return found


def _of_file(path: Path) -> Iterator[Mutant]:
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def mutant(node: ast.expr | ast.stmt, instead: str, what: str, upto: ast.AST) -> Mutant:
        name = str(path.relative_to(ROOT))
        start = starts[node.lineno - 1] + node.col_offset
        last: int = upto.end_lineno  # type: ignore[attr-defined]
        end = starts[last - 1] + upto.end_col_offset  # type: ignore[attr-defined]
        return Mutant(name, node.lineno, last, start, end, instead, what)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in SCOPES and isinstance(called, ast.Attribute):
                if not _is_super(called.value):
                    rows = ast.unparse(called.value)
                    instead = f"{rows}.all()" if name != "opened_by" else "Q()"
                    yield mutant(node, f"({instead})", f"without {name}", node)
            elif name.startswith(ASKS):
                yield mutant(node, "True", f"does not ask {name}", node)
        elif isinstance(node, ast.FunctionDef) and (body := _body(node)):
            if node.name.startswith(ASKS) or node.name.endswith("_permission"):
                yield mutant(body[0], "return True", f"{node.name} says yes", body[-1])
            elif node.name in SCOPES - {"opened_by"}:
                yield mutant(body[0], "return self.all()", f"{node.name} holds all", body[-1])


def _body(node: ast.FunctionDef) -> list[ast.stmt]:
    """Without what the function says of itself."""
    first = node.body[0]
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.body[1:] if is_doc else node.body


def _is_super(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "super"


# --- Which test runs which line -----------------------------------------------------------


def make_map(suite: list[str]) -> None:
    """Run the suite under coverage.py and keep its contexts."""
    MAP.parent.mkdir(exist_ok=True)
    MAP.unlink(missing_ok=True)
    sources = [f"--cov={package}" for package in PACKAGES]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-q", "-m", "not browser", *sources]
    command += ["--cov-context=test", "--cov-report=", *suite]
    command += ["--ignore=tests/runtime", "--ignore=tests/e2e", "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"COVERAGE_FILE": str(MAP)})


def tests_of(mutant: Mutant, database: sqlite3.Connection) -> list[str]:
    """The tests that run a mutant's lines; those that run the fewest lines of all come first."""
    rows = database.execute(
        "SELECT context.id, context.context, line_bits.numbits FROM line_bits"
        " JOIN context ON context.id = line_bits.context_id"
        " JOIN file ON file.id = line_bits.file_id WHERE file.path = ?",
        [str(ROOT / mutant.path)],
    )
    found = {}
    for key, context, bits in rows:
        name, _, phase = context.rpartition("|")
        lines = range(mutant.line, mutant.last_line + 1)
        if phase == "run" and any(_has(bits, line) for line in lines):
            found[name] = key
    weight = dict(
        database.execute(
            "SELECT context_id, sum(length(numbits)) FROM line_bits GROUP BY context_id"
        )
    )
    return sorted(found, key=lambda name: (weight.get(found[name], 0), name))[:MOST_TESTS]


def _has(bits: bytes, line: int) -> bool:
    byte, bit = divmod(line, 8)
    return byte < len(bits) and bool(bits[byte] >> bit & 1)


# --- Trying -------------------------------------------------------------------------------


def copy_tree() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="entente-mutant-"))
    leave = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in COPIED_FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def survives(mutant: Mutant, tests: list[str], folder: Path) -> bool:
    """Whether every test that runs the line passes on the mutant."""
    target = folder / mutant.path
    original = target.read_bytes()
    target.write_bytes(mutant.applied(original))
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *tests], cwd=folder, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        target.write_bytes(original)
    return done.returncode == 0


def run(chosen: Iterable[Mutant], workers: int) -> list[str]:
    """The names of the mutants that survive."""
    folders: Queue[Path] = Queue()
    for _ in range(workers):
        folders.put(copy_tree())
    database = sqlite3.connect(f"file:{MAP}?mode=ro", uri=True, check_same_thread=False)
    tests = {mutant: tests_of(mutant, database) for mutant in chosen}

    def one(mutant: Mutant) -> bool:
        folder = folders.get()
        try:
            alive = not tests[mutant] or survives(mutant, tests[mutant], folder)
        finally:
            folders.put(folder)
        state = "SURVIVES" if alive else "killed"
        untested = "" if tests[mutant] else " (no test runs it)"
        print(f"{state:9}{mutant.name}{untested}", flush=True)
        return alive

    try:
        with ThreadPoolExecutor(workers) as pool:
            alive = list(pool.map(one, tests))
    finally:
        database.close()
        while not folders.empty():
            shutil.rmtree(folders.get(), ignore_errors=True)
    return [mutant.name for mutant, lives in zip(tests, alive, strict=True) if lives]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name holds one of them")
    parser.add_argument("--map", action="store_true", help="run the suite, keep what runs what")
    parser.add_argument("--list", action="store_true", help="show the mutants and try none")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the survivors here")
    options, suite = parser.parse_known_args()
    if options.map:
        make_map(suite)
        return 0
    chosen = [
        one
        for one in mutants()
        if not options.words or any(word in one.name for word in options.words)
    ]
    if options.list:
        for mutant in chosen:
            print(mutant.name)
        return 0
    if not MAP.exists():
        parser.error("run it with --map first")
    alive = run(chosen, options.workers)
    killed = len(chosen) - len(alive)
    print(f"{killed} of {len(chosen)} killed, {100 * killed / max(len(chosen), 1):.1f} %")
    for name in alive:
        print(f"  survives: {name}")
    if options.json:
        options.json.write_text(json.dumps(alive, indent=1))
    return int(len(alive) * 100 > len(chosen))


if __name__ == "__main__":
    sys.exit(main())
