"""One run: feed, do what the plan says, wait for the end, compare."""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from .evidence import Database, Log
from .plan import Fault, Plan
from .stage import Stage
from .verdict import Verdict, judge

#: The longest wait for messages before the next thing is done, and for the end.
IMPATIENCE = 2.0
PATIENCE = 90.0
#: The longest wait for the hand-over that a kill is aimed at: those that were killed before leave
#: what they had until their lease runs out.
AIM = 6.0
#: How long a broker is stopped or frozen.
OUTAGE = 2.0


class Run:
    def __init__(self, plan: Plan, stage: Stage, say: Callable[[str], None]) -> None:
        self.plan, self.stage, self.say = plan, stage, say
        self.chance = random.Random(f"{plan.seed}/whom")
        self.log = Log(stage.sink_log)
        self.done: Counter[Fault] = Counter()
        self.later: list[tuple[float, Callable[[], object]]] = []
        self.outage_until = 0.0

    def carry_out(self) -> None:
        """Every fault of the plan, each when its share of the messages has been taken."""
        faults = self.plan.faults()
        gap = self.plan.gap
        last = time.monotonic()
        for number, fault in enumerate(faults):
            self.stage.allow(int(number * gap + self.plan.lead))
            target = (number + self.chance.random()) * gap
            while self.log.count() < target and time.monotonic() - last < IMPATIENCE:
                self.wait()
            while fault in (Fault.FLUSH, Fault.STOP, Fault.FREEZE) and self.outage_until:
                self.wait()
            while fault is Fault.KILL_TICK and not self.stage.ticks[0].runs:
                self.wait()
            if fault is Fault.KILL_FEEDER and self.stage.feeder.is_done:
                fault = Fault.KILL_CHILD  # all is queued already
            self.do(fault)
            self.done[fault] += 1
            last = time.monotonic()
            if (number + 1) % 50 == 0:
                self.say(f"{number + 1} of {len(faults)} faults, {self.log.count()} mails taken")

        self.stage.allow(self.plan.messages)

    def do(self, fault: Fault) -> None:
        stage, chance = self.stage, self.chance
        match fault:
            case Fault.KILL_CHILD:
                stage.kill_child(chance)
            case Fault.KILL_SENDERS:
                # By turns before the mail is taken, and between that and the answer.
                self.await_hand_over(taken=self.done[fault] % 2 == 1)
                stage.kill_children(chance.choice(stage.workers))
            case Fault.KILL_WORKER:
                chance.choice(stage.workers).kill()
            case Fault.KILL_NODE:
                chance.choice(stage.workers).kill_all()
            case Fault.KILL_BEAT:
                chance.choice(stage.beats).kill()
            case Fault.KILL_TICK:
                stage.ticks[0].kill()
            case Fault.KILL_FEEDER:
                stage.feeder.kill()
            case Fault.FLUSH:
                stage.broker.client().flushall()
            case Fault.STOP:
                stage.broker.kill()
                self.end_outage(stage.broker.start)
            case Fault.FREEZE:
                stage.freeze_broker()
                self.end_outage(lambda: stage.freeze_broker(thaw=True))
            case Fault.RESTART:
                stage.restart_postgres()

    def await_hand_over(self, *, taken: bool) -> None:
        """Until the mail server has just read another mail, or just taken one."""
        before, until = (self.log.count(), self.log.begun), time.monotonic() + AIM
        while time.monotonic() < until:
            now = (self.log.count(), self.log.begun)
            if now[0 if taken else 1] > before[0 if taken else 1]:
                return
            self.wait(0.003)

    def end_outage(self, action: Callable[[], object]) -> None:
        self.outage_until = time.monotonic() + OUTAGE
        self.later.append((self.outage_until, action))

    def wait(self, seconds: float = 0.02) -> None:
        """A moment; what has gone is started again."""
        for entry in [entry for entry in self.later if entry[0] <= time.monotonic()]:
            self.later.remove(entry)
            self.outage_until = 0.0
            entry[1]()
        self.stage.tend()
        time.sleep(seconds)

    def settle(self, database: Database) -> None:
        """Until nothing is on its way any more; given up when nothing changes for long."""
        before, since = None, time.monotonic()
        while time.monotonic() - since < PATIENCE:
            for _ in range(15):
                self.wait()
            # Asked before the states are read: what was written in between is among these.
            fed = self.stage.feeder.is_done and database.all_asked()
            states = database.states()
            if states != before:
                before, since = states, time.monotonic()
            on_the_way = sum(states.get(s, 0) for s in ("pending", "claimed", "transmitting"))
            if fed and not on_the_way and not self.later:
                return


def run(plan: Plan, say: Callable[[str], None] = lambda _: None, *, keep: bool = False) -> Verdict:
    """Carry a plan out and judge what came of it; what ran is kept where it went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="entente-faults-"))
    start = time.monotonic()
    with Stage(plan, folder) as stage:
        database = Database(stage.database_url)
        play = Run(plan, stage, say)
        say(f"All runs after {time.monotonic() - start:.0f} s; logs in {folder}")
        play.carry_out()
        say(f"The plan is carried out after {time.monotonic() - start:.0f} s")
        play.settle(database)
        restarts = sum(program.started - 1 for program in stage.programs if program.name != "tick")
        evidence = database.read()
    verdict = judge(plan, evidence, play.log.lines())
    verdict.seconds = time.monotonic() - start
    verdict.done, verdict.restarts = play.done, restarts
    if keep or (verdict.violations and not plan.variant):
        verdict.folder = folder
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict
