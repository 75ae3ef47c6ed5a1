"""How often each page asks the database: the baseline, and what it is counted with.

`python -m tests.architecture.query_counts` writes the baseline anew.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .routes import ROUTES, address

BASELINE = Path(__file__).with_name("query_counts.json")
#: Set, the test writes the baseline instead of holding the pages against it.
WRITE = "WRITE_QUERY_COUNTS"
MOST = 20

Counts = dict[str, int]


def counted(client: Client, world: dict[str, Any]) -> Counts:
    """What each page asks of the database when nothing is kept of it, by the name of its route.

    Pages are what answers the reader with HTML.
    """
    counts = {}
    for name, route in ROUTES.items():
        if "GET" not in route.methods or name.startswith("api:"):
            continue
        caches["pages"].clear()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address(name, world))
        kind = response.headers.get("Content-Type", "")
        if response.status_code == 200 and kind.startswith("text/html"):
            counts[name] = sum(1 for query in captured if "SAVEPOINT" not in query["sql"])
    return counts


def copies(row: Any, count: int, **fields: Callable[[int], Any]) -> list[Any]:
    """So many more of the row, which differ in these fields."""
    made = []
    for n in range(count):
        one = type(row)(
            **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        )
        one.pk = None
        for field, value in fields.items():
            setattr(one, field, value(n))
        made.append(one)
    return type(row)._base_manager.bulk_create(made)


def fill(rows: dict[str, Any], count: int) -> None:
    """So many of what the long lists list."""

    def number(n: int) -> int:
        return 5000 + n

    commitments = copies(rows["commitment"], count, number=number)
    copies(rows["deadline"], count, commitment=lambda n: commitments[n])
    owed = copies(rows["obligation"], count, commitment=lambda n: commitments[n])
    report = {"obligation": lambda n: owed[n], "number": number, "submission": lambda n: uuid4()}
    copies(rows["checkin"], count, **report)
    copies(rows["entry"], count, sequence=number)
    copies(rows["message"], count, key=lambda n: f"message {n}")
    copies(rows["provision"], count, number=str, citation=lambda n: f"Art. {n}")
    users = copies(rows["user"], count, email=lambda n: f"{n}@many.example")
    copies(rows["membership"], count, user=lambda n: users[n])
    copies(rows["body"], count, code=lambda n: f"MANY{n}", name=lambda n: f"Body {n}")
    copies(rows["responsibility"], count, key=lambda n: f"many-{n}")
    copies(rows["review"], count, number=number, series=lambda n: None, series_day=lambda n: None)
    copies(rows["evidence"], count, number=number)
    copies(rows["dispute"], count, number=number)


def read() -> dict[str, Any]:
    """`counts` by route; `above`, why a page may ask more often than 20 times."""
    return json.loads(BASELINE.read_text())


def write(counts: Counts) -> None:
    above = read()["above"]
    kept = {name: above.get(name, "") for name, count in counts.items() if count > MOST}
    BASELINE.write_text(
        json.dumps({"above": kept, "counts": counts}, indent=2, sort_keys=True) + "\n"
    )


def main() -> int:
    command = [sys.executable, "-m", "pytest", "tests/architecture/test_query_counts.py", "-q"]
    return subprocess.run(command, env=os.environ | {WRITE: "yes"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
