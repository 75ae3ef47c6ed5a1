"""Gaps and overlaps in who does what, found by looking at the facts of a day.

Each says why, since when, whom it touches and what would close it. `subject` names it over time
and `facts` digests what it rests on: who accepted it as intended did so for these facts.
"""

from ..structure import Structure
from .gap import ORDER, OVERLAPS, Gap, Kind
from .lines import of_lines, of_steps
from .matrix import of_responsibilities
from .tasks import of_commitments

__all__ = ["ORDER", "OVERLAPS", "Gap", "Kind", "find"]


def find(structure: Structure) -> list[Gap]:
    """Every gap and overlap of the day, the most pressing kinds first."""
    found = [
        *of_responsibilities(structure),
        *of_commitments(structure),
        *of_steps(structure),
        *of_lines(structure),
    ]
    return sorted(found, key=lambda gap: (ORDER[gap.kind], gap.title, gap.subject))
