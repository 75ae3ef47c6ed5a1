"""How long the tick and the main pages take with 10,000 commitments (`make bench`).

Prints the median and the worst of several runs, and the number of queries, on a SQLite database
made for it, or on the one that DATABASE_URL names, which must be empty.
"""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from benchmarks import FOLDER
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Deadline, Obligation
from coordination.processes.actions import create_process
from coordination.processes.models import Party, Process
from coordination.reminders.actions import tick

COMMITMENTS = 10_000
OWNERS = 3
DUE = 20


def fill() -> Process:
    """One process with 10,000 commitments, each owed by three parties, a fifth of them late."""
    person = User.objects.create_user("coordinator@bench.example", "x", name="Coordinator")
    process = create_process(
        actor=person, origin="system", slug="bench", name="Benchmark", short_name="Benchmark"
    )
    parties = [
        Party.objects.create(
            process=process, code=f"P{n}", name=f"Party {n}", kind="state", part="conflict_party"
        )
        for n in range(OWNERS)
    ]
    body = Body.objects.create(process=process, code="LEAD", name="Lead", track="political")
    now = timezone.now()
    commitments = Commitment.objects.bulk_create(
        Commitment(
            process=process, number=n, reference=f"Art. {n}", title=f"Keep undertaking {n}",
            track="political", lead_body=body, verifying_body=body,
        )
        for n in range(1, COMMITMENTS + 1)
    )  # fmt: skip
    due = {c.pk: now + timedelta(days=c.number % 500 - 100) for c in commitments}
    Deadline.objects.bulk_create(
        Deadline(commitment=c, process=c.process, due_at=due[c.pk], due_on=due[c.pk].date())
        for c in commitments
    )
    Obligation.objects.bulk_create(
        Obligation(
            commitment=c, party=party, focal_point=person, due_at=due[c.pk],
            due_on=due[c.pk].date(), reported_level=c.number % 4, reported_at=now,
            next_check_in_on=now.date() + timedelta(days=1),
            next_check_in_at=now + timedelta(days=1),
        )
        for c in commitments
        for party in parties
    )  # fmt: skip
    return process


def measure(name: str, work: Callable[[], object], prepare: Callable[[], object] = int) -> None:
    """Run it several times and print what it took."""
    seconds = []
    for _ in range(5):
        prepare()
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    print(
        f"{name:44} median {statistics.median(seconds) * 1000:7.0f} ms"
        f"  worst {max(seconds) * 1000:7.0f} ms  {len(queries)} queries"
    )


def make_due(process: Process) -> None:
    """Let twenty obligations fall due that were not asked for yet."""
    fresh = Obligation.objects.filter(occurrences=None).values_list("pk", flat=True)[:DUE]
    moment = timezone.now() - timedelta(minutes=1)
    Obligation.objects.filter(pk__in=list(fresh)).update(
        next_check_in_at=moment, next_check_in_on=process.today(moment)
    )


def main() -> None:
    call_command("migrate", verbosity=0)
    process = fill()
    client = Client()
    client.force_login(User.objects.get())
    number = COMMITMENTS // 2
    print(f"{connection.vendor}, {COMMITMENTS} commitments, {COMMITMENTS * OWNERS} obligations")
    measure("tick with nothing due", tick)
    measure(f"tick with {DUE} due", tick, lambda: make_due(process))
    for name, path in {
        "overview": "/p/bench/",
        "register, first page": "/p/bench/commitments/",
        "register, overdue, words": "/p/bench/commitments/?view=overdue&find=undertaking",
        "register, by number, the last first": "/p/bench/commitments/?sort=-number",
        "a commitment": f"/p/bench/commitments/{number}/",
        "a body": "/p/bench/bodies/LEAD/",
    }.items():
        measure(name, lambda path=path: client.get(path))  # type: ignore[misc]


if __name__ == "__main__":
    main()
    FOLDER.cleanup()
