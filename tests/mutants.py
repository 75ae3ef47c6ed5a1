"""Takes away one rule of access at a time and looks whether a test notices.

    python -m tests.mutants --map           run the suite once, keeping which test runs which line
    python -m tests.mutants --map TEST ...  add to it what these tests run
    python -m tests.mutants --list          show what would be taken away
    python -m tests.mutants [WORD ...]      try the mutants, or those whose name holds a word

A mutant is the product with one thing changed: a call of `visible_to` (or of another scope) that is
left out, a predicate that always says yes, or a question to a predicate that is not asked. It is
killed when one of the tests that run that line fails. Those that change nothing anybody could see
are named in `mutants_equivalent.py`, with the reason, and counted apart. The exit status is 1 when
more than one in a hundred of the others survives. Nothing is written to the tree:
`mutants_plugin.py` puts the changed function into a running test session.
"""

import argparse
import ast
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutants_equivalent import EQUIVALENT

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "var" / "tests-by-line.sqlite3"
PACKAGES = ("accounts", "coordination")
#: Querysets that only hold what somebody may see or do.
SCOPES = {"visible_to", "coordinated_by", "opened_by"}
#: What a predicate's name begins with.
ASKS = ("may_", "is_coordinator", "is_party_to", "sits_in")
#: Without those that start servers and processes of their own, which would not have the mutant.
SUITE = ("-m", "not browser", "--ignore=tests/runtime", "--ignore=tests/e2e")
#: Of the tests that run a line, so many are tried first, those that run the fewest lines ...
NARROWEST = 25
#: ... then the test of what every page offers, so many from the folder of the same slice ...
OFFERS = "tests/architecture/test_offers.py"
OF_THE_SLICE = 75
#: ... and last those that go through every page as everybody, which take the longest.
WIDE = ("tests/architecture/test_access_matrix.py", "tests/architecture/test_canaries.py")


@dataclass(frozen=True)
class Mutant:
    """One piece of a file and what stands there instead."""

    path: str
    line: int
    last_line: int
    start: int
    end: int
    instead: str
    within: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line} {self.within}: {self.what}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Its name without the line, which moves."""
        return self.path, self.within, self.what

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.instead.encode() + source[self.end :]


def mutants() -> list[Mutant]:
    found: list[Mutant] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found += Finder(path).found
    return found


class Finder(ast.NodeVisitor):
    """The mutants of one file, in the order of its lines."""

    def __init__(self, path: Path) -> None:
        self.path = str(path.relative_to(ROOT))
        self.within: list[str] = []
        self.found: list[Mutant] = []
        source = path.read_bytes()
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.visit(ast.parse(source))

    def add(self, node: ast.expr | ast.stmt, upto: ast.AST, what: str, **change: str) -> None:
        """With `instead` for the whole node, or `before` it."""
        start = self.starts[node.lineno - 1] + node.col_offset
        last: int = upto.end_lineno  # type: ignore[attr-defined]
        end = self.starts[last - 1] + upto.end_col_offset  # type: ignore[attr-defined]
        if "before" in change:
            end, instead = start, change["before"] + "\n" + " " * node.col_offset
        else:
            instead = change["instead"]
        within = ".".join(self.within)
        before = sum(
            (one.within, one.what.partition(" #")[0]) == (within, what) for one in self.found
        )
        if before:  # a second time in the same function
            what += f" #{before + 1}"
        self.found.append(Mutant(self.path, node.lineno, last, start, end, instead, within, what))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.within.append(node.name)
        self.generic_visit(node)
        self.within.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.within.append(node.name)
        if body := _body(node):
            if node.name.startswith(ASKS) or node.name.endswith("_permission"):
                self.add(body[0], body[-1], "says yes", before="return True")
            elif node.name in SCOPES - {"opened_by"}:
                self.add(body[0], body[-1], "holds all", before="return self.all()")
        self.generic_visit(node)
        self.within.pop()

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in SCOPES and isinstance(called, ast.Attribute):
            if not _is_super(called.value):
                rows = ast.unparse(called.value)
                instead = f"({rows}.all())" if name != "opened_by" else "Q()"
                self.add(node, node, f"{rows} without {name}", instead=instead)
        elif name.startswith(ASKS):
            self.add(node, node, f"does not ask {name}", instead="True")
        self.generic_visit(node)


def _body(node: ast.FunctionDef) -> list[ast.stmt]:
    """Without what the function says of itself."""
    first = node.body[0]
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.body[1:] if is_doc else node.body


def _is_super(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "super"


# --- Which test runs which line -----------------------------------------------------------


def make_map(tests: list[str]) -> None:
    """Run the suite, or the tests named, under coverage.py and keep its contexts."""
    MAP.parent.mkdir(exist_ok=True)
    if not tests:
        MAP.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", *SUITE]
    command += [f"--cov={package}" for package in PACKAGES]
    command += ["--cov-append", "--cov-context=test", "--cov-report=", *tests]
    subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"COVERAGE_FILE": str(MAP)})


class Map:
    """Which tests to try on a mutant, and in which order."""

    def __init__(self, narrow: bool) -> None:
        self.narrow = narrow
        self.database = sqlite3.connect(f"file:{MAP}?mode=ro", uri=True)
        self.lines: dict[str, int] = {}
        for name, bits in self.database.execute(
            "SELECT context.context, line_bits.numbits FROM line_bits"
            " JOIN context ON context.id = line_bits.context_id"
        ):
            self.lines[name] = self.lines.get(name, 0) + int.from_bytes(bits).bit_count()

    def tests_of(self, mutant: Mutant) -> list[str]:
        rows = self.database.execute(
            "SELECT context.context, line_bits.numbits FROM line_bits"
            " JOIN context ON context.id = line_bits.context_id"
            " JOIN file ON file.id = line_bits.file_id WHERE file.path = ?",
            [str(ROOT / mutant.path)],
        )
        wanted = sum(1 << line for line in range(mutant.line, mutant.last_line + 1))
        names = [
            name
            for name, bits in rows
            if name.endswith("|run") and int.from_bytes(bits, "little") & wanted
        ]
        names = [
            name.removesuffix("|run")
            for name in sorted(names, key=lambda name: (self.lines[name], name))
        ]
        wide = [name for name in names if name.startswith(WIDE)]
        names = [name for name in names if name not in wide]
        first, others = names[:NARROWEST], names[NARROWEST:]
        offers = [name for name in others if name.startswith(OFFERS)]
        slices = tuple(f"tests/{folder}/" for folder in mutant.path.removesuffix(".py").split("/"))
        of_the_slice = [name for name in others if name.startswith(slices)]
        return first + offers + of_the_slice[:OF_THE_SLICE] + ([] if self.narrow else wide)


# --- Trying -------------------------------------------------------------------------------


def run(chosen: list[Mutant], workers: int, narrow: bool) -> dict[str, str]:
    """What became of each mutant: the test that killed it, or an empty text."""
    tests = Map(narrow)
    work = [{"mutant": asdict(one), "tests": tests.tests_of(one)} for one in chosen]
    shares = [share for n in range(workers) if (share := work[n::workers])]
    with ThreadPoolExecutor(workers) as pool:
        results = [result for share in pool.map(_in_one_session, shares) for result in share]
    fates = dict(results)
    return {one.name: fates.get(one.name, "") for one in chosen}


def _in_one_session(work: list[dict]) -> list[tuple[str, str]]:
    """Have a test session go through them; it tells one line of JSON for each."""
    files = sorted({name.partition("::")[0] for one in work for name in one["tests"]})
    results: list[tuple[str, str]] = []
    with tempfile.NamedTemporaryFile("w", suffix=".json") as written:
        json.dump(work, written)
        written.flush()
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "tests.mutants_plugin", "--mutants", written.name, "--tb=line", *SUITE]
        session = subprocess.Popen([*command, *files], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert session.stdout
        for line in session.stdout:
            if not line.startswith("{"):
                print(line, end="", flush=True)
                continue
            told = json.loads(line)
            results.append((told["name"], told["killed_by"]))
            fate = "killed  " if told["killed_by"] else "SURVIVES"
            print(fate, told["name"], f"({told['remark']})", flush=True)
        session.wait()
    if len(results) < len(work):
        print(f"A session ended early: {len(work) - len(results)} mutants count as surviving.")
    return results


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", help="only mutants whose name holds one of them")
    parser.add_argument("--map", action="store_true", help="run the tests, keep what runs what")
    parser.add_argument("--list", action="store_true", help="show the mutants and try none")
    parser.add_argument("--all", action="store_true", help="try those too that change nothing")
    parser.add_argument("--narrow", action="store_true", help="leave out the tests of all pages")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the survivors here")
    options = parser.parse_args()
    if options.map:
        make_map(options.words)
        return 0
    found = mutants()
    for gone in sorted(set(EQUIVALENT) - {one.key for one in found}):
        print("is not there any more, though named as equivalent:", *gone, file=sys.stderr)
    chosen = [
        one for one in found if not options.words or any(w in one.name for w in options.words)
    ]
    same = [one for one in chosen if one.key in EQUIVALENT and not options.all]
    chosen = [one for one in chosen if one not in same]
    if options.list:
        print("\n".join(one.name for one in chosen))
        return 0
    if not MAP.exists():
        parser.error("run it with --map first")
    fates = run(chosen, options.workers, options.narrow)
    alive = [name for name, killed_by in fates.items() if not killed_by]
    killed = len(chosen) - len(alive)
    print(f"{killed} of {len(chosen)} killed, {100 * killed / max(len(chosen), 1):.1f} %")
    for name in alive:
        print(f"  survives: {name}")
    for one in same:
        print(f"  equivalent: {one.name} ({EQUIVALENT[one.key]})")
    if options.json:
        options.json.write_text(json.dumps(alive, indent=1))
    return int(len(alive) * 100 > len(chosen))


if __name__ == "__main__":
    sys.exit(main())
