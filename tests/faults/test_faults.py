"""Delivery under faults, as much of it as the suite has time for; `make faults` is the long run."""

import subprocess
import sys

import pytest

from runtime import processes
from tests.faults.plan import VARIANTS
from tests.runtime.helpers import ROOT


class Rig:
    """`python -m tests.faults` in the background."""

    def __init__(self, *options: str) -> None:
        self.process = processes.start(
            [sys.executable, "-m", "tests.faults", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def result(self) -> tuple[int, str]:
        try:
            words, _ = self.process.communicate(timeout=300)
        finally:
            processes.stop(self.process)
        return self.process.returncode, words.decode()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that the suite runs on; the rig starts its own."""
    return str(request.config.getoption("database"))


def test_nothing_is_lost_and_nothing_comes_twice_unmarked_whatever_is_killed(database: str) -> None:
    status, words = Rig("--short", "--database", database).result()
    assert status == 0, words
    assert "\nlost             0\ntwice, unmarked  0\n" in words


def test_both_ways_of_breaking_delivery_are_seen() -> None:
    # At once: most of their time they wait for leases.
    rigs = {variant: Rig("--variant", variant) for variant in VARIANTS}
    results = {variant: rig.result() for variant, rig in rigs.items()}
    status, words = results["sent-first"]
    assert status == 1, words
    assert "said to be sent, and never taken." in words
    status, words = results["no-fence"]
    assert status == 1, words
    assert " times, unmarked." in words
