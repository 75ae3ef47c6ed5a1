"""What the rig has in its database: `python -m tests.faults.world prepare|feed MESSAGES DUE`.

Run as a process of its own, that is killed like the others. What feeds can be killed anywhere:
started again it goes on where it stopped.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import OperationalError, connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from coordination.bodies.models import Body  # noqa: E402
from coordination.commitments.models import Commitment, Deadline, Obligation  # noqa: E402
from coordination.outbox import actions as outbox  # noqa: E402
from coordination.outbox.models import Message  # noqa: E402
from coordination.processes.actions import create_process  # noqa: E402
from coordination.processes.models import Membership, Party, Process  # noqa: E402
from tests.faults.addresses import due_address, queued_address  # noqa: E402

#: Not due before the feeder says so.
FAR = datetime(2999, 1, 1, tzinfo=UTC)
PORTION = 10


class NoMigrations(dict):  # type: ignore[type-arg]
    """Says of every app that it has none, so that tables are made from the models."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def prepare(due: int, *, quick: bool) -> None:
    """The tables, and a process whose obligations wait to fall due, each with its own owner."""
    if quick:
        settings.MIGRATION_MODULES = NoMigrations()
        call_command("migrate", run_syncdb=True, verbosity=0)
        call_command("createcachetable", verbosity=0)
    else:
        call_command("migrate", verbosity=0)
    watch_sent()
    with transaction.atomic():
        fill(due)


def fill(due: int) -> None:
    person = User.objects.create_user("coordinator@faults.example", "x", name="Coordinator")
    process = create_process(
        actor=person, origin="system", slug="faults", name="Faults", short_name="Faults"
    )
    party = Party.objects.create(
        process=process, code="P", name="Party", kind="state", part="conflict_party"
    )
    body = Body.objects.create(process=process, code="LEAD", name="Lead", track="political")
    owners = User.objects.bulk_create(
        User(email=due_address(n), name=f"Owner {n}", password="!") for n in range(due)
    )
    Membership.objects.bulk_create(
        Membership(process=process, user=owner, role=Membership.Role.OBSERVER) for owner in owners
    )
    commitments = Commitment.objects.bulk_create(
        Commitment(
            process=process, number=n + 1, reference=f"Art. {n + 1}", title=f"Undertaking {n + 1}",
            track="political", lead_body=body, verifying_body=body,
        )
        for n in range(due)
    )  # fmt: skip
    # Thirty days before the due day is a planned day to ask on, and nothing else falls on it.
    on = process.today() + timedelta(days=30)
    at = timezone.now() + timedelta(days=31)
    Deadline.objects.bulk_create(
        Deadline(commitment=c, process=process, due_at=at, due_on=on) for c in commitments
    )
    Obligation.objects.bulk_create(
        Obligation(
            commitment=commitment, party=party, focal_point=owner, due_at=at, due_on=on,
            next_check_in_on=process.today(), next_check_in_at=FAR,
        )
        for commitment, owner in zip(commitments, owners, strict=True)
    )  # fmt: skip


def watch_sent() -> None:
    """Let the database itself write down every message that leaves the state `sent`."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE faults_left_sent (message_id bigint, state varchar(20))")
        when = "WHEN (OLD.state = 'sent' AND NEW.state <> 'sent')"
        note = "INSERT INTO faults_left_sent VALUES (NEW.id, NEW.state);"
        on = "AFTER UPDATE ON coordination_message FOR EACH ROW"
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION faults_note() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {note} RETURN NEW; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER faults_watch {on} {when} EXECUTE FUNCTION faults_note()"
            )
        else:
            cursor.execute(f"CREATE TRIGGER faults_watch {on} {when} BEGIN {note} END")


def feed(messages: int, due: int, allowance: Path) -> None:
    """Queue mails and let obligations fall due, a portion at a time, until all are there.

    No further than the file says, so that there are mails under way throughout the run.
    """
    process = Process.objects.get(slug="faults")
    there = set(Message.objects.filter(kind="fault").values_list("to_address", flat=True))
    missing = [n for n in range(messages - due) if queued_address(n) not in there]
    waiting = list(Obligation.objects.filter(next_check_in_at=FAR).values_list("pk", flat=True))
    portions = max(-(-len(missing) // PORTION), 1)
    for number in range(portions):
        done = messages - due - len(missing) + number * PORTION
        while done > int(allowance.read_text()):
            time.sleep(0.05)
        with transaction.atomic():
            for n in missing[number * PORTION : (number + 1) * PORTION]:
                queue(process, n)
            Obligation.objects.filter(pk__in=waiting[number::portions]).update(
                next_check_in_at=timezone.now()
            )
        outbox.nudge()


def queue(process: Process, n: int) -> None:
    outbox.queue(
        key=outbox.message_key("fault", n),
        process=process,
        kind="fault",
        recipient=None,
        address=queued_address(n),
        reason="The rig of faults queued it.",
        template="account/changed",
        context={
            "what": f"Number {n}", "at": timezone.now(), "ip": "192.0.2.1", "device": "Rig",
            "forgotten_url": "http://faults.example", "sessions_url": "http://faults.example",
        },
        about=process,
        at_once=True,
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[3]), quick="--quick" in sys.argv)
    else:
        try:
            feed(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        except OperationalError as error:  # the database was restarted: started again, it goes on
            sys.exit(str(error))
