"""A database with as many obligations as one likes, of which the same few are due.

The first thousand are entered by Django; the others are copied from them in SQL, each with the
history that it would have by now: a question, its answer, its reminder and its mail, a finding and
a silence that ended. What waits is made due among the first ten thousand, so that it is the same
rows, in the same places, however many others there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import (
    Breach,
    CheckIn,
    Commitment,
    Deadline,
    Obligation,
    Verification,
)
from coordination.outbox.models import Message, MessageEvent
from coordination.processes.models import Membership, Party, Process
from coordination.reminders.models import Escalation, MeetingNotice, Occurrence, Reminder
from coordination.reviews.models import Review

COPIED = 1_000
#: Obligations of each process, of each focal point and of each commitment.
PROCESS, PERSON, OWNERS = 5_000, 50, 2
CHUNK = 100_000
FIRST_DUE = 5_001

TODAY = timezone.now().date()
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=300)

#: By obligation: its process and body, its focal point, who chairs the body, and who sits there.
PLACE, WHO = f"1 + (n - 1) / {PROCESS}", f"1 + (n - 1) / {PERSON}"
CHAIR = f"1 + (n - 1) / {PROCESS} * {PROCESS // PERSON}"

#: What is copied: of how many obligations there is one, and the columns in which copies differ.
COPIES: dict[type[models.Model], tuple[int, dict[str, str]]] = {
    Process: (PROCESS, {"slug": "'many-' || n"}),
    Party: (PROCESS // OWNERS, {"process_id": f"1 + (n - 1) / {OWNERS}", "code": "'P' || n"}),
    Body: (PROCESS, {"process_id": "n"}),
    Seat: (PROCESS, {"body_id": "n"}),
    User: (PERSON, {"email": "'person' || n || '@bench.example'"}),
    Membership: (PERSON, {"user_id": "n", "process_id": f"1 + (n - 1) / {PROCESS // PERSON}"}),
    Term: (PROCESS, {"seat_id": "n", "holder_id": f"1 + (n - 1) * {PROCESS // PERSON}"}),
    Commitment: (
        OWNERS,
        {
            "number": "n",
            **dict.fromkeys(
                ("process_id", "lead_body_id", "verifying_body_id"),
                f"1 + (n - 1) / {PROCESS // OWNERS}",
            ),
        },
    ),
    Deadline: (
        OWNERS,
        {"commitment_id": "n", "process_id": f"1 + (n - 1) / {PROCESS // OWNERS}"},
    ),
    Obligation: (
        1,
        {
            "commitment_id": f"1 + (n - 1) / {OWNERS}",
            "party_id": f"{OWNERS} * ((n - 1) / {PROCESS}) + 1 + n % {OWNERS}",
            "focal_point_id": WHO,
        },
    ),
    CheckIn: (
        1,
        {
            "obligation_id": "n",
            "author_id": WHO,
            "recorded_by_id": WHO,
            "submission": "the submission",
        },
    ),
    Verification: (
        1,
        {
            "obligation_id": "n",
            "body_id": PLACE,
            "author_id": CHAIR,
            "approved_by_id": f"1 + {CHAIR}",
        },
    ),
    Occurrence: (1, {"obligation_id": "n", "recipient_id": WHO, "check_in_id": "n"}),
    Message: (
        1,
        {
            "key": "'message' || n",
            "message_id": "'<' || n || '@bench.example>'",
            "process_id": PLACE,
            "recipient_id": WHO,
            "to_address": f"'person' || ({WHO}) || '@bench.example'",
            "about_id": f"1 + (n - 1) / {OWNERS}",
        },
    ),
    MessageEvent: (1, {"message_id": "n"}),
    Reminder: (
        1,
        {
            "key": "'reminder' || n",
            "process_id": PLACE,
            "recipient_id": WHO,
            "about_id": f"1 + (n - 1) / {OWNERS}",
            "occurrence_id": "n",
            "message_id": "n",
        },
    ),
    Escalation: (1, {"obligation_id": "n", "focal_point_id": WHO}),
    Breach: (PERSON, {"obligation_id": "n"}),
    Review: (PERSON, {"number": "n", "body_id": f"1 + (n - 1) / {PROCESS // PERSON}"}),
    MeetingNotice: (PERSON, {"review_id": "n", "recipient_id": "n", "message_id": "n"}),
}


def begin() -> None:
    """The thousand that are copied, and what there is one of for each process."""
    with transaction.atomic():
        _places()
        _commitments()
        _history()
        _set_sequences()


def grow(first: int, last: int) -> None:
    """Let there be obligations from the first number to the last, with their history."""
    with _unchecked(), _without_indexes():
        for model, (share, differing) in COPIES.items():
            copied = max(COPIED // share, OWNERS if model is Party else 1)
            begins, ends = max((first - 1) // share, copied) + 1, last // share
            for start in range(begins, ends + 1, CHUNK):
                copy(model, copied, differing, start, min(start + CHUNK - 1, ends))
        _set_sequences()


def make_due(due: int) -> None:
    """So many are due for a check-in; as many more were asked and do not answer, and as many
    reminders of others wait for their mail."""
    asked, waiting = FIRST_DUE + due, FIRST_DUE + 2 * due
    moment = NOW - timedelta(hours=1)
    silent = range(asked, asked + due)
    # They have answered nothing lately and are not done.
    moved = Obligation.objects.filter(pk__gte=FIRST_DUE, pk__lt=waiting)
    moved.update(verified_level=None, verified_at=None, reported_level=1, completed_on=None)
    Obligation.objects.filter(pk__gte=FIRST_DUE, pk__lt=asked).update(
        next_check_in_at=moment, next_check_in_on=TODAY, due_on=TODAY + timedelta(days=7)
    )
    Reminder.objects.filter(occurrence__in=silent).update(local_date=TODAY)
    Occurrence.objects.filter(pk__in=silent).update(
        state=Occurrence.State.ASKED, check_in=None, created_at=NOW - timedelta(days=3)
    )
    Escalation.objects.filter(pk__in=silent).update(
        stopped_at=None, next_at=moment, created_at=NOW - timedelta(days=3)
    )
    # The others of them are told of later.
    later = Escalation.objects.filter(pk__gte=asked + due // 5, pk__in=silent)
    later.update(next_at=NOW + timedelta(days=4))
    lines = range(waiting, waiting + due)
    Reminder.objects.filter(pk__in=lines).update(
        state=Reminder.State.WAITING, message=None, occurrence=None, write_at=moment
    )
    # The mails of some are waiting, and of some held back.
    Message.objects.filter(pk__in=silent[: due // 5]).update(
        state=Message.State.PENDING, next_at=moment, finished_at=None
    )
    Message.objects.filter(pk__in=silent[due // 5 : due // 4]).update(
        state=Message.State.HELD, finished_at=None
    )


# --- What is copied -------------------------------------------------------------------------------


def _places() -> None:
    """One process with one body, whose first member coordinates it and chairs that."""
    Process.objects.create(pk=1, slug="many-1", name="Many", short_name="Many")
    Party.objects.bulk_create(
        Party(pk=n, process_id=1, code=f"P{n}", name=f"Party {n}", kind="state", part="ally")
        for n in _keys(OWNERS)
    )
    Body.objects.create(pk=1, process_id=1, code="JMC", name="JMC", track="military")
    people = _keys(COPIED // PERSON)
    User.objects.bulk_create(
        User(pk=n, email=f"person{n}@bench.example", name="A person") for n in people
    )
    role = Membership.Role
    Membership.objects.bulk_create(
        Membership(pk=n, process_id=1, user_id=n, role=role.OBSERVER if n > 1 else role.COORDINATOR)
        for n in people
    )
    Seat.objects.create(pk=1, body_id=1, number=1, role=Seat.Role.CHAIR)
    Term.objects.create(pk=1, seat_id=1, holder_id=1, starts_on=LONG_AGO.date())


def _commitments() -> None:
    commitments = [
        Commitment(pk=n, process_id=1, number=n, reference=f"Art. {n}", title=f"Keep it, {n}",
                   track="military", lead_body_id=1, verifying_body_id=1, created_at=LONG_AGO)
        for n in _keys(COPIED // OWNERS)
    ]  # fmt: skip
    Commitment.objects.bulk_create(commitments)
    Deadline.objects.bulk_create(
        Deadline(pk=one.pk, commitment=one, process_id=1, due_on=_due(one.pk))
        for one in commitments
    )
    Obligation.objects.bulk_create(
        Obligation(
            pk=n,
            commitment_id=(n - 1) // OWNERS + 1,
            party_id=n % OWNERS + 1,
            focal_point_id=(n - 1) // PERSON + 1,
            due_on=_due((n - 1) // OWNERS + 1),
            reported_level=n % 4,
            reported_at=LONG_AGO + timedelta(hours=n),
            verified_level=n % 3,
            verified_at=LONG_AGO + timedelta(hours=n, days=1),
            next_check_in_on=TODAY + timedelta(days=31 + n % 300),
            next_check_in_at=NOW + timedelta(days=31 + n % 300),
        )
        for n in _keys(COPIED)
    )


def _history() -> None:
    """What there was, more than a month ago: nobody is told of it."""
    at = {n: LONG_AGO + timedelta(hours=n) for n in _keys(COPIED)}
    who = {n: (n - 1) // PERSON + 1 for n in _keys(COPIED)}
    CheckIn.objects.bulk_create(
        CheckIn(pk=n, obligation_id=n, number=1, level=n % 4, account="Two convoys left.",
                author_id=who[n], recorded_by_id=who[n], submitted_at=at[n])
        for n in _keys(COPIED)
    )  # fmt: skip
    Verification.objects.bulk_create(
        Verification(
            pk=n, obligation_id=n, number=1, body_id=1, level=n % 3, found="Seen.",
            occurred_on=at[n], author_id=1, recorded_at=at[n],
            approved_by_id=2, approved_at=at[n], released_at=at[n],
        )
        for n in _keys(COPIED)
    )  # fmt: skip
    Occurrence.objects.bulk_create(
        Occurrence(pk=n, obligation_id=n, local_date=at[n].date(), due_at=at[n], state="answered",
                   recipient_id=who[n], check_in_id=n, created_at=at[n])
        for n in _keys(COPIED)
    )  # fmt: skip
    Message.objects.bulk_create(
        Message(
            pk=n, key=f"message{n}", process_id=1, kind=("digest", "check-in")[n % 2],
            recipient_id=who[n], to_address=f"person{who[n]}@bench.example", reason="It fell due.",
            about_type="commitment", about_id=(n - 1) // OWNERS + 1, about_label="C-1",
            subject="A check-in", body_text="How is it?", message_id=f"<{n}@bench.example>",
            state=Message.State.SENT, attempts=1, next_at=at[n], created_at=at[n],
            finished_at=at[n],
        )
        for n in _keys(COPIED)
    )  # fmt: skip
    MessageEvent.objects.bulk_create(
        MessageEvent(pk=n, message_id=n, at=at[n], state=Message.State.SENT) for n in _keys(COPIED)
    )
    Reminder.objects.bulk_create(
        Reminder(
            pk=n, key=f"reminder{n}", process_id=1, kind=Reminder.Kind.CHECK_IN,
            recipient_id=who[n], about_type="commitment", about_id=(n - 1) // OWNERS + 1,
            occurrence_id=n, local_date=at[n].date(), title="Keep it", because="It fell due.",
            due_on=_due((n - 1) // OWNERS + 1), write_at=at[n], state=Reminder.State.WRITTEN,
            message_id=n, created_at=at[n],
        )
        for n in _keys(COPIED)
    )  # fmt: skip
    Escalation.objects.bulk_create(
        Escalation(pk=n, obligation_id=n, since=at[n].date(), due_on=_due((n - 1) // OWNERS + 1),
                   focal_point_id=who[n], created_at=at[n], stopped_at=at[n], stop_reason="Over.")
        for n in _keys(COPIED)
    )  # fmt: skip
    few = _keys(COPIED // PERSON)
    Breach.objects.bulk_create(
        Breach(pk=n, obligation_id=n, number=1, what="It was not kept.", learned_on=at[n].date(),
               state=Breach.State.CURED, entered_by_id=n)
        for n in few
    )  # fmt: skip
    Review.objects.bulk_create(
        Review(pk=n, body_id=1, number=n, held_on=at[n].date(), starts_at=at[n],
               state=Review.State.APPROVED, closed_at=at[n])
        for n in few
    )  # fmt: skip
    MeetingNotice.objects.bulk_create(
        MeetingNotice(review_id=n, recipient_id=n, sequence=0, method="REQUEST", starts_at=at[n],
                      message_id=n, pk=n)
        for n in few
    )  # fmt: skip


def _keys(last: int) -> range:
    return range(1, last + 1)


def _due(commitment: int) -> date:
    """Long ago or far ahead, so that nobody is reminded of it."""
    return TODAY + timedelta(days=(-1 if commitment % 2 else 1) * (60 + commitment % 300))


# --- In SQL ---------------------------------------------------------------------------------------


def copy(
    model: type[models.Model], copied: int, differing: dict[str, str], first: int, last: int
) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    values = [{"id": "n", **differing}.get(name, f'template."{name}"') for name in columns]
    series = (
        f"WITH RECURSIVE series(n) AS (SELECT {first}"
        f" UNION ALL SELECT n + 1 FROM series WHERE n < {last})"
    )
    uuid = "printf('%032d', n)"
    if connection.vendor == "postgresql":
        series = f"WITH series(n) AS (SELECT generate_series({first}, {last}))"
        uuid = "lpad(n::text, 32, '0')::uuid"
    values = [uuid if value == "the submission" else value for value in values]
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) {series} SELECT {', '.join(values)} FROM series"
            f" JOIN {table} template ON template.id = 1 + (n - 1) % {copied}"
        )


@contextmanager
def _without_indexes() -> Iterator[None]:
    """They are made when all rows are there, which is quicker."""
    tables = [model._meta.db_table for model in COPIES]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef, tablename FROM pg_indexes"
            " WHERE indexname NOT IN (SELECT conname FROM pg_constraint)"
            if connection.vendor == "postgresql"
            else "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql <> ''"
        )
        indexes = [(name, made) for name, made, table in cursor.fetchall() if table in tables]
        for name, _made in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _name, made in indexes:
            cursor.execute(made)


@contextmanager
def _unchecked() -> Iterator[None]:
    """What is copied from what is whole is whole: no foreign key is looked up a million times."""
    is_sqlite = connection.vendor == "sqlite"
    off = "PRAGMA foreign_keys = OFF" if is_sqlite else "SET session_replication_role = replica"
    on = "PRAGMA foreign_keys = ON" if is_sqlite else "SET session_replication_role = DEFAULT"
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            yield
        finally:
            cursor.execute(on)


def _set_sequences() -> None:
    """What Django adds comes after what was given a key."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(COPIES)):
            cursor.execute(statement)
