"""Which commitments somebody chose in the register: those that they ticked, or all that fit."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from coordination.commitments.models import Commitment
from coordination.commitments.register import read_choices, rows_of
from coordination.processes.models import Process

#: So many at once: more are a slip, and nobody would read what becomes of each.
MOST = 500
#: Characters of a list of them that are read.
LONGEST = 6_000

_RUN = re.compile(r"(?<![0-9-])([0-9]{1,9})(?:-([0-9]{1,9}))?(?![0-9])")


@dataclass(frozen=True)
class Selection:
    """The register numbers that were chosen, and how an address says so."""

    numbers: list[int]
    #: The choices of the register that one came from, without a “?”.
    choices: str
    everything: bool

    @property
    def is_too_many(self) -> bool:
        return len(self.numbers) > MOST

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """For a form that carries it on."""
        said = [("all", "1") if self.everything else ("picks", _compact(self.numbers))]
        return [*said, ("choices", self.choices)] if self.choices else said


def read_selection(asked: Any, user: Any, process: Process) -> Selection:
    """From an address; never fails. One more than `MOST` is read at most.

    `pick=1&pick=2` is how boxes send it, `picks=1-2` how `Selection.pairs` says the same shortly.
    """
    choices = read_choices(QueryDict(asked.get("choices", "")[:2000]), process)
    choices = replace(choices, as_of=None)  # what is done is done to the register of today
    if asked.get("all"):
        rows = rows_of(choices, user, process).order_by("number")
        numbers = list(rows.values_list("number", flat=True)[: MOST + 1])
        return Selection(numbers, choices.query(), True)
    picked = {int(text) for text in asked.getlist("pick") if text.isdecimal() and len(text) < 10}
    for first, last in _RUN.findall(asked.get("picks", "")[:LONGEST]):
        if len(picked) > MOST:
            break
        picked.update(range(int(first), min(int(last or first), int(first) + MOST) + 1))
    return Selection(sorted(picked)[: MOST + 1], choices.query(), False)


def _compact(numbers: list[int]) -> str:
    """1-40.42: servers take addresses of some four thousand characters, and no more. In an address
    a dot is one of them, a comma three."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ".".join("-".join(map(str, run)) for run in runs)


def chosen(numbers: list[int], user: Any, process: Process) -> list[Commitment]:
    """The commitments with these numbers, also those that were withdrawn, in the register's
    order, each with everything that a preview says of it."""
    rows = Commitment.every.visible_to(user).filter(process=process, number__in=numbers)
    found = list(rows.select_related("lead_body", "verifying_body").order_by("number"))
    for one in found:
        one.process = process
    return found
