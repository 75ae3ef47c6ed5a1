"""What a tick reads, by how many obligations there are (`make bench`).

The same 500 check-ins are due among 10,000, 100,000 and 1,000,000 obligations, all with their
history; beside them 500 questions are open and 500 reminders wait. The statements that the tick,
the sending and the signing make are explained where they are made, the first of each kind: the
pages that PostgreSQL reads for it, the steps that SQLite takes (as its progress handler counts
them). Aim: the same, but for a page for each level by which an index is higher. What grows is
marked, with the tables that are read as a whole; it is judged by the last two sizes, since
PostgreSQL rightly reads a small table as a whole.

    python -m benchmarks.due_scan [--due 500] [--sizes 10000 100000 1000000] [--plans]

On a SQLite database made for it and on an embedded PostgreSQL. Sizes are multiples of 5,000.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from benchmarks import FOLDER, _many
from coordination.outbox import actions as outbox
from coordination.reminders.actions import tick
from coordination.reminders.checkpoints import sign_all
from coordination.reminders.settling import before_sending
from runtime.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
#: What an index that is higher may cost; to read ten times as much costs ten times as much.
MORE, FEW = 1.6, 10
SLICES = tuple(str(ROOT / name) for name in ("coordination/", "accounts/"))
#: Where queries are made for others: who asked for them says more.
BASE = str(ROOT / "coordination/base/")


@dataclass
class Found:
    """What one statement cost when it was first made."""

    rows: int
    cost: int
    ms: float
    scans: tuple[str, ...]
    plan: str
    times: int = 1


class Explained:
    """Explains every statement that is made, the first of each kind, before it is."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Found] = {}

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if not many and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            key = _purpose(sys._getframe()), _without_lists(sql)
            if key in self.found:
                self.found[key].times += 1
            else:
                self.found[key] = _explain(sql, params)
        return execute(sql, params, many, context)


def _without_lists(sql: str) -> str:
    """However many there are in a list, it is the same statement."""
    return re.sub(r"\((%s(, )?)+\)", "(...)", sql)


def _purpose(frame: FrameType | None) -> str:
    """The function of ours that makes the statement."""
    while frame is not None:
        code = frame.f_code
        if (
            code.co_filename.startswith(SLICES)
            and not code.co_filename.startswith(BASE)
            and code.co_name[0] != "<"
        ):
            return f"{Path(code.co_filename).stem}.{code.co_name}"
        frame = frame.f_back
    return "?"


def _explain(sql: str, params: Any) -> Found:
    """It is undone, whatever it does: the statement itself comes after it."""
    explain = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    cursor = connection.create_cursor()
    cursor.execute("SAVEPOINT explained")
    try:
        return explain(cursor, sql, params)
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
        cursor.execute("RELEASE SAVEPOINT explained")
        cursor.close()


def _on_postgresql(cursor: Any, sql: str, params: Any) -> Found:
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
    (said,) = cursor.fetchone()
    report = (json.loads(said) if isinstance(said, str) else said)[0]
    plan = report["Plan"]
    nodes = list(_nodes(plan))
    scans = {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        or (
            "Index Name" in node
            and "Index Cond" not in node
            and not _is_partial(node["Index Name"])
        )
    }
    rows = sum(
        node["Actual Rows"] * node["Actual Loops"]
        for node in nodes[:1] + nodes[1:2][: plan["Node Type"] == "ModifyTable"]
    )
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Found(
        int(rows), pages, report["Execution Time"], tuple(sorted(scans)), json.dumps(plan, indent=1)
    )


def _nodes(plan: dict[str, Any]) -> Any:
    # What is never executed reads nothing.
    if plan["Actual Loops"]:
        yield plan
        for below in plan.get("Plans", ()):
            yield from _nodes(below)


PARTIAL: set[str] = set()


def _is_partial(index: str) -> bool:
    """One that has few rows may be read as a whole."""
    return index in PARTIAL


def _on_sqlite(cursor: Any, sql: str, params: Any) -> Found:
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
    lines = [row[3] for row in cursor.fetchall()]
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.connection.set_progress_handler(step, 1)
    began = time.perf_counter()
    cursor.execute(sql, params)
    rows = len(cursor.fetchall())
    took = time.perf_counter() - began
    connection.connection.set_progress_handler(None, 1)
    names = _aliases(sql)
    scans = set()
    for line in lines:
        match = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)
        if match and match[2] not in PARTIAL:
            scans.add(names.get(match[1], match[1]))
    return Found(
        max(rows, cursor.rowcount), steps, took * 1000, tuple(sorted(scans)), "\n".join(lines)
    )


def _aliases(sql: str) -> dict[str, str]:
    return {alias: table for table, alias in re.findall(r'"(\w+)" (U\d+|V\d+|T\d+)\b', sql)}


# --- The sizes ------------------------------------------------------------------------------------


def measure(due: int, sizes: list[int], plans: bool) -> None:
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    _many.begin()
    at: dict[int, dict[tuple[str, str], Found]] = {}
    last = _many.COPIED
    for size in sizes:
        _many.grow(last + 1, size)
        if not at:
            _many.make_due(due)
            _read_partial()
        last = size
        if connection.vendor == "postgresql":  # SQLite plans without, as nobody asks it to
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        took = time.monotonic() - began
        print(f"{connection.vendor}, {size:,} obligations, filled in {took:.0f} s", flush=True)
        at[size] = _run()
        _show(at, plans)


def _read_partial() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        )
        PARTIAL.update(name for (name,) in cursor.fetchall())


def _run() -> dict[tuple[str, str], Found]:
    """A tick, the sending and the signing, all of it undone in the end."""
    explained = Explained()
    with transaction.atomic():
        with connection.execute_wrapper(explained):
            result = tick()
            _send()
            sign_all()
        print(f"  {result}")
        for name, work in {"tick": tick, "sending": _send}.items():
            with CaptureQueriesContext(connection) as queries:
                began = time.monotonic()
                work()
                took = (time.monotonic() - began) * 1000
            print(f"  {name}, nothing due any more: {len(queries)} statements, {took:.0f} ms")
        transaction.set_rollback(True)
    return explained.found


def _send() -> None:
    before_sending()
    outbox.deliver()


def _show(at: dict[int, dict[tuple[str, str], Found]], plans: bool) -> None:
    *before, last = at
    what = "pages" if connection.vendor == "postgresql" else "steps"
    heads = "".join(f"{size:12,}" for size in at)
    print(f"{what:44}{'times':>6}{'rows':>6}{heads}{'ms':>8}")
    grown = 0
    for key, found in at[last].items():
        costs = [one[key].cost if key in one else 0 for one in at.values()]
        former = at[before[-1]].get(key) if before else None
        grows = former is not None and found.cost > MORE * former.cost + FEW
        grown += grows
        figures = "".join(f"{cost:12}" for cost in costs)
        words = " ".join(("  grows", *found.scans)) if grows else ""
        print(f"{key[0]:44}{found.times:6}{found.rows:6}{figures}{found.ms:8.1f}{words}")
        if plans and grows:
            print(key[1], found.plan, sep="\n", end="\n\n")
    print(f"{grown} of {len(at[last])} kinds of statement grow", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--due", type=int, default=500)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--plans", action="store_true", help="show the plans of what grows")
    chosen = parser.parse_args()
    url = os.environ["DATABASE_URL"]
    measure(chosen.due, chosen.sizes, chosen.plans)
    if FOLDER.name not in url:
        return  # somebody named the database to measure
    connection.close()
    FOLDER.cleanup()
    with EmbeddedPostgres() as postgres, tempfile.TemporaryDirectory() as var:
        env = {**os.environ, "DATABASE_URL": postgres.url, "ENTENTE_VAR": var}
        command = [sys.executable, "-m", "benchmarks.due_scan", *sys.argv[1:]]
        subprocess.run(command, env=env, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
