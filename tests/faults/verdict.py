"""What was promised, held against what the recipients have and what the table says of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .addresses import expected
from .evidence import Evidence, Row
from .plan import Fault, Plan

TERMINAL = ("sent", "failed", "uncertain")
#: Of all messages, at most so many may be uncertain by kills alone; two in a small run, where one
#: is more than that.
UNCERTAIN, FEW = 0.0025, 2


@dataclass
class Verdict:
    plan: Plan
    states: Counter[str]
    lost: list[str] = field(default_factory=list)
    #: Taken more than once though the table does not say that it may have been.
    unmarked: list[str] = field(default_factory=list)
    #: Everything else that was promised and did not hold.
    other: list[str] = field(default_factory=list)
    taken: int = 0
    twice: int = 0
    marked: int = 0
    uncertain_by_kills: int = 0
    misdeeds: Counter[str] = field(default_factory=Counter)
    most_attempts: int = 0
    done: Counter[Fault] = field(default_factory=Counter)
    restarts: int = 0
    seconds: float = 0.0
    folder: Path | None = None

    @property
    def violations(self) -> list[str]:
        return self.lost + self.unmarked + self.other

    def table(self) -> str:
        plan = self.plan
        kills = sum(n for fault, n in self.done.items() if fault.name.startswith("KILL"))
        outages = [f"{n} × {fault}" for fault, n in self.done.items() if "KILL" not in fault.name]
        rows = {
            "run": f"{plan.messages} messages ({plan.due} due check-ins), {plan.database}, "
            f"seed {plan.seed}" + (f", broken: {plan.variant}" if plan.variant else ""),
            "killed": f"{kills} times; {self.restarts} programs started again",
            "outages": ", ".join(sorted(outages)),
            "mail server": ", ".join(f"{n} × {did}" for did, n in sorted(self.misdeeds.items())),
            "states": ", ".join(f"{n} {state}" for state, n in self.states.most_common()),
            "taken": f"{self.taken} mails, {self.twice} of them a second copy; "
            f"{self.marked} rows marked; most tries {self.most_attempts}",
            "lost": str(len(self.lost)),
            "twice, unmarked": str(len(self.unmarked)),
            "uncertain": f"{self.uncertain_by_kills} by kills alone "
            f"({self.uncertain_by_kills / plan.messages:.2%})",
            "other faults": str(len(self.other)),
            "took": f"{self.seconds:.0f} s",
        }
        lines = [f"{name:16} {text}" for name, text in rows.items()]
        lines += [f"  {violation}" for violation in self.violations[:20]]
        if self.folder:
            lines.append(f"What ran is kept in {self.folder}")
        return "\n".join(lines)


def judge(plan: Plan, evidence: Evidence, log: list[dict[str, Any]]) -> Verdict:
    """Compare the rows with the log of the sink, and both with what was expected."""
    rows = {row.message_id: row for row in evidence.rows}
    verdict = Verdict(plan, Counter(row.state for row in evidence.rows))
    taken = Counter(line["id"] for line in log if line.get("taken"))
    for_good = {line["to"] for line in log if line["did"].endswith("5xx")}
    # Where the line broke, or nothing was answered, once the hand-over had begun.
    broken = {
        line["to"]
        for line in log
        if line["did"].partition(" ")[0] in ("DATA", "TEXT", "END", "TAKEN")
        and line["did"].endswith(("drop", "stall"))
    }
    verdict.misdeeds = Counter(line["did"] for line in log if line["did"] not in ("begun", "taken"))
    verdict.taken, verdict.twice = taken.total(), taken.total() - len(taken)
    verdict.marked = sum(row.ambiguous for row in evidence.rows)
    verdict.most_attempts = max((row.attempts for row in evidence.rows), default=0)

    _every_one_arrived(verdict, evidence, expected(plan.messages, plan.due), taken, for_good)
    _none_came_twice(verdict, rows, taken)
    _each_ended(verdict, evidence)

    by_kills = [row for row in evidence.rows if row.state == "uncertain" and row.to not in broken]
    verdict.uncertain_by_kills = len(by_kills)
    if len(by_kills) > max(UNCERTAIN * plan.messages, FEW):
        verdict.other.append(f"{len(by_kills)} messages are uncertain by kills alone.")
    return verdict


def _every_one_arrived(
    verdict: Verdict,
    evidence: Evidence,
    wanted: set[str],
    taken: Counter[str],
    for_good: set[str],
) -> None:
    if evidence.not_asked:
        verdict.lost.append(f"{evidence.not_asked} obligations fell due and nobody was asked.")
    written = Counter(row.to for row in evidence.rows)
    verdict.lost += [f"{to}: no message was written." for to in sorted(wanted - set(written))]
    verdict.other += [
        f"{to}: {written[to]} messages were written." for to in sorted(wanted) if written[to] > 1
    ]
    if len({row.key for row in evidence.rows}) < len(evidence.rows):
        verdict.other.append("Two messages have one key.")
    for row in evidence.rows:
        arrived = taken[row.message_id] > 0
        if row.state == "sent" and not arrived:
            verdict.lost.append(f"{row.to}: said to be sent, and never taken.")
        elif row.state == "failed" and row.to not in for_good:
            verdict.lost.append(f"{row.to}: failed, and never refused for good ({row.error}).")
        elif row.to in wanted and row.state not in TERMINAL:
            verdict.lost.append(f"{row.to}: left in the state {row.state} ({row.error}).")


def _none_came_twice(verdict: Verdict, rows: dict[str, Row], taken: Counter[str]) -> None:
    for sign, times in taken.items():
        if sign not in rows:
            verdict.other.append(f"{sign} was taken and is in no table.")
        elif times > 1 and not rows[sign].ambiguous:
            verdict.unmarked.append(f"{rows[sign].to}: taken {times} times, unmarked.")
        elif times > 2:
            verdict.other.append(f"{rows[sign].to}: taken {times} times.")


def _each_ended(verdict: Verdict, evidence: Evidence) -> None:
    for row in evidence.rows:
        steps = evidence.steps.get(row.id, [])
        if row.state in ("pending", "claimed", "transmitting"):
            verdict.other.append(f"{row.to}: still {row.state} at the end.")
        elif not steps or steps[-1][0] != row.state:
            verdict.other.append(f"{row.to}: its last step does not say {row.state}.")
        if row.state != "sent" and not row.error:
            verdict.other.append(f"{row.to}: {row.state}, and no reason is given.")
    verdict.other += [f"Message {number} was sent no more." for number in evidence.left_sent]
