"""A year of a body's life, from its first plenary to its fourth quarterly report."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .conftest import Sink

ROOT = Path(__file__).resolve().parents[2]


def test_a_year_of_the_monitoring_commission(
    tmp_path: Path, sink: tuple[Sink, int], database: str
) -> None:
    mailbox, port = sink
    (tmp_path / "var").mkdir()
    env = os.environ | {
        "ENTENTE_VAR": str(tmp_path / "var"),
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tests.e2e.year"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    year = json.loads(done.stdout)
    assert year["held"] == year["sealed"] == 12
    assert [month for month, met in enumerate(year["quorate"], start=1) if not met] == [3, 8]
    assert year["rules"] == ["consensus", "silence"]
    assert (year["undecided"], year["actions"]) == (0, 12)
    assert 0 < year["findings_that_count"] < year["findings"]  # not where the quorum was missed
    assert year["came_back"] > 12
    assert (year["dispute"], year["dispute_state"]) == (["no_answer", "no_answer"], "exhausted")
    assert year["minutes_sent"] == [7] * 12
    assert [sent for _total, sent in year["reports"]] == [7] * 4
    assert (year["unsent"], year["faults"]) == (0, [])
    # What the addressees have in hand: four reports each as a file, and the minutes of each month.
    reached = [mail for mail in mailbox.mails if mail["To"].endswith("@addressees.example")]
    files = [part.get_content_type() for mail in reached for part in mail.iter_attachments()]
    assert files.count("application/pdf") == 7 * 4
    assert len(reached) == 7 * (12 + 4)
