"""What goes wrong in a run, and when: the same for the same seed."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is done to the processes; what the mail server does is in the sink."""

    KILL_CHILD = "a worker's sending process killed"
    KILL_SENDERS = "all of a worker's sending processes killed, in mid-hand-over"
    KILL_WORKER = "a worker killed, its sending processes left alone"
    KILL_NODE = "a worker and all its sending processes killed"
    KILL_BEAT = "a beat killed"
    KILL_TICK = "a `manage.py tick` killed"
    KILL_FEEDER = "what queues the mails killed"
    FLUSH = "broker emptied"
    STOP = "broker stopped for a while"
    FREEZE = "broker frozen for a while"
    RESTART = "PostgreSQL shut down at once and started"


#: How often each is the one that is killed. A sending process is the cheapest to start again.
KILLS = {
    Fault.KILL_CHILD: 55,
    Fault.KILL_SENDERS: 5,
    Fault.KILL_WORKER: 5,
    Fault.KILL_NODE: 5,
    Fault.KILL_BEAT: 6,
    Fault.KILL_TICK: 16,
    Fault.KILL_FEEDER: 8,
}
#: One outage of each kind for so many kills.
KILLS_AN_OUTAGE = 25


#: The part of the messages under way while the plan is carried out; the rest sees only the end.
SPAN = 0.95

#: How delivery can be broken on purpose: see worker.py.
VARIANTS = ("sent-first", "no-fence")


@dataclass(frozen=True)
class Plan:
    """A run: how much, on what, and what is wrong with the product's own side (`variant`)."""

    messages: int = 10_000
    kills: int = 500
    database: str = "sqlite"
    seed: int = 1
    variant: str = ""
    #: Celery workers, and the sending processes of each.
    workers: int = 2
    senders: int = 3
    #: How many mails a sending process takes at a time.
    batch: int = 10
    beats: int = 2
    #: Whether `manage.py tick` runs beside them, as from cron.
    cron: bool = True
    #: Seconds that the mail server thinks before it takes a mail, and again before it says so:
    #: while it does, kills hit what matters.
    pause: float = 0.01
    #: Every kill waits for a mail that is being handed over.
    aimed: bool = False
    #: Tables made from the models instead of by the migrations, which takes longer.
    quick: bool = False

    @property
    def due(self) -> int:
        """How many of the messages are check-ins that fall due; the others are queued."""
        return max(self.messages // 10, 1)

    @property
    def gap(self) -> float:
        """How many messages there are from one fault to the next."""
        return self.messages * SPAN / len(self.faults())

    @property
    def lead(self) -> float:
        """How many messages are on their way at a time, so that every worker has its hands full."""
        return max(2 * self.gap, 1.5 * self.batch * self.workers * self.senders)

    def faults(self) -> list[Fault]:
        """What is done to the processes, in order."""
        chance = random.Random(self.seed)
        weights = {fault: n for fault, n in KILLS.items() if self.cron or fault != Fault.KILL_TICK}
        if self.aimed:
            weights = {Fault.KILL_SENDERS: 1}
        faults = chance.choices(list(weights), list(weights.values()), k=self.kills)
        outages = [Fault.FLUSH, Fault.STOP, Fault.FREEZE]
        if self.database == "postgresql":
            outages.append(Fault.RESTART)
        faults += outages * max(self.kills // KILLS_AN_OUTAGE, 1)
        chance.shuffle(faults)
        return faults


def short(database: str, seed: int = 1) -> Plan:
    """What the suite has time for."""
    return Plan(
        messages=150,
        kills=12,
        database=database,
        seed=seed,
        workers=1,
        beats=1,
        batch=5,
        quick=True,
    )


def broken(variant: str, seed: int = 1) -> Plan:
    """A run that must fail: few mails, a slow mail server, and every kill in mid-hand-over."""
    return Plan(
        messages=30,
        kills=4,
        seed=seed,
        variant=variant,
        workers=1,
        beats=1,
        cron=False,
        batch=3,
        pause=0.3,
        aimed=True,
        quick=True,
    )
