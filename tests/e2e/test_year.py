"""A year of a body's life, from its first plenary to its fourth quarterly report.

`make test` lives through its first quarter; `make year` through all of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Sink

ROOT = Path(__file__).resolve().parents[2]
TOO_FEW = [3, 8]


def test_a_year_of_the_monitoring_commission(
    tmp_path: Path, sink: tuple[Sink, int], database: str, pytestconfig: pytest.Config
) -> None:
    months = 12 if pytestconfig.getoption("whole_year") else 3
    mailbox, port = sink
    (tmp_path / "var").mkdir()
    env = os.environ | {
        "ENTENTE_VAR": str(tmp_path / "var"),
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tests.e2e.year", str(months)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    year = json.loads(done.stdout)
    assert year["held"] == year["sealed"] == months
    missed = [month for month, met in enumerate(year["quorate"], start=1) if not met]
    assert missed == [month for month in TOO_FEW if month <= months]
    assert year["rules"] == ["consensus", "silence"]
    assert (year["undecided"], year["actions"]) == (0, months)
    assert 0 < year["findings_that_count"] < year["findings"]  # not where the quorum was missed
    assert year["came_back"] >= months
    assert (year["dispute"], year["dispute_state"]) == (["no_answer", "no_answer"], "exhausted")
    assert year["minutes_sent"] == [7] * months
    assert [sent for _total, sent in year["reports"]] == [7] * (months // 3)
    assert (year["unsent"], year["faults"]) == (0, [])
    # What the addressees have in hand: a file for each quarter, and the minutes of each month.
    reached = [mail for mail in mailbox.mails if mail["To"].endswith("@addressees.example")]
    files = [part.get_content_type() for mail in reached for part in mail.iter_attachments()]
    assert files.count("application/pdf") == 7 * (months // 3)
    assert len(reached) == 7 * (months + months // 3)
